"""What reminders say, in the reader's language and the county's time."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from townships.links import origin

from ..models import Meeting

MOST_LIST_BYTES = 1400  # robots take about 2 KB


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A township with what it owes: ("deck", due) and the like."""

    township: str
    slots: tuple[tuple[str, dt.datetime], ...]

    @property
    def due(self) -> dt.datetime:
        return min(moment for _kind, moment in self.slots)


def kind_words(kind: str) -> str:
    return pgettext("expected", "deck") if kind == "deck" else pgettext("expected", "manuscript")


def moment_words(moment: dt.datetime) -> str:
    """Day and time in the active language and time zone."""
    local = timezone.localtime(moment)
    day = formats.date_format(local, "MONTH_DAY_FORMAT")
    return _("%(day)s, %(time)s") % {"day": day, "time": formats.time_format(local, "H:i")}


def link(path: str) -> str:
    """The full address of a page, or "" where the installation was not told its own."""
    return f"{origin()}{path}" if origin() else ""


def _slots(missing: Missing) -> str:
    comma = pgettext("between items of a list", ", ")
    return comma.join(kind_words(kind) for kind, _due in missing.slots)


def mail_text(
    *,
    meeting: Meeting,
    missing: Missing,
    name: str,
    language: str,
    notes: Sequence[str] = (),
) -> Text:
    """The e-mail to one member about what their township owes."""
    with translation.override(language), timezone.override(meeting.zone):
        what, due = _slots(missing), moment_words(missing.due)
        facts = {"township": missing.township, "title": meeting.title, "what": what, "due": due}
        late = missing.due < timezone.now()
        lines = [_("Hello %(name)s,") % {"name": name}, ""]
        if late:
            lines.append(
                _(
                    "the %(what)s of %(township)s for “%(title)s” was due on %(due)s "
                    "and has not come in yet."
                )
                % facts
            )
        else:
            lines.append(
                _(
                    "“%(title)s” still expects from %(township)s: %(what)s. "
                    "Please hand it in by %(due)s."
                )
                % facts
            )
        lines += [
            "",
            _("The meeting begins on %(when)s.") % {"when": moment_words(meeting.starts_at)},
        ]
        lines += [text for note in notes if note for text in ("", note)]
        lines += _where(meeting)
        lines += ["", _("If you need more time, ask for it on the page of the material.")]
        lines += ["-- ", _last_line()]
        subject = _("%(title)s: %(what)s of %(township)s due %(due)s") % facts
    return Text(subject[:300], "\n".join(lines) + "\n")


def _where(meeting: Meeting) -> list[str]:
    address = link(reverse("meetings:detail", args=[meeting.pk]))
    if not address:
        return []
    return ["", _("Hand it in here: %(address)s") % {"address": address}]


def _last_line() -> str:
    address = link(reverse("meetings:reminder_choice"))
    if not address:
        return _("Lihui. You choose on the page of your account which reminders you get.")
    return _("Lihui. Choose which reminders you get: %(address)s") % {"address": address}


def chat_text(
    *,
    meeting: Meeting,
    missing: Sequence[Missing],
    language: str,
    notes: Sequence[str] = (),
) -> Text:
    """The message to a county's chat group: who still owes what."""
    with translation.override(language), timezone.override(meeting.zone):
        subject = _("%(title)s: still missing") % {"title": meeting.title}
        lines = [subject, *_list_of(missing)]
        lines.append(
            _("The meeting begins on %(when)s.") % {"when": moment_words(meeting.starts_at)}
        )
        lines += [note for note in notes if note]
        address = link(reverse("meetings:detail", args=[meeting.pk]))
        if address:
            lines.append(address)
    return Text(subject[:300], "\n".join(lines))


def _list_of(missing: Sequence[Missing]) -> list[str]:
    """A line for each township, as many as a robot takes."""
    lines: list[str] = []
    for one in missing:
        facts = {"township": one.township, "what": _slots(one), "due": moment_words(one.due)}
        line = _("%(township)s: %(what)s, due %(due)s") % facts
        if len("\n".join([*lines, line]).encode()) > MOST_LIST_BYTES:
            n = len(missing) - len(lines)
            more = ngettext("and %(n)d more township", "and %(n)d more townships", n)
            return [*lines, more % {"n": n}]
        lines.append(line)
    return lines
