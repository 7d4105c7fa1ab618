"""Where a file of a folder tree of old meetings belongs: year/month/township/file, read as people write it.

Pure functions: a path in, a place or a reason out. `REASONS` says each reason in words.
"""

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from uploads.processing.errors import ProcessingError
from uploads.processing.kinds import ALLOWED, clean_filename, extension_of

from .folding import fold

SYSTEM = re.compile(r"(?:^|/)(?:\.|__MACOSX(?:/|$)|~\$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
NUMERALS = {"十二": 12, "十一": 11, "十": 10} | {
    c: n for n, c in enumerate("一二三四五六七八九", 1)
}
DATE = re.compile(
    r"^\D{0,6}?(?P<year>(?:19|20)\d\d)(?:[-._/ ]|年(?:度)?)?"
    r"(?:(?P<month>1[0-2]|0?[1-9])(?!\d{3})(?:月|[-._ ]|(?=\d\d)|$)?"
    r"(?:(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)[日号]?)?)?(?P<rest>.*)$"
)
MONTH = re.compile(
    r"^第?(?P<month>1[0-2]|0?[1-9])(?:月份?|[-._]|(?=\d\d(?:\D|$))|(?=\s|$))"
    r"(?:(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)[日号]?)?(?P<rest>.*)$"
)
SUFFIX = re.compile(r"(?:镇|乡|街道|办事处|民族乡)$")
SHOWN = re.compile(r"演示|幻灯|课件|ppt|slides?|deck", re.IGNORECASE)
USUAL_DAY = 25

REASONS = {
    "no_date": _("no year and month in the folders above it"),
    "no_township": _("no folder and no file name tells its township"),
    "kind": _("neither a deck nor a manuscript"),
    "name": _("its name cannot be kept"),
    "empty": _("the file is empty"),
    "too_large": _("larger than one file may be"),
    "future": _("its month has not come yet"),
    "meeting_exists": _("there is a meeting on that day already"),
    "link": _("a link, not a file"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file belongs; or, with a `reason`, why it is left out."""

    day: dt.date | None = None
    title: str = ""
    township: uuid.UUID | None = None
    kind: str = ""
    reason: str = ""


def is_system(path: str) -> bool:
    """What programs leave behind; nobody misses it."""
    return SYSTEM.search(path) is not None


def date_of(folders: list[str]) -> tuple[dt.date | None, str, list[str]]:
    """The day, what else the month's folder says, and the folders below it.

    "2024/05", "2024年/5月", "2024-05-25", "2024年5月25日 专题例会", "2024/五月" all say it. Without a
    day it is the 25th.
    """
    for index, folder in enumerate(folders):
        found = DATE.match(folder.strip())
        if not found:
            continue
        year = int(found["year"])
        if found["month"]:
            return (
                made(year, found["month"], found["day"]),
                words(found["rest"]),
                folders[index + 1 :],
            )
        for below, name in enumerate(folders[index + 1 :], index + 2):
            month = month_of(name.strip())
            if month is not None:
                return made(year, *month[:2]), words(month[2]), folders[below:]
        return None, "", []
    return None, "", []


def month_of(name: str) -> tuple[str, str | None, str] | None:
    """A folder that says a month: its number, perhaps the day, and the rest."""
    whole = DATE.match(name)
    if whole and whole["month"]:
        return whole["month"], whole["day"], whole["rest"]
    found = MONTH.match(name)
    if found:
        return found["month"], found["day"], found["rest"]
    for numeral, number in NUMERALS.items():
        if name.startswith(f"{numeral}月"):
            return str(number), None, name[len(numeral) + 1 :].removeprefix("份")
    return None


def made(year: int, month: str, day: str | None) -> dt.date | None:
    try:
        return dt.date(year, int(month), int(day) if day else USUAL_DAY)
    except ValueError:
        return None


def words(rest: str) -> str:
    return rest.strip(" -_.·、，,()（）")


def names_of(townships: Mapping[uuid.UUID, str]) -> list[tuple[str, uuid.UUID]]:
    """What each township may be called, folded, the longest first: 青石镇 and 青石."""
    found = []
    for pk, name in townships.items():
        whole = fold(name)
        short = SUFFIX.sub("", whole)
        found += [(whole, pk)] + ([(short, pk)] if len(short) > 1 and short != whole else [])
    return sorted(found, key=lambda pair: (-len(pair[0]), pair[0]))


def township_of(
    folders: list[str], filename: str, names: list[tuple[str, uuid.UUID]]
) -> uuid.UUID | None:
    """The township a folder is named after, the nearest to the file first; else one in its name."""
    for part in [*reversed(folders), filename]:
        folded = fold(part)
        for name, pk in names:
            if name in folded:
                return pk
    return None


def kind_of(filename: str, folders: list[str]) -> str:
    """Deck or manuscript by the ending; a PDF by what it or its folder is called. "" for neither."""
    ending = extension_of(filename)
    fits = [kind for kind, endings in ALLOWED.items() if ending in endings]
    if len(fits) == 2:
        return "deck" if SHOWN.search("/".join([*folders[-1:], filename])) else "manuscript"
    return fits[0] if fits else ""


def place(
    path: str, size: int, names: list[tuple[str, uuid.UUID]], *, today: dt.date, largest: int
) -> Place:
    """Where this file belongs."""
    *folders, filename = path.split("/")
    day, rest, below = date_of(folders)
    if day is None:
        return Place(reason="no_date")
    title = (
        f"{day.year}年{day.month}月{rest}" if rest else f"{day.year}年{day.month}月乡镇组织工作例会"
    )
    found = Place(day, title[:200])
    kind = kind_of(filename, below)
    if not kind:
        return Place(day, found.title, reason="kind")
    try:
        clean_filename(filename, kind)
    except ProcessingError:
        return Place(day, found.title, kind=kind, reason="name")
    township = township_of(below, filename, names)
    reason = ""
    if township is None:
        reason = "no_township"
    elif day > today:
        reason = "future"
    elif not size:
        reason = "empty"
    elif size > largest:
        reason = "too_large"
    return Place(day, found.title, township, kind, reason)
