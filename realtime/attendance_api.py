"""The check-in list of the cockpit: who has come, ticked by the host."""

import uuid
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from meetings.attendance import check_in, undo_check_in
from meetings.attendance_sheet import Line, sheet_of
from meetings.models import Attendance, Meeting
from meetings.queries import visible_meeting
from townships.actors import Actor
from townships.pages import actor_of
from townships.permissions import Action, require

router = Router(tags=["attendance"])


class PersonOut(Schema):
    """Somebody expected, or who came without being. `words` are the state in the reader's language."""

    key: str
    name: str
    township: str
    township_id: str | None
    membership: str | None
    attendance: str | None
    state: str
    words: str
    time: str


class CameIn(Schema):
    membership: uuid.UUID


def sheet_rows(meeting: Meeting) -> list[dict[str, Any]]:
    """The sheet as JSON-ready rows, in the townships' order (four queries)."""
    sheet = sheet_of(meeting)
    return [_row(line) for line in [*sheet.lines, *sheet.others]]


def _row(line: Line) -> dict[str, Any]:
    came = line.attendance
    membership = str(line.membership_id) if line.membership_id else None
    return {
        "key": str(line.user_id or (came.pk if came else line.name)),  # the same after a tick
        "name": line.name,
        "township": line.township,
        "township_id": str(line.township_id) if line.township_id else None,
        "membership": membership,
        "attendance": str(came.pk) if came else None,
        "state": line.state,
        "words": line.state_words,
        "time": timezone.localtime(came.at).strftime("%H:%M") if came else "",
    }


def host_and_meeting(request: HttpRequest, meeting_id: uuid.UUID) -> tuple[Actor, Meeting]:
    actor = actor_of(request)
    meeting = visible_meeting(actor, meeting_id)
    require(actor, Action.SCHEDULE, meeting)
    return actor, meeting


@router.get("/meetings/{uuid:meeting_id}/attendance", response=list[PersonOut])
def list_attendance(request: HttpRequest, meeting_id: uuid.UUID) -> list[dict[str, Any]]:
    """Who is expected and who has come; for organisers."""
    return sheet_rows(host_and_meeting(request, meeting_id)[1])


@router.post("/meetings/{uuid:meeting_id}/attendance", response=list[PersonOut])
def note_coming(request: HttpRequest, meeting_id: uuid.UUID, data: CameIn) -> list[dict[str, Any]]:
    """The host notes that a person has come; the whole list is answered."""
    actor, meeting = host_and_meeting(request, meeting_id)
    check_in(
        actor=actor,
        meeting_id=meeting.pk,
        how=Attendance.How.HOST,
        membership_id=data.membership,
    )
    return sheet_rows(meeting)


@router.delete(
    "/meetings/{uuid:meeting_id}/attendance/{uuid:attendance_id}", response=list[PersonOut]
)
def undo_coming(
    request: HttpRequest, meeting_id: uuid.UUID, attendance_id: uuid.UUID
) -> list[dict[str, Any]]:
    """A mistaken tick is taken back; the whole list is answered."""
    actor, meeting = host_and_meeting(request, meeting_id)
    undo_check_in(actor=actor, attendance_id=attendance_id)
    return sheet_rows(meeting)
