"""Loads the demo counties: two years of meetings, one live today, one to prepare next month.

Everything is written through the services by the person who would do it, with the moment it would
have happened. Three things have no service and are set here: the one password hash (`settlers`),
the text of pages before the worker made pictures (`outlines`), and the order in which the worker
takes the files (`_queue`).
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from hub.demo.ahead import plan_ahead
from hub.demo.conversation import entries, talks
from hub.demo.minutes import keep_minutes
from hub.demo.months import Plan, hold, on_stage
from hub.demo.parcels import parcels
from hub.demo.people_there import call_for_materials
from hub.demo.places import DAICHUAN, LANXIU, Land
from hub.demo.settlers import Settled, settle
from hub.demo.versions import second_thoughts
from meetings import services as meetings
from meetings.models import Meeting, Series
from realtime import services as room
from townships.models import County
from uploads.models import Version
from uploads.worker import convert_one

ZONE = ZoneInfo("Asia/Shanghai")
MONTHS, RICH_MONTHS, FEW_MONTHS = 24, 6, 5
LIVE_MINUTES = 75
LIVE_FIRST = -20
_Say = Callable[[str], None]


class AlreadyLoaded(Exception):
    """A demo county is there already."""


def loaded() -> list[str]:
    """The names of the demo counties that are in the database."""
    names = [LANXIU.name, DAICHUAN.name]
    return list(County.objects.filter(name__in=names).values_list("name", flat=True))


def load(
    *,
    months: int = MONTHS,
    now: dt.datetime | None = None,
    convert: bool = True,
    say: _Say = lambda line: None,
) -> None:
    """Load both demo counties, all or nothing, with `months` closed meetings before the live one.

    `convert`: make the pictures of the deck on the big screen at once, so that the hall sees a
    slide from the first moment (the worker makes all others). `say` is told how far it is. Raises
    `AlreadyLoaded`.
    """
    if loaded():
        raise AlreadyLoaded
    now = (now or timezone.now()).astimezone(ZONE)
    with _unlogged(), transaction.atomic():
        settled, meeting = _load_land(LANXIU, months, now, True, say)
        _load_land(DAICHUAN, min(months, FEW_MONTHS), now, False, say)
    if meeting is not None:
        _show(settled, meeting, convert)


@contextmanager
def _unlogged() -> Iterator[None]:
    """DEBUG keeps the text of every query, which doubles the time of thirty thousand small ones."""
    connection.make_debug_cursor = connection.make_cursor  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del connection.make_debug_cursor


def _load_land(
    land: Land, months: int, now: dt.datetime, live: bool, say: _Say
) -> tuple[Settled, Meeting | None]:
    """One county: its people, its series, and its meetings from the oldest to the next.

    Returns who was settled, and the live meeting.
    """
    say(f"{land.name}: people and townships")
    settled = settle(land)
    series = _series(settled, now, months)
    call_for_materials(settled, series)
    plans = _plans(settled, series, months, now, live)
    jobs = [job for plan in plans for job in plan.jobs]
    on_air = None
    with parcels(jobs) as files:
        for plan in plans:
            meeting = hold(plan, files)
            if plan.until == "closed":
                ended = plan.starts_at + dt.timedelta(minutes=176)
                keep_minutes(settled.organiser, meeting, ended, approve=plan.index < months - 1)
            if plan.until != "closed":
                second_thoughts(plan, meeting)
            _queue(plan, meeting, len(plans) - plan.index)
            if plan.until == "live":
                on_air = meeting
            if plan.until == "announced":
                plan_ahead(settled, series, meeting, now)
            if plan.index % 6 == 5:
                say(f"{land.name}: {plan.index + 1} of {len(plans)} meetings")
    return settled, on_air


def _series(settled: Settled, now: dt.datetime, months: int) -> Series:
    year, month = _month(now, -months)
    return meetings.create_series(
        actor=settled.organiser,
        name="乡镇组织工作例会",
        rule="FREQ=MONTHLY;BYMONTHDAY=25",
        starts_on=dt.date(year, month, 25),
        time=dt.time(9, 0),
        minutes=180,
        venue="县委办公楼三楼第二会议室",
    )


def _month(now: dt.datetime, by: int) -> tuple[int, int]:
    """The year and month `by` months away from now's."""
    year, month = divmod(now.year * 12 + now.month - 1 + by, 12)
    return year, month + 1


def _plans(
    settled: Settled, series: Series, months: int, now: dt.datetime, live: bool
) -> list[Plan]:
    """The meetings to be held, oldest first: the closed ones, today's, and next month's."""
    first, total, count = _month(now, -months), months + 2, len(settled.land.places)
    plans = []
    for index in range(total):
        if index == months and not live:
            continue
        year, month = _month(now, index - months)
        starts_at = dt.datetime(year, month, 25, 9, 0, tzinfo=ZONE)
        announced_at = starts_at - dt.timedelta(days=12)
        until = "closed"
        if index == months:
            until, starts_at = "live", _live_start(now)
            announced_at = starts_at - dt.timedelta(days=12)
        if index > months:
            until, announced_at = "announced", now - dt.timedelta(hours=3)
        plans.append(
            Plan(
                settled=settled,
                series=series,
                index=index,
                day=dt.date(year, month, 25),
                starts_at=starts_at,
                announced_at=announced_at,
                talks=talks(settled.land, total, first, index),
                board=()
                if until == "announced"
                else entries(settled.land, total, first, index, brief=_old(months, index)),
                timed=not _old(months, index),
                until=until,
                delivered=count if until != "announced" else count * 3 // 7,
                minutes=LIVE_MINUTES if until == "live" else 180,
            )
        )
    return plans


def _old(months: int, index: int) -> bool:
    """Whether a month lies so far back that less of it is kept (it makes loading fast)."""
    return index < months - RICH_MONTHS


def _live_start(now: dt.datetime) -> dt.datetime:
    """Today, so that the meeting has been going for a while (but not since yesterday)."""
    start = now - dt.timedelta(minutes=LIVE_MINUTES)
    start = start.replace(minute=start.minute // 5 * 5, second=0, microsecond=0)
    return max(start, now.replace(hour=0, minute=0, second=0, microsecond=0))


def _queue(plan: Plan, meeting: Meeting, age: int) -> None:
    """The worker takes the live meeting's files first, then the newer before the older ones."""
    priority = LIVE_FIRST if plan.until == "live" else age
    Version.objects.filter(material__meeting=meeting).update(priority=priority)


def _show(settled: Settled, meeting: Meeting, convert: bool) -> None:
    """The hall sees the second slide of whoever is speaking, or the board while it has no picture."""
    material = on_stage(meeting)
    if material is not None and convert:
        Version.objects.filter(pk=material.current_id).update(priority=LIVE_FIRST * 2)
        convert_one(threading.Event())
        material.refresh_from_db()
    ready = (
        material is not None and material.current and material.current.state == Version.State.READY
    )
    target = (
        {"mode": "slide", "material_id": material.pk, "page": 2}
        if ready and material
        else {"mode": "board"}
    )
    room.set_screen(actor=settled.organiser, meeting_id=meeting.pk, **target)
