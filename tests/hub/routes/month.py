"""Rows of the month's plan in `meetings/`: calendars, days of a series, roster, notice."""

import datetime as dt
from typing import Any

from django.utils import timezone

from meetings.models import CalendarKey, Series, Turn, TurnSwap
from meetings.services.calendars import secret_of

from ..matrix import Row, Thing, World

MEMBERS_PAGE = "200 200 200 200 200 403 302 200"  # everybody with a role, in their own county
SEEN = "200 200 200 200 200 404 302 404"
ORGANISERS = "302 403 403 403 403 404 401 404"
DAY = timezone.localdate() + dt.timedelta(days=400)


def plan(world: World) -> Any:
    """A series held every day, with a turn of each township and a swap asked by the first."""
    series = Series.objects.create(
        county=world.county, name="讲座", rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU",
        starts_on="2026-01-01",
    )  # fmt: skip
    days = (DAY, DAY + dt.timedelta(days=1))
    for town, day in zip((world.township, world.other_township), days, strict=True):
        Turn.objects.create(series=series, day=day, township=town)
    return series


def swap(world: World) -> Any:
    return TurnSwap.objects.create(
        series_id=world["plan"],
        asking=world.township,
        asking_day=DAY,
        asked=world.other_township,
        asked_day=DAY + dt.timedelta(days=1),
    )


def calendar(world: World) -> Any:
    return secret_of(CalendarKey.objects.create(county=world.county))


THINGS: dict[str, Thing] = {
    "plan": plan,
    "swap": swap,
    "calendar": calendar,
}

ROWS: list[Row] = [
    Row("GET", "/meetings/month/", MEMBERS_PAGE),
    Row("POST", "/meetings/{meeting}/call-off/", ORGANISERS),
    Row("GET", "/meetings/{meeting}/notice/", SEEN),
    # observers and archivists have no township to confirm for
    Row("POST", "/meetings/{meeting}/notice/", "404 302 302 404 404 404 401 404"),
    Row("POST", "/meetings/{meeting}/notice/renew/", ORGANISERS),
    Row("GET", "/meetings/{meeting}/notice.docx", SEEN),
    Row("GET", "/meetings/{meeting}/notice.pdf", "302 302 302 302 302 404 302 404"),
    Row("GET", "/meetings/{meeting}/invitation.ics", SEEN),
    Row("GET", "/series/{plan}/days/", "200 403 403 403 403 403 302 404"),
    Row(
        "POST",
        "/series/{plan}/days/",
        "302 403 403 403 403 403 401 404",
        body={"what": "skip", "day": DAY.isoformat()},
    ),
    Row("GET", "/series/{plan}/roster/", "200 200 200 200 200 403 302 404"),
    Row("POST", "/series/{plan}/roster/", "302 403 403 403 403 403 401 404", body={"each": "2"}),
    Row(
        "POST",
        "/series/{plan}/roster/turns/",
        "302 403 403 403 403 403 401 404",
        body={"day": DAY.isoformat()},
    ),
    # The organiser says for which township; without one nobody's turn is meant.
    Row(
        "POST",
        "/series/{plan}/roster/swap/",
        "404 404 404 403 403 403 401 404",
        body={"day": DAY.isoformat(), "turn": "nobody/2026-01-01"},
    ),
    Row("POST", "/swaps/{swap}/answer/", "302 403 302 403 403 403 401 404"),
    Row("POST", "/swaps/{swap}/withdraw/", "302 302 403 403 403 403 401 404"),
    Row("GET", "/calendar/", MEMBERS_PAGE),
    Row("POST", "/calendar/", "302 302 302 302 302 403 401 302", body={"make": "1"}),
    Row("GET", "/calendar/{calendar}.ics", "200"),
    Row("GET", "/calendar/0000.ics", "404"),
]
