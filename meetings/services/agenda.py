"""The agenda: its items, their order, and which one is running."""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from townships.actors import Actor
from townships.models import Township
from townships.permissions import Action, require
from townships.problems import Invalid, NotFound, SignedOut
from townships.texts import one_line

from .. import events
from ..models import AgendaItem, Meeting
from ..problems import WrongStatus
from .schedule import update

MOST_ITEMS = 200
CHANGEABLE = {
    "kind",
    "title",
    "township_id",
    "presenter",
    "minutes",
    "expects_deck",
    "expects_manuscript",
    "due_at",
}


def check_item(meeting: Meeting, values: dict[str, Any]) -> dict[str, Any]:
    """The fields of an item, cleaned. Raises `Invalid` with the wrong ones, `NotFound`."""
    if values["kind"] not in AgendaItem.Kind.values:
        raise Invalid(fields={"kind": _("Choose one of the kinds of agenda items.")})
    values["title"] = one_line(values["title"], "title", most=200)
    values["presenter"] = one_line(values["presenter"], "presenter", most=100)
    if not 1 <= values["minutes"] <= 600:
        raise Invalid(fields={"minutes": _("Between 1 and 600 minutes.")})
    township_id = values["township_id"]
    if township_id is not None:
        if not Township.objects.filter(pk=township_id, county_id=meeting.county_id).exists():
            raise NotFound
    elif values["expects_deck"] or values["expects_manuscript"]:
        raise Invalid(fields={"township_id": _("Say which township the materials come from.")})
    values["due_at"] = check_due(meeting, values)
    return values


def check_due(meeting: Meeting, values: dict[str, Any]) -> dt.datetime | None:
    """The item's own due moment; None where it expects nothing. Raises `Invalid`."""
    due: dt.datetime | None = values["due_at"]
    if due is None or not (values["expects_deck"] or values["expects_manuscript"]):
        return None
    if timezone.is_naive(due) or not 1970 < due.year < 2300:
        raise Invalid(fields={"due_at": _("This is not a date and time we can use.")})
    if due > meeting.starts_at:
        raise Invalid(fields={"due_at": _("Materials must be due before the meeting starts.")})
    return due


def same_distance(source: Meeting, item: AgendaItem, meeting: Meeting) -> dt.datetime | None:
    """An item's own due moment as far before another meeting, at the same time of the day."""
    if item.due_at is None:
        return None
    local, start = item.due_at.astimezone(source.zone), source.starts_at.astimezone(source.zone)
    day = meeting.starts_at.astimezone(meeting.zone).date() - (start.date() - local.date())
    moment = dt.datetime.combine(day, local.time(), tzinfo=meeting.zone)
    return min(moment, meeting.starts_at)


def _lock_item(actor: Actor, item_id: uuid.UUID) -> tuple[Meeting, AgendaItem]:
    """The item and its locked, open meeting; to be used inside a transaction."""
    meeting_id = AgendaItem.objects.filter(pk=item_id).values_list("meeting_id", flat=True).first()
    if meeting_id is None:
        raise NotFound if actor.role else SignedOut
    meeting = events.lock(meeting_id)
    require(actor, Action.SCHEDULE, meeting)
    events.refuse_closed(meeting)
    item = meeting.agenda.select_related("township").filter(pk=item_id).first()
    if item is None:
        raise NotFound
    item.meeting = meeting
    return meeting, item


def add_item(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    kind: str,
    title: str = "",
    township_id: uuid.UUID | None = None,
    presenter: str = "",
    minutes: int = 10,
    expects_deck: bool = False,
    expects_manuscript: bool = False,
    due_at: dt.datetime | None = None,
    at: dt.datetime | None = None,
) -> AgendaItem:
    """A new last step of a meeting. `due_at`: when what it expects is due (None: the meeting's).

    Raises `Invalid` with the wrong fields, `MeetingClosed`.
    """
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.SCHEDULE, meeting)
        events.refuse_closed(meeting)
        values = check_item(
            meeting,
            {
                "kind": kind,
                "title": title,
                "township_id": township_id,
                "presenter": presenter,
                "minutes": minutes,
                "expects_deck": expects_deck,
                "expects_manuscript": expects_manuscript,
                "due_at": due_at,
            },
        )
        if meeting.agenda.count() >= MOST_ITEMS:
            raise Invalid(_("An agenda holds at most %(most)d items."), most=MOST_ITEMS)
        last = meeting.agenda.aggregate(last=Max("position"))["last"]
        item = meeting.agenda.create(position=0 if last is None else last + 1, **values)
        events.record(meeting, events.AGENDA_ADDED, item, actor, at=at)
    return item


def change_item(
    *, actor: Actor, item_id: uuid.UUID, position: int | None = None, **changes: Any
) -> AgendaItem:
    """Change an item's fields (see `add_item`), until the meeting is closed.

    With a `position` it is moved too (see `move_item`): all of it happens, or nothing.
    """
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"an item's {', '.join(sorted(unknown))} cannot be changed this way")
    with transaction.atomic():
        meeting, item = _lock_item(actor, item_id)
        now = {name: getattr(item, name) for name in CHANGEABLE}
        if item.due_at is not None:  # the meeting may have been moved since
            now["due_at"] = min(item.due_at, meeting.starts_at)
        values = check_item(meeting, now | changes)
        changed = {name: value for name, value in values.items() if getattr(item, name) != value}
        if changed:
            for name, value in changed.items():
                setattr(item, name, value)
            item.save(update_fields=list(changed))
            events.record(meeting, events.AGENDA_CHANGED, item, actor, fields=sorted(changed))
        if position is not None:
            item = move_item(actor=actor, item_id=item_id, position=position)
    return item


def remove_item(*, actor: Actor, item_id: uuid.UUID) -> None:
    """Take an item off the agenda. What its township uploaded stays."""
    with transaction.atomic():
        meeting, item = _lock_item(actor, item_id)
        events.record(meeting, events.AGENDA_REMOVED, item, actor, title=str(item))
        item.delete()


def move_item(*, actor: Actor, item_id: uuid.UUID, position: int) -> AgendaItem:
    """Put an item at a place of the agenda, 0 being the first; beyond the ends means at the end.

    Every item that gets another place has its event, so that each reader's order stays right.
    """
    with transaction.atomic():
        meeting, item = _lock_item(actor, item_id)
        order = [other for other in meeting.agenda.all() if other.pk != item.pk]
        order.insert(max(0, min(position, len(order))), item)
        for place, other in enumerate(order):
            if other.position != place:
                other.position = place
                other.save(update_fields=["position"])
                events.record(meeting, events.AGENDA_CHANGED, other, actor, position=place)
    return item


def start_item(*, actor: Actor, item_id: uuid.UUID, at: dt.datetime | None = None) -> AgendaItem:
    """Make an item of a live meeting the current one; the one before it ends. `WrongStatus`.

    An item that was left may be taken up again: its time runs on.
    """
    with transaction.atomic():
        meeting, item = _lock_item(actor, item_id)
        if not meeting.is_live:
            raise WrongStatus(status=meeting.get_status_display())
        if meeting.current_item_id == item.pk:
            return item
        moment = at or timezone.now()
        before = meeting.agenda.filter(pk=meeting.current_item_id).first()
        if before is not None:
            before.leave(moment)
            events.record(meeting, events.AGENDA_CHANGED, before, actor, at=moment)
        item.begin(moment)
        update(meeting, current_item=item)
        events.record(meeting, events.AGENDA_CHANGED, item, actor, at=moment)
        events.record(meeting, events.MEETING_CHANGED, meeting, actor, at=moment, current=str(item))
    return item


def stop_item(*, actor: Actor, meeting_id: uuid.UUID, at: dt.datetime | None = None) -> Meeting:
    """End the current item of a live meeting; none is current then (a break). `WrongStatus`."""
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.SCHEDULE, meeting)
        if not meeting.is_live:
            raise WrongStatus(status=meeting.get_status_display())
        item = meeting.agenda.filter(pk=meeting.current_item_id).first()
        if item is not None:
            moment = at or timezone.now()
            item.leave(moment)
            update(meeting, current_item=None)
            events.record(meeting, events.AGENDA_CHANGED, item, actor, at=moment)
            events.record(meeting, events.MEETING_CHANGED, meeting, actor, at=moment, current="")
    return meeting


def copy_agenda(*, actor: Actor, meeting_id: uuid.UUID, source_id: uuid.UUID) -> int:
    """Append another meeting's agenda to this one; the presenters' names are left out.

    Returns how many items were added. Items of townships that are no longer active are left out.
    """
    source = Meeting.objects.visible_to(actor).filter(pk=source_id).first()
    if source is None:
        raise NotFound
    added = 0
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        for item in source.agenda.select_related("township"):
            if item.township is not None and not item.township.active:
                continue
            add_item(
                actor=actor,
                meeting_id=meeting_id,
                kind=item.kind,
                title=item.title,
                township_id=item.township_id,
                minutes=item.minutes,
                expects_deck=item.expects_deck,
                expects_manuscript=item.expects_manuscript,
                due_at=same_distance(source, item, meeting),
            )
            added += 1
    return added
