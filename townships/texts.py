"""What people type, made safe to keep: no control characters, no lone surrogates, a length."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from .problems import Invalid

# Marks that turn the direction of the text around them; names and titles never need them.
BIDI = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


# What no XML can hold, so no DOCX, PPTX, XLSX or feed either: one such character in an entry would
# make a whole meeting's documents impossible.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text as a document can hold it."""
    return UNPRINTABLE.sub(" ", text)


def one_line(text: str, field: str, *, most: int, needed: bool = False) -> str:
    """A name or title: one line, trimmed, NFC. Raises `Invalid` naming the field."""
    kept = " ".join(_kept(text, "").split())
    return _measured(kept, field, most, needed)


def many_lines(text: str, field: str, *, most: int, needed: bool = False) -> str:
    """A note: line ends made `\\n`, trimmed, NFC. Raises `Invalid` naming the field."""
    kept = _kept(text.replace("\r\n", "\n").replace("\r", "\n"), "\n\t").strip()
    return _measured(kept, field, most, needed)


def _kept(text: str, controls: str) -> str:
    cleaned = unicodedata.normalize("NFC", text).translate(BIDI)
    return "".join(
        " " if unicodedata.category(char) == "Cc" and char not in controls else char
        for char in cleaned
        if unicodedata.category(char) != "Cs" and char not in "\ufffe\uffff"
    )


def _measured(text: str, field: str, most: int, needed: bool) -> str:
    if needed and not text:
        raise Invalid(fields={field: _("Please fill this in.")})
    if len(text) > most:
        raise Invalid(
            fields={field: _("This is too long: at most %(most)d characters.") % {"most": most}}
        )
    return text
