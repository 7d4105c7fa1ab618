"""What letters say, in the active language and time zone."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from ..models import Letter
from ..reminders.texts import Text, kind_words, link, moment_words

What = Letter.What


def day_words(day: str) -> str:
    return formats.date_format(dt.date.fromisoformat(day), "MONTH_DAY_FORMAT")


def words_of(what: str, given: dict[str, Any]) -> tuple[str, list[str]]:
    """Subject and sentences of a letter with these facts."""
    facts = dict(given)
    for name in ("day", "other"):
        if name in facts:
            facts[name] = day_words(facts[name])
    if "due" in facts:
        facts["due"] = moment_words(dt.datetime.fromisoformat(facts["due"]))
    if "kind" in facts:
        facts["what"] = kind_words(facts["kind"])
    subject, sentence = _pattern(what)
    lines = [sentence % facts]
    if facts.get("reason"):
        lines.append(_("Reason: %(reason)s") % facts)
    if facts.get("note"):
        lines.append(_("They write: %(note)s") % facts)
    return (subject % facts)[:300], lines


def _pattern(what: str) -> tuple[str, str]:
    if what == What.TIME_ASKED:
        return (
            _("%(township)s asks for more time: %(what)s for “%(title)s”"),
            _("%(township)s asks for more time for its %(what)s for “%(title)s”."),
        )
    if what == What.TIME_GRANTED:
        return (
            _("More time until %(due)s: %(what)s for “%(title)s”"),
            _("%(township)s has until %(due)s to hand in its %(what)s for “%(title)s”."),
        )
    if what == What.TIME_REFUSED:
        return (
            _("No more time: %(what)s for “%(title)s”"),
            _(
                "The organisers cannot give %(township)s more time for its %(what)s for "
                "“%(title)s”. It stays due on %(due)s."
            ),
        )
    if what == What.SWAP_ASKED:
        return (
            _("%(title)s: %(asking)s asks %(asked)s to swap turns"),
            _(
                "%(asking)s would like to give its turn on %(day)s to %(asked)s and to take the "
                "one on %(other)s instead."
            ),
        )
    if what == What.SWAP_AGREED:
        return (
            _("%(title)s: %(asking)s and %(asked)s have swapped turns"),
            _("On %(day)s %(asked)s presents, on %(other)s %(asking)s."),
        )
    if what == What.SWAP_REFUSED:
        return (
            _("%(title)s: %(asked)s keeps its turn"),
            _(
                "%(asked)s does not swap turns: on %(day)s %(asking)s presents, on %(other)s "
                "%(asked)s."
            ),
        )
    return (
        _("%(title)s: %(asking)s no longer asks for a swap"),
        _("%(asking)s has taken its question back; everybody keeps their turn."),
    )


def address_of(facts: dict[str, Any]) -> str:
    """Where to see it and to answer; "" where the installation was not told its own address."""
    if "series" in facts:
        return link(reverse("meetings:roster", args=[facts["series"]]))
    return link(facts.get("path", ""))


def mail_text(letter: Letter, name: str) -> Text:
    subject, lines = words_of(letter.what, letter.facts)
    found = [_("Hello %(name)s,") % {"name": name}, "", *lines]
    address = address_of(letter.facts)
    if address:
        found += ["", _("See it here: %(address)s") % {"address": address}]
    return Text(subject, "\n".join(found) + "\n")


def chat_text(letter: Letter) -> Text:
    subject, lines = words_of(letter.what, letter.facts)
    return Text(subject, "\n".join([subject, *lines[:1]]))
