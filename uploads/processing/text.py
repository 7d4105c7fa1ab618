"""Text of files: per slide by python-pptx, outline by python-docx, per page by PDFium for the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from docx import Document
from lxml import etree
from pptx import Presentation
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide

from uploads.processing import ooxmltypes, pdf
from uploads.processing.cage import CageOptions
from uploads.processing.inspection import Inspected

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_logger = logging.getLogger(__name__)
_SKIPPED_PLACEHOLDERS = {"sldNum"}
_RELATED = ("/diagramData", "/chart")
_TEXT_LIMIT = 100_000
_LARGE = 16 * 1024 * 1024


@dataclass(frozen=True)
class PageText:
    """Words of one slide or page (1-based). ``hidden``: a slide the show skips."""

    number: int
    title: str = ""
    text: str = ""
    notes: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Outline:
    """The title of a file and its headings as (level from 1, text)."""

    title: str
    headings: tuple[tuple[int, str], ...] = ()


def open_deck(inspected: Inspected) -> Deck | None:
    """The inspected copy in python-pptx; None for other formats and what python-pptx cannot read.

    Large decks, .ppsx and .potx are opened from a second copy without media, called a presentation.
    """
    if inspected.format not in ("pptx", "ppsx", "potx"):
        return None
    try:
        path = inspected.path
        if inspected.format != "pptx" or path.stat().st_size > _LARGE:
            path = ooxmltypes.as_presentation(path, path.with_name("readable.pptx"))
        deck = Presentation(str(path))
        list(deck.slides)
    except Exception:  # python-pptx raises anything on odd packages; PDF text is the fallback
        return None
    return deck


def slide_texts(deck: Deck) -> list[PageText]:
    """Title, text (shapes, groups, tables, SmartArt, charts), notes and hidden flag of every slide, in order.

    A slide that python-pptx cannot read has no words.
    """
    return [_slide_or_nothing(number, slide) for number, slide in enumerate(deck.slides, start=1)]


def _slide_or_nothing(number: int, slide: Slide) -> PageText:
    try:
        return _slide(number, slide)
    except Exception as error:  # python-pptx raises anything on damaged parts
        _logger.info("slide %s cannot be read: %r", number, error)
        return PageText(number)


def _slide(number: int, slide: Slide) -> PageText:
    root = slide._element
    title = " ".join(_lines_of(_title_shape(root)))
    lines = list(_lines_of(root))
    for relationship in _related(slide):
        lines += _lines_of(relationship)
    return PageText(
        number,
        title[:300],
        "\n".join(lines)[:_TEXT_LIMIT],
        _notes(slide)[:_TEXT_LIMIT],
        root.get("show") in ("0", "false"),
    )


def _title_shape(root: etree._Element) -> etree._Element | None:
    for shape in root.iter(f"{P}sp"):
        placeholder = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
        if placeholder is not None and placeholder.get("type") in ("title", "ctrTitle"):
            return shape
    return None


def _lines_of(root: etree._Element | None) -> Iterator[str]:
    """Every paragraph below an element, fallback copies and slide numbers left out."""
    if root is None:
        return
    for paragraph in root.iter(f"{A}p"):
        if _is_skipped(paragraph):
            continue
        pieces: list[str] = []
        for element in paragraph.iter(f"{A}t", f"{A}br"):
            if element.tag == f"{A}br":
                pieces.append("\n")
            else:
                pieces.append(element.text or "")
        line = "".join(pieces).replace("\x0b", "\n").strip()
        if line:
            yield line


def _is_skipped(paragraph: etree._Element) -> bool:
    for ancestor in paragraph.iterancestors():
        if ancestor.tag == f"{MC}Fallback":
            return True
        if ancestor.tag == f"{P}sp":
            placeholder = ancestor.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
            if placeholder is not None and placeholder.get("type") in _SKIPPED_PLACEHOLDERS:
                return True
    return False


def _related(slide: Slide) -> Iterator[etree._Element]:
    """SmartArt data and chart parts a slide shows."""
    for relationship in slide.part.rels.values():
        if relationship.is_external or not relationship.reltype.endswith(_RELATED):
            continue
        try:
            blob = relationship.target_part.blob
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            yield etree.fromstring(blob, parser)
        except (etree.XMLSyntaxError, KeyError, ValueError):
            continue


def _notes(slide: Slide) -> str:
    try:
        if not slide.has_notes_slide:
            return ""
        root = slide.notes_slide._element
    except Exception:  # a dangling notes relationship
        return ""
    for shape in root.iter(f"{P}sp"):
        placeholder = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
        if placeholder is not None and placeholder.get("type") == "body":
            return "\n".join(_lines_of(shape))
    return ""


def page_texts(path: Path, work_dir: Path, cage: CageOptions) -> list[PageText]:
    """Text of every page of a PDF; the first line serves as its title."""
    texts = pdf.page_texts(path, work_dir, cage)
    return [
        PageText(number, text.split("\n", 1)[0][:300], text)
        for number, text in enumerate(texts, start=1)
    ]


def merge_titles(slides: list[PageText]) -> list[PageText]:
    """Slides without a title placeholder take their first line as title."""
    return [s if s.title else replace(s, title=s.text.split("\n", 1)[0][:300]) for s in slides]


def outline(inspected: Inspected, deck: Deck | None = None) -> Outline:
    """Title and headings straight from the inspected copy: available without LibreOffice."""
    if inspected.format == "docx":
        return _docx_outline(inspected)
    if inspected.format in ("txt", "md"):
        return _text_outline(inspected)
    deck = deck or open_deck(inspected)
    if deck is None:
        return Outline("")
    slides = merge_titles(slide_texts(deck))
    headings = tuple((1, slide.title) for slide in slides if slide.title)
    return Outline(headings[0][1] if headings else "", headings)


def _docx_outline(inspected: Inspected) -> Outline:
    title, first = "", ""
    headings: list[tuple[int, str]] = []
    try:
        document = Document(str(inspected.path))
        for paragraph in document.paragraphs:
            text = paragraph.text.strip()[:300]
            style = (paragraph.style.name or "") if paragraph.style is not None else ""
            if not text:
                continue
            first = first or text
            if style == "Title":
                title = title or text
            elif style.lower().startswith("heading ") and style[8:].strip().isdigit():
                headings.append((int(style[8:]), text))
        title = title or (document.core_properties.title or "").strip()[:300]
    except Exception:  # python-docx raises anything on odd packages
        return Outline("")
    return Outline(title or (headings[0][1] if headings else first), tuple(headings))


def _text_outline(inspected: Inspected) -> Outline:
    lines = [line.strip() for line in inspected.path.read_text(encoding="utf-8").split("\n")]
    headings = tuple(
        (len(line) - len(line.lstrip("#")), line.lstrip("#").strip()[:300])
        for line in lines
        if inspected.format == "md" and line.startswith("#") and line.lstrip("#").strip()
    )
    first = next((line[:300] for line in lines if line), "")
    return Outline(headings[0][1] if headings else first, headings)
