"""Which files are accepted: kind x file ending, what the first bytes say, and clean file names."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from uploads.processing.errors import Refused

Kind = Literal["deck", "manuscript"]

#: File endings accepted per kind of material.
ALLOWED: dict[str, tuple[str, ...]] = {
    "deck": (".pptx", ".ppsx", ".potx", ".ppt", ".pps", ".odp", ".pdf", ".dps"),
    "manuscript": (".docx", ".doc", ".odt", ".pdf", ".txt", ".md", ".wps"),
}

#: Endings that hide a second kind of file when they come before the last one, or that come last.
_DANGEROUS = {
    ".html", ".htm", ".xhtml", ".shtml", ".svg", ".xml", ".js", ".mjs", ".hta", ".exe", ".com", ".bat",
    ".cmd", ".ps1", ".vbs", ".vbe", ".wsf", ".scr", ".msi", ".lnk", ".url", ".php", ".jsp", ".asp",
    ".aspx", ".jar", ".sh", ".py", ".iso", ".img", ".zip", ".rar", ".7z",
}  # fmt: skip

#: Bidirectional and invisible format characters that make a name look like another one.
_INVISIBLE = {
    *(chr(c) for c in range(0x200B, 0x2010)),
    *(chr(c) for c in range(0x202A, 0x202F)),
    *(chr(c) for c in range(0x2060, 0x2070)),
    "\ufeff",
    "\u061c",
}

#: Longest name in characters (255 Chinese characters are accepted; storage uses its own keys).
NAME_LIMIT = 255

ZIP, OLE, PDF, TEXT, HTML, RTF, XML, UNKNOWN = (
    "zip", "ole", "pdf", "text", "html", "rtf", "xml", "unknown",
)  # fmt: skip


@dataclass(frozen=True)
class FileName:
    """A name fit to be shown and downloaded under, with its ending in small letters (".pptx")."""

    name: str
    extension: str


def clean_filename(name: str, kind: str | None = None) -> FileName:
    """A safe display name for an uploaded file.

    Directories are cut off, right-to-left overrides and invisible characters removed, the name is
    NFC-normalised. Windows device names and trailing dots are kept: storage never uses the name.

    Args:
        name: the name as the browser sent it.
        kind: "deck" or "manuscript" to also check the ending; None to leave that out.

    Raises:
        Refused: name_missing, name_control, name_too_long, name_double_extension, extension_not_allowed.
    """
    if any(unicodedata.category(c) == "Cc" for c in name) or any(
        "\ud800" <= c <= "\udfff" for c in name
    ):
        raise Refused("name_control")
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(c for c in base if c not in _INVISIBLE and c not in "\u2028\u2029")
    base = unicodedata.normalize("NFC", base).strip()
    if not base.strip(". "):
        raise Refused("name_missing")
    if len(base) > NAME_LIMIT:
        raise Refused("name_too_long", limit=NAME_LIMIT)
    extension = extension_of(base)
    if kind is not None:
        _check_extension(base, extension, kind)
    return FileName(base, extension)


def extension_of(name: str) -> str:
    """The ending of a name in small letters with its dot, "" when there is none."""
    return Path(name.rstrip(". ")).suffix.lower()


def _check_extension(name: str, extension: str, kind: str) -> None:
    allowed = ALLOWED[kind]
    every = {e for endings in ALLOWED.values() for e in endings}
    inner = extension_of(name.rstrip(". ")[: -len(extension)]) if extension else ""
    if extension not in allowed:
        if extension in _DANGEROUS and inner in every:
            raise Refused("name_double_extension", name=name)
        raise Refused(
            "extension_not_allowed", extension=extension or "-", allowed=" ".join(allowed)
        )
    if inner in _DANGEROUS:
        raise Refused("name_double_extension", name=name)


def sniff(head: bytes) -> str:
    """What the first bytes (1 KiB is enough) of a file are: one of the constants of this module."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return ZIP
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return OLE
    if head.startswith(b"%PDF-"):
        return PDF
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\x00\xff\xfe").lower()
    plain = start.replace(b"\x00", b"")
    if plain.startswith(b"{\\rtf"):
        return RTF
    if plain.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return HTML
    if plain.startswith((b"<?xml", b"<!doctype", b"<office:", b"<svg")):
        return XML
    if b"\x00" not in head:
        return TEXT
    return UNKNOWN


#: Words for what was found in place of the expected kind (shown inside a sentence, not translated:
#: they are names of formats).
FOUND_NAMES = {
    ZIP: "ZIP",
    OLE: "Office 97-2003",
    PDF: "PDF",
    TEXT: "TXT",
    HTML: "HTML",
    RTF: "RTF",
    XML: "XML",
    UNKNOWN: "?",
    "pptx": "PowerPoint",
    "docx": "Word",
    "xlsx": "Excel",
    "ppt": "PowerPoint 97-2003",
    "doc": "Word 97-2003",
    "xls": "Excel 97-2003",
    "odp": "OpenDocument (ODP)",
    "odt": "OpenDocument (ODT)",
    "ods": "OpenDocument (ODS)",
}
