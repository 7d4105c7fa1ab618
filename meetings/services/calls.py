"""Calling for materials: a series' plan, the county's chat groups, each person's choice, deadlines."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from townships import audit
from townships.actors import Actor
from townships.permissions import Action, require
from townships.problems import Invalid, NotFound
from townships.texts import one_line
from townships.throttle import spend

from .. import events
from ..models import CallPlan, ChatGroup, Meeting, ReminderChoice, ReminderRule, Series
from ..reminders import chat
from ..reminders.ways import NotDelivered, Unconfirmed
from .schedule import check_meeting, update

USUAL = (7 * 24 * 60, 2 * 24 * 60, 3 * 60)
USUAL_QUIET = (dt.time(21, 0), dt.time(7, 30))
MOST_RULES = 6
MOST_BEFORE = 60 * 24 * 60
MOST_GRACE = 7 * 24 * 60
MOST_CHATS = 20


class ChatFailed(Invalid):
    code = "chat_failed"
    title = _("The chat group did not take the message")
    sentence = _("The test message was not delivered: %(reason)s")


def plan_for(*, actor: Actor, series_id: uuid.UUID | None) -> tuple[Series | None, CallPlan | None]:
    """A series of the actor's county with its plan; without a series the county's plan for meetings
    outside every series. Raises `NotFound`."""
    require(actor, Action.SCHEDULE)
    if series_id is None:
        plans = CallPlan.objects.filter(county_id=actor.county_id, series=None)
        return None, plans.prefetch_related("rules").first()
    series = Series.objects.filter(pk=series_id, county_id=actor.county_id).first()
    if series is None:
        raise NotFound
    return series, CallPlan.objects.filter(series=series).prefetch_related("rules").first()


def set_plan(
    *,
    actor: Actor,
    series_id: uuid.UUID | None = None,
    minutes_before: Collection[int] = USUAL,
    by_mail: bool = True,
    by_chat: bool = True,
    quiet_from: dt.time | None = USUAL_QUIET[0],
    quiet_until: dt.time | None = USUAL_QUIET[1],
    grace_minutes: int = 0,
    note: str = "",
    active: bool = True,
) -> CallPlan:
    """Set how a series (or every meeting outside one) calls for its materials.

    Moments are minutes before the materials are due. Rules that stay keep their identity, so that
    what they sent is not sent again. Raises `Invalid` with the wrong fields.
    """
    wanted = sorted(set(minutes_before), reverse=True)
    if len(wanted) > MOST_RULES:
        raise Invalid(
            fields={"moments": _("At most %(most)d reminders.") % {"most": MOST_RULES}},
        )
    if any(not 10 <= minutes <= MOST_BEFORE for minutes in wanted):
        raise Invalid(fields={"moments": _("Between 10 minutes and 60 days before.")})
    if (quiet_from is None) != (quiet_until is None):
        raise Invalid(fields={"quiet_until": _("Give both ends of the quiet hours, or neither.")})
    if not 0 <= grace_minutes <= MOST_GRACE:
        raise Invalid(fields={"grace_minutes": _("At most seven days.")})
    values = {
        "by_mail": by_mail,
        "by_chat": by_chat,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "grace_minutes": grace_minutes,
        "note": one_line(note, "note", most=300),
        "active": active,
    }
    with transaction.atomic():
        series, _plan = plan_for(actor=actor, series_id=series_id)
        plan, _new = CallPlan.objects.update_or_create(
            county_id=actor.county_id, series=series, defaults=values
        )
        plan.rules.exclude(minutes_before__in=wanted).delete()
        known = set(plan.rules.values_list("minutes_before", flat=True))
        ReminderRule.objects.bulk_create(
            ReminderRule(plan=plan, minutes_before=minutes)
            for minutes in wanted
            if minutes not in known
        )
        audit.write(actor=actor, action="call_plan.set", obj=plan, minutes_before=wanted)
    return CallPlan.objects.prefetch_related("rules").get(pk=plan.pk)


def add_chat(*, actor: Actor, name: str, address: str, language: str = "zh-hans") -> ChatGroup:
    """A chat group of the county with its robot's address, which is never shown again.

    Raises `Invalid`, `UnknownService` for an address that may not be written to.
    """
    require(actor, Action.PEOPLE)
    name = one_line(name, "name", most=100, needed=True)
    chat.robot_of(address)
    with transaction.atomic():
        if ChatGroup.objects.filter(county_id=actor.county_id).count() >= MOST_CHATS:
            raise Invalid(fields={"name": _("A county has at most %(n)d.") % {"n": MOST_CHATS}})
        made = ChatGroup.objects.create(
            county_id=actor.county_id,
            name=name,
            address=chat.native(address.strip()),
            language=language,
        )
        audit.write(actor=actor, action="chat.added", obj=made, name=name)
    return made


def change_chat(
    *,
    actor: Actor,
    chat_id: uuid.UUID,
    name: str | None = None,
    address: str = "",
    language: str = "",
    active: bool | None = None,
) -> ChatGroup:
    """Change a chat group; an empty address keeps the one that is stored. As `add_chat`."""
    with transaction.atomic():
        group = _chat(actor, chat_id, lock=True)
        if name is not None:
            group.name = one_line(name, "name", most=100, needed=True)
        if address.strip():
            chat.robot_of(address)
            group.address = chat.native(address.strip())
        group.language = language or group.language
        group.active = group.active if active is None else active
        group.save()
        audit.write(actor=actor, action="chat.changed", obj=group, new_address=bool(address))
    return group


def remove_chat(*, actor: Actor, chat_id: uuid.UUID) -> None:
    """Forget a chat group and its robot's address. What was sent to it stays in the log."""
    with transaction.atomic():
        group = _chat(actor, chat_id, lock=True)
        audit.write(actor=actor, action="chat.removed", obj=group, name=group.name)
        group.delete()


def try_chat(*, actor: Actor, chat_id: uuid.UUID) -> ChatGroup:
    """Send a short test message now. Raises `ChatFailed` with the robot's answer, `TooMany`."""
    group = _chat(actor, chat_id)
    spend("chat", actor.key, limit=6)
    text = str(_("This is a test message of Lihui. Reminders of this county will come here."))
    try:
        chat.deliver(group.address, text, text, lambda: None)
    except (NotDelivered, Unconfirmed) as error:
        raise ChatFailed(reason=error.reason) from error
    return group


def _chat(actor: Actor, chat_id: uuid.UUID, *, lock: bool = False) -> ChatGroup:
    require(actor, Action.PEOPLE)
    found = ChatGroup.objects.select_for_update() if lock else ChatGroup.objects.all()
    group = found.filter(pk=chat_id, county_id=actor.county_id).first()
    if group is None:
        raise NotFound
    return group


def set_choice(*, actor: Actor, mail: str, calendar: str | None = None) -> ReminderChoice:
    """A person says which reminders they want by e-mail and which alarms in the calendar (None: as
    before). Raises `Invalid`."""
    require(actor, Action.SEE_MEETING)
    if actor.user_id is None:
        raise NotFound
    if mail not in ReminderChoice.Mail.values:
        raise Invalid(fields={"mail": _("Choose one of these.")})
    if calendar is not None and calendar not in ReminderChoice.Calendar.values:
        raise Invalid(fields={"calendar": _("Choose one of these.")})
    values = {"mail": mail} | ({"calendar": calendar} if calendar else {})
    with transaction.atomic():
        choice, _new = ReminderChoice.objects.update_or_create(
            user_id=actor.user_id, defaults=values
        )
        audit.write(
            actor=actor,
            action="reminders.chosen",
            obj=choice,
            county_id=actor.county_id,
            **values,
        )
    return choice


def set_deadline(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    deadline: dt.datetime | None,
    grace_minutes: int,
) -> Meeting:
    """Set when a meeting's materials are due, and how long townships may still hand in (marked late).

    Raises `Invalid` with the wrong fields, `MeetingClosed`.
    """
    if not 0 <= grace_minutes <= MOST_GRACE:
        raise Invalid(fields={"grace_minutes": _("At most seven days.")})
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.SCHEDULE, meeting)
        events.refuse_closed(meeting)
        values: dict[str, Any] = {
            name: getattr(meeting, name) for name in ("title", "venue", "note", "starts_at", "ends_at")
        }  # fmt: skip
        values = check_meeting(values | {"deadline": deadline, "allows_guests": False})
        changed = {"deadline": values["deadline"], "grace_minutes": grace_minutes}
        changed = {name: new for name, new in changed.items() if getattr(meeting, name) != new}
        if changed:
            update(meeting, **changed)
            events.record(
                meeting,
                events.MEETING_CHANGED,
                meeting,
                actor,
                fields=sorted(changed),
                deadline=deadline.isoformat() if deadline else "",
                grace_minutes=grace_minutes,
            )
    return meeting
