"""Why a file was refused or could not be converted: stable codes and the sentence for each.

A stored ``reason_code`` with its ``params`` and the reader's language give the sentence again at any time.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REFUSALS: dict[str, Promise] = {
    # the name
    "name_missing": _("The file has no name. Give it a name and send it again."),
    "name_control": _(
        "The file name contains control characters. Rename the file and send it again."
    ),
    "name_too_long": _("The file name is too long. Use at most %(limit)s characters."),
    "name_double_extension": _(
        "The name “%(name)s” has two file endings. Remove the last one and send the file again."
    ),
    "extension_not_allowed": _(
        "Files ending in “%(extension)s” are not accepted here. Accepted are: %(allowed)s."
    ),
    # the whole file
    "empty": _("The file is empty (0 bytes). Check it on your computer and send it again."),
    "too_large": _("The file is larger than %(limit_mb)s MB. Make its pictures or videos smaller."),
    "wrong_content": _(
        "The file ends in “%(extension)s” but contains something else (%(found)s). "
        "Open it in the program it was made with and save it as a “%(extension)s” file."
    ),
    "polyglot": _(
        "The file is two kinds of file in one. Open it in the program it was made with and save it again."
    ),
    "password": _("The file is protected by a password. Remove the password and send it again."),
    "macros": _(
        "The file contains macros (small programs). Save it without macros, as .pptx or .docx, "
        "and send it again."
    ),
    "virus": _(
        "A virus scanner found “%(name)s” in the file; it was not opened. Clean your computer and send a clean copy."
    ),
    # zip packages
    "zip_damaged": _(
        "The file is damaged or was cut off. Open it on your computer, save it again and send that copy."
    ),
    "zip_too_many": _("The file has more than %(limit)s parts inside and was not opened."),
    "zip_ratio": _("The file unpacks to a suspiciously large size and was not opened."),
    "zip_too_large": _("The file unpacks to more than %(limit_mb)s MB and was not opened."),
    "zip_lying_size": _("The file states wrong sizes for its parts and was not opened."),
    "zip_overlap": _("Parts of the file overlap each other; it was not opened."),
    "zip_path": _("The file contains a part whose name points outside it; it was not opened."),
    "zip_symlink": _("The file contains a link in place of a part; it was not opened."),
    "zip_duplicate": _("The file contains the same part twice; it was not opened."),
    "zip_repacked": _(
        "The file was unpacked and put together again by hand, so nobody can vouch for it. Open it in "
        "PowerPoint, Word or WPS, save it under a new name and send that copy."
    ),
    "zip_encrypted": _(
        "Parts of the file are encrypted. Save it without encryption and send it again."
    ),
    "zip_method": _(
        "The file is packed in an unusual way. Save it again in PowerPoint, WPS or LibreOffice."
    ),
    "package_damaged": _(
        "The file is not complete: the part that lists its contents is missing or wrong. Save it again and send it."
    ),
    # XML
    "xml_doctype": _(
        "The file contains a document type declaration, which office programs do not write; it was not opened."
    ),
    "xml_damaged": _(
        "A part of the file is damaged (%(part)s). Open it on your computer, save it again and send that copy."
    ),
    "xml_deep": _("A part of the file is nested too deeply (%(part)s); it was not opened."),
    "xml_too_large": _("A part of the file is too large (%(part)s). Split the file in two."),
    # contents
    "no_slides": _("The deck has no slides."),
    "too_many_slides": _("The deck has %(count)s slides; at most %(limit)s are accepted."),
    "too_many_pages": _("The document has %(count)s pages; at most %(limit)s are accepted."),
    "picture_too_large": _(
        "A picture in the file is too large (%(width)s × %(height)s pixels). Make it smaller and send the file again."
    ),
    "ole_damaged": _(
        "The file is damaged. Open it on your computer, save it again and send that copy."
    ),
    "old_format_unreadable": _(
        "This “%(extension)s” file is of a kind we cannot read. "
        "Save it as .pptx or .docx (or PDF) and send that file."
    ),
    "office_cannot_open": _(
        "The file could not be turned into pictures. Open it on your computer, save it again, "
        "or send it as PDF."
    ),
    "slides_lost": _(
        "Only %(pages)s of %(expected)s slides could be turned into pictures. Send the deck as PDF."
    ),
    "pdf_damaged": _("The PDF is damaged or was cut off. Make it again and send that copy."),
    "pdf_unsupported": _(
        "The PDF needs a special program to be shown. Print it to a plain PDF and send that."
    ),
    "text_undecodable": _(
        "The text is in an encoding we cannot read. Save it as UTF-8 and send it again."
    ),
    "text_binary": _("The file is not text although its name says so."),
    "text_too_large": _("The text is longer than %(limit_mb)s MB. Split it in parts."),
}

FAILURES: dict[str, Promise] = {
    "converter_missing": _(
        "The file is kept, but this computer cannot make pictures of it: install the Debian packages "
        "%(packages)s and try again."
    ),
    "cage_missing": _(
        "The file is kept, but nothing is converted without protection: install the Debian packages "
        "%(packages)s and try again."
    ),
    "conversion_timeout": _(
        "Making the pictures took longer than %(seconds)s seconds and was stopped. "
        "Make the file simpler, or send it as PDF."
    ),
    "conversion_failed": _(
        "The file could not be turned into pictures. Open it on your computer, save it again, "
        "or send it as PDF."
    ),
    "conversion_empty": _(
        "The converted file has no pages. Open it on your computer and save it again, or send a PDF."
    ),
    "page_count_wrong": _(
        "Only %(pages)s of %(expected)s slides could be turned into pictures. Send the deck as PDF."
    ),
    "render_failed": _("Page %(page)s could not be turned into a picture. Send the file as PDF."),
    "stopped": _("The conversion was stopped and can be tried again."),
    "disk_full": _("There is no room left on the server. Tell the organiser; the file is kept."),
}

SENTENCES: dict[str, Promise] = {**REFUSALS, **FAILURES}


class ProcessingError(Exception):
    """A stop with a stable ``code`` and the ``params`` its sentence needs (plain JSON values)."""

    table: Mapping[str, Promise] = SENTENCES

    def __init__(self, code: str, **params: object) -> None:
        if code not in self.table:
            raise ValueError(f"unknown reason code: {code}")
        self.code = code
        self.params: dict[str, object] = params
        super().__init__(f"{code} {params}" if params else code)


class Refused(ProcessingError):
    """The file itself is at fault: trying again with the same bytes gives the same answer."""

    table = REFUSALS


class ConversionFailed(ProcessingError):
    """The file was accepted but could not be turned into pictures; trying again may help."""

    table = FAILURES


def sentence(code: str, params: Mapping[str, object] | None = None) -> str:
    """The plain sentence for a reason code in the active language.

    Args:
        code: a key of ``SENTENCES``; an unknown code (written by a newer version) is returned as it is.
        params: the values stored with the code; missing ones are shown as "?".
    """
    template = SENTENCES.get(code)
    if template is None:
        return code
    return str(template) % _Lenient(params or {})


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
