"""Retention and removal: how long what is kept, what is due, and the second person's word."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from board.models import Post
from townships.pages import actor_of, done_or_said
from townships.permissions import Action, require
from townships.problems import NotFound
from uploads.models import Material

from . import retention
from .models import Disposal, RetentionRule


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Periods, what waits for a second person, what is due, and what was removed."""
    actor = actor_of(request)
    require(actor, Action.DISPOSE)
    periods = retention.periods_of(actor.county_id)
    asked = Disposal.objects.filter(county=actor.county_id).select_related("meeting", "township")
    waiting = list(asked.filter(state=Disposal.State.ASKED))
    for one in waiting:
        one.mine = retention.same_person(actor, one)  # type: ignore[attr-defined]
    context = {
        "kinds": [
            {"kind": kind, "label": label, "period": periods[kind]}
            for kind, label in RetentionRule.Kind.choices
        ],
        "periods": RetentionRule.Period.choices,
        "waiting": waiting,
        "due": retention.due(actor)[:100],
        "decided": asked.exclude(state=Disposal.State.ASKED).order_by("-decided_at")[:50],
    }
    return render(request, "archive/retention.html", context)


@require_POST
def periods(request: HttpRequest) -> HttpResponse:
    """Set the county's periods."""
    actor = actor_of(request)
    wanted = {
        kind: request.POST[kind] for kind in RetentionRule.Kind.values if kind in request.POST
    }
    retention.set_periods(actor=actor, periods=wanted)
    messages.success(request, _("The periods have been saved."))
    return redirect("archive:retention")


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, what: str, object_id: uuid.UUID) -> HttpResponse:
    """Ask for a file or an entry to be removed: the reason, and what will happen."""
    actor = actor_of(request)
    require(actor, Action.DISPOSE)
    subject: Material | Post = retention.subject_of(actor, what, object_id)
    if not subject.meeting.is_closed:
        raise NotFound
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        done = done_or_said(
            request,
            retention.ask_removal,
            actor=actor,
            what=what,
            object_id=object_id,
            reason=reason,
        )
        if done is not None:
            messages.success(request, _("Asked for. It is removed once a second person agrees."))
            return redirect("archive:retention")
    context: dict[str, Any] = {
        "subject": subject,
        "what": what,
        "meeting": subject.meeting,
        "reason": reason,
        "files": retention.files_of(subject),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "archive/remove.html", context, status=status)


@require_POST
def decide(request: HttpRequest, disposal_id: uuid.UUID) -> HttpResponse:
    """The second person's word: agree, or keep it."""
    agree = request.POST.get("agree") == "yes"
    done = done_or_said(
        request,
        retention.decide_removal,
        actor=actor_of(request),
        disposal_id=disposal_id,
        agree=agree,
    )
    if done is not None:
        said = _("Removed; its tombstone stays.") if agree else _("It is kept.")
        messages.success(request, said)
    return redirect("archive:retention")
