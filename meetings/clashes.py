"""What stands in each other's way: two meetings at one time in one venue, or with one person.

Clashes are shown, never refused: halls have several rooms, and organisers know best.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from townships.actors import Actor

from .models import AgendaItem, Meeting
from .timing import Timed, timetable


@dataclass(frozen=True, slots=True)
class Clash:
    """Another meeting at the same time. `what` is "venue" or "person"; `name` which one."""

    other: Meeting
    what: str
    name: str
    starts: dt.datetime
    ends: dt.datetime


def folded(text: str) -> str:
    """A venue or name as it is compared: without spaces, whatever its case."""
    return "".join(text.split()).casefold()


def at_the_same_time(meeting: Meeting) -> list[Meeting]:
    """Other meetings of the county that overlap and are still to be held (one query)."""
    found = (
        Meeting.objects.filter(
            county_id=meeting.county_id,
            starts_at__lt=meeting.ends_at,
            ends_at__gt=meeting.starts_at,
            called_off_at=None,
        )
        .exclude(pk=meeting.pk)
        .exclude(status=Meeting.Status.CLOSED)
    )
    return list(found.select_related("county").order_by("starts_at", "pk"))


def clashes_of(actor: Actor, meeting: Meeting) -> list[Clash]:
    """The clashes of a meeting that is to be held (two queries); none for others.

    For those who may see drafts: it names meetings that are not announced yet.
    """
    if meeting.is_closed or meeting.called_off_at is not None or not actor.is_staff:
        return []
    others = at_the_same_time(meeting)
    if not others:
        return []
    clashes = [
        Clash(other, "venue", meeting.venue, *_overlap(meeting, other))
        for other in others
        if meeting.venue and folded(other.venue) == folded(meeting.venue)
    ]
    return clashes + _people(meeting, others)


def _overlap(one: Meeting, other: Meeting) -> tuple[dt.datetime, dt.datetime]:
    return max(one.starts_at, other.starts_at), min(one.ends_at, other.ends_at)


def _people(meeting: Meeting, others: list[Meeting]) -> list[Clash]:
    """Speakers who would have to be at two places at once, by the planned times of their items."""
    by_id = {each.pk: each for each in [meeting, *others]}
    items = AgendaItem.objects.filter(meeting__in=list(by_id)).select_related("township")
    rows: dict[uuid.UUID, list[AgendaItem]] = defaultdict(list)
    for item in items.order_by("position", "pk"):
        rows[item.meeting_id].append(item)
    own = _speaking(meeting, rows[meeting.pk])
    found = []
    for other in others:
        for name, theirs in _speaking(other, rows[other.pk]).items():
            for mine in own.get(name, []):
                clash = _first_overlap(mine, theirs)
                if clash is not None:
                    found.append(Clash(other, "person", mine.item.presenter, *clash))
                    break
    return found


def _speaking(meeting: Meeting, items: Iterable[AgendaItem]) -> dict[str, list[Timed]]:
    """The items of each speaker, by name and township."""
    found: dict[str, list[Timed]] = defaultdict(list)
    for row in timetable(meeting, items).rows:
        if row.item.presenter:
            found[f"{row.item.township_id}/{folded(row.item.presenter)}"].append(row)
    return found


def _first_overlap(mine: Timed, theirs: list[Timed]) -> tuple[dt.datetime, dt.datetime] | None:
    for row in theirs:
        starts, ends = max(mine.starts, row.starts), min(mine.ends, row.ends)
        if starts < ends:
            return starts, ends
    return None
