"""The words of an OpenDocument presentation, straight from its content: title, text, notes, hidden slides."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from uploads.processing.text import PageText, merge_titles

_logger = logging.getLogger(__name__)
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
DRAW, OFFICE, PRESENTATION = _ODF % "drawing", _ODF % "office", _ODF % "presentation"
STYLE, TEXT = _ODF % "style", _ODF % "text"
_FIELDS = {"page-number", "date-time", "header", "footer"}
_TEXT_LIMIT = 100_000
_CONTENT_LIMIT = 64 * 1024 * 1024


def slide_texts(path: Path) -> list[PageText]:
    """Title, text, notes and hidden flag of every slide of an inspected .odp, or of one LibreOffice made; an
    empty list where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as package:
            if package.getinfo("content.xml").file_size > _CONTENT_LIMIT:
                return []
            data = package.read("content.xml")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        root = etree.fromstring(data, parser)
        hidden = _hidden_styles(root)
        pages = root.findall(f"{OFFICE}body/{OFFICE}presentation/{DRAW}page")
        return merge_titles([_slide(n, page, hidden) for n, page in enumerate(pages, start=1)])
    except (KeyError, OSError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError) as error:
        _logger.info("the words of a presentation cannot be read: %r", error)
        return []


def _hidden_styles(root: etree._Element) -> set[str]:
    """Names of the page styles that say "not in the show"."""
    return {
        style.get(f"{STYLE}name", "")
        for style in root.iter(f"{STYLE}style")
        for said in style.iterfind(f"{STYLE}drawing-page-properties")
        if said.get(f"{PRESENTATION}visibility") == "hidden"
    }


def _slide(number: int, page: etree._Element, hidden: set[str]) -> PageText:
    title = " ".join(_lines(page, only="title"))
    text = "\n".join(_lines(page))
    notes = "\n".join(
        line for below in page.iterfind(f"{PRESENTATION}notes") for line in _lines(below, "notes")
    )
    return PageText(
        number,
        title[:300],
        text[:_TEXT_LIMIT],
        notes[:_TEXT_LIMIT],
        page.get(f"{DRAW}style-name", "") in hidden,
    )


def _lines(root: etree._Element, only: str = "") -> Iterator[str]:
    """The paragraphs below an element; of the placeholders of one kind, or of all that are no fields."""
    for paragraph in root.iter(f"{TEXT}p", f"{TEXT}h"):
        kinds: set[str] = set()
        elsewhere = False
        for above in paragraph.iterancestors():
            if above is root:
                break
            elsewhere = elsewhere or above.tag == f"{PRESENTATION}notes"
            kinds.add(above.get(f"{PRESENTATION}class", ""))
        if elsewhere or kinds & _FIELDS or (only and only not in kinds):
            continue
        line = "".join(_pieces(paragraph)).strip()
        if line:
            yield line


def _pieces(paragraph: etree._Element) -> Iterator[str]:
    for element in paragraph.iter():
        if element.tag == f"{TEXT}line-break":
            yield "\n"
        elif element.tag in (f"{TEXT}s", f"{TEXT}tab"):
            yield " "
        elif isinstance(element.tag, str):
            yield element.text or ""
        if element is not paragraph:
            yield element.tail or ""
