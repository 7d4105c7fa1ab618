"""The whole way of an inspected file: PDF, pictures, text and findings, pages told as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pptx.presentation import Presentation as Deck

from uploads.processing import convert, drawn, odptext, preflight, render, text
from uploads.processing.convert import ConvertOptions, Part
from uploads.processing.errors import ConversionFailed
from uploads.processing.findings import Finding
from uploads.processing.inspection import Inspected
from uploads.processing.preflight import PreflightOptions
from uploads.processing.render import Picture, RenderOptions
from uploads.processing.text import Outline, PageText


@dataclass(frozen=True)
class ProcessOptions:
    """Options of every step."""

    convert: ConvertOptions = field(default_factory=ConvertOptions)
    render: RenderOptions = field(default_factory=RenderOptions)
    preflight: PreflightOptions = field(default_factory=PreflightOptions)


@dataclass(frozen=True)
class Words:
    """What is known without LibreOffice. pages: empty where only the PDF can tell."""

    outline: Outline
    pages: list[PageText]
    findings: list[Finding]


@dataclass(frozen=True)
class Processed:
    """A file as pages: ``pictures`` and ``pages`` have the same length and order."""

    pdf: Path
    pictures: list[Picture]
    pages: list[PageText]
    outline: Outline
    findings: list[Finding]


@dataclass(frozen=True)
class Progress:
    """A page whose pictures are there: ``done`` of ``total`` (None while the total is not known)."""

    picture: Picture
    done: int
    total: int | None


def read_words(inspected: Inspected, options: ProcessOptions | None = None) -> Words:
    """Outline, slide texts and findings without any conversion (fast, for at once and for when it fails)."""
    options = options or ProcessOptions()
    deck = text.open_deck(inspected)
    pages = _slides(inspected, deck)
    return Words(
        _outline(inspected, deck, pages),
        pages,
        preflight.preflight(inspected, deck, pages, options.preflight),
    )


def process(
    inspected: Inspected,
    work_dir: Path,
    options: ProcessOptions,
    on_page: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
    words: Words | None = None,
) -> Processed:
    """Converts, renders and reads an inspected file.

    Args:
        words: what ``read_words`` gave with these options, so that it is not read twice.
        work_dir: the job's folder; the caller removes it.
        on_page: called in this thread for each page; the first ones of a long deck come early.
        stop: set from another thread to kill everything; ConversionFailed("stopped") follows.

    Raises:
        ConversionFailed.
    """
    pictures: dict[int, Picture] = {}
    folder = work_dir / "pages"
    folder.mkdir(exist_ok=True)
    total = inspected.pages

    def page(picture: Picture) -> None:
        pictures[picture.number] = picture
        if on_page is not None:
            on_page(Progress(picture, len(pictures), total))

    def part(part: Part) -> None:
        nonlocal total
        total = total or part.pages
        render.render(
            part.path, folder, options.render, first=part.first, own=inspected.format != "pdf",
            on_page=page, stop=stop,
        )  # fmt: skip

    converted = convert.convert(inspected, work_dir, options.convert, part, stop)
    ordered = [pictures[number] for number in sorted(pictures)]
    if [picture.number for picture in ordered] != list(range(1, converted.pages + 1)):
        raise ConversionFailed("render_failed", page=len(ordered) + 1)
    if words is not None and len(words.pages) == converted.pages:
        seen = _seen(inspected, ordered, words.pages, options)
        findings = [*words.findings, *seen]
        return Processed(converted.path, ordered, words.pages, words.outline, findings)
    deck = text.open_deck(inspected)
    pages = _slides(inspected, deck)
    made = None
    if inspected.format == "ppt":  # every picture is there already: this delays none
        made = convert.as_odp(inspected, work_dir, options.convert, stop)
        pages = odptext.slide_texts(made) if made is not None else []
    if len(pages) != converted.pages:
        pages = text.page_texts(converted.path, work_dir, options.convert.cage)
        deck = None
    pages += [PageText(number) for number in range(len(pages) + 1, converted.pages + 1)]
    outline = _outline(inspected, deck, pages)
    findings = preflight.preflight(inspected, deck, pages, options.preflight)
    findings += _seen(inspected, ordered, pages, options, made)
    return Processed(converted.path, ordered, pages, outline, findings)


def _seen(
    inspected: Inspected,
    pictures: list[Picture],
    pages: list[PageText],
    options: ProcessOptions,
    as_odp: Path | None = None,
) -> list[Finding]:
    limit = options.preflight.small_text_pt
    return list(drawn.findings(inspected, pictures, pages, limit, as_odp))


def _slides(inspected: Inspected, deck: Deck | None) -> list[PageText]:
    """The words of slides that can be read without LibreOffice."""
    if deck is not None:
        return text.merge_titles(text.slide_texts(deck))
    return odptext.slide_texts(inspected.path) if inspected.format == "odp" else []


def _outline(inspected: Inspected, deck: Deck | None, pages: list[PageText]) -> Outline:
    outline = text.outline(inspected, deck)
    if outline.title or not pages:
        return outline
    return Outline(next((p.title for p in pages if p.title), ""), outline.headings)
