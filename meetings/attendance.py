"""Every write about who is there: checking in, leaving, asking for leave, closing the sheet."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from townships.actors import Actor
from townships.models import Membership, Role, Township
from townships.permissions import Action, require
from townships.problems import Conflict, Invalid, NotAllowed, NotFound
from townships.texts import one_line

from . import events
from .attendance_sheet import sheet_of, sheets_of
from .models import Absence, Attendance, Leave, Meeting

__all__ = [
    "answer_leave",
    "ask_leave",
    "check_in",
    "close_sheet",
    "mark_left",
    "note_presence",
    "sheet_of",
    "sheets_of",
    "undo_check_in",
    "withdraw_leave",
]

EARLY = dt.timedelta(hours=2)  # how long before the start people may check in
How = Attendance.How
WEAK = {How.ROOM}  # says less than having been seen in the hall


class NotYet(Conflict):
    code = "check_in_not_open"
    title = _("Checking in has not begun")
    sentence = _("Checking in opens two hours before the meeting begins.")


class LeaveAnswered(Conflict):
    code = "leave_answered"
    title = _("This has been answered")
    sentence = _("This leave has been answered or withdrawn meanwhile.")


def check_in(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    how: str,
    membership_id: uuid.UUID | None = None,
    township_id: uuid.UUID | None = None,
    name: str = "",
    unit: str = "",
    for_user_id: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> Attendance:
    """Somebody has come. The same person again changes nothing (a stronger `how` replaces "room").

    `scan` and `room`: the actor themselves. `host`: an organiser notes a person of the county
    (`membership_id`), or a name with a township or a unit. `substitute`: as `scan` for the actor, or
    by an organiser for a name; `for_user_id` says for whom. Raises `NotYet`, `MeetingClosed`,
    `Invalid`, `NotFound`.
    """
    if how not in How.values:
        raise Invalid(fields={"how": _("Choose one of these.")})
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        by_host = how == How.HOST or membership_id is not None or bool(name)
        require(actor, Action.SCHEDULE if by_host else Action.SEE_MEETING, meeting)
        events.refuse_closed(meeting)
        if how == How.HOST and membership_id is None and not name:
            raise Invalid(fields={"name": _("Please fill this in.")})
        if getattr(actor, "is_screen", False):  # the hall's computer is nobody
            raise NotAllowed
        _refuse_early(meeting, at)
        if by_host:
            values = _noted(actor, meeting, membership_id, township_id, name, unit)
        else:
            values = _self(actor)
        values["for_user_id"] = _stood_in_for(meeting, values["township_id"], for_user_id)
        if values["for_user_id"]:
            how = How.SUBSTITUTE
        return _keep(meeting, actor, how, values, at)


def _refuse_early(meeting: Meeting, at: dt.datetime | None) -> None:
    if meeting.is_live:
        return
    announced = meeting.status == Meeting.Status.ANNOUNCED
    if not announced or (at or timezone.now()) < meeting.starts_at - EARLY:
        raise NotYet


def _self(actor: Actor) -> dict[str, Any]:
    return {
        "user_id": actor.user_id,
        "township_id": actor.township_id,
        "name": actor.name[:100],
        "unit": actor.unit[:100] if actor.township_id is None else "",
        "noted_by_id": None,
    }


def _noted(
    actor: Actor,
    meeting: Meeting,
    membership_id: uuid.UUID | None,
    township_id: uuid.UUID | None,
    name: str,
    unit: str,
) -> dict[str, Any]:
    """Who the host means: a person of the county, or somebody by name."""
    noted: dict[str, Any] = {"noted_by_id": actor.membership_id}
    if membership_id is not None:
        person = (
            Membership.objects.filter(pk=membership_id, county_id=meeting.county_id)
            .select_related("user")
            .first()
        )
        if person is None:
            raise NotFound
        return noted | {
            "user_id": person.user_id,
            "township_id": person.township_id,
            "name": str(person.user)[:100],
            "unit": "",
        }
    if township_id is not None:
        if not Township.objects.filter(pk=township_id, county_id=meeting.county_id).exists():
            raise NotFound
    return noted | {
        "user_id": None,
        "township_id": township_id,
        "name": one_line(name, "name", most=100, needed=True),
        "unit": one_line(unit, "unit", most=100),
    }


def _stood_in_for(
    meeting: Meeting, township_id: uuid.UUID | None, for_user_id: uuid.UUID | None
) -> uuid.UUID | None:
    """The person stood in for; of the same township. Raises `NotFound`."""
    if for_user_id is None:
        return None
    person = Membership.objects.filter(
        user_id=for_user_id, county_id=meeting.county_id, township_id=township_id
    )
    if township_id is None or not person.exists():
        raise NotFound
    return for_user_id


def _keep(
    meeting: Meeting, actor: Actor, how: str, values: dict[str, Any], at: dt.datetime | None
) -> Attendance:
    """The row, made or (for the same person) brought up to date; the meeting is locked."""
    moment = at or timezone.now()
    known = None
    if values["user_id"] is not None:
        known = Attendance.objects.filter(meeting=meeting, user_id=values["user_id"]).first()
    elif values["noted_by_id"] is None:  # a guest, once by name and unit
        known = Attendance.objects.filter(
            meeting=meeting, user=None, name=values["name"], unit=values["unit"]
        ).first()
    if known is None:
        row = Attendance.objects.create(meeting=meeting, how=how, at=moment, **values)
        events.record(
            meeting, events.ATTENDANCE_CHANGED, meeting, actor,
            at=at, data={"attendance": str(row.pk)}, name=row.name, how=how,
        )  # fmt: skip
        return row
    stronger = known.how in WEAK and how not in WEAK
    back = known.left_at is not None and how not in WEAK
    if stronger or back:
        known.how = how if stronger else known.how
        known.for_user_id = values["for_user_id"] or known.for_user_id
        known.left_at = None
        known.save(update_fields=["how", "for_user", "left_at"])
        events.record(
            meeting, events.ATTENDANCE_CHANGED, meeting, actor,
            at=at, data={"attendance": str(known.pk)}, name=known.name, how=how,
        )  # fmt: skip
    return known


def note_presence(*, meeting_id: uuid.UUID, actors: Collection[Actor]) -> int:
    """People seen in the room of a live meeting count as having come; returns how many are new.

    Called by the room with whoever came since it last told, so it must stay cheap for people who
    are on the sheet already (one query). Never raises for a closed or missing meeting.
    """
    people = {actor.user_id: actor for actor in actors if actor.user_id and actor.township_id}
    known = Attendance.objects.filter(meeting_id=meeting_id, user__in=list(people))
    new = set(people) - set(known.values_list("user_id", flat=True))
    if not new:
        return 0
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update(of=("self",)).filter(pk=meeting_id).first()
        if meeting is None or not meeting.is_live:
            return 0
        ours = [people[user_id] for user_id in sorted(new, key=str)]
        ours = [actor for actor in ours if actor.county_id == meeting.county_id]
        for actor in ours:
            _keep(meeting, actor, How.ROOM, _self(actor) | {"for_user_id": None}, None)
    return len(ours)


def _attendance(actor: Actor, attendance_id: uuid.UUID) -> Attendance:
    """The row with its meeting locked and open, for organisers; inside a transaction."""
    found = (
        Attendance.objects.filter(pk=attendance_id, meeting__county_id=actor.county_id)
        .values_list("meeting_id", flat=True)
        .first()
    )
    if found is None:
        require(actor, Action.SCHEDULE)
        raise NotFound
    meeting = events.lock_open(found)
    require(actor, Action.SCHEDULE, meeting)
    row = Attendance.objects.filter(pk=attendance_id).first()
    if row is None:
        raise NotFound
    row.meeting = meeting
    return row


def undo_check_in(*, actor: Actor, attendance_id: uuid.UUID) -> None:
    """Take a mistaken entry off the sheet; the audit keeps who did it."""
    with transaction.atomic():
        row = _attendance(actor, attendance_id)
        events.record(
            row.meeting, events.ATTENDANCE_CHANGED, row.meeting, actor,
            data={"attendance": str(row.pk)}, name=row.name, removed=True,
        )  # fmt: skip
        row.delete()


def mark_left(
    *, actor: Actor, attendance_id: uuid.UUID, left: bool = True, at: dt.datetime | None = None
) -> Attendance:
    """Note that somebody left before the end, or came back."""
    with transaction.atomic():
        row = _attendance(actor, attendance_id)
        row.left_at = (at or timezone.now()) if left else None
        row.save(update_fields=["left_at"])
        events.record(
            row.meeting, events.ATTENDANCE_CHANGED, row.meeting, actor,
            data={"attendance": str(row.pk)}, name=row.name, left=left,
        )  # fmt: skip
    return row


def ask_leave(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    reason: str,
    substitute: str = "",
    at: dt.datetime | None = None,
) -> Leave:
    """A member says in advance that they cannot come, why, and who comes instead.

    Asking again replaces what was asked, until it is answered; after a refusal it may be asked
    anew. Raises `WrongStatus` once the meeting is live, `Invalid`.
    """
    from .problems import WrongStatus

    reason = one_line(reason, "reason", most=300, needed=True)
    substitute = one_line(substitute, "substitute", most=100)
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.SEE_MEETING, meeting)
        events.refuse_closed(meeting)
        if actor.user_id is None or actor.township_id is None:
            raise NotAllowed
        if meeting.status != Meeting.Status.ANNOUNCED:
            raise WrongStatus(status=meeting.get_status_display())
        known = Leave.objects.filter(meeting=meeting, user_id=actor.user_id).first()
        if known is not None and known.state == Leave.State.GRANTED:
            raise LeaveAnswered
        leave, _new = Leave.objects.update_or_create(
            meeting=meeting,
            user_id=actor.user_id,
            defaults={
                "township_id": actor.township_id,
                "reason": reason,
                "substitute": substitute,
                "state": Leave.State.ASKED,
                "asked_at": at or timezone.now(),
                "answered_at": None,
                "answered_by": None,
                "answer": "",
            },
        )
        _record_leave(meeting, leave, actor, at)
    return leave


def withdraw_leave(*, actor: Actor, leave_id: uuid.UUID) -> Leave:
    """A member comes after all. Raises `LeaveAnswered` for one refused or withdrawn already."""
    with transaction.atomic():
        leave = _leave(actor, leave_id)
        if leave.user_id != actor.user_id:
            raise NotFound
        if leave.state not in (Leave.State.ASKED, Leave.State.GRANTED):
            raise LeaveAnswered
        leave.state = Leave.State.WITHDRAWN
        leave.save(update_fields=["state"])
        _record_leave(leave.meeting, leave, actor, None)
    return leave


def answer_leave(
    *,
    actor: Actor,
    leave_id: uuid.UUID,
    granted: bool,
    answer: str = "",
    at: dt.datetime | None = None,
) -> Leave:
    """The organiser grants or refuses a leave. Raises `LeaveAnswered` when it is not open any more."""
    answer = one_line(answer, "answer", most=300)
    with transaction.atomic():
        leave = _leave(actor, leave_id)
        require(actor, Action.SCHEDULE, leave.meeting)
        if leave.state != Leave.State.ASKED:
            raise LeaveAnswered
        leave.state = Leave.State.GRANTED if granted else Leave.State.REFUSED
        leave.answered_at, leave.answered_by_id = at or timezone.now(), actor.membership_id
        leave.answer = answer
        leave.save(update_fields=["state", "answered_at", "answered_by", "answer"])
        _record_leave(leave.meeting, leave, actor, at)
    return leave


def _leave(actor: Actor, leave_id: uuid.UUID) -> Leave:
    """The leave with its meeting locked and open: one's own, or any for organisers."""
    require(actor, Action.SEE_MEETING)
    found = Leave.objects.filter(pk=leave_id, meeting__county_id=actor.county_id)
    if not actor.is_staff:
        found = found.filter(user_id=actor.user_id)
    row = found.values_list("meeting_id", flat=True).first()
    if row is None:
        raise NotFound
    meeting = events.lock_open(row)
    leave = Leave.objects.get(pk=leave_id)
    leave.meeting = meeting
    return leave


def _record_leave(meeting: Meeting, leave: Leave, actor: Actor, at: dt.datetime | None) -> None:
    assert leave.township_id is not None
    events.record(
        meeting, events.LEAVE_CHANGED, meeting, actor,
        township_id=leave.township_id, at=at, state=leave.state, leave=str(leave.pk),
    )  # fmt: skip


def close_sheet(meeting: Meeting) -> int:
    """Write down who was expected and did not come; once, when the meeting closes (locked by the
    caller). Returns how many."""
    came = Attendance.objects.filter(meeting=meeting)
    there = {
        user_id
        for pair in came.values_list("user_id", "for_user_id")
        for user_id in pair
        if user_id is not None
    }
    leaves = set(
        Leave.objects.filter(meeting=meeting, state=Leave.State.GRANTED).values_list(
            "user_id", flat=True
        )
    )
    expected = Membership.objects.filter(
        county_id=meeting.county_id,
        role=Role.MEMBER,
        active=True,
        township__active=True,
    ).select_related("user")
    rows = [
        Absence(
            meeting=meeting,
            township_id=person.township_id,
            user_id=person.user_id,
            name=str(person.user)[:100],
            on_leave=person.user_id in leaves,
        )
        for person in expected
        if person.user_id not in there
    ]
    return len(Absence.objects.bulk_create(rows, ignore_conflicts=True))
