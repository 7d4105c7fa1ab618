"""Whose turn it is to present: who presents at each day of a series, and what fairness says next.

A meeting that has been made says it by its agenda, a day without one by its turns.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from townships.models import County, Township

from .coming import FARTHEST, Coming, between, coming
from .models import AgendaItem, Meeting, Series, Turn

PRESENTATION = AgendaItem.Kind.PRESENTATION
REMEMBERED = dt.timedelta(days=3 * 366)


def next_in_turn(
    towns: Sequence[Township], last: dict[uuid.UUID, tuple[dt.date, int]]
) -> list[Township]:
    """The townships, those first who presented longest ago (or never); pure.

    `last`: when each presented last, and at which place of that day. Where all presented in turn
    this is the order rotated; after a swap it mends itself.
    """
    never = (dt.date.min, 0)
    return sorted(towns, key=lambda town: (last.get(town.pk, never), town.position, town.name))


def last_turns(series: Series, *, before: dt.date) -> dict[uuid.UUID, tuple[dt.date, int]]:
    """When each township presented last, or will have, before a day (two queries)."""
    early = before - REMEMBERED
    rows = (
        AgendaItem.objects.filter(
            meeting__series=series,
            meeting__series_day__lt=before,
            meeting__series_day__gte=early,
            meeting__called_off_at=None,
            kind=PRESENTATION,
            township__isnull=False,
        )
        .order_by("meeting__series_day", "position", "pk")
        .values_list("township_id", "meeting__series_day", "position")
    )
    made = {day for _town, day, _place in rows}
    turns = (
        Turn.objects.filter(series=series, day__lt=before, day__gte=early)
        .exclude(
            day__in=series.meetings.exclude(called_off_at=None)
            .exclude(series_day=None)
            .values("series_day")
        )
        .order_by("day", "position")
        .values_list("township_id", "day", "position")
    )
    last: dict[uuid.UUID, tuple[dt.date, int]] = {}
    planned = [row for row in turns if row[1] not in made]
    for town, day, place in sorted([*rows, *planned], key=lambda row: (row[1], row[2])):
        if day is not None:
            last[town] = (day, place)
    return last


def active_towns(county_id: uuid.UUID) -> list[Township]:
    return list(Township.objects.filter(county_id=county_id, active=True))


@dataclass(slots=True)
class Day:
    """A day of a series with its presenters in order; `meeting` once it is made."""

    coming: Coming
    towns: list[Township] = field(default_factory=list)
    by_hand: bool = False

    @property
    def day(self) -> dt.date:
        return self.coming.day

    @property
    def meeting(self) -> Meeting | None:
        return self.coming.meeting

    @property
    def is_open_to_swaps(self) -> bool:
        """Whether its turns may still change."""
        meeting = self.meeting
        return meeting is None or meeting.status in (
            Meeting.Status.DRAFT,
            Meeting.Status.ANNOUNCED,
        )


def days_ahead(series: Series, *, after: dt.date, count: int = 6) -> list[Day]:
    """The next days of a series with who presents (four queries)."""
    found = coming([series], after=after, count=count)[series.pk]
    days = [Day(row) for row in found if row.state != "skipped"]
    return filled(series, days)


def days_between(series: Series, first: dt.date, last: dt.date) -> list[Day]:
    """The rule's days from `first` to `last`, also added ones, with who presents."""
    rows = {row.day: row for row in between([series], first, last + dt.timedelta(days=FARTHEST))}
    for meeting in Meeting.objects.filter(series=series, series_day__range=(first, last)):
        day = meeting.series_day
        if day is not None and day not in rows:
            held = meeting.starts_at.astimezone(series.zone).date()
            rows[day] = Coming(series, day, held, "made", meeting=meeting)
    days = [Day(row) for row in rows.values() if row.state != "skipped"]
    return filled(series, [day for day in days if first <= day.day <= last])


def filled(series: Series, days: list[Day]) -> list[Day]:
    """The days with their presenters put in (two queries)."""
    made = {day.meeting.pk: day for day in days if day.meeting is not None}
    items = AgendaItem.objects.filter(
        meeting__in=list(made), kind=PRESENTATION, township__isnull=False
    )
    for item in items.select_related("township").order_by("position", "pk"):
        assert item.township is not None
        made[item.meeting_id].towns.append(item.township)
    open_days = {day.day: day for day in days if day.meeting is None}
    turns = Turn.objects.filter(series=series, day__in=list(open_days))
    for turn in turns.select_related("township").order_by("day", "position", "pk"):
        day = open_days[turn.day]
        day.towns.append(turn.township)
        day.by_hand = day.by_hand or turn.by_hand
    return days


@dataclass(slots=True)
class Covered:
    """A township's year: the days it presented, wrote or spoke at, and those it is planned for."""

    township: Township
    months: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    presented: int = 0
    planned: int = 0
    other: int = 0

    @property
    def cells(self) -> list[list[str]]:
        """What happened in each of the twelve months: done, other, planned."""
        return [self.months.get(month, []) for month in range(1, 13)]


def coverage(county: County, series: Series, year: int) -> list[Covered]:
    """Who presented in a year of a series, who will, and who not (three queries)."""
    rows = {town.pk: Covered(town) for town in Township.objects.filter(county=county)}
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    items = (
        AgendaItem.objects.filter(
            meeting__series=series,
            meeting__series_day__range=(first, last),
            meeting__called_off_at=None,
            township__isnull=False,
        )
        .order_by("meeting__series_day", "position")
        .values_list("township_id", "kind", "meeting__status", "meeting__series_day")
    )
    made: set[dt.date] = set()
    for town_id, kind, status, day in items:
        assert day is not None
        made.add(day)
        held = status in (Meeting.Status.LIVE, Meeting.Status.CLOSED)
        _count(rows.get(town_id), kind, held, day)
    turns = Turn.objects.filter(series=series, day__range=(first, last)).exclude(day__in=made)
    for town_id, day in turns.values_list("township_id", "day"):
        _count(rows.get(town_id), PRESENTATION, False, day)
    return [row for row in rows.values() if row.township.active or row.months]


def _count(row: Covered | None, kind: str, held: bool, day: dt.date) -> None:
    if row is None:
        return
    if kind != PRESENTATION:
        if held:
            row.other += 1
            row.months[day.month].append("other")
        return
    row.presented += held
    row.planned += not held
    row.months[day.month].append("done" if held else "planned")
