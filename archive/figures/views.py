"""The pages of numbers: a year's and a meeting's, each chart with its table and its download."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from townships import sheets
from townships.actors import Actor
from townships.pages import actor_of
from townships.permissions import Action, require
from townships.problems import NotFound
from townships.views_people import download

from .. import browse
from .charts import Chart, by_meeting, by_township
from .facts import Numbers, numbers_of


def numbers_of_year(actor: Actor, year: int | None) -> tuple[int | None, list[int], Numbers]:
    """The year shown (the newest by default), all years, its figures. Raises `NotFound`."""
    require(actor, Action.ARCHIVE)
    zone = browse.zone_of(actor)
    years = browse.years(actor, zone)
    if year is not None and year not in years:
        raise NotFound
    shown = year or (years[0] if years else None)
    found = browse.closed_meetings(actor).select_related("county")
    meetings = list(found.filter(browse.within(shown, zone)).order_by("starts_at")) if shown else []
    return shown, years, numbers_of(meetings)


def charts_of_year(numbers: Numbers) -> list[Chart]:
    return [*by_meeting(numbers), *by_township(numbers)]


@require_GET
def year(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """A year in figures."""
    shown, years, numbers = numbers_of_year(actor_of(request), year)
    charts = charts_of_year(numbers)
    half = len(charts) // 2
    context = {
        "year": str(shown or ""),
        "tabs": [
            {"key": str(y), "label": str(y), "url": reverse("archive:numbers", args=[y])}
            for y in years
        ],
        "whole": numbers.whole,
        "meetings": len(numbers.meetings),
        "groups": [
            {"title": _("Through the year"), "charts": with_addresses(charts[:half], shown)},
            {"title": _("By township"), "charts": with_addresses(charts[half:], shown)},
        ],
        "book": reverse("archive:numbers_file", args=[shown, "all", "xlsx"]) if shown else "",
    }
    return render(request, "archive/numbers/year.html", context)


def with_addresses(charts: list[Chart], shown: int | None) -> list[dict[str, Any]]:
    return [
        {
            "chart": chart,
            "csv": reverse("archive:numbers_file", args=[shown, chart.key, "csv"]),
            "xlsx": reverse("archive:numbers_file", args=[shown, chart.key, "xlsx"]),
        }
        for chart in charts
        if shown
    ]


@require_GET
def year_file(request: HttpRequest, year: int, key: str, ending: str) -> HttpResponse:
    """One chart's table (or all of them as sheets of a workbook)."""
    actor = actor_of(request)
    _shown, _years, numbers = numbers_of_year(actor, year)
    name = _("%(county)s meetings in figures %(year)s") % {
        "county": actor.county_name,
        "year": year,
    }
    return tables_file(charts_of_year(numbers), key, ending, name)


@require_GET
def meeting(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """One meeting in figures, by township."""
    held = browse.closed_meeting(actor_of(request), meeting_id)
    numbers = numbers_of([held])
    charts = [
        {
            "chart": chart,
            "csv": reverse("archive:meeting_numbers_file", args=[held.pk, chart.key, "csv"]),
            "xlsx": reverse("archive:meeting_numbers_file", args=[held.pk, chart.key, "xlsx"]),
        }
        for chart in by_township(numbers)
    ]
    context = {
        "meeting": held,
        "whole": numbers.whole,
        "groups": [{"title": _("By township"), "charts": charts}],
        "book": reverse("archive:meeting_numbers_file", args=[held.pk, "all", "xlsx"]),
    }
    return render(request, "archive/numbers/meeting.html", context)


@require_GET
def meeting_file(
    request: HttpRequest, meeting_id: uuid.UUID, key: str, ending: str
) -> HttpResponse:
    """One chart's table of one meeting."""
    held = browse.closed_meeting(actor_of(request), meeting_id)
    name = _("%(title)s in figures") % {"title": held.title}
    return tables_file(by_township(numbers_of([held])), key, ending, name.replace("/", "／"))


def tables_file(charts: list[Chart], key: str, ending: str, name: str) -> HttpResponse:
    chosen = (
        charts
        if key == "all" and ending == "xlsx"
        else [chart for chart in charts if chart.key == key]
    )
    if not chosen or ending not in ("csv", "xlsx"):
        raise NotFound
    if len(chosen) == 1:
        name = f"{name} {chosen[0].title}"
    if ending == "csv":
        return download(
            sheets.csv_bytes(chosen[0].header, chosen[0].rows), f"{name}.csv", sheets.CSV_TYPE
        )
    tables = [
        sheets.Table(
            f"{chart.title} {chart.axis}",
            chart.header,
            chart.rows,
            title=chart.title,
            notes=[chart.note] if chart.note else [],
        )
        for chart in chosen
    ]
    return download(sheets.xlsx_bytes(tables), f"{name}.xlsx", sheets.XLSX_TYPE)
