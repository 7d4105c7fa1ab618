"""The readiness board: who still owes what, one click to remind exactly those, and the log."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from meetings import queries
from meetings.forms_calls import DeadlineForm, RemindForm, as_hours
from meetings.models import Meeting, Reminder
from meetings.reminders.planning import plans_of, remind_missing
from meetings.services.calls import set_deadline
from townships.actors import Actor
from townships.pages import actor_of, done_or_said
from townships.permissions import Action, require
from townships.problems import NotFound
from uploads.extensions import refuse_extension
from uploads.models import Material
from uploads.services import grant_extension

from .board_rows import board_of, log_of
from .slots import more_time


def board_meeting(request: HttpRequest, meeting_id: uuid.UUID) -> tuple[Actor, Meeting]:
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    require(actor, Action.SCHEDULE, meeting)
    return actor, meeting


@require_GET
def board(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Townships by what they hand in. `?show=missing` or `approve` shows only those."""
    actor, meeting = board_meeting(request, meeting_id)
    found = board_of(actor, meeting)
    show = request.GET.get("show", "")
    rows = {"missing": found.missing, "approve": found.unapproved}.get(show, found.rows)
    plan = plans_of([meeting]).get(meeting.pk)
    initial = {
        "deadline": meeting.deadline,
        "grace_hours": as_hours(meeting.grace_minutes),
    }
    context: dict[str, Any] = {
        "meeting": meeting,
        "board": found,
        "rows": rows,
        "show": show,
        "tabs": [
            {"key": "", "label": _("All townships"), "url": request.path, "count": len(found.rows)},
            {
                "key": "missing",
                "label": _("Missing something"),
                "url": "?show=missing",
                "count": len(found.missing),
            },
            {
                "key": "approve",
                "label": _("To be approved"),
                "url": "?show=approve",
                "count": len(found.unapproved),
            },
        ],
        "log": log_of(meeting),
        "plan": plan,
        "click": uuid.uuid4(),
        "may_remind": meeting.status in (Meeting.Status.ANNOUNCED, Meeting.Status.LIVE),
        "deadline_form": DeadlineForm(initial=initial),
        "data": {"meeting": str(meeting.pk), "after": meeting.last_seq},
    }
    return render(request, "hub/pages/board.html", context)


@require_POST
def remind(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Remind everybody who owes something, or the township named."""
    actor = actor_of(request)
    form = RemindForm(request.POST)
    if form.is_valid():
        town = form.cleaned_data["township"]
        rows = done_or_said(
            request,
            remind_missing,
            actor=actor,
            meeting_id=meeting_id,
            click=form.cleaned_data["click"],
            township_ids=[town] if town else None,
            note=form.cleaned_data["note"],
        )
        if rows is not None:
            say_who(request, rows)
    return redirect("meetings:readiness", meeting_id)


def say_who(request: HttpRequest, rows: list[Reminder]) -> None:
    """How many are being reminded, and who cannot be."""
    going = [row for row in rows if row.state == Reminder.State.WAITING]
    n = len(going)
    text = ngettext("%(n)d reminder is on its way.", "%(n)d reminders are on their way.", n)
    messages.success(request, text % {"n": n})
    lost = sum(row.state == Reminder.State.UNREACHABLE for row in rows)
    if lost:
        text = ngettext(
            "%(n)d reader has no e-mail address.", "%(n)d readers have no e-mail address.", lost
        )
        messages.warning(request, text % {"n": lost})


@require_POST
def deadline(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Set when materials are due, and the grace."""
    actor = actor_of(request)
    form = DeadlineForm(request.POST)
    if form.is_valid():
        done = done_or_said(
            request, set_deadline, actor=actor, meeting_id=meeting_id, **form.values()
        )
        if done is not None:
            messages.success(request, _("Saved."))
    else:
        require(actor, Action.SCHEDULE, queries.visible_meeting(actor, meeting_id))
        messages.error(request, _("This is not a date and time we can use."))
    return redirect("meetings:readiness", meeting_id)


@require_POST
def extension(request: HttpRequest, material_id: uuid.UUID) -> HttpResponse:
    """Grant the time asked for in one click, or refuse it (`act`)."""
    actor = actor_of(request)
    material = (
        Material.objects.visible_to(actor)
        .select_related("meeting__county")
        .filter(pk=material_id)
        .first()
    )
    if material is None:
        raise NotFound
    require(actor, Action.SCHEDULE, material.meeting)
    if request.POST.get("act") == "refuse":
        done_or_said(request, refuse_extension, actor=actor, material_id=material.pk)
    else:
        granted = done_or_said(
            request,
            grant_extension,
            actor=actor,
            meeting_id=material.meeting_id,
            township_id=material.township_id,
            kind=material.kind,
            until=more_time(
                material.meeting, material.meeting.due_of(material.township_id, material.kind)
            ),
        )
        if granted is not None:
            messages.success(request, _("More time is granted."))
    return redirect("meetings:readiness", material.meeting_id)
