"""Two web processes behind Redis tell the same; without Redis' nudges too."""

import asyncio

import pytest
from django.conf import settings

from meetings.models import Meeting
from tests.realtime.live import awrite_post, follow, headers_of
from townships.actors import Actor

pytestmark = pytest.mark.skipif(not settings.REDIS_URL, reason="needs Redis (full stack)")


@pytest.mark.timeout(180)
async def test_readers_of_two_processes_get_the_same_at_once(
    start_server, live_meeting: Meeting, member: Actor, other_member: Actor
) -> None:
    """Every event reaches both within a second, in one order; presence counts both."""
    one = await asyncio.to_thread(start_server)
    two = await asyncio.to_thread(start_server)
    async with (
        follow(one, live_meeting, await headers_of(one, member)) as first,
        follow(two, live_meeting, await headers_of(two, other_member)) as second,
    ):
        await asyncio.sleep(3)
        for number in range(1, 31):
            await awrite_post(live_meeting.pk)
            await asyncio.gather(first.reach(number, 2), second.reach(number, 2))
        assert first.events == second.events
        for reader in (first, second):
            await reader.until(
                lambda: reader.presence and reader.presence[-1]["people"] == 2,  # noqa: B023
                30,
            )
