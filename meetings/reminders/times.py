"""When a reminder goes out: so long before, never in quiet hours. Pure functions."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the county's local time in which nobody is written to; may span midnight."""

    start: dt.time
    end: dt.time

    def covers(self, moment: dt.time) -> bool:
        if self.start == self.end:
            return False
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


def out_of_quiet(moment: dt.datetime, quiet: Quiet | None, zone: ZoneInfo) -> dt.datetime:
    """The moment itself, or the end of the quiet hours it falls into. Aware datetimes."""
    if quiet is None:
        return moment
    local = moment.astimezone(zone)
    if not quiet.covers(local.time()):
        return moment
    day = local.date()
    if local.time() >= quiet.end:
        day += dt.timedelta(days=1)
    return dt.datetime.combine(day, quiet.end, tzinfo=zone).astimezone(dt.UTC)


def before_quiet(moment: dt.datetime, quiet: Quiet, zone: ZoneInfo) -> dt.datetime:
    """A quarter of an hour before the quiet hours the moment falls into begin."""
    local = moment.astimezone(zone)
    day = local.date()
    if local.time() < quiet.start:
        day -= dt.timedelta(days=1)
    begin = dt.datetime.combine(day, quiet.start, tzinfo=zone)
    return (begin - dt.timedelta(minutes=15)).astimezone(dt.UTC)


def send_at(
    due: dt.datetime, minutes_before: int, quiet: Quiet | None, zone: ZoneInfo
) -> dt.datetime:
    """When a reminder of something due then goes out.

    What falls into quiet hours waits for their end, unless the materials would be due by then:
    then it goes out before they begin.
    """
    wished = due - dt.timedelta(minutes=minutes_before)
    if quiet is None:
        return wished
    later = out_of_quiet(wished, quiet, zone)
    if later == wished or later < due:
        return later
    return before_quiet(wished, quiet, zone)


def newest_due(
    due: dt.datetime,
    minutes: list[int],
    quiet: Quiet | None,
    zone: ZoneInfo,
    now: dt.datetime,
) -> tuple[int, dt.datetime] | None:
    """The rule whose moment came last (minutes before, the moment), or None before the first one.

    Of several moments that passed while nobody looked only the last one counts. None once the
    materials are due: it is too late then.
    """
    if now >= due:
        return None
    passed = [
        (moment, -before)
        for before in minutes
        if (moment := send_at(due, before, quiet, zone)) <= now
    ]
    if not passed:
        return None
    moment, negative = max(passed)
    return -negative, moment
