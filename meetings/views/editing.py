"""Making and changing a meeting, and walking it through its states."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from townships.actors import Actor
from townships.pages import actor_of, done_or_said, tried
from townships.permissions import Action, require

from .. import queries, services
from ..forms import MeetingForm


def suggested(actor: Actor) -> dict[str, Any]:
    """What an empty form starts with: in a week at nine, three hours, due two days before."""
    zone = ZoneInfo(actor.time_zone or "Asia/Shanghai")
    start = (timezone.now().astimezone(zone) + dt.timedelta(days=7)).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    return {
        "starts_at": start,
        "ends_at": start + dt.timedelta(hours=3),
        "deadline": start - dt.timedelta(days=2),
    }


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A meeting outside every series."""
    actor = actor_of(request)
    require(actor, Action.SCHEDULE)
    form = MeetingForm(request.POST or None, initial=suggested(actor))
    if request.method == "POST" and form.is_valid():
        ok, meeting = tried(form, services.create_meeting, actor=actor, **form.cleaned_data)
        if ok:
            messages.success(request, _("The draft is made. Now set its agenda."))
            return redirect("meetings:agenda", meeting.pk)
    status = 400 if form.errors else 200
    return render(request, "meetings/edit.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Change a meeting's own fields."""
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    require(actor, Action.SCHEDULE, meeting)
    form = MeetingForm(request.POST or None, initial=MeetingForm.starting(meeting))
    if request.method == "POST" and form.is_valid():
        ok, meeting_now = tried(
            form,
            services.change_meeting,
            actor=actor,
            meeting_id=meeting.pk,
            **form.cleaned_data,
        )
        if ok:
            messages.success(request, _("Saved."))
            return redirect("meetings:detail", meeting_now.pk)
    context = {"form": form, "meeting": meeting}
    return render(request, "meetings/edit.html", context, status=400 if form.errors else 200)


def step(
    service: Callable[..., Any], said: Callable[[], str], target: str
) -> Callable[[HttpRequest, uuid.UUID], HttpResponse]:
    """A view that takes a meeting one step on and says so; what stands against it is said too."""

    @require_POST
    def view(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
        actor = actor_of(request)
        if done_or_said(request, service, actor=actor, meeting_id=meeting_id) is None:
            return redirect("meetings:detail", meeting_id)
        messages.success(request, said())
        return redirect(target.format(meeting_id))

    return view


announce = step(
    services.announce_meeting,
    lambda: _("Announced. The townships see it now, with what they owe."),
    "/meetings/{}/",
)
open_now = step(services.open_meeting, lambda: _("The meeting is live."), "/meetings/{}/cockpit/")
close = step(
    services.close_meeting,
    lambda: _("The meeting is closed and kept in the archive."),
    "/meetings/{}/",
)
rotate_code = step(
    services.rotate_join_code,
    lambda: _("There is a new join code. The old one lets nobody in any more."),
    "/meetings/{}/",
)


@require_POST
def discard(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Throw a draft away."""
    actor = actor_of(request)
    queries.visible_meeting(actor, meeting_id)
    services.discard_draft(actor=actor, meeting_id=meeting_id)
    messages.success(request, _("The draft has been discarded."))
    return redirect("meetings:list")
