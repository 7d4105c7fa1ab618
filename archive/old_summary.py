"""What a dry run found, in words: the meetings that will be made, and what is left out and why."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import OldFile, OldImport
from .old_plan import REASONS

EXAMPLES = 5


@dataclass(slots=True)
class Day:
    """A meeting that will be made, or was."""

    day: dt.date
    title: str
    townships: set[str] = field(default_factory=set)
    decks: int = 0
    manuscripts: int = 0
    size: int = 0
    done: bool = True
    meeting_id: object = None


@dataclass(slots=True)
class LeftOut:
    """Files left out for one reason, with a few of their paths."""

    reason: str
    count: int
    paths: list[str]


@dataclass(slots=True)
class Summary:
    bringing: OldImport
    days: list[Day]
    left_out: list[LeftOut]
    files: int = 0
    done: int = 0
    several: list[str] = field(default_factory=list)


def summary(found: OldImport) -> Summary:
    """What became or will become of every file (one query)."""
    days: dict[dt.date, Day] = {}
    paths: dict[str, list[str]] = {}
    slots: Counter[tuple[dt.date, str, str]] = Counter()
    told = Summary(found, [], [])
    for row in found.files.select_related("township"):
        if row.state == OldFile.State.LEFT_OUT or row.day is None or row.township is None:
            paths.setdefault(row.reason, []).append(row.path)
            continue
        day = days.setdefault(row.day, Day(row.day, row.title))
        day.townships.add(row.township.name)
        day.decks += row.kind == "deck"
        day.manuscripts += row.kind == "manuscript"
        day.size += row.size
        day.done = day.done and row.state == OldFile.State.DONE
        day.meeting_id = row.meeting_id
        told.files += 1
        told.done += row.state == OldFile.State.DONE
        slots[row.day, row.township.name, row.kind] += 1
    told.days = [days[day] for day in sorted(days)]
    told.left_out = [
        LeftOut(str(REASONS.get(reason, reason)), len(held), held)
        for reason, held in sorted(paths.items(), key=lambda pair: -len(pair[1]))
    ]
    told.several = [f"{day} {township}" for (day, township, _kind), n in slots.items() if n > 1]
    return told


def lines(told: Summary, *, every: bool = False) -> Iterator[str]:
    """The summary as lines of text."""
    yield _("%(meetings)s meetings with %(files)s files:") % {
        "meetings": len(told.days),
        "files": told.files,
    }
    for day in told.days:
        townships = ngettext("%(n)s township", "%(n)s townships", len(day.townships))
        yield f"  {day.day} {day.title}: " + ", ".join(
            [
                townships % {"n": len(day.townships)},
                ngettext("%(n)s deck", "%(n)s decks", day.decks) % {"n": day.decks},
                ngettext("%(n)s manuscript", "%(n)s manuscripts", day.manuscripts)
                % {"n": day.manuscripts},
            ]
        )
    if told.several:
        yield _(
            "Several files in one slot; the last by name is shown, the others are earlier versions:"
        )
        for one in told.several if every else told.several[:EXAMPLES]:
            yield f"  {one}"
    for row in told.left_out:
        yield _("Left out, %(reason)s: %(n)s") % {"reason": row.reason, "n": row.count}
        for path in row.paths if every else row.paths[:EXAMPLES]:
            yield f"  {path}"
    if told.bringing.ignored:
        yield _("Files of operating systems passed over: %(n)s") % {"n": told.bringing.ignored}
