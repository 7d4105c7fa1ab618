"""When each step of an agenda starts: planned from the minutes of those before it. Pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from .models import AgendaItem, Meeting


@dataclass(frozen=True, slots=True)
class Timed:
    """An item with its planned start and end, and where the meeting is: done, now, or ""."""

    item: AgendaItem
    starts: dt.datetime
    ends: dt.datetime
    state: str


@dataclass(frozen=True, slots=True)
class Timetable:
    """All items with their times, the minutes they take and the minutes the meeting has."""

    rows: list[Timed]
    minutes: int
    available: int
    begins: int = 0  # minutes after midnight, in the county's time

    @property
    def over(self) -> int:
        """By how many minutes the agenda is longer than the meeting; 0 when it fits."""
        return max(0, self.minutes - self.available)

    @property
    def spare(self) -> int:
        return max(0, self.available - self.minutes)


def state_of_item(meeting: Meeting, item: AgendaItem) -> str:
    """Where an item stands: "now", "done" or ""."""
    if meeting.current_item_id == item.pk:
        return "now"
    return "done" if item.ended_at is not None else ""


def timetable(meeting: Meeting, items: Iterable[AgendaItem]) -> Timetable:
    """The running times of a meeting's items, given in their order."""
    rows = []
    moment = meeting.starts_at.astimezone(meeting.zone)
    total = 0
    for item in items:
        ends = moment + dt.timedelta(minutes=item.minutes)
        rows.append(Timed(item, moment, ends, state_of_item(meeting, item)))
        moment = ends
        total += item.minutes
    available = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    start = meeting.starts_at.astimezone(meeting.zone)
    return Timetable(rows, total, available, start.hour * 60 + start.minute)
