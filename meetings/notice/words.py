"""What the notice of a meeting says, from its agenda; for the page and the document alike."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ..expected import KINDS
from ..models import Meeting
from ..reminders.texts import kind_words
from ..timing import Timetable

NUMERALS = "一二三四五六七八九十"


@dataclass(slots=True)
class Section:
    """A numbered heading with its paragraphs and perhaps a table (head and rows of cells)."""

    heading: str
    paragraphs: list[str] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class Notice:
    """The words of a notice in one language."""

    title: str
    to: str
    opening: str
    sections: list[Section]
    closing: str
    signer: str
    date: str
    language: str

    @property
    def numbered(self) -> list[tuple[str, Section]]:
        """The sections with their marks: 一、 二、 or 1. 2."""
        if self.language.startswith("zh"):
            return [(f"{NUMERALS[n]}、", part) for n, part in enumerate(self.sections)]
        return [(f"{n}. ", part) for n, part in enumerate(self.sections, 1)]


def language_of(meeting: Meeting) -> str:
    """The language of a meeting's papers: its series', else the county's."""
    series = meeting.series
    return (series.language if series else "") or meeting.county.language


def moment(when: dt.datetime) -> str:
    """Day, weekday and time in the active language and zone."""
    local = timezone.localtime(when)
    return f"{formats.date_format(local, 'DATE_FORMAT')} {local:%H:%M}"


def notice_of(meeting: Meeting, table: Timetable) -> Notice:
    """The notice as it is now, in the meeting's language. Needs `county` and `series` loaded."""
    with translation.override(language_of(meeting)), timezone.override(meeting.zone):
        return _written(meeting, table)


def _written(meeting: Meeting, table: Timetable) -> Notice:
    facts = {"title": meeting.title, "when": moment(meeting.starts_at)}
    called_off = meeting.called_off_at is not None
    if called_off:
        title = _("Notice: %(title)s is called off") % facts
        opening = _("“%(title)s”, announced for %(when)s, is called off.") % facts
    else:
        title = _("Notice of %(title)s") % facts
        opening = _("“%(title)s” will be held. The arrangements are as follows.") % facts
    if meeting.notice > 1 and not called_off:
        opening += _("This notice (no. %(n)d) takes the place of the earlier one.") % {
            "n": meeting.notice
        }
    issued = timezone.localtime(meeting.notice_at or timezone.now())
    return Notice(
        title=title,
        to=_("To the organisation committee members of all townships:"),
        opening=opening,
        sections=[] if called_off else _sections(meeting, table),
        closing=meeting.called_off_reason if called_off else "",
        signer=meeting.county.name,
        date=day_words(issued.date()),
        language=translation.get_language() or "zh-hans",
    )


def day_words(day: dt.date) -> str:
    """The date of a paper: 2026年11月22日, without the weekday."""
    if (translation.get_language() or "").startswith("zh"):
        return f"{day.year}年{day.month}月{day.day}日"
    return formats.date_format(day, "j F Y")


def _sections(meeting: Meeting, table: Timetable) -> list[Section]:
    ends = timezone.localtime(meeting.ends_at)
    sections = [
        Section(_("Time"), [f"{moment(meeting.starts_at)}–{ends:%H:%M}"]),
    ]
    if meeting.venue:
        sections.append(Section(_("Venue"), [meeting.venue]))
    sections.append(
        Section(
            _("Participants"),
            [
                _(
                    "The organisation committee members of all townships; see the agenda for speakers."
                )
            ],
        )
    )
    if table.rows:
        sections.append(_agenda(table))
    materials = _materials(meeting, table)
    if materials is not None:
        sections.append(materials)
    other = [line for line in meeting.note.splitlines() if line.strip()]
    other.append(_("Please confirm in Lihui that your township has received this notice."))
    sections.append(Section(_("Other matters"), other))
    return sections


def _agenda(table: Timetable) -> Section:
    rows = []
    for row in table.rows:
        item = row.item
        who = item.township.name if item.township else ""
        if item.presenter:
            who = f"{who} {item.presenter}".strip()
        minutes = ngettext("%(n)d min", "%(n)d min", item.minutes) % {"n": item.minutes}
        rows.append([f"{row.starts:%H:%M}", str(item), who, minutes])
    head = [_("Time"), _("Item"), pgettext("notice", "Who"), _("Length")]
    return Section(_("Agenda"), head=head, rows=rows)


def _materials(meeting: Meeting, table: Timetable) -> Section | None:
    wanted: dict[tuple[dt.datetime, str], list[str]] = defaultdict(list)
    for row in table.rows:
        item = row.item
        if item.township is None:
            continue
        for kind in KINDS:
            if not getattr(item, f"expects_{kind}"):
                continue
            names = wanted[meeting.due_of(item.township.pk, kind), kind]
            if item.township.name not in names:
                names.append(item.township.name)
    if not wanted:
        return None
    comma = pgettext("list", ", ")
    lines, last = [], None
    for (due, kind), names in sorted(wanted.items(), key=lambda one: (one[0][0], one[0][1])):
        if due != last:
            lines.append(_("Please upload to Lihui by %(when)s:") % {"when": moment(due)})
            last = due
        facts = {"kind": kind_words(kind).capitalize(), "townships": comma.join(names)}
        lines.append(_("%(kind)s: %(townships)s.") % facts)
    return Section(pgettext("notice", "Materials"), lines)
