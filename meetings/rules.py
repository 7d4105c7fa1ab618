"""The rules of a series: iCalendar RRULEs in words, and the dates they make. Pure: no database.

People choose one of three patterns (`Pattern`); the database keeps the RFC 5545 text, so that other
calendars understand it. Days 29 to 31 mean "or the last day of a shorter month".
"""

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .problems import EndlessRule
from .workdays import LONGEST_REST, moved

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NTHS = (1, 2, 3, 4, -1)
MAX_LENGTH = 200
ALLOWED = {
    "FREQ",
    "INTERVAL",
    "BYDAY",
    "BYMONTHDAY",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
    "COUNT",
    "UNTIL",
}
# The calendar repeats every 400 years. Dates are looked for 7600 years ahead, where dateutil, which
# gives up at the year 9999 only, gives up twenty times sooner on a rule that never matches.
SHIFT_YEARS = 7600
LOOK_BACK = 62  # days; a rule is walked from so long before the dates asked for


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rule as people say it.

    kind "day": each month on `day` (1-31); "weekday": each month on the `nth` (1-4, -1 = last)
    weekday `weekdays[0]`; "weekly": each week on all `weekdays` (0 = Monday).
    """

    kind: str
    day: int = 1
    nth: int = 1
    weekdays: tuple[int, ...] = ()

    def rule(self) -> str:
        """The RRULE text. Raises `EndlessRule` for what makes no date."""
        if self.kind == "day" and 1 <= self.day <= 28:
            return f"FREQ=MONTHLY;BYMONTHDAY={self.day}"
        if self.kind == "day" and 29 <= self.day <= 31:
            days = ",".join(str(day) for day in range(28, self.day + 1))
            return f"FREQ=MONTHLY;BYMONTHDAY={days};BYSETPOS=-1"
        names = [DAYS[n] for n in sorted(set(self.weekdays)) if 0 <= n <= 6]
        if self.kind == "weekday" and names and self.nth in NTHS:
            return f"FREQ=MONTHLY;BYDAY={self.nth}{names[0]}"
        if self.kind == "weekly" and names:
            return f"FREQ=WEEKLY;BYDAY={','.join(names)}"
        raise EndlessRule

    def words(self) -> str:
        """The rule in the active language."""
        if self.kind == "day":
            if self.day == 31:
                return _("every month on the last day")
            if self.day > 28:
                return _("every month on day %(day)d, or the last day of a shorter month") % {
                    "day": self.day
                }
            return _("every month on day %(day)d") % {"day": self.day}
        names = [str(WEEKDAYS[n]) for n in self.weekdays]
        if self.kind == "weekday":
            return nth_words(self.nth) % {"weekday": names[0]}
        if len(names) == 7:
            return _("every day")
        return _("every week on %(weekdays)s") % {"weekdays": pgettext("list", ", ").join(names)}


def nth_words(nth: int) -> str:
    """The sentence for "the nth weekday of each month", with a placeholder `weekday`."""
    return {
        1: _("every month on the first %(weekday)s"),
        2: _("every month on the second %(weekday)s"),
        3: _("every month on the third %(weekday)s"),
        4: _("every month on the fourth %(weekday)s"),
        -1: _("every month on the last %(weekday)s"),
    }[nth]


def parts_of(rule: str) -> dict[str, str]:
    """The named parts of an RRULE. Raises `EndlessRule` unless each is known and given once."""
    text = rule.strip().upper().removeprefix("RRULE:")
    if not text or len(text) > MAX_LENGTH or not text.isascii():
        raise EndlessRule
    parts: dict[str, str] = {}
    for piece in text.split(";"):
        name, sep, value = piece.partition("=")
        if not sep or not value or name in parts or name not in ALLOWED:
            raise EndlessRule
        parts[name] = value
    if parts.get("FREQ") not in ("WEEKLY", "MONTHLY", "YEARLY"):
        raise EndlessRule
    if not parts.get("INTERVAL", "1").isdecimal() or not 1 <= int(parts.get("INTERVAL", "1")) <= 60:
        raise EndlessRule
    return parts


def pattern_of(rule: str) -> Pattern | None:
    """The pattern of a rule, or None for one that people cannot choose here (an imported one)."""
    try:
        parts = parts_of(rule)
    except EndlessRule:
        return None
    if parts.pop("INTERVAL", "1") != "1":
        return None
    parts.pop("WKST", None)
    frequency, names = parts.pop("FREQ"), tuple(sorted(parts))
    if frequency == "WEEKLY" and names == ("BYDAY",):
        days = parts["BYDAY"].split(",")
        if all(day in DAYS for day in days):
            return Pattern("weekly", weekdays=tuple(sorted({DAYS.index(day) for day in days})))
    if frequency != "MONTHLY":
        return None
    if names == ("BYMONTHDAY",):
        day = 31 if parts["BYMONTHDAY"] == "-1" else _small(parts["BYMONTHDAY"], 28)
        return Pattern("day", day=day) if day else None
    if names == ("BYMONTHDAY", "BYSETPOS") and parts["BYSETPOS"] == "-1":
        last = _small(parts["BYMONTHDAY"].rpartition(",")[2], 31)
        found = Pattern("day", day=last) if last > 28 else None
        return found if found and found.rule().endswith(_monthday_tail(parts)) else None
    if names == ("BYDAY",):
        match = re.fullmatch(r"\+?(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)", parts["BYDAY"])
        if match:
            return Pattern("weekday", nth=int(match[1]), weekdays=(DAYS.index(match[2]),))
    return None


def _small(text: str, most: int) -> int:
    """A day of the month between 1 and `most`, else 0."""
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) and 1 <= int(text) <= most else 0


def _monthday_tail(parts: dict[str, str]) -> str:
    return f"BYMONTHDAY={parts['BYMONTHDAY']};BYSETPOS=-1"


def words_of(rule: str) -> str:
    """The rule in the active language; an imported rule that has no words shows its own text."""
    pattern = pattern_of(rule)
    return pattern.words() if pattern else rule


def is_monthly(rule: str) -> bool:
    """Whether a month's name is enough to tell the rule's meetings apart."""
    try:
        return parts_of(rule)["FREQ"] != "WEEKLY"
    except EndlessRule:
        return False


def _parsed(rule: str, starts_on: dt.date, after: dt.date | None = None) -> rrule:
    parts = parts_of(rule)
    if not 1970 <= starts_on.year <= 2300:
        raise EndlessRule
    if "UNTIL" in parts:
        match = re.match(r"([0-9]{4})([0-9]{4})", parts["UNTIL"])
        if not match:
            raise EndlessRule
        parts["UNTIL"] = f"{min(int(match[1]) + SHIFT_YEARS, 9999)}{match[2]}T235959"
    if after is not None:
        starts_on = near(parts, starts_on, after)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        start = dt.datetime.combine(starts_on.replace(year=starts_on.year + SHIFT_YEARS), dt.time())
        found = rrulestr(text, dtstart=start)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        raise EndlessRule from None
    if not isinstance(found, rrule):
        raise EndlessRule
    return found


def near(parts: dict[str, str], starts_on: dt.date, after: dt.date) -> dt.date:
    """A first day shortly before `after` from which the rule makes the same dates from then on.

    Old series would otherwise be walked through from their first day each time. What the first day
    says by itself (the weekday, the day of the month) is written into `parts`. A rule with a COUNT
    has to be counted from its beginning.
    """
    far = after - dt.timedelta(days=LOOK_BACK)
    if "COUNT" in parts or not starts_on < far or far.year > 2300:
        return starts_on
    every, frequency = int(parts.get("INTERVAL", "1")), parts["FREQ"]
    if frequency == "WEEKLY":
        weeks = (far - starts_on).days // 7
        return starts_on + dt.timedelta(weeks=weeks - weeks % every)
    by_day = "BYDAY" in parts or "BYMONTHDAY" in parts
    if not by_day:
        parts["BYMONTHDAY"] = str(starts_on.day)
    if frequency == "MONTHLY":
        months = (far.year - starts_on.year) * 12 + far.month - starts_on.month - 1
        months -= months % every
        if months <= 0:
            return starts_on
        year, month = divmod(starts_on.year * 12 + starts_on.month - 1 + months, 12)
        return dt.date(year, month + 1, 1)
    if not by_day and "BYMONTH" not in parts:
        parts["BYMONTH"] = str(starts_on.month)
    years = far.year - starts_on.year - 1
    years -= years % every
    return dt.date(starts_on.year + years, 1, 1) if years > 0 else starts_on


def days(
    rule: str, starts_on: dt.date, *, weekend: str = "stay", after: dt.date | None = None
) -> Iterator[tuple[dt.date, dt.date]]:
    """(the rule's day, the day it is held) from `after` on, in order, each held day once.

    `weekend`: "before" moves weekends and legal days off to the working day before, "after" to the
    one after, "stay" keeps them. Raises `EndlessRule` for a rule that cannot be used.
    """
    parsed = _parsed(rule, starts_on, after)
    seen: set[dt.date] = set()
    for moment in parsed:
        day = moment.date().replace(year=moment.year - SHIFT_YEARS)
        if after is not None and day < after - dt.timedelta(days=LONGEST_REST):
            continue
        held = moved(day, weekend)
        if held in seen or (after is not None and held < after):
            continue
        seen.add(held)
        yield day, held


def is_day(rule: str, starts_on: dt.date, day: dt.date) -> bool:
    """Whether the rule itself makes this day; never one outside the years we use."""
    if not usable(day):
        return False
    found = days(rule, starts_on, after=day)
    return next((first for first, _held in found), None) == day


def usable(day: dt.date) -> bool:
    """Whether it is a day meetings can be planned for."""
    return 1971 <= day.year < 2300


def moment(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """The aware moment of a day's time in a zone; a time that a clock change skips moves on."""
    local = dt.datetime.combine(day, time, tzinfo=zone)
    return local.astimezone(dt.UTC).astimezone(zone)


def check(rule: str, starts_on: dt.date) -> str:
    """The rule, tidied. Raises `EndlessRule` when it makes no date at all."""
    if next(days(rule, starts_on), None) is None:
        raise EndlessRule
    return rule.strip().upper().removeprefix("RRULE:")


def next_days(
    rule: str, starts_on: dt.date, *, weekend: str, after: dt.date, count: int = 6
) -> list[tuple[dt.date, dt.date]]:
    """The next `count` (day of the rule, day held) from `after` on; fewer when the rule ends."""
    return list(itertools.islice(days(rule, starts_on, weekend=weekend, after=after), count))
