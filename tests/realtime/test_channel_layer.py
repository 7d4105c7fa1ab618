"""Rooms that try again and again to follow their groups while Redis is away, or are shut while they begin to
follow them, leave nothing behind."""

import asyncio
import os

import pytest
from redis.exceptions import ConnectionError as Disconnected

from hub.layer import TidyChannelLayer
from tests.servers import free_ports
from tests.stack import FULL


async def test_a_channel_that_could_not_be_had_is_forgotten() -> None:
    (nobody,) = free_ports(1)
    layer = TidyChannelLayer(hosts=[f"redis://127.0.0.1:{nobody}/0"])
    for _ in range(3):
        with pytest.raises(Disconnected):
            await layer.new_channel()
    assert layer.channels == {}
    await layer.flush()


@pytest.mark.skipif(not FULL, reason="needs the stack's Redis: LIHUI_TEST_STACK=full")
@pytest.mark.parametrize("steps", range(24))
async def test_whoever_stops_while_beginning_to_follow_leaves_nothing(steps: int) -> None:
    """After each of the event loop's steps from asking for a channel to waiting for its first message."""
    layer = TidyChannelLayer(hosts=[os.environ["REDIS_URL"]])

    async def follow() -> None:
        channel = await layer.new_channel()
        try:
            await layer.group_add("group", channel)
            await layer.receive(channel)
        finally:
            await layer.group_discard("group", channel)

    await layer.group_add("other", await layer.new_channel())  # it is connected, and others follow
    others, subscribed = set(layer.channels), set(layer._shards[0]._subscribed_to)
    task = asyncio.create_task(follow())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    assert await asyncio.wait([task], timeout=10) == ({task}, set())
    assert task.cancelled()
    assert set(layer.channels) == others
    assert layer._shards[0]._subscribed_to == subscribed
    await layer.flush()
