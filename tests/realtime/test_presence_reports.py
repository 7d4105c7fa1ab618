"""How often a process tells the others who is here: when somebody came or went, and else every 20 s."""

import uuid

import pytest

from realtime.feed import Facts
from realtime.hall import REPORT_SECONDS, Hall
from realtime.room import Room


@pytest.mark.parametrize("changed", [True, False])
async def test_after_a_report_the_next_one_is_twenty_seconds_away(changed: bool) -> None:
    """Also after one that told nothing new: a quiet room must not report at every look from then on.

    What changed is told to those inside two seconds after they were told last, however many come in
    meanwhile: what only newcomers hear does not count."""
    hall = Hall()
    facts = Facts(uuid.uuid4(), uuid.uuid4(), "live", False, "", "", 0)
    room = Room(facts, hall.drop)
    room.presence.changed = changed
    before = room.presence.told
    now = before + REPORT_SECONDS
    await hall._tell_presence(room, changed, now)
    assert room.presence.reported == now
    assert room.presence.told == (now if changed else before)
    assert not room.presence.changed
    hall._loop_task.cancel()
