"""Pre-flight: what will look different or be hard to read in the hall. Warnings never block.

Files may be damaged in any way that inspection lets through, and python-pptx raises anything then: a check
that stumbles says nothing, and the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from lxml import etree
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide

from uploads.processing import media, outside, readability
from uploads.processing.findings import Finding
from uploads.processing.inspection import Inspected
from uploads.processing.text import A, P, PageText

_logger = logging.getLogger(__name__)
_MIB = 1024 * 1024
_MEDIA_NAMED = 5
_MEDIA = (f"{A}videoFile", f"{A}audioFile", f"{A}wavAudioFile", f"{A}quickTimeFile", f"{A}audioCd")
_ANIMATED = [
    f"{P}{kind}"
    for kind in (
        "anim", "animClr", "animEffect", "animMotion", "animRot", "animScale", "set", "bldP", "bldDgm",
        "bldGraphic", "bldOleChart",
    )
]  # fmt: skip
_P14_MEDIA = "{http://schemas.microsoft.com/office/powerpoint/2010/main}media"


@dataclass(frozen=True)
class PreflightOptions:
    """Thresholds. minutes: allotted to the presentation, None when unknown."""

    minutes: int | None = None
    seconds_per_slide: int = 20
    small_text_pt: float = 18.0
    large_file: int = 100 * _MIB


def preflight(
    inspected: Inspected,
    deck: Deck | None,
    pages: list[PageText],
    options: PreflightOptions | None = None,
) -> list[Finding]:
    """Findings of a file, inspection's own first. Without python-pptx only the general ones are made."""
    options = options or PreflightOptions()
    found = [*inspected.findings, *_general(inspected, pages, options)]
    with_notes = deck is not None or inspected.format in ("odp", "ppt")
    if with_notes and any(page.text for page in pages) and not any(page.notes for page in pages):
        found.append(Finding("no_notes"))
    if deck is None:
        return [*found, *(_plain_slides(pages) if with_notes else ())]
    found = _tried(lambda: _numbered(found, deck)) or found
    size = _size(deck)
    found += _tried(lambda: _unplayable(inspected))
    for page, slide in zip(pages, deck.slides, strict=False):
        look = Looked(page, slide, size, options)
        for check in (_shown, _hard_to_read, _moving, _outside):
            found += _tried(partial(check, look))
    return found


@dataclass(frozen=True)
class Looked:
    """One slide with what its checks need; size: of the deck, in EMU."""

    page: PageText
    slide: Slide
    size: tuple[int, int]
    options: PreflightOptions

    @property
    def number(self) -> int:
        return self.page.number

    @property
    def root(self) -> etree._Element:
        return self.slide._element


def _tried(check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What a check found up to where it stumbled."""
    found: list[Finding] = []
    try:
        found.extend(check())
    except Exception as error:
        _logger.info("a check stumbled over a damaged part: %r", error)
    return found


def _size(deck: Deck) -> tuple[int, int]:
    try:
        return int(deck.slide_width or 0), int(deck.slide_height or 0)
    except Exception:
        return 0, 0


def _plain_slides(pages: list[PageText]) -> Iterator[Finding]:
    """What the words alone tell of slides that python-pptx does not read."""
    for page in pages:
        if page.hidden:
            yield Finding("hidden_slide", page.number)


def _numbered(found: list[Finding], deck: Deck) -> list[Finding]:
    """Inspection knows parts, readers know slides."""
    numbers = {str(s.part.partname).lstrip("/"): n for n, s in enumerate(deck.slides, start=1)}
    return [replace(f, slide=f.slide or numbers.get(str(f.params.get("part")))) for f in found]


def _general(
    inspected: Inspected, pages: list[PageText], options: PreflightOptions
) -> Iterator[Finding]:
    if inspected.size > options.large_file:
        yield Finding("large_file", None, {"size_mb": inspected.size // _MIB})
    if pages and not any(page.text for page in pages):
        yield Finding("pictures_only")
    shown = sum(1 for page in pages if not page.hidden)
    if (
        inspected.kind == "deck"
        and options.minutes
        and shown * options.seconds_per_slide > options.minutes * 60
    ):
        yield Finding(
            "too_many_for_time",
            None,
            {"slides": shown, "minutes": options.minutes, "seconds": options.seconds_per_slide},
        )


def _shown(look: Looked) -> Iterator[Finding]:
    if look.page.hidden:
        yield Finding("hidden_slide", look.number)
    if not look.page.text and not _has_content(look.root):
        yield Finding("empty_slide", look.number)


def _moving(look: Looked) -> Iterator[Finding]:
    root, number = look.root, look.number
    if next(root.iter(*_MEDIA, _P14_MEDIA), None) is not None:
        yield Finding("media", number)
    if any(next(timing.iter(*_ANIMATED), None) is not None for timing in root.iter(f"{P}timing")):
        yield Finding("animation", number)
    if next(root.iter(f"{P}transition"), None) is not None:
        yield Finding("transition", number)
    if any(
        not (e.get("descr") or "").strip() for e in root.iterfind(f".//{P}pic/{P}nvPicPr/{P}cNvPr")
    ):
        yield Finding("no_description", number)


def _has_content(root: etree._Element) -> bool:
    return next(root.iter(f"{P}pic", f"{P}graphicFrame", f"{P}cxnSp", f"{A}blip"), None) is not None


def _hard_to_read(look: Looked) -> Iterator[Finding]:
    """The smallest size on the slide, also in tables and groups."""
    sizes = list(readability.sizes(look.slide))
    if sizes and min(sizes) < look.options.small_text_pt - 0.01:
        yield Finding("small_text", look.number, {"size": f"{round(min(sizes), 1):g}"})


def _unplayable(inspected: Inspected) -> Iterator[Finding]:
    """Embedded sound and video that no browser plays, a few by name."""
    unknown = [m for m in media.find_media(inspected) if not media.playable(m.type)]
    for item in unknown[:_MEDIA_NAMED]:
        yield Finding("media_unplayable", item.slide, {"name": item.name[:60]})


def _outside(look: Looked) -> Iterator[Finding]:
    words = next(outside.words_beside(look.slide, look.size), None) if all(look.size) else None
    if words is not None:
        yield Finding("outside_slide", look.number, {"text": words[:40]})
