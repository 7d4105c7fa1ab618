"""From the event log to what a reader may see: the one place that decides over both.

Events store no content. `read()` looks the objects up as they are now: one query for the meetings, one
for the events, and a constant number per kind of subject, whatever the number of events and rooms.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from meetings.events import KINDS, POLL_VOTED, SUPPORT_CHANGED, Reach, Subject
from meetings.models import Event, Meeting
from townships.actors import Actor
from townships.permissions import Action
from townships.prepared import Prepared, by_ids

from . import frames
from .ring import Audience, Cell, Entry
from .states import SOURCES, States

EVENTS_AT_ONCE = 2_000  # of one meeting in one round
OWN = {SUPPORT_CHANGED.name, POLL_VOTED.name}
NOTHING = Cell("", "", "")
MEETINGS_AT_ONCE = 64  # that are read in one query; others follow in the next round


@dataclass(frozen=True, slots=True)
class Facts:
    """What a room must know of its meeting; enough for `townships.permissions.can`."""

    pk: uuid.UUID
    county_id: uuid.UUID
    status: str
    allows_guests: bool
    join_code: str
    screen_key: str
    last_seq: int = field(compare=False)

    seen_by = Action.SEE_MEETING

    @property
    def is_live(self) -> bool:
        return self.status == Meeting.Status.LIVE

    @property
    def is_closed(self) -> bool:
        return self.status == Meeting.Status.CLOSED

    @property
    def is_open(self) -> bool:
        """Whether everyone of the county may see its materials."""
        return self.status in (Meeting.Status.LIVE, Meeting.Status.CLOSED)


def audience_of(actor: Actor) -> Audience:
    """Organisers see all; members what is theirs; observers, archivists and guests the rest."""
    return Audience(staff=actor.is_staff, township_id=actor.township_id)


_facts = by_ids(
    lambda ids: Meeting.objects.filter(pk__in=ids).only(
        "pk", "county_id", "status", "allows_guests", "join_code", "screen_key", "last_seq"
    )
)


def facts_of(meeting_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Facts]:
    """The facts of those meetings that exist (one query for up to 512)."""
    return {
        one.pk: Facts(
            one.pk,
            one.county_id,
            one.status,
            one.allows_guests,
            one.join_code,
            one.screen_key,
            one.last_seq,
        )
        for one in _facts.fetch([(pk,) for pk in meeting_ids])
    }


def _between(keys: list[tuple[Any, ...]]) -> "QuerySet[Event]":
    """The events of these (meeting, after, until), in order."""
    ranges = (Q(meeting_id=pk, seq__gt=after, seq__lte=until) for pk, after, until in keys)
    return Event.objects.filter(reduce(or_, ranges)).order_by("meeting_id", "seq")


_events = Prepared(_between, [uuid.UUID, int, int])


def events_between(ranges: Mapping[uuid.UUID, tuple[int, int]]) -> list[Event]:
    """The events of each meeting after one number up to another, in order; at most MEETINGS_AT_ONCE
    meetings (one query)."""
    keys = [(pk, *numbers) for pk, numbers in ranges.items()][:MEETINGS_AT_ONCE]
    return _events.fetch(keys) if keys else []


@dataclass(slots=True)
class News:
    """What one round of reading found: the meetings that exist, and what is new in them."""

    facts: dict[uuid.UUID, Facts]
    entries: dict[uuid.UUID, list[Entry]]
    newest: dt.datetime | None


def read(
    cursors: Mapping[uuid.UUID, int],
    cells: Mapping[uuid.UUID, Any],
    older: Mapping[uuid.UUID, tuple[int, int]],
) -> News:
    """What comes after each meeting's cursor, and the `older` ranges somebody asked for.

    At most EVENTS_AT_ONCE of a meeting; the rest follows with the next round.
    """
    facts = facts_of(list(cursors))
    ranges = {
        pk: (cursors[pk], min(found.last_seq, cursors[pk] + EVENTS_AT_ONCE))
        for pk, found in facts.items()
        if found.last_seq > cursors[pk]
    }
    fresh = events_between(ranges)
    newest = max((event.at for event in fresh), default=None)
    return News(facts, entries_of([*events_between(older), *fresh], cells), newest)


def entries_of(
    events: Iterable[Event], cells: Mapping[uuid.UUID, Any] | None = None
) -> dict[uuid.UUID, list[Entry]]:
    """The events by meeting, ready for the ring.

    `cells` maps a meeting to the cells its room knows, by subject and object: these are brought up to
    date, so that older entries on the same object tell the new state too.
    """
    events = list(events)
    states = _states(events)
    made: dict[uuid.UUID, list[Entry]] = defaultdict(list)
    fresh: dict[tuple[uuid.UUID, str, uuid.UUID], Cell] = {}
    for event in events:
        kind = KINDS.get(event.kind)
        if kind is None or event.object_id is None:  # of a newer version: readers go past it
            made[event.meeting_id].append(Entry(event.seq, "", NOTHING))
            continue
        key = (event.meeting_id, kind.subject.value, event.object_id)
        if key not in fresh:
            known = {} if cells is None else cells.get(event.meeting_id, {})
            fresh[key] = _cell(states[kind.subject], event.meeting_id, known, key[1:])
        private = event.township_id if kind.reach is Reach.TOWNSHIP else None
        made[event.meeting_id].append(
            Entry(event.seq, _head(event), fresh[key], private, _facts_text(event), _person(event))
        )
    return made


def _head(event: Event) -> str:
    """The beginning of an event's JSON, all but its facts and its data."""
    head: dict[str, Any] = {"seq": event.seq, "kind": event.kind, "at": event.at}
    return frames.encode(head)[:-1] + ","


def _person(event: Event) -> str:
    """Whose own state changed by this event (`Actor.key`), for kinds where frames do not tell it."""
    return str(event.actor_id or "") if event.kind in OWN else ""


def _facts_text(event: Event) -> str:
    """The event's facts as the next part of its JSON, if it has any."""
    return f'"facts":{frames.encode(event.data)},' if event.data else ""


def _cell(states: States, meeting_id: uuid.UUID, known: Any, key: tuple[str, uuid.UUID]) -> Cell:
    pk = key[1]
    gone = {"id": str(pk), "removed": True}
    staff, own, everyone = (
        view.get(pk, gone) for view in (states.staff, states.own, states.everyone)
    )
    if states.here is not None and everyone is not gone:
        own = everyone = states.here(everyone, meeting_id)
    text = frames.encode(staff)
    texts = (
        text,
        text if own is staff else frames.encode(own),
        text if everyone is staff else frames.encode(everyone),
    )
    cell: Cell | None = known.get(key)
    if cell is None:
        cell = known[key] = Cell(*texts)
    else:
        cell.staff, cell.own, cell.everyone = texts
    return cell


def _states(events: Iterable[Event]) -> dict[Subject, States]:
    """The objects the events are about, as they are now; constant queries per subject."""
    wanted: dict[Subject, set[uuid.UUID]] = defaultdict(set)
    for event in events:
        kind = KINDS.get(event.kind)
        if kind is not None and event.object_id is not None:
            wanted[kind.subject].add(event.object_id)
    return {subject: SOURCES[subject](ids) for subject, ids in wanted.items()}


def page_of_events(meeting: Meeting, cursor: int, audience: Audience, most: int) -> str:
    """A page of the feed over HTTP as JSON; at most `most` entries of the log are looked at."""
    if cursor > meeting.last_seq:
        return frames.encode({"seq": meeting.last_seq, "more": False, "resync": True, "events": []})
    events = list(Event.objects.filter(meeting=meeting, seq__gt=cursor).order_by("seq")[: most + 1])
    more, events = len(events) > most, events[:most]
    entries = entries_of(events).get(meeting.pk, [])
    texts = [text for entry in entries if (text := entry.text(audience, meeting.is_open))]
    seq = events[-1].seq if events else cursor
    flag = "true" if more else "false"
    return f'{{"seq":{seq},"more":{flag},"resync":false,"events":[{",".join(texts)}]}}'
