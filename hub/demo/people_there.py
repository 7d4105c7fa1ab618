"""Who came to the demo's meetings, who was excused, and who is reminded of what is missing."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable, Iterator
from functools import partial

from hub.demo.settlers import Settled
from meetings import attendance
from meetings.models import Attendance, Meeting, Reminder, Series
from meetings.reminders.planning import remind_missing
from meetings.services import calls
from townships.actors import Actor

REASONS = (
    "随县委主要领导下乡调研",
    "参加市委党校培训班",
    "驻村值守防汛",
    "陪同省委组织部督查",
    "因病住院",
)
SUBSTITUTES = ("镇党建办主任", "分管副书记", "组织干事")
SCAN, HOST = Attendance.How.SCAN, Attendance.How.HOST


def call_for_materials(settled: Settled, series: Series) -> None:
    """The series reminds seven days, two days and three hours before, but not at night."""
    calls.set_plan(
        actor=settled.organiser,
        series_id=series.pk,
        grace_minutes=120,
        note="材料格式和报送有疑问，请联系县委组织部办公室。",
    )


def come_in(settled: Settled, meeting: Meeting, index: int) -> list[tuple[int, Actor, str]]:
    """Leave is asked and answered, people check in before the start; who comes late, and when.

    Returns (minute after the start, who, how) for those who come late.
    """
    rng = random.Random(f"{settled.land.name}/{index}/there")
    on_time: list[tuple[int, Actor, str]] = []
    late: list[tuple[int, Actor, str]] = []
    for members in settled.members:
        for number, member in enumerate(members):
            luck = rng.random()
            how: str = HOST if rng.random() < 0.15 else SCAN
            if luck < 0.05 and number == 0:
                _excused(settled, meeting, member, rng)
            elif luck < (0.09 if number == 0 else 0.16):
                continue  # absent
            elif luck < 0.2:
                late.append((rng.randint(12, 28), member, how))
            else:
                on_time.append((rng.randint(2, 27), member, how))
    for minutes, member, how in sorted(on_time, key=lambda one: -one[0]):
        arrive(settled, meeting, member, how, meeting.starts_at - dt.timedelta(minutes=minutes))
    return late


def _excused(settled: Settled, meeting: Meeting, member: Actor, rng: random.Random) -> None:
    asked = meeting.starts_at - dt.timedelta(days=2, hours=rng.randint(1, 9))
    leave = attendance.ask_leave(
        actor=member,
        meeting_id=meeting.pk,
        reason=rng.choice(REASONS),
        substitute=rng.choice((*SUBSTITUTES, "")),
        at=asked,
    )
    attendance.answer_leave(
        actor=settled.organiser,
        leave_id=leave.pk,
        granted=True,
        answer="同意，请安排好材料。",
        at=asked + dt.timedelta(hours=2),
    )


def arrive(settled: Settled, meeting: Meeting, member: Actor, how: str, at: dt.datetime) -> None:
    """One person comes: by the code, or written down by the host."""
    by_host = how == HOST
    attendance.check_in(
        actor=settled.organiser if by_host else member,
        meeting_id=meeting.pk,
        how=how,
        membership_id=member.membership_id if by_host else None,
        at=at,
    )


def come_late(
    settled: Settled, meeting: Meeting, late: list[tuple[int, Actor, str]]
) -> Iterator[tuple[int, Callable[[dt.datetime], object]]]:
    """Each latecomer's minute, and what happens in it."""
    for minute, member, how in late:
        yield minute, partial(arrive, settled, meeting, member, how)


def call_next(settled: Settled, meeting: Meeting, at: dt.datetime) -> None:
    """The next meeting: one township asks leave, the organiser has reminded once by hand.

    The demo has no mail server: what was reminded counts as sent.
    """
    attendance.ask_leave(
        actor=settled.members[-1][0],
        meeting_id=meeting.pk,
        reason="当天参加市委组织部业务培训",
        substitute="镇党建办主任",
        at=at + dt.timedelta(minutes=40),
    )
    moment = at + dt.timedelta(hours=1)
    remind_missing(
        actor=settled.organiser,
        meeting_id=meeting.pk,
        click=uuid.uuid5(meeting.pk, "demo"),
        note="请先报送演示文稿，文稿可稍后补报。",
        at=moment,
    )
    meeting.reminders.filter(state=Reminder.State.WAITING).update(
        state=Reminder.State.SENT, sent_at=moment
    )
