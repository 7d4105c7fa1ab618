"""Working days in China: legal days off, and the weekends that are worked for them. Offline, pure.

The `holidays` library knows the legal days of every year and the State Council's arrangement
(days off in exchange for worked weekends) of the years for which it has been announced; `is_known`
says which those are.
"""

import datetime as dt
import functools
from collections.abc import Collection

from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language

COUNTRY = "CN"
LANGUAGES = {"zh-hans": "zh_CN", "zh-hant": "zh_TW", "en": "en_US"}
LONGEST_REST = 30  # days; no arrangement is nearly as long


@functools.lru_cache(maxsize=256)
def _year(year: int, language: str) -> tuple[dict[dt.date, str], frozenset[dt.date]]:
    """The free days of a year with their names, and the weekend days that are worked."""
    from holidays import country_holidays

    found = country_holidays(COUNTRY, years=year, language=language)
    worked = frozenset(day for day in found.weekend_workdays if day.year == year)
    return {day: name for day, name in found.items() if day.year == year}, worked


def is_known(year: int) -> bool:
    """Whether the arrangement of a year is known: not only the legal days, the swaps as well.

    Every arrangement has worked weekends.
    """
    return bool(_year(year, "zh_CN")[1])


def unknown_years(days: Collection[dt.date]) -> list[int]:
    """The years of these days whose arrangement is not known yet."""
    return sorted({day.year for day in days if not is_known(day.year)})


def is_workday(day: dt.date) -> bool:
    """Whether offices are open: not a legal day off, and no weekend unless it is worked."""
    free, worked = _year(day.year, "zh_CN")
    if day in worked:
        return True
    return day.weekday() < 5 and day not in free


def holiday_name(day: dt.date) -> str:
    """The name of a legal day off in the active language; "" for all other days."""
    return _year(day.year, LANGUAGES.get(get_language() or "", "zh_CN"))[0].get(day, "")


def name_of(day: dt.date) -> str:
    """Why a day is free, in the active language: the holiday's name or the weekday; else ""."""
    if is_workday(day):
        return ""
    return holiday_name(day) or str(WEEKDAYS[day.weekday()])


def is_worked_weekend(day: dt.date) -> bool:
    """Whether a Saturday or Sunday is worked in exchange for a day off."""
    return day in _year(day.year, "zh_CN")[1]


def moved(day: dt.date, way: str) -> dt.date:
    """The day itself, or for a free day the working day `way` ("before", "after") it; "stay" keeps
    it."""
    if way == "stay":
        return day
    step = dt.timedelta(-1 if way == "before" else 1)
    for _number in range(LONGEST_REST):
        if is_workday(day):
            break
        day += step
    return day
