"""The hall without a server: many rooms in one look at the log, and who comes just when rights change."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from meetings.models import Event, Meeting
from realtime.door import Pass
from realtime.feed import MEETINGS_AT_ONCE, Facts, facts_of
from realtime.hall import Hall
from realtime.room import NOT_ALLOWED, Seat
from tests.people import make_meeting
from tests.realtime.live import write_post
from townships.actors import Actor
from townships.models import County


class Reader:
    """A seat and all that was sent to it."""

    def __init__(self, actor: Actor, cursor: int) -> None:
        self.sent: list[dict[str, Any]] = []
        self.seat = Seat("", Pass(actor, ""), self._take, None, cursor)

    async def _take(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def seqs(self) -> list[int]:
        frames = [json.loads(one["text"]) for one in self.sent if "text" in one]
        return [event["seq"] for frame in frames for event in frame.get("events", [])]

    @property
    def code(self) -> int | None:
        return next((one["code"] for one in self.sent if "code" in one), None)


@pytest.fixture
async def hall(transactional_db: None) -> AsyncIterator[Hall]:
    """Signing out is not its matter here: nobody has a session."""
    made = Hall()
    made._last_rights = math.inf
    yield made
    tasks = list(made._tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await made._reader.run(connections.close_all)
    made._reader._executor.shutdown()


async def becomes(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def meetings_with_three_posts(county: County, count: int) -> list[Facts]:
    meetings = [make_meeting(county, "live") for _ in range(count)]
    for meeting in meetings:
        write_post(meeting.pk, 3, nudge=False)
    return list(facts_of([meeting.pk for meeting in meetings]).values())


async def test_readers_of_more_rooms_than_one_look_reads_get_all_they_missed(
    hall: Hall, county: County, member: Actor
) -> None:
    """A province comes back at once after a restart: every room begins at the present, and each
    reader needs what came before it."""
    found = await sync_to_async(meetings_with_three_posts)(county, MEETINGS_AT_ONCE + 6)
    readers = [Reader(member, 0) for _ in found]
    for reader, facts in zip(readers, found, strict=True):
        hall.enter(reader.seat, facts)
    await becomes(lambda: all(reader.seat.cursor == 3 for reader in readers))
    assert [reader.seqs for reader in readers] == [[1, 2, 3]] * len(readers)


@pytest.fixture
def facts(live_meeting: Meeting) -> Facts:
    write_post(live_meeting.pk)
    return facts_of([live_meeting.pk])[live_meeting.pk]


async def test_who_was_let_in_before_the_room_heard_that_they_may_not_has_to_go(
    hall: Hall, facts: Facts, member: Actor, guest: Actor
) -> None:
    """A guest's handshake was answered, then the meeting closed and the room sent its guests away,
    then the guest comes in."""
    closed = replace(facts, status="closed", last_seq=facts.last_seq + 1)
    hall.enter(Reader(member, closed.last_seq).seat, closed)
    late = Reader(guest, facts.last_seq)
    hall.enter(late.seat, facts)
    await becomes(lambda: late.code is not None)
    assert late.code == NOT_ALLOWED
    assert late.seat.room is None


async def test_who_is_let_in_before_the_room_heard_of_it_stays(
    hall: Hall, facts: Facts, member: Actor, guest: Actor
) -> None:
    """The other way round: the room still believes that no guests are let in, and hears of it then."""
    before = replace(facts, allows_guests=False, last_seq=facts.last_seq - 1)
    hall.enter(Reader(member, before.last_seq).seat, before)
    early = Reader(guest, facts.last_seq)
    hall.enter(early.seat, facts)
    assert early.seat.room is not None


@pytest.mark.parametrize("missed", [True, False])
async def test_an_event_of_a_newer_version_is_passed_over(
    hall: Hall, live_meeting: Meeting, member: Actor, missed: bool
) -> None:
    """While the hub is brought up to date, one process does not know yet what another one writes: its
    readers' cursors go past it, whether it is replayed or new."""
    facts = await sync_to_async(write_newer)(live_meeting)
    reader = Reader(member, 0)
    hall.enter(reader.seat, facts if missed else replace(facts, last_seq=0))
    hall.nudge(facts.pk)
    await becomes(lambda: reader.seat.cursor == 1)
    assert reader.seqs == []
    await sync_to_async(write_post)(live_meeting.pk, nudge=False)
    hall.nudge(facts.pk)
    await becomes(lambda: reader.seqs == [2])


def write_newer(meeting: Meeting) -> Facts:
    """Write an event of a kind this version does not have; the facts after it."""
    write_post(meeting.pk, nudge=False)
    Event.objects.filter(meeting=meeting).update(kind="something.newer")
    return facts_of([meeting.pk])[meeting.pk]
