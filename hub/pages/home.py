"""The month: what is live, what is next, what is owed and by when, and how ready everybody is."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from meetings.models import Meeting
from townships.actors import Actor
from townships.guests import SESSION_KEY
from townships.pages import actor_of
from townships.permissions import Action, can

from .plan import asked_of, lacking
from .slots import lines_of, owed


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The page everybody starts on; a guest goes to their meeting."""
    actor = actor_of(request)
    if actor.guest_meeting_id is not None:
        return guest_home(request, actor)
    zone = ZoneInfo(actor.time_zone or "Asia/Shanghai")
    month = month_of(request.GET.get("month", ""), timezone.localdate(timezone=zone))
    visible = Meeting.objects.visible_to(actor).select_related("county")
    current = list(
        visible.filter(status__in=[Meeting.Status.LIVE, Meeting.Status.ANNOUNCED]).order_by(
            "starts_at"
        )
    )
    live = [meeting for meeting in current if meeting.is_live]
    ahead = [meeting for meeting in current if not meeting.is_live]
    context: dict[str, Any] = {
        "live": live,
        "next": ahead[0] if ahead else None,
        "calendar": calendar(visible, month, zone),
    }
    context |= asked_of(actor, current)
    if actor.township_id is not None:
        context["owed"] = owed(actor, current)
    if can(actor, Action.SCHEDULE):
        context |= for_organisers(actor, visible, (ahead or live)[:1], zone)
    return render(request, "hub/pages/home.html", context)


def guest_home(request: HttpRequest, actor: Actor) -> HttpResponse:
    if Meeting.objects.visible_to(actor).exists():
        return redirect(f"/meetings/{actor.guest_meeting_id}/room/")
    request.session.pop(SESSION_KEY, None)
    return redirect("join")


def month_of(text: str, today: dt.date) -> dt.date:
    """The first day of the month asked for as YYYY-MM; anything odd means this month."""
    try:
        asked = dt.date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return today.replace(day=1)
    return asked if 1971 <= asked.year <= 2298 else today.replace(day=1)


def calendar(visible: Any, first: dt.date, zone: ZoneInfo) -> dict[str, Any]:
    """A month's meetings (one query), and the ways to its neighbours."""
    after = (first + dt.timedelta(days=32)).replace(day=1)
    before = (first - dt.timedelta(days=1)).replace(day=1)
    found = list(
        visible.filter(
            starts_at__gte=dt.datetime.combine(first, dt.time(), tzinfo=zone),
            starts_at__lt=dt.datetime.combine(after, dt.time(), tzinfo=zone),
        ).order_by("starts_at")
    )
    return {
        "year": first.year,
        "month": first.month,
        "meetings": found,
        "events": [
            {
                "date": meeting.starts_at,
                "title": meeting.title,
                "url": reverse("meetings:detail", args=[meeting.pk]),
                "state": meeting.status,
            }
            for meeting in found
        ],
        "prev": f"?month={before:%Y-%m}",
        "next": f"?month={after:%Y-%m}",
    }


def for_organisers(
    actor: Actor, visible: Any, upcoming: list[Meeting], zone: ZoneInfo
) -> dict[str, Any]:
    """Readiness of the next meeting, the drafts, and the series that lack their next meeting."""
    lines = lines_of(actor, upcoming)
    meeting = upcoming[0] if upcoming else None
    ready = lines[meeting.pk] if meeting else []
    today = timezone.localdate(timezone=zone)
    return {
        "readiness_of": meeting,
        "readiness": ready,
        "complete": sum(line.complete for line in ready),
        "drafts": list(visible.filter(status=Meeting.Status.DRAFT).order_by("starts_at")[:10]),
        "wanted": lacking(actor, today),
    }
