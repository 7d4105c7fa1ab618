"""Loads the demo counties: two years of meetings, one live today, one to prepare next month.

Everything is written through the services by the person who would do it, with the moment it would
have happened. Three things have no service and are set here: the one password hash (`settlers`),
the text of pages before the worker made pictures (`outlines`), and the order in which the worker
takes the files (`_queue`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from hub.demo.conversation import entries, talks
from hub.demo.months import Plan, hold, on_stage
from hub.demo.parcels import parcels
from hub.demo.places import DAICHUAN, LANXIU, Land
from hub.demo.settlers import Settled, settle
from meetings import services as meetings
from meetings.models import Meeting, Series
from realtime import services as room
from townships.models import County
from uploads.models import Version

ZONE = ZoneInfo("Asia/Shanghai")
MONTHS, FEW_MONTHS = 24, 5
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
    *, months: int = MONTHS, now: dt.datetime | None = None, say: _Say = lambda line: None
) -> None:
    """Load both demo counties, all or nothing, with `months` closed meetings before the live one.

    `say` is told how far it is. Raises `AlreadyLoaded`.
    """
    if loaded():
        raise AlreadyLoaded
    now = (now or timezone.now()).astimezone(ZONE)
    with transaction.atomic():
        _load_land(LANXIU, months, now, True, say)
        _load_land(DAICHUAN, min(months, FEW_MONTHS), now, False, say)


def _load_land(land: Land, months: int, now: dt.datetime, live: bool, say: _Say) -> None:
    """One county: its people, its series, and its meetings from the oldest to the next."""
    say(f"{land.name}: people and townships")
    settled = settle(land)
    plans = _plans(settled, _series(settled, now, months), months, now, live)
    jobs = [job for plan in plans for job in plan.jobs]
    with parcels(jobs) as files:
        for plan in plans:
            meeting = hold(plan, files)
            _queue(plan, meeting, len(plans) - plan.index)
            if plan.until == "live":
                _show(plan, meeting)
            if plan.index % 6 == 5:
                say(f"{land.name}: {plan.index + 1} of {len(plans)} meetings")


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
                board=entries(settled.land, total, first, index) if until != "announced" else (),
                until=until,
                delivered=count if until != "announced" else count * 3 // 7,
                minutes=LIVE_MINUTES if until == "live" else 180,
            )
        )
    return plans


def _live_start(now: dt.datetime) -> dt.datetime:
    """Today, so that the meeting has been going for a while (but not since yesterday)."""
    start = now - dt.timedelta(minutes=LIVE_MINUTES)
    start = start.replace(minute=start.minute // 5 * 5, second=0, microsecond=0)
    return max(start, now.replace(hour=0, minute=0, second=0, microsecond=0))


def _queue(plan: Plan, meeting: Meeting, age: int) -> None:
    """The worker takes the live meeting's files first, then the newer before the older ones."""
    priority = LIVE_FIRST if plan.until == "live" else age
    Version.objects.filter(material__meeting=meeting).update(priority=priority)


def _show(plan: Plan, meeting: Meeting) -> None:
    """The big screen shows the second slide of whoever is speaking."""
    material = on_stage(plan, meeting)
    if material is not None:
        organiser = plan.settled.organiser
        room.set_screen(
            actor=organiser, meeting_id=meeting.pk, mode="slide", material_id=material.pk, page=2
        )
