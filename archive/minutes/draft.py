"""The first text of the minutes, made from what happened: one list of parts, each with its lines."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from board.models import Poll, Post
from board.polls import poll_dict, polls_with_everything
from board.representations import posts_with_everything
from meetings.attendance_sheet import Line, Sheet, sheet_of
from meetings.models import AgendaItem, Meeting
from uploads.models import Material

ATTENDANCE, AGENDA, SHOWN, PROBLEMS, PRACTICES, VOTES, DECISIONS = KEYS = (
    "attendance", "agenda", "shown", "problems", "practices", "votes", "decisions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the draft: its key, its heading, its lines."""

    key: str
    title: str
    body: str


def titles() -> dict[str, str]:
    """The headings in the active language, in their order."""
    return {
        ATTENDANCE: pgettext("minutes", "Attendance"),
        AGENDA: _("Course of the meeting"),
        SHOWN: pgettext("minutes", "Decks and manuscripts"),
        PROBLEMS: _("Problems raised"),
        PRACTICES: _("Practices shared"),
        VOTES: pgettext("minutes", "Votes"),
        DECISIONS: _("What the meeting asks for"),
    }


def parts_of(meeting: Meeting, keys: Iterable[str] = KEYS) -> list[Part]:
    """The draft in the active language; a constant number of queries. Votes only where there were any."""
    makers = {
        ATTENDANCE: attendance,
        AGENDA: agenda,
        SHOWN: shown,
        PROBLEMS: problems,
        PRACTICES: practices,
        VOTES: votes,
        DECISIONS: lambda meeting: iter(()),
    }
    made = [Part(key, titles()[key], "\n".join(makers[key](meeting))) for key in keys]
    return [part for part in made if part.body or part.key != VOTES]


def _joined(names: Iterable[str]) -> str:
    return _(", ").join(names)


def attendance(meeting: Meeting) -> Iterator[str]:
    """How many came, and who."""
    sheet = sheet_of(meeting)
    if not sheet.lines and not sheet.others:
        yield _("Nobody's attendance was recorded.")
        return
    yield _(
        "Expected %(expected)d, present %(here)d (%(townships)d townships), on leave %(leave)d, absent %(absent)d."
    ) % {
        "expected": sheet.expected,
        "here": sheet.here,
        "townships": sheet.townships_here,
        "leave": sheet.on_leave,
        "absent": sheet.absent,
    }
    yield from _people(sheet)


def _people(sheet: Sheet) -> Iterator[str]:
    by_town: dict[str, list[str]] = {}
    for line in sheet.lines:
        if line.is_here:
            by_town.setdefault(line.township, []).append(_named(line))
    if by_town:
        groups = [f"{town} {_joined(names)}" for town, names in by_town.items()]
        yield _("Present: %(who)s.") % {"who": _("; ").join(groups)}
    leave = [_on_leave(line) for line in sheet.lines if line.state == "leave"]
    if leave:
        yield _("On leave: %(who)s.") % {"who": _("; ").join(leave)}
    absent = [
        f"{line.township} {line.name}"
        for line in sheet.lines
        if not line.is_here and line.state != "leave"
    ]
    if absent:
        yield _("Absent: %(who)s.") % {"who": _joined(absent)}
    others = [
        " ".join(filter(None, (line.township, line.name))) for line in sheet.others if line.is_here
    ]
    if others:
        yield _("Also present: %(who)s.") % {"who": _joined(others)}


def _named(line: Line) -> str:
    return line.name + _("(late)") if line.state == "late" else line.name


def _on_leave(line: Line) -> str:
    reason = line.leave.reason if line.leave else ""
    name = f"{line.township} {line.name}"
    return f"{name}{_('(%(reason)s)') % {'reason': reason}}" if reason else name


def agenda(meeting: Meeting) -> Iterator[str]:
    """Each step with its real times and who spoke."""
    for number, item in enumerate(meeting.agenda.select_related("township"), 1):
        who = " ".join(filter(None, (item.township.name if item.township else "", item.presenter)))
        yield _("%(number)d. %(when)s%(title)s%(who)s") % {
            "number": number,
            "when": _when(item, meeting),
            "title": item,
            "who": _("(%(reason)s)") % {"reason": who} if who else "",
        }


def _when(item: AgendaItem, meeting: Meeting) -> str:
    if item.started_at is None:
        return ""
    start = item.started_at.astimezone(meeting.zone)
    if item.ended_at is None:
        return f"{start:%H:%M} "
    return f"{start:%H:%M}–{item.ended_at.astimezone(meeting.zone):%H:%M} "


def shown(meeting: Meeting) -> Iterator[str]:
    """What each township brought."""
    found = (
        Material.objects.filter(meeting=meeting, withdrawn_at=None, current__isnull=False)
        .annotate(pages=F("current__pages_total"))
        .select_related("township")
        .order_by("township__position", "township__name", "kind")
    )
    by_town: dict[str, list[str]] = {}
    for material in found:
        pages = ngettext("%(n)d page", "%(n)d pages", material.pages) % {"n": material.pages}
        said = _("%(kind)s “%(title)s” (%(pages)s)") % {
            "kind": material.get_kind_display(),
            "title": material,
            "pages": pages,
        }
        by_town.setdefault(material.township.name, []).append(said)
    for town, brought in by_town.items():
        yield _("%(township)s: %(what)s.") % {"township": town, "what": _("; ").join(brought)}


def entries(meeting: Meeting, kind: str) -> list[Post]:
    """The board's open entries of a kind, most supported first (a constant number of queries)."""
    found = Post.objects.filter(
        meeting=meeting,
        kind=kind,
        hidden_at=None,
        withdrawn_at=None,
        held_at=None,
        merged_into=None,
    )
    return list(
        posts_with_everything(found)
        .select_related("case", "category")
        .order_by("-people", "created_at")
    )


def _who(post: Post) -> str:
    return post.township.name if post.township else post.author_unit or post.author_name


def _entry(number: int, post: Post) -> str:
    """Who said what, as a sentence: no full stop behind a question or an exclamation mark."""
    text = " ".join(post.body.split()).rstrip("。.")
    said = _("%(number)d. [%(who)s] %(text)s.") % {
        "number": number,
        "who": _who(post),
        "text": text,
    }
    return re.sub(r"(?<=[？！?!…])[。.]$", "", said)


def problems(meeting: Meeting) -> Iterator[str]:
    """Each problem with who has it too, where it stands, who sees to it and by when."""
    for number, post in enumerate(entries(meeting, Post.Kind.PROBLEM), 1):
        said = [_entry(number, post)]
        townships = post.supporting_townships  # type: ignore[attr-defined]
        if townships:
            said.append(
                ngettext(
                    "%(n)d other township has it too.",
                    "%(n)d other townships have it too.",
                    townships,
                )
                % {"n": townships}
            )
        said.append(state_of(post))
        yield "".join(said) if not said[0].isascii() else " ".join(said)


def state_of(post: Post) -> str:
    """Where a problem stands, in one sentence."""
    case = post.case
    if case is None:
        return _("Answered.") if post.status == Post.Status.ANSWERED else _("Open.")
    facts = [str(case.get_status_display())]
    if case.responsible_name:
        facts.append(_("seen to by %(who)s") % {"who": case.responsible_name})
    if case.due:
        facts.append(_("by %(day)s") % {"day": day(case.due)})
    if case.outcome:
        facts.append(" ".join(case.outcome.split()).rstrip("。."))
    return _("State: %(facts)s.") % {"facts": _(", ").join(facts)}


def practices(meeting: Meeting) -> Iterator[str]:
    """Each practice with the townships that try it."""
    for number, post in enumerate(entries(meeting, Post.Kind.PRACTICE), 1):
        said = _entry(number, post)
        tried = [
            f"{one.township.name}{_('(%(reason)s)') % {'reason': one.get_status_display()}}"
            for one in post.adoptions.all()
        ]
        if tried:
            said += ("" if not said.isascii() else " ") + _("Adopted by: %(who)s.") % {
                "who": _joined(tried)
            }
        yield said


def votes(meeting: Meeting) -> Iterator[str]:
    """Each vote with its result."""
    polls = polls_with_everything(Poll.objects.filter(meeting=meeting)).exclude(
        state=Poll.State.DRAFT
    )
    for number, poll in enumerate(polls, 1):
        facts = poll_dict(poll)
        counted = [f"{option['text']} {option.get('votes') or 0}" for option in facts["options"]]
        yield _("%(number)d. %(question)s (%(how)s): %(result)s.") % {
            "number": number,
            "question": poll.question,
            "how": _joined(
                [str(poll.get_by_display()), _("secret") if poll.secret else _("open vote")]
            ),
            "result": _joined(counted),
        }


def day(value: dt.date) -> str:
    """A date without its weekday, in the active language."""
    if (get_language() or "").startswith("zh"):
        return f"{value.year}年{value.month}月{value.day}日"
    return date_format(value, "j N Y")
