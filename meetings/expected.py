"""What a meeting expects from whom, and what of it is still missing.

The agenda says what is expected; what has come in is known by packages to the right, which register
a source here. Constant queries for any number of meetings.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from .models import AgendaItem, Meeting

KINDS = ("deck", "manuscript")


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of a slot: whether a usable file has come in, and a granted extension."""

    meeting_id: uuid.UUID
    township_id: uuid.UUID
    kind: str
    arrived: bool
    extended_until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """A deck or manuscript that is expected and has not come, with the moment it is due."""

    meeting_id: uuid.UUID
    township_id: uuid.UUID
    kind: str
    due: dt.datetime


Source = Callable[[Collection[uuid.UUID]], Iterable[Given]]
SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Have `missing` ask this source what has come in (from an `AppConfig.ready()`)."""
    if source not in SOURCES:
        SOURCES.append(source)


def missing(meetings: Collection[Meeting]) -> dict[uuid.UUID, list[Owed]]:
    """For each meeting what is expected and has not come, in the order of the agenda.

    One query, and one of each source.
    """
    by_id = {meeting.pk: meeting for meeting in meetings}
    given = {
        (one.meeting_id, one.township_id, one.kind): one
        for source in SOURCES
        for one in source(list(by_id))
    }
    found: dict[uuid.UUID, dict[tuple[uuid.UUID, str], Owed]] = defaultdict(dict)
    rows = list(_expected(by_id))
    _own_dues(by_id, rows)
    for meeting_id, township_id, kind, _due in rows:
        here = given.get((meeting_id, township_id, kind))
        if here is not None and here.arrived:
            continue
        due = by_id[meeting_id].due_of(township_id, kind)
        if here is not None and here.extended_until is not None:
            due = max(due, here.extended_until)
        found[meeting_id][township_id, kind] = Owed(meeting_id, township_id, kind, due)
    return {pk: list(found[pk].values()) for pk in by_id}


Wanted = tuple[uuid.UUID, uuid.UUID, str, dt.datetime | None]  # meeting, township, kind, due


def load_dues(
    meetings: Collection[Meeting],
) -> dict[uuid.UUID, dict[tuple[uuid.UUID, str], dt.datetime]]:
    """Have `Meeting.due_of` know the agenda's own due moments for all these meetings (one query)."""
    by_id = {meeting.pk: meeting for meeting in meetings}
    _own_dues(by_id, _expected(by_id))
    return {pk: meeting.own_dues for pk, meeting in by_id.items()}


def _own_dues(meetings: dict[uuid.UUID, Meeting], rows: Iterable[Wanted]) -> None:
    """What two items expect of one slot is due when the first of them wants it, and never later
    than the meeting begins."""
    found: dict[uuid.UUID, dict[tuple[uuid.UUID, str], dt.datetime]] = {pk: {} for pk in meetings}
    for meeting_id, township_id, kind, due in rows:
        meeting, slots = meetings[meeting_id], found[meeting_id]
        moment = min(due or meeting.due_at, meeting.starts_at)
        before = slots.get((township_id, kind))
        slots[township_id, kind] = min(moment, before) if before else moment
    for pk, slots in found.items():
        meetings[pk].own_dues = slots


def _expected(ids: Collection[uuid.UUID]) -> Iterable[Wanted]:
    rows = (
        AgendaItem.objects.filter(meeting__in=list(ids), township__isnull=False)
        .order_by("position", "id")
        .values_list("meeting_id", "township_id", "due_at", "expects_deck", "expects_manuscript")
    )
    for meeting_id, township_id, due, *wanted in rows:
        assert township_id is not None
        for kind, expected in zip(KINDS, wanted, strict=True):
            if expected:
                yield meeting_id, township_id, kind, due
