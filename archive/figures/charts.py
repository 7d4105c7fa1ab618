"""Figures as charts: each is a table first (what is drawn, downloaded and read aloud is the same)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .facts import LATE, MISSING, ON_TIME, Numbers, Row

Value = float | int | None


@dataclass(slots=True)
class Chart:
    """A chart: labels along one axis, a series of values for each colour. `stacked` puts series on top of each
    other, `across` lays the bars down (for long names); `most` is the top of the scale."""

    key: str
    title: str
    axis: str
    labels: list[str]
    series: list[tuple[str, list[Value]]]
    unit: str = ""
    stacked: bool = False
    across: bool = False
    most: int | None = None
    note: str = ""
    tones: list[str] = field(default_factory=list)

    @property
    def header(self) -> list[str]:
        return [
            self.axis,
            *(f"{name} ({self.unit})" if self.unit else name for name, _values in self.series),
        ]

    @property
    def rows(self) -> list[list[Any]]:
        return [
            [label, *(values[place] for _name, values in self.series)]
            for place, label in enumerate(self.labels)
        ]

    @property
    def script_id(self) -> str:
        """The id of the page's JSON block."""
        return f"data-{self.key}"

    @property
    def has_values(self) -> bool:
        return any(value for _name, values in self.series for value in values)

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script draws."""
        return {
            "key": self.key,
            "title": self.title,
            "labels": self.labels,
            "series": [{"name": name, "values": values} for name, values in self.series],
            "unit": self.unit,
            "stacked": self.stacked,
            "across": self.across,
            "most": self.most,
            "tones": self.tones,
        }


def submissions(axis: str, labels: list[str], rows: Sequence[Row], key: str, across: bool) -> Chart:
    return Chart(
        key,
        _("Decks and manuscripts that were expected"),
        axis,
        labels,
        [
            (pgettext("submission", "in time"), [row.submissions[ON_TIME] for row in rows]),
            (pgettext("submission", "late"), [row.submissions[LATE] for row in rows]),
            (pgettext("submission", "missing"), [row.submissions[MISSING] for row in rows]),
        ],
        stacked=True,
        across=across,
        tones=["ok", "warn", "bad"],
        note=_("In time: by the deadline, or by the extension a township was given."),
    )


def attendance(axis: str, labels: list[str], rows: Sequence[Row], key: str, across: bool) -> Chart:
    return Chart(
        key,
        pgettext("numbers", "Attendance"),
        axis,
        labels,
        [(_("present of those expected"), [row.attendance for row in rows])],
        unit="%",
        across=across,
        most=100,
        tones=["info"],
        note=_("Substitutes and late comers count as present."),
    )


def speaking(axis: str, labels: list[str], rows: Sequence[Row], key: str, across: bool) -> Chart:
    return Chart(
        key,
        _("Speaking time"),
        axis,
        labels,
        [(_("speaking time"), [row.minutes for row in rows])],
        unit=pgettext("numbers", "min"),
        across=across,
        tones=["accent"],
        note=_("A township's own agenda items, and its people called up to speak."),
    )


def problems(axis: str, labels: list[str], rows: Sequence[Row], key: str, across: bool) -> Chart:
    return Chart(
        key,
        pgettext("numbers", "Problems"),
        axis,
        labels,
        [
            (pgettext("problems", "raised"), [row.problems for row in rows]),
            (pgettext("problems", "solved by now"), [row.solved for row in rows]),
        ],
        across=across,
        tones=["bad", "ok"],
        note=_("Solved: of those raised then, how many are solved by now."),
    )


def days_open(axis: str, labels: list[str], rows: Sequence[Row], key: str, across: bool) -> Chart:
    return Chart(
        key,
        _("How long problems stay open"),
        axis,
        labels,
        [(_("median"), [row.median_days for row in rows])],
        unit=pgettext("numbers", "days"),
        across=across,
        tones=["warn"],
        note=_("Until they were solved or dropped; for open ones until today."),
    )


def practices(axis: str, labels: list[str], rows: Sequence[Row], key: str, across: bool) -> Chart:
    return Chart(
        key,
        pgettext("numbers", "Practices"),
        axis,
        labels,
        [
            (pgettext("practices", "shared"), [row.practices for row in rows]),
            (pgettext("practices", "adopted"), [row.adopted for row in rows]),
        ],
        across=across,
        tones=["info", "ok"],
    )


MAKERS: dict[str, Callable[..., Chart]] = {
    "submissions": submissions,
    "attendance": attendance,
    "speaking": speaking,
    "problems": problems,
    "days": days_open,
    "practices": practices,
}


def by_meeting(numbers: Numbers) -> list[Chart]:
    """The charts along the year, a column for each meeting."""
    labels = _unlike(
        date_format(meeting.starts_at.astimezone(meeting.zone), "MONTH_DAY_FORMAT")
        for meeting in numbers.meetings
    )
    rows = [numbers.by_meeting[meeting.pk] for meeting in numbers.meetings]
    return [
        make(_("Meeting"), labels, rows, f"{key}-by-meeting", False) for key, make in MAKERS.items()
    ]


def by_township(numbers: Numbers) -> list[Chart]:
    """The charts down the townships, a bar for each."""
    labels = [town.name for town in numbers.townships]
    rows = [numbers.by_township[town.pk] for town in numbers.townships]
    return [
        make(_("Township"), labels, rows, f"{key}-by-township", True)
        for key, make in MAKERS.items()
    ]


def _unlike(names: Iterable[str]) -> list[str]:
    """Two meetings on one day keep two columns."""
    found: list[str] = []
    for name in names:
        number, unused = 2, name
        while unused in found:
            unused, number = f"{name} ({number})", number + 1
        found.append(unused)
    return found
