"""Rooms that try again and again to follow their groups while Redis is away leave nothing behind."""

import pytest
from redis.exceptions import ConnectionError as Disconnected

from hub.layer import TidyChannelLayer
from tests.servers import free_ports


async def test_a_channel_that_could_not_be_had_is_forgotten() -> None:
    (nobody,) = free_ports(1)
    layer = TidyChannelLayer(hosts=[f"redis://127.0.0.1:{nobody}/0"])
    for _ in range(3):
        with pytest.raises(Disconnected):
            await layer.new_channel()
    assert layer.channels == {}
    await layer.flush()
