"""Series, and the meetings they make."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.translation import gettext_lazy as _

from townships import audit
from townships.actors import Actor
from townships.models import County
from townships.permissions import Action, require
from townships.problems import Invalid, NotFound
from townships.texts import one_line

from .. import rules
from ..models import Meeting, Series
from ..problems import AlreadyMade, EndlessRule
from .schedule import create_meeting

CHANGEABLE = {
    "name",
    "rule",
    "starts_on",
    "time",
    "minutes",
    "venue",
    "weekend",
    "deadline_days",
    "active",
}


def check_series(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a series, cleaned. Raises `Invalid` with the wrong ones, `EndlessRule`."""
    values["name"] = one_line(values["name"], "name", most=100, needed=True)
    values["venue"] = one_line(values["venue"], "venue", most=200)
    if values["weekend"] not in Series.Weekend.values:
        raise Invalid(fields={"weekend": _("Choose one of the ways to treat a weekend.")})
    if not 5 <= values["minutes"] <= 1440:
        raise Invalid(fields={"minutes": _("Between 5 minutes and a day.")})
    if not 0 <= values["deadline_days"] <= 60:
        raise Invalid(fields={"deadline_days": _("Between 0 and 60 days.")})
    values["rule"] = rules.check(values["rule"], values["starts_on"])
    return values


def create_series(
    *,
    actor: Actor,
    name: str,
    rule: str,
    starts_on: dt.date,
    time: dt.time,
    minutes: int,
    venue: str = "",
    weekend: str = "stay",
    deadline_days: int = 2,
) -> Series:
    """A rule that makes meetings. `rule` is an RFC 5545 RRULE, `time` the county's local time.

    Raises `Invalid` with the wrong fields, `EndlessRule` for a rule that makes no usable date.
    """
    require(actor, Action.PEOPLE)
    values = check_series(
        {
            "name": name,
            "rule": rule,
            "starts_on": starts_on,
            "time": time,
            "minutes": minutes,
            "venue": venue,
            "weekend": weekend,
            "deadline_days": deadline_days,
        }
    )
    with transaction.atomic():
        series = Series.objects.create(county_id=actor.county_id, **values)
        audit.write(actor=actor, action="series.created", obj=series, rule=series.rule)
    return series


def change_series(*, actor: Actor, series_id: uuid.UUID, **changes: Any) -> Series:
    """Change a series (fields of `create_series`, and `active`). Meetings already made stay."""
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"a series' {', '.join(sorted(unknown))} cannot be changed this way")
    with transaction.atomic():
        series = _locked(actor, series_id)
        values = {name: getattr(series, name) for name in CHANGEABLE} | changes
        active = values.pop("active")
        values = {**check_series(values), "active": active}
        changed = {name: value for name, value in values.items() if getattr(series, name) != value}
        if changed:
            for name, value in changed.items():
                setattr(series, name, value)
            series.save(update_fields=list(changed))
            audit.write(actor=actor, action="series.changed", obj=series, fields=sorted(changed))
    return series


def _locked(actor: Actor, series_id: uuid.UUID) -> Series:
    require(actor, Action.PEOPLE)
    series = (
        Series.objects.select_for_update(of=("self",))
        .select_related("county")
        .filter(pk=series_id, county_id=actor.county_id)
        .first()
    )
    if series is None:
        raise NotFound
    return series


def default_title(series: Series, day: dt.date, county: County) -> str:
    """The series' name with the month (or the day, where a month has several), e.g.
    清溪县组织工作例会 2026年11月, in the county's language."""
    with translation.override(county.language):
        style = "YEAR_MONTH_FORMAT" if rules.is_monthly(series.rule) else "SHORT_DATE_FORMAT"
        return f"{series.name} {formats.date_format(day, style)}"


def next_free_day(series: Series, *, after: dt.date) -> tuple[dt.date, dt.date]:
    """The first (day of the rule, day held) from `after` on that has no meeting yet.

    Raises `EndlessRule` when the rule makes no more dates.
    """
    made = set(series.meetings.exclude(series_day=None).values_list("series_day", flat=True))
    found = rules.days(series.rule, series.starts_on, weekend=series.weekend, after=after)
    for rule_day, held in found:
        if rule_day not in made:
            return rule_day, held
    raise EndlessRule


def create_meeting_from_series(
    *, actor: Actor, series_id: uuid.UUID, day: dt.date | None = None
) -> Meeting:
    """The draft of the series' next meeting, or of its meeting on `day` (any day may be added).

    `day` may be the rule's day (it is then moved off a weekend as the series says) or another one.
    Raises `AlreadyMade`, `EndlessRule` when the rule has no more dates.
    """
    require(actor, Action.SCHEDULE)
    with transaction.atomic():
        series = _locked(actor, series_id)
        zone = ZoneInfo(series.county.time_zone)
        if day is None:
            rule_day, held = next_free_day(series, after=timezone.localdate(timezone=zone))
        else:
            rule_day = day
            held = rules.moved(day, series.weekend)
        if series.meetings.filter(series_day=rule_day).exists():
            raise AlreadyMade
        starts_at = rules.moment(held, series.time, zone)
        due = held - dt.timedelta(days=series.deadline_days)
        deadline = min(rules.moment(due, dt.time(18, 0), zone), starts_at)
        return create_meeting(
            actor=actor,
            title=default_title(series, held, series.county),
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=series.minutes),
            venue=series.venue,
            deadline=deadline,
            series=series,
            series_day=rule_day,
        )
