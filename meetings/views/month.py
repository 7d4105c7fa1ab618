"""A month on one page: meetings, deadlines, days of series not made yet, and who is off when."""

import calendar as calendars
import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.views.decorators.http import require_GET

from townships.actors import Actor

from .. import workdays
from ..coming import between
from ..models import Meeting, Series
from .calendars import member_of


@dataclass(slots=True)
class Item:
    """What is on a day: a meeting, a deadline, or a day of a series without a meeting yet."""

    kind: str  # meeting, due, planned, skipped, called_off
    title: str
    moment: dt.datetime | None = None
    url: str = ""
    state: str = ""
    series: Series | None = None
    day: dt.date | None = None


@dataclass(slots=True)
class Cell:
    """A day of the month: its items, and why offices are closed (or open on a weekend)."""

    date: dt.date
    other: bool
    today: bool
    free: str = ""
    worked: bool = False
    items: list[Item] = field(default_factory=list)


def month_asked(text: str, today: dt.date) -> dt.date:
    """The first day of a month given as YYYY-MM; anything odd means this month."""
    try:
        asked = dt.date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return today.replace(day=1)
    return asked if 1971 <= asked.year <= 2298 else today.replace(day=1)


@require_GET
def month_page(request: HttpRequest) -> HttpResponse:
    """Constant queries, however many meetings and series there are."""
    actor = member_of(request)
    zone = ZoneInfo(actor.time_zone or "Asia/Shanghai")
    today = timezone.localdate(timezone=zone)
    first = month_asked(request.GET.get("month", ""), today)
    weeks = cells_of(first, today)
    days = {cell.date: cell for week in weeks for cell in week}
    fill(actor, days, zone, today)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    before = (first - dt.timedelta(days=1)).replace(day=1)
    context = {
        "first": first,
        "weeks": weeks,
        "weekdays": [WEEKDAYS_ABBR[number] for number in range(7)],
        "busy": [cell for cell in days.values() if cell.items and not cell.other],
        "prev": f"?month={before:%Y-%m}",
        "next": f"?month={after:%Y-%m}",
        "is_now": first == today.replace(day=1),
        "unknown": workdays.unknown_years([first]),
    }
    return render(request, "meetings/month.html", context)


def cells_of(first: dt.date, today: dt.date) -> list[list[Cell]]:
    """The weeks of a month from Monday on, with the days off and the weekends worked."""
    weeks = calendars.Calendar(firstweekday=0).monthdatescalendar(first.year, first.month)
    return [
        [
            Cell(
                day,
                other=day.month != first.month,
                today=day == today,
                free=workdays.holiday_name(day),
                worked=workdays.is_worked_weekend(day),
            )
            for day in week
        ]
        for week in weeks
    ]


def fill(actor: Actor, days: dict[dt.date, Cell], zone: ZoneInfo, today: dt.date) -> None:
    """Put meetings, deadlines and days of series into their cells (four queries)."""
    first, last = min(days), max(days)
    starts = dt.datetime.combine(first, dt.time(), tzinfo=zone)
    ends = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=zone)
    visible = Meeting.objects.visible_to(actor)
    for meeting in visible.filter(starts_at__gte=starts, starts_at__lt=ends).order_by("starts_at"):
        put(days, meeting_item(meeting), zone)
    due = visible.filter(deadline__gte=starts, deadline__lt=ends, called_off_at=None)
    for meeting in due.exclude(status=Meeting.Status.DRAFT).order_by("deadline"):
        url = reverse("meetings:detail", args=[meeting.pk])
        put(days, Item("due", meeting.title, meeting.deadline, url), zone)
    series = list(Series.objects.filter(county_id=actor.county_id, active=True).order_by("name"))
    for row in between(series, max(first, today), last) if last >= today else []:
        if row.state == "made":
            continue
        kind = "skipped" if row.state == "skipped" else "planned"
        days[row.held].items.append(
            Item(kind, row.series.name, series=row.series, day=row.day, state=row.why)
        )


def meeting_item(meeting: Meeting) -> Item:
    url = reverse("meetings:detail", args=[meeting.pk])
    kind = "called_off" if meeting.called_off_at is not None else "meeting"
    return Item(kind, meeting.title, meeting.starts_at, url, meeting.status)


def put(days: dict[dt.date, Cell], item: Item, zone: ZoneInfo) -> None:
    assert item.moment is not None
    cell: Any = days.get(item.moment.astimezone(zone).date())
    if cell is not None:
        cell.items.append(item)
