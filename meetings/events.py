"""The event log: every kind of event, declared once, and the one way to write and read it.

The log is the truth of a meeting. `record()` takes the next number under the lock of the meeting's
row, so numbers have no gaps and become visible in order; after the commit it sends a nudge with no
content, which wakes the meeting's rooms up. A lost nudge loses nothing.
"""

import asyncio
import datetime as dt
import functools
import logging
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import models, transaction
from django.utils import timezone

from townships import audit
from townships.actors import Actor
from townships.prepared import by_ids
from townships.problems import NotFound

from .models import Event, Meeting
from .problems import MeetingClosed

log = logging.getLogger("lihui.events")

NUDGE_SECONDS = 1.0  # at most for telling the rooms, who also look by themselves


class Subject(StrEnum):
    """What an event's `object_id` names, and so what its frame carries."""

    MEETING = "meeting"
    ITEM = "item"
    MATERIAL = "material"
    POST = "post"
    CASE = "case"
    ATTENDANCE = "attendance"  # the meeting's sheet; frames only tell that it changed
    HAND = "hand"
    POLL = "poll"


class Reach(StrEnum):
    """Who may learn of an event."""

    EVERYONE = "everyone"
    TOWNSHIP = "township"  # organisers and the event's township; everyone once the meeting opened


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event: its stable name, what it is about, whom it reaches.

    `writes_closed`: whether it may still be recorded when the meeting is closed.
    """

    name: str
    subject: Subject
    reach: Reach = Reach.EVERYONE
    writes_closed: bool = False
    audited: bool = True


KINDS: dict[str, Kind] = {}


def declare(name: str, subject: Subject, **options: Any) -> Kind:
    kind = Kind(name, subject, **options)
    KINDS[name] = kind
    return kind


MEETING_CREATED = declare("meeting.created", Subject.MEETING)
MEETING_CHANGED = declare("meeting.changed", Subject.MEETING)
MEETING_ANNOUNCED = declare("meeting.announced", Subject.MEETING)
MEETING_CALLED_OFF = declare("meeting.called_off", Subject.MEETING)
NOTICE_CONFIRMED = declare("notice.confirmed", Subject.MEETING)
MEETING_OPENED = declare("meeting.opened", Subject.MEETING)
MEETING_CLOSED = declare("meeting.closed", Subject.MEETING)
CORRECTION_ADDED = declare("correction.added", Subject.MEETING, writes_closed=True)
MINUTES_APPROVED = declare("minutes.approved", Subject.MEETING, writes_closed=True)
SCREEN_CHANGED = declare("screen.changed", Subject.MEETING)
AGENDA_ADDED = declare("agenda.added", Subject.ITEM)
AGENDA_CHANGED = declare("agenda.changed", Subject.ITEM)
AGENDA_REMOVED = declare("agenda.removed", Subject.ITEM)

ATTENDANCE_CHANGED = declare("attendance.changed", Subject.ATTENDANCE)
LEAVE_CHANGED = declare("leave.changed", Subject.MEETING, reach=Reach.TOWNSHIP)

MATERIAL_RECEIVED = declare("material.received", Subject.MATERIAL, reach=Reach.TOWNSHIP)
MATERIAL_PROGRESS = declare(
    "material.progress",
    Subject.MATERIAL,
    reach=Reach.TOWNSHIP,
    writes_closed=True,
    audited=False,
)
MATERIAL_READY = declare(
    "material.ready", Subject.MATERIAL, reach=Reach.TOWNSHIP, writes_closed=True
)
MATERIAL_REFUSED = declare(
    "material.refused", Subject.MATERIAL, reach=Reach.TOWNSHIP, writes_closed=True
)
MATERIAL_FAILED = declare(
    "material.failed", Subject.MATERIAL, reach=Reach.TOWNSHIP, writes_closed=True
)
MATERIAL_RETRIED = declare(
    "material.retried", Subject.MATERIAL, reach=Reach.TOWNSHIP, writes_closed=True
)
MATERIAL_APPROVED = declare("material.approved", Subject.MATERIAL, reach=Reach.TOWNSHIP)
MATERIAL_CHANGED = declare("material.changed", Subject.MATERIAL, reach=Reach.TOWNSHIP)
MATERIAL_WITHDRAWN = declare("material.withdrawn", Subject.MATERIAL, reach=Reach.TOWNSHIP)
MATERIAL_REMOVED = declare(
    "material.removed", Subject.MATERIAL, reach=Reach.TOWNSHIP, writes_closed=True
)

POST_ADDED = declare("post.added", Subject.POST)
POST_CHANGED = declare("post.changed", Subject.POST)
POST_HIDDEN = declare("post.hidden", Subject.POST)
POST_SHOWN = declare("post.shown", Subject.POST)
POST_WITHDRAWN = declare("post.withdrawn", Subject.POST)
POST_MERGED = declare("post.merged", Subject.POST)
POST_UNMERGED = declare("post.unmerged", Subject.POST)
POST_APPROVED = declare("post.approved", Subject.POST)
POST_HELD = declare("post.held", Subject.POST)
POST_CARRIED = declare("post.carried", Subject.POST, writes_closed=True)
POST_REMOVED = declare("post.removed", Subject.POST, writes_closed=True)
REPLY_ADDED = declare("reply.added", Subject.POST)
REPLY_HIDDEN = declare("reply.hidden", Subject.POST)
REPLY_SHOWN = declare("reply.shown", Subject.POST)
SUPPORT_CHANGED = declare("support.changed", Subject.POST)
ADOPTION_CHANGED = declare("adoption.changed", Subject.POST)
CASE_CHANGED = declare("case.changed", Subject.CASE)
HAND_RAISED = declare("hand.raised", Subject.HAND)
HAND_CHANGED = declare("hand.changed", Subject.HAND)
POLL_ADDED = declare("poll.added", Subject.POLL)
POLL_CHANGED = declare("poll.changed", Subject.POLL)
POLL_REMOVED = declare("poll.removed", Subject.POLL)
POLL_VOTED = declare("poll.voted", Subject.POLL)


LOCKED = by_ids(
    lambda ids: (
        Meeting.objects.select_for_update(of=("self",)).select_related("county").filter(pk__in=ids)
    )
)


def lock(meeting_id: uuid.UUID) -> Meeting:
    """The meeting, its row locked until the transaction ends. Raises `NotFound`.

    Decide everything that depends on the meeting's state after this call, and inside the same
    transaction as the write.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a lock belongs into the transaction of its change")
    for meeting in LOCKED.fetch([(meeting_id,)]):
        return meeting
    raise NotFound


def lock_open(meeting_id: uuid.UUID) -> Meeting:
    """Like `lock`, and raises `MeetingClosed` once the meeting is closed."""
    meeting = lock(meeting_id)
    refuse_closed(meeting)
    return meeting


def refuse_closed(meeting: Meeting) -> None:
    """Raise `MeetingClosed` for a closed meeting (locked by the caller)."""
    if meeting.is_closed:
        raise MeetingClosed


def record(
    meeting: Meeting,
    kind: Kind,
    obj: models.Model,
    actor: Actor,
    *,
    township_id: uuid.UUID | None = None,
    data: dict[str, Any] | None = None,
    at: dt.datetime | None = None,
    **detail: Any,
) -> Event:
    """Append an event and its audit row; nudge the rooms after the commit.

    `meeting` must come from `lock()` in this transaction. `data` holds facts that are not content
    (progress numbers); `detail` goes into the audit row only. `at` is the moment it happened, for
    history that is loaded later (default: now; the audit row always says when it was written).
    """
    if kind.reach is Reach.TOWNSHIP and township_id is None:
        raise ValueError(f"{kind.name} needs the township it belongs to")
    if meeting.is_closed and not kind.writes_closed and kind is not MEETING_CLOSED:
        raise MeetingClosed
    meeting.last_seq += 1
    updated = Meeting.objects.filter(pk=meeting.pk, last_seq=meeting.last_seq - 1).update(
        last_seq=meeting.last_seq
    )
    if not updated:
        raise RuntimeError("the meeting was not locked before recording")
    event = Event.objects.create(
        meeting=meeting,
        seq=meeting.last_seq,
        kind=kind.name,
        object_id=obj.pk,
        township_id=township_id,
        actor_id=actor.membership_id,
        data=data or {},
        at=at or timezone.now(),
    )
    if kind.audited:
        audit.write(actor=actor, action=kind.name, obj=obj, county_id=meeting.county_id, **detail)
    _nudge_once(meeting.pk)
    return event


def _nudge_once(meeting_id: uuid.UUID) -> None:
    """One nudge per meeting and transaction, however many events it records."""
    waiting = transaction.get_connection().run_on_commit
    if any(getattr(row[1], "args", None) == (meeting_id,) for row in waiting):
        return
    transaction.on_commit(functools.partial(nudge, meeting_id))


def group_name(meeting_id: uuid.UUID) -> str:
    """The channel-layer group of a meeting's rooms; made from a UUID, never from a URL's text."""
    return f"meeting.{meeting_id.hex}"


async def _send_nudge(meeting_id: uuid.UUID) -> None:
    """Raises TimeoutError when the channel layer hangs: the write is done, nobody waits for it."""
    layer = get_channel_layer()
    async with asyncio.timeout(NUDGE_SECONDS):
        await layer.group_send(group_name(meeting_id), {"type": "nudge"})  # type: ignore[union-attr]


def nudge(meeting_id: uuid.UUID) -> None:
    """Wake the meeting's rooms up. Best effort: rooms also look by themselves every few seconds."""
    if get_channel_layer() is None:
        return
    try:
        async_to_sync(_send_nudge)(meeting_id)
    except Exception:
        log.warning("nudge for meeting %s was not sent", meeting_id, exc_info=True)


def after(meeting_id: uuid.UUID, seq: int, limit: int = 1000) -> list[Event]:
    """The meeting's events with a number above `seq`, in order, at most `limit` (one query)."""
    return list(Event.objects.filter(meeting_id=meeting_id, seq__gt=seq).order_by("seq")[:limit])
