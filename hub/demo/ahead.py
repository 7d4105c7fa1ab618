"""What lies ahead in a demo county: who presents when, a swap that waits, receipts, lectures."""

from __future__ import annotations

import datetime as dt

from hub.demo.settlers import Settled
from meetings import roster
from meetings import services as meetings
from meetings.models import Meeting, Series

EACH, MONTHS = 6, 4
REASON = "当天镇里组织防汛演练，想同贵单位对调一次。"


def plan_ahead(settled: Settled, series: Series, announced: Meeting, now: dt.datetime) -> None:
    """Turns of the next months, some townships that have confirmed the notice, an open swap, and a
    second series: lectures twice a week."""
    meetings.plan_turns(
        actor=settled.organiser, series_id=series.pk, each=EACH, days=MONTHS, after=now.date()
    )
    for number, members in enumerate(settled.members):
        if number % 3 != 2:
            meetings.confirm_notice(
                actor=members[0],
                meeting_id=announced.pk,
                township_id=settled.townships[number].pk,
                at=now - dt.timedelta(minutes=150 - 7 * number),
            )
    _ask(settled, series, now)
    meetings.create_series(
        actor=settled.organiser,
        name="基层党务微讲座",
        rule="FREQ=WEEKLY;BYDAY=TU,FR",
        starts_on=now.date(),
        time=dt.time(15, 0),
        minutes=60,
        venue="县委党校二楼报告厅",
        deadline_days=1,
    )


def _ask(settled: Settled, series: Series, now: dt.datetime) -> None:
    """A township of the next meeting asks the first one after it, of those that are settled here."""
    by_id = {town.pk: place for place, town in enumerate(settled.townships)}
    days = [
        day
        for day in roster.days_ahead(series, after=now.date(), count=MONTHS)
        if day.towns and day.is_open_to_swaps
    ]
    for day in days[1:]:
        asking = next((town for town in days[0].towns if town not in day.towns), None)
        asked = next((town for town in day.towns if town not in days[0].towns), None)
        if asking is not None and asked is not None:
            meetings.ask_swap(
                actor=settled.members[by_id[asking.pk]][0],
                series_id=series.pk,
                township_id=asking.pk,
                day=days[0].day,
                other_id=asked.pk,
                other_day=day.day,
                note=REASON,
                at=now - dt.timedelta(hours=2),
            )
            return
