"""Series: their list, their form with a preview of the next dates, and making the next meeting."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from townships.actors import Actor
from townships.pages import actor_of, done_or_said, tried
from townships.permissions import Action, require

from .. import queries, rules, services, workdays
from ..coming import coming
from ..forms import SeriesForm
from ..models import Meeting, Series
from ..problems import EndlessRule


def today(actor: Actor) -> Any:
    zone = ZoneInfo(actor.time_zone) if actor.time_zone else timezone.get_current_timezone()
    return timezone.localdate(timezone=zone)


def dates(actor: Actor, values: dict[str, Any], count: int = 6) -> list[dict[str, Any]]:
    """The next dates a rule makes: the day held, and where it was moved the rule's day and why."""
    found = rules.next_days(
        values["rule"],
        values["starts_on"],
        weekend=values["weekend"],
        after=today(actor),
        count=count,
    )
    return [
        {
            "day": held,
            "moved": day if day != held else None,
            "why": workdays.name_of(day) if day != held else "",
            "free": workdays.name_of(held),
        }
        for day, held in found
    ]


@require_GET
def series_list(request: HttpRequest) -> HttpResponse:
    """The county's series with their next dates."""
    actor = actor_of(request)
    require(actor, Action.SCHEDULE)
    found = list(Series.objects.filter(county_id=actor.county_id).order_by("-active", "name"))
    latest = Meeting.objects.visible_to(actor).filter(series=OuterRef("pk")).order_by("-starts_at")
    ids = Series.objects.filter(county_id=actor.county_id).values(
        newest=Subquery(latest.values("pk")[:1])
    )
    newest = {meeting.series_id: meeting for meeting in Meeting.objects.filter(pk__in=ids)}
    ahead = coming(found, after=today(actor), count=4)
    rows = [
        {
            "series": series,
            "words": rules.words_of(series.rule),
            "dates": [row for row in ahead[series.pk] if row.state != "skipped"][:3],
            "newest": newest.get(series.pk),
        }
        for series in found
    ]
    return render(request, "meetings/series.html", {"rows": rows})


def edit_page(request: HttpRequest, series: Series | None) -> HttpResponse:
    """The form; `preview` in the POST shows the next dates instead of saving."""
    actor = actor_of(request)
    require(actor, Action.SCHEDULE)
    initial = SeriesForm.starting(series) if series else {"starts_on": today(actor)}
    form = SeriesForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"form": form, "series": series}
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            add_preview(context, actor, form)
        else:
            ok, saved = save(actor, form, series)
            if ok:
                messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
                return redirect("meetings:series")
    elif series is not None:
        add_preview(context, actor, None, series)
    wants_part = request.headers.get("X-Requested-With") == "fetch"
    template = "meetings/series_preview.html" if wants_part else "meetings/series_edit.html"
    return render(request, template, context, status=400 if form.errors else 200)


def add_preview(
    context: dict[str, Any], actor: Actor, form: SeriesForm | None, series: Series | None = None
) -> None:
    if form is not None:
        values = form.values()
    else:
        assert series is not None
        values = {"rule": series.rule, "starts_on": series.starts_on, "weekend": series.weekend}
    try:
        context["dates"] = found = dates(actor, values)
        context["unknown"] = workdays.unknown_years([row["day"] for row in found])
        context["words"] = rules.words_of(values["rule"])
    except EndlessRule as problem:
        if form is not None:
            form.add_error(None, problem.detail)


def save(actor: Actor, form: SeriesForm, series: Series | None) -> tuple[bool, Any]:
    if series is None:
        return tried(form, services.create_series, actor=actor, **form.values())
    return tried(form, services.change_series, actor=actor, series_id=series.pk, **form.values())


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new series."""
    return edit_page(request, None)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Change a series."""
    return edit_page(request, queries.series_for(actor_of(request), series_id))


@require_POST
def make_next(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """The draft of the next meeting, made from the last one."""
    actor = actor_of(request)
    meeting = done_or_said(request, services.make_next_meeting, actor=actor, series_id=series_id)
    if meeting is None:
        return redirect("meetings:series")
    if meeting.agenda.exists():
        said = _("The draft is made from the last meeting, with the roster one turn further.")
    else:
        said = _("The draft is made. Now set its agenda.")
    messages.success(request, said)
    return redirect("meetings:agenda", meeting.pk)


@require_POST
def pause(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Put a series to rest, or wake it up again."""
    services.change_series(
        actor=actor_of(request), series_id=series_id, active=request.POST.get("active") == "1"
    )
    return redirect("meetings:series")
