"""Scheduling a meeting and walking it through draft, announced, live and closed."""

import datetime as dt
import secrets
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from townships import audit
from townships.actors import Actor
from townships.models import County
from townships.permissions import Action, require
from townships.problems import Invalid, NotFound
from townships.texts import many_lines, one_line

from .. import events
from ..models import CalendarMail, Meeting, Series
from ..problems import AlreadyMade, EmptyAgenda, WasAnnounced, WrongStatus
from ..signals import meeting_closed, meeting_made
from .notices import next_notice

JOIN_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no I, L, O, 0, 1: read aloud in a hall
LONGEST = dt.timedelta(days=7)
CHANGEABLE = {
    "title",
    "starts_at",
    "ends_at",
    "venue",
    "note",
    "deadline",
    "allows_guests",
    "approve_first",
}


IN_NOTICE = {"title", "starts_at", "ends_at", "venue", "note", "deadline"}


def new_join_code() -> str:
    """Six letters that cannot be confused; about 30 bits, throttled where it is asked for."""
    return "".join(secrets.choice(JOIN_CODE_LETTERS) for _ in range(6))


def check_meeting(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a meeting, cleaned. Raises `Invalid` that names each wrong field."""
    values["title"] = one_line(values["title"], "title", most=200, needed=True)
    values["venue"] = one_line(values["venue"], "venue", most=200)
    values["note"] = many_lines(values["note"], "note", most=5000)
    starts_at, ends_at, deadline = values["starts_at"], values["ends_at"], values["deadline"]
    for name in ("starts_at", "ends_at", "deadline"):
        moment = values[name]
        if moment is not None and (timezone.is_naive(moment) or not 1970 < moment.year < 2300):
            raise Invalid(fields={name: _("This is not a date and time we can use.")})
    if ends_at <= starts_at:
        raise Invalid(fields={"ends_at": _("The meeting must end after it starts.")})
    if ends_at - starts_at > LONGEST:
        raise Invalid(fields={"ends_at": _("A meeting takes at most seven days.")})
    if deadline is not None and deadline > starts_at:
        raise Invalid(fields={"deadline": _("Materials must be due before the meeting starts.")})
    return values


def create_meeting(
    *,
    actor: Actor,
    title: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    venue: str = "",
    note: str = "",
    deadline: dt.datetime | None = None,
    series: Series | None = None,
    series_day: dt.date | None = None,
    allows_guests: bool = False,
    approve_first: bool = False,
    at: dt.datetime | None = None,
) -> Meeting:
    """A new meeting of the actor's county, as a draft.

    Times are aware datetimes. Raises `Invalid` with the wrong fields, `AlreadyMade` when the series
    has a meeting at that time.
    """
    require(actor, Action.SCHEDULE)
    if series is not None and series.county_id != actor.county_id:
        raise NotFound
    values = check_meeting(
        {
            "title": title,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "venue": venue,
            "note": note,
            "deadline": deadline,
            "allows_guests": allows_guests,
            "approve_first": approve_first,
        }
    )
    try:
        with transaction.atomic():
            county = County.objects.get(pk=actor.county_id)
            made = Meeting.objects.create(
                county=county, series=series, series_day=series_day, **values
            )
            meeting = events.lock(made.pk)
            events.record(meeting, events.MEETING_CREATED, meeting, actor, at=at)
            meeting_made.send(sender=None, meeting=meeting, actor=actor, at=at)
    except IntegrityError as error:
        raise AlreadyMade from error
    return meeting


def change_meeting(*, actor: Actor, meeting_id: uuid.UUID, **changes: Any) -> Meeting:
    """Change title, times, venue, note, deadline or whether guests are let in, until it is closed.

    Raises `Invalid` with the wrong fields, `MeetingClosed`, `AlreadyMade`.
    """
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"a meeting's {', '.join(sorted(unknown))} cannot be changed this way")
    try:
        with transaction.atomic():
            meeting = events.lock(meeting_id)
            require(actor, Action.SCHEDULE, meeting)
            events.refuse_closed(meeting)
            values = check_meeting({name: getattr(meeting, name) for name in CHANGEABLE} | changes)
            changed = {
                name: value for name, value in values.items() if getattr(meeting, name) != value
            }
            if changed:
                update(meeting, **changed)
                if meeting.status != Meeting.Status.DRAFT and changed.keys() & IN_NOTICE:
                    next_notice(meeting, CalendarMail.What.CHANGED)
                events.record(
                    meeting, events.MEETING_CHANGED, meeting, actor, fields=sorted(changed)
                )
    except IntegrityError as error:
        raise AlreadyMade from error
    return meeting


def update(meeting: Meeting, **values: Any) -> None:
    """Write fields of a locked meeting."""
    for name, value in values.items():
        setattr(meeting, name, value)
    meeting.save(update_fields=list(values))


def _step(actor: Actor, meeting_id: uuid.UUID, before: str) -> Meeting:
    """The locked meeting, if it is in the state `before`. Raises `WrongStatus` otherwise."""
    meeting = events.lock(meeting_id)
    require(actor, Action.SCHEDULE, meeting)
    if meeting.status != before:
        raise WrongStatus(status=meeting.get_status_display())
    return meeting


def announce_meeting(
    *, actor: Actor, meeting_id: uuid.UUID, at: dt.datetime | None = None
) -> Meeting:
    """Show a draft to the county. Raises `EmptyAgenda`, `WrongStatus`."""
    with transaction.atomic():
        meeting = _step(actor, meeting_id, Meeting.Status.DRAFT)
        if not meeting.agenda.exists():
            raise EmptyAgenda
        moment = at or timezone.now()
        update(
            meeting,
            status=Meeting.Status.ANNOUNCED,
            announced_at=moment,
            called_off_at=None,
            called_off_reason="",
        )
        next_notice(meeting, CalendarMail.What.INVITED, at=at)
        events.record(meeting, events.MEETING_ANNOUNCED, meeting, actor, at=moment)
    return meeting


def call_off_meeting(
    *, actor: Actor, meeting_id: uuid.UUID, reason: str = "", at: dt.datetime | None = None
) -> Meeting:
    """Take an announced meeting back: it is a draft again, calendars and mails say it is cancelled.

    Its day of the series stays taken. It may be moved and announced again. Raises `WrongStatus`.
    """
    reason = one_line(reason, "reason", most=200)
    with transaction.atomic():
        meeting = _step(actor, meeting_id, Meeting.Status.ANNOUNCED)
        moment = at or timezone.now()
        update(
            meeting,
            status=Meeting.Status.DRAFT,
            called_off_at=moment,
            called_off_reason=reason,
        )
        next_notice(meeting, CalendarMail.What.CALLED_OFF, at=at)
        events.record(meeting, events.MEETING_CALLED_OFF, meeting, actor, at=moment)
    return meeting


def open_meeting(*, actor: Actor, meeting_id: uuid.UUID, at: dt.datetime | None = None) -> Meeting:
    """Start an announced meeting, with a new join code. Raises `WrongStatus`."""
    with transaction.atomic():
        meeting = _step(actor, meeting_id, Meeting.Status.ANNOUNCED)
        moment = at or timezone.now()
        update(
            meeting,
            status=Meeting.Status.LIVE,
            opened_at=moment,
            join_code=free_join_code(),
            screen_mode=Meeting.ScreenMode.JOIN,
        )
        events.record(meeting, events.MEETING_OPENED, meeting, actor, at=moment)
    return meeting


def close_meeting(*, actor: Actor, meeting_id: uuid.UUID, at: dt.datetime | None = None) -> Meeting:
    """End and freeze a live meeting: from now on every write is refused. Raises `WrongStatus`."""
    with transaction.atomic():
        meeting = _step(actor, meeting_id, Meeting.Status.LIVE)
        moment = at or timezone.now()
        for item in meeting.agenda.filter(pk=meeting.current_item_id, ended_at=None):
            item.leave(moment)
        update(
            meeting,
            status=Meeting.Status.CLOSED,
            closed_at=moment,
            join_code="",
            screen_mode=Meeting.ScreenMode.BLANK,
            screen_material_id=None,
            screen_version_id=None,
            screen_page=None,
            screen_poll_id=None,
            screen_key="",
            current_item=None,
        )
        events.record(meeting, events.MEETING_CLOSED, meeting, actor, at=moment)
        meeting_closed.send(sender=None, meeting=meeting, actor=actor, at=at)
    return meeting


def free_join_code() -> str:
    """A join code no meeting uses now."""
    while True:
        code = new_join_code()
        if not Meeting.objects.filter(join_code=code).exists():
            return code


def rotate_join_code(*, actor: Actor, meeting_id: uuid.UUID) -> Meeting:
    """A new join code for a live meeting; the old one lets nobody in. Raises `WrongStatus`."""
    with transaction.atomic():
        meeting = _step(actor, meeting_id, Meeting.Status.LIVE)
        update(meeting, join_code=free_join_code())
        events.record(meeting, events.MEETING_CHANGED, meeting, actor, fields=["join_code"])
    return meeting


def discard_draft(*, actor: Actor, meeting_id: uuid.UUID) -> None:
    """Throw a draft away; nobody but organisers has seen it. Raises `WrongStatus` later on, and
    `WasAnnounced` for a meeting that was called off: it is kept."""
    with transaction.atomic():
        meeting = _step(actor, meeting_id, Meeting.Status.DRAFT)
        if meeting.notice:
            raise WasAnnounced
        audit.write(actor=actor, action="meeting.discarded", obj=meeting, title=meeting.title)
        meeting.delete()
