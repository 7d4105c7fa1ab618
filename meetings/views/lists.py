"""The list of meetings by year, and the agenda on paper."""

import uuid
from zoneinfo import ZoneInfo

from django.db.models.functions import ExtractYear
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from townships.pages import actor_of
from townships.permissions import Action, require

from .. import queries
from ..models import Meeting


def year_of(text: str) -> int | None:
    """A year as typed into an address; None for anything else."""
    return int(text) if text.isdecimal() and len(text) == 4 and 1971 <= int(text) <= 2299 else None


@require_GET
def meeting_list(request: HttpRequest) -> HttpResponse:
    """All meetings the reader may know of, newest first, by year."""
    actor = actor_of(request)
    require(actor, Action.SEE_MEETING)
    zone = ZoneInfo(actor.time_zone) if actor.time_zone else timezone.get_current_timezone()
    years = sorted(
        Meeting.objects.visible_to(actor)
        .order_by()
        .annotate(year=ExtractYear("starts_at", tzinfo=zone))
        .values_list("year", flat=True)
        .distinct(),
        reverse=True,
    )
    year = year_of(request.GET.get("year", ""))
    page = queries.meetings_page(actor, page=request.GET.get("page", "1"), year=year)
    here = reverse("meetings:list")
    tabs = [{"key": "", "label": _("All years"), "url": here}]
    tabs += [{"key": str(each), "label": str(each), "url": f"{here}?year={each}"} for each in years]
    context = {"page": page, "tabs": tabs, "years": years, "year": str(year or "")}
    return render(request, "meetings/list.html", context)


@require_GET
def print_agenda(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The agenda as a sheet of paper."""
    meeting = queries.visible_meeting(actor_of(request), meeting_id)
    context = {"meeting": meeting, "table": queries.agenda_of(meeting)}
    return render(request, "meetings/print.html", context)
