"""Series, and the meetings they make."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.translation import gettext_lazy as _

from townships import audit
from townships.actors import Actor
from townships.models import County
from townships.permissions import Action, require
from townships.problems import Invalid, NotFound
from townships.texts import one_line

from .. import rules, workdays
from ..coming import FARTHEST, next_free
from ..models import Meeting, Series, SeriesDay
from ..problems import AlreadyMade, EndlessRule
from .schedule import create_meeting

CHANGEABLE = {
    "name",
    "rule",
    "starts_on",
    "time",
    "minutes",
    "venue",
    "language",
    "weekend",
    "deadline_days",
    "active",
}


def check_series(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a series, cleaned. Raises `Invalid` with the wrong ones, `EndlessRule`."""
    values["name"] = one_line(values["name"], "name", most=100, needed=True)
    values["venue"] = one_line(values["venue"], "venue", most=200)
    if values["weekend"] not in Series.Weekend.values:
        raise Invalid(fields={"weekend": _("Choose one of the ways to treat a free day.")})
    if values["language"] and values["language"] not in dict(settings.LANGUAGES):
        raise Invalid(fields={"language": _("Choose one of the languages.")})
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
    language: str = "",
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
            "language": language,
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
        series = locked_series(actor, series_id)
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


def locked_series(actor: Actor, series_id: uuid.UUID) -> Series:
    """The series of the actor's county, its row locked until the transaction ends. `NotFound`."""
    require(actor, Action.SCHEDULE)
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
    清溪县组织工作例会 2026年11月, in the series' language (the county's where it has none)."""
    with translation.override(series.language or county.language):
        style = "YEAR_MONTH_FORMAT" if rules.is_monthly(series.rule) else "SHORT_DATE_FORMAT"
        return f"{series.name} {formats.date_format(day, style)}"


def next_free_day(series: Series, *, after: dt.date) -> tuple[dt.date, dt.date]:
    """The first (day of the rule, day held) from `after` on that has no meeting and is not left out.

    Raises `EndlessRule` when the rule makes no more dates.
    """
    found = next_free([series], after=after).get(series.pk)
    if found is None:
        raise EndlessRule
    return found.day, found.held


def create_meeting_from_series(
    *, actor: Actor, series_id: uuid.UUID, day: dt.date | None = None, **values: Any
) -> Meeting:
    """The draft of the series' next meeting, or of its meeting on `day` (any day may be added).

    A day of the rule is held where the series moves it to (off free days, or by hand); another day
    is held as it is. `values` go into the meeting as they are (`note`, `allows_guests` and the
    like; `minutes` instead of the series' length). Raises `AlreadyMade`, `EndlessRule` when the
    rule has no more dates.
    """
    require(actor, Action.SCHEDULE)
    with transaction.atomic():
        series = locked_series(actor, series_id)
        zone = ZoneInfo(series.county.time_zone)
        if day is None:
            rule_day, held = next_free_day(series, after=timezone.localdate(timezone=zone))
        elif not rules.usable(day):
            raise Invalid(fields={"day": _("This is not a date and time we can use.")})
        else:
            rule_day, held = day, held_on(series, day)
        if series.meetings.filter(series_day=rule_day).exists():
            raise AlreadyMade
        SeriesDay.objects.filter(series=series, day=rule_day, what=SeriesDay.What.SKIPPED).delete()
        starts_at = rules.moment(held, series.time, zone)
        due = held - dt.timedelta(days=series.deadline_days)
        deadline = min(rules.moment(due, dt.time(18, 0), zone), starts_at)
        minutes = values.pop("minutes", series.minutes)
        return create_meeting(
            actor=actor,
            title=default_title(series, held, series.county),
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=minutes),
            deadline=deadline,
            series=series,
            series_day=rule_day,
            **{"venue": series.venue} | values,
        )


def held_on(series: Series, day: dt.date) -> dt.date:
    """Where the meeting of a day is held: a day of the rule may be moved, an added one is not."""
    single = SeriesDay.objects.filter(series=series, day=day, what=SeriesDay.What.MOVED).first()
    if single is not None and single.held_on is not None:
        return single.held_on
    if not rules.is_day(series.rule, series.starts_on, day):
        return day
    return workdays.moved(day, series.weekend)


def skip_day(*, actor: Actor, series_id: uuid.UUID, day: dt.date, reason: str = "") -> SeriesDay:
    """Leave out one day of the rule; the series goes on. Raises `AlreadyMade` (call the meeting
    off instead), `NotFound` for a day the rule does not make."""
    return _single_day(actor, series_id, day, SeriesDay.What.SKIPPED, None, reason)


def move_day(
    *, actor: Actor, series_id: uuid.UUID, day: dt.date, to: dt.date, reason: str = ""
) -> SeriesDay:
    """Hold one day of the rule on another day. Raises like `skip_day`, and `Invalid` for a day too
    far away."""
    if abs((to - day).days) > FARTHEST:
        raise Invalid(fields={"to": _("At most %(days)d days away.") % {"days": FARTHEST}})
    return _single_day(actor, series_id, day, SeriesDay.What.MOVED, to, reason)


def _single_day(
    actor: Actor,
    series_id: uuid.UUID,
    day: dt.date,
    what: str,
    to: dt.date | None,
    reason: str,
) -> SeriesDay:
    reason = one_line(reason, "reason", most=200)
    with transaction.atomic():
        series = locked_series(actor, series_id)
        if not rules.is_day(series.rule, series.starts_on, day):
            raise NotFound
        if series.meetings.filter(series_day=day).exists():
            raise AlreadyMade
        single, _new = SeriesDay.objects.update_or_create(
            series=series, day=day, defaults={"what": what, "held_on": to, "reason": reason}
        )
        audit.write(
            actor=actor,
            action=f"series.day_{what}",
            obj=series,
            day=day.isoformat(),
            to=to.isoformat() if to else "",
        )
    return single


def restore_day(*, actor: Actor, series_id: uuid.UUID, day: dt.date) -> None:
    """Treat a day by the rule again."""
    with transaction.atomic():
        series = locked_series(actor, series_id)
        if series.single_days.filter(day=day).delete()[0]:
            audit.write(actor=actor, action="series.day_restored", obj=series, day=day.isoformat())
