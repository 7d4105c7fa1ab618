"""The days of series that lie ahead: of the rule, moved or left out by hand, made already or not.

Two queries for any number of series.
"""

import datetime as dt
import itertools
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from . import rules, workdays
from .models import Meeting, Series, SeriesDay
from .problems import EndlessRule

FARTHEST = 45  # days by which a meeting may be held off its rule's day
MOST_DAYS = 400  # days of one rule that are looked at in search of a free one


@dataclass(frozen=True, slots=True)
class Coming:
    """A day of a series: the rule's day, the day held, and why they differ.

    `state` is "" (nothing made yet), "made" (there is a meeting, in any status) or "skipped".
    """

    series: Series
    day: dt.date
    held: dt.date
    state: str = ""
    by_hand: bool = False
    reason: str = ""
    meeting: Meeting | None = None

    @property
    def is_moved(self) -> bool:
        return self.held != self.day

    @property
    def why(self) -> str:
        """Why it is moved, in words: what was typed, or the name of the free day."""
        return self.reason if self.by_hand else workdays.name_of(self.day)


@dataclass(slots=True)
class Known:
    """What is known by hand of the days of series."""

    single: dict[uuid.UUID, dict[dt.date, SeriesDay]]
    made: dict[uuid.UUID, dict[dt.date, Meeting]]


def known_of(series: Collection[Series], *, after: dt.date) -> Known:
    """Single days and meetings made of these series from a while before `after` on."""
    ids = [each.pk for each in series]
    early = after - dt.timedelta(days=2 * FARTHEST)
    known = Known(defaultdict(dict), defaultdict(dict))
    for single in SeriesDay.objects.filter(series__in=ids, day__gte=early):
        known.single[single.series_id][single.day] = single
    for meeting in Meeting.objects.filter(series__in=ids, series_day__gte=early):
        assert meeting.series_id is not None
        assert meeting.series_day is not None
        known.made[meeting.series_id][meeting.series_day] = meeting
    return known


def walk(series: Series, known: Known, *, after: dt.date) -> Iterator[Coming]:
    """The days of one series held from `after` on, nearly in order: days moved by hand come where
    their rule's day is. Nothing for a rule that cannot be used."""
    single, made = known.single[series.pk], known.made[series.pk]
    start = after - dt.timedelta(days=FARTHEST if single else 0)
    try:
        for day, held in rules.days(
            series.rule, series.starts_on, weekend=series.weekend, after=start
        ):
            found = _one(series, day, held, single.get(day), made.get(day))
            if found.held >= after:
                yield found
    except EndlessRule:
        return


def _one(
    series: Series, day: dt.date, held: dt.date, single: SeriesDay | None, made: Meeting | None
) -> Coming:
    state = "made" if made is not None else ""
    if single is None:
        return Coming(series, day, held, state, meeting=made)
    if single.what == SeriesDay.What.SKIPPED:
        return Coming(series, day, held, state or "skipped", True, single.reason, made)
    assert single.held_on is not None
    return Coming(series, day, single.held_on, state, True, single.reason, made)


def coming(
    series: Collection[Series], *, after: dt.date, count: int = 6
) -> dict[uuid.UUID, list[Coming]]:
    """The next `count` days of each series from `after` on, in order (two queries)."""
    known = known_of(series, after=after)
    found = {}
    for each in series:
        extra = len(known.single[each.pk])
        rows = list(itertools.islice(walk(each, known, after=after), count + extra))
        found[each.pk] = sorted(rows, key=lambda row: (row.held, row.day))[:count]
    return found


def between(series: Collection[Series], first: dt.date, last: dt.date) -> list[Coming]:
    """All days of these series held from `first` to `last`, in order (two queries)."""
    known = known_of(series, after=first)
    rows = []
    for each in series:
        for row in walk(each, known, after=first):
            if row.day > last + dt.timedelta(days=FARTHEST):
                break
            if row.held <= last:
                rows.append(row)
    return sorted(rows, key=lambda row: (row.held, row.day))


def next_free(series: Collection[Series], *, after: dt.date) -> dict[uuid.UUID, Coming]:
    """For each series the next day without a meeting that is not left out (two queries).

    Series whose rule makes no more dates are missing in the answer.
    """
    known = known_of(series, after=after)
    found = {}
    for each in series:
        best: Coming | None = None
        for row in itertools.islice(walk(each, known, after=after), MOST_DAYS):
            if best is not None and row.day > best.held + dt.timedelta(days=FARTHEST):
                break
            if row.state == "" and (best is None or row.held < best.held):
                best = row
                if not known.single[each.pk]:
                    break
        if best is not None:
            found[each.pk] = best
    return found
