"""Findings: what the organiser and the township should know about a file. They never block it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise] = {
    # from inspection
    "link_removed": _(
        "A linked file was removed (%(target)s): linked pictures, sound and video are not sent along. "
        "Insert the file into the deck instead of linking it."
    ),
    "hyperlink_removed": _(
        "A link was removed because it is not a web or mail address (%(target)s)."
    ),
    "empty_macros_removed": _(
        "The deck carried a macro project without any instruction in it; it was left out. "
        "Save the deck as .pptx so that PowerPoint opens it without a question."
    ),
    "pdf_javascript": _(
        "The PDF contains scripts. They are never run; the original is kept as it is."
    ),
    "pdf_attachments": _(
        "The PDF has files attached inside. They are not shown; the original is kept as it is."
    ),
    "text_decoded": _("The text was read as %(encoding)s."),
    # from pre-flight
    "hidden_slide": _(
        "This slide is hidden and will be skipped in a show; it keeps its number here."
    ),
    "empty_slide": _("This slide is empty."),
    "small_text": _("Text of %(size)s pt is hard to read from the back row; use 18 pt or more."),
    "media": _(
        "Sound or video does not play in the hall pictures; play it from your own computer or describe it."
    ),
    "media_unplayable": _(
        "The sound or video “%(name)s” is of a kind browsers cannot play. Save it as MP4 or MP3 and insert it again."
    ),
    "low_contrast": _(
        "The text “%(text)s” hardly stands out from what is behind it; make it darker or lighter."
    ),
    "animation": _("Animations on this slide are shown as one still picture."),
    "transition": _("The slide transition is not shown."),
    "aspect_ratio": _(
        "The slides are %(ratio)s; the hall screen is 16:9, so there will be bars at the edges."
    ),
    "no_description": _("A picture has no description; people who cannot see it get nothing."),
    "no_notes": _("There are no speaker's notes in the deck."),
    "large_file": _(
        "The file is %(size_mb)s MB; making its pictures smaller makes it open faster."
    ),
    "too_many_for_time": _(
        "%(slides)s slides for %(minutes)s minutes: that is less than %(seconds)s seconds a slide."
    ),
    "font_substituted": _(
        "The font “%(font)s” is not on the server; “%(used)s” is used instead. Line breaks may differ."
    ),
    "outside_slide": _("Text lies outside the slide and cannot be seen: “%(text)s”."),
    "pictures_only": _("The file has no text, only pictures; it cannot be searched."),
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


def finding_sentence(code: str, params: Mapping[str, object] | None = None) -> str:
    """The plain sentence of a finding in the active language; an unknown code is returned as it is."""
    template = SENTENCES.get(code)
    if template is None:
        return code
    try:
        return str(template) % dict(params or {})
    except (KeyError, ValueError, TypeError):
        return str(template)
