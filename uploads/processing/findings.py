"""Findings: what the organiser and the township should know about a file. They never block it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Words(NamedTuple):
    """What a finding says, and what to do about it."""

    says: Promise
    advice: Promise


WORDS: dict[str, Words] = {
    # from inspection
    "link_removed": Words(
        _(
            "A linked file was removed (%(target)s): linked pictures, sound and video are not sent along."
        ),
        _("Insert the file itself instead of linking it."),
    ),
    "hyperlink_removed": Words(
        _("A link was removed because it is not a web or mail address (%(target)s)."),
        _("If people should follow it, write its full address, beginning with https://."),
    ),
    "empty_macros_removed": Words(
        _("The deck carried a macro project without any instruction in it; it was left out."),
        _("Save the deck as .pptx so that PowerPoint opens it without a question."),
    ),
    "pdf_javascript": Words(
        _("The PDF contains scripts. They are never run; the original is kept as it is."),
        _("Print it into a new PDF and send that one."),
    ),
    "pdf_attachments": Words(
        _("The PDF has files attached inside. They are not shown; the original is kept as it is."),
        _("If others need these files, copy what they say into the text."),
    ),
    "text_decoded": Words(
        _("The text was read as %(encoding)s."),
        _("If characters are wrong, save the file as UTF-8 and send it again."),
    ),
    # from pre-flight
    "part_checked": Words(
        _("Only a part of the checks can be made for this kind of file."),
        _("Save it as .pptx and send that to have all of them."),
    ),
    "hidden_slide": Words(
        _("This slide is hidden and will be skipped in a show; it keeps its number here."),
        _("Show it again before the meeting, or delete it if nobody needs it."),
    ),
    "empty_slide": Words(
        _("This slide is empty."), _("Delete it, or put on it what you want to show.")
    ),
    "small_text": Words(
        _("Text of %(size)s pt is hard to read from the back row."),
        _("Use 18 pt or more; what does not fit then belongs on a slide of its own."),
    ),
    "media": Words(
        _("Sound or video does not play in the hall pictures."),
        _("Play it from your own computer, or say on the slide what it shows."),
    ),
    "media_unplayable": Words(
        _("The sound or video “%(name)s” is of a kind browsers cannot play."),
        _("Save it as MP4 or MP3 and insert it again."),
    ),
    "low_contrast": Words(
        _("The text “%(text)s” hardly stands out from what is behind it."),
        _("Make it darker or lighter."),
    ),
    "animation": Words(
        _("Animations on this slide are shown as one still picture."),
        _(
            "Look at its picture: if things lie on top of each other, give each step a slide of its own."
        ),
    ),
    "transition": Words(_("The slide transition is not shown."), _("There is nothing to do.")),
    "aspect_ratio": Words(
        _("The slides are %(ratio)s; the hall screen is 16:9, so there will be bars at the edges."),
        _("Set the slide size to 16:9 and look through the slides once more."),
    ),
    "no_description": Words(
        _("A picture has no description; people who cannot see it get nothing."),
        _("Write what it shows into its alternative text."),
    ),
    "no_notes": Words(
        _("There are no speaker's notes in the deck."),
        _("Write below the slides what you want to say; others do not see it."),
    ),
    "large_file": Words(
        _("The file is %(size_mb)s MB and takes long to open."),
        _("Compress its pictures and send it again."),
    ),
    "too_many_for_time": Words(
        _(
            "%(slides)s slides for %(minutes)s minutes: that is less than %(seconds)s seconds a slide."
        ),
        _("Leave out or hide what people can read later."),
    ),
    "font_substituted": Words(
        _("The font “%(font)s” is not on the server; “%(used)s” is used instead."),
        _("Look at the pictures: where a line breaks badly, shorten it or use another font."),
    ),
    "font_missing": Words(
        _("The PDF names the font “%(font)s” but does not bring it along; another one is shown."),
        _("Export it once more with all fonts embedded."),
    ),
    "cut_off": Words(
        _("Text reaches beyond the edge of the slide: “%(text)s”."),
        _("Move it inwards, shorten it or make it smaller."),
    ),
    "outside_slide": Words(
        _("Text lies outside the slide and cannot be seen: “%(text)s”."),
        _("Move it onto the slide, or delete it."),
    ),
    "pictures_only": Words(
        _("The file has no text, only pictures; it cannot be searched."),
        _("Send the document it was made from, if you have it."),
    ),
}


@dataclass(frozen=True)
class Finding:
    """One remark: a stable code, the slide or page it is about (1-based; None for the whole file), values."""

    code: str
    slide: int | None = None
    params: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON for storage; ``Finding(**value)`` makes it again."""
        return asdict(self)


def finding_words(code: str, params: Mapping[str, object] | None = None) -> tuple[str, str]:
    """What a finding says and what to do, in the active language; an unknown code is told as it is."""
    words = WORDS.get(code)
    if words is None:
        return code, ""
    try:
        return str(words.says) % dict(params or {}), str(words.advice)
    except (KeyError, ValueError, TypeError):
        return str(words.says), str(words.advice)
