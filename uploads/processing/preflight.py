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

from uploads.processing import fonts, media, readability
from uploads.processing.findings import Finding
from uploads.processing.inspection import Inspected
from uploads.processing.text import MC, A, P, PageText, _lines_of

_logger = logging.getLogger(__name__)
_MIB = 1024 * 1024
_MEDIA_NAMED = 5
_MEDIA = (f"{A}videoFile", f"{A}audioFile", f"{A}wavAudioFile", f"{A}quickTimeFile", f"{A}audioCd")
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
    if deck is None:
        told = inspected.format in ("odp", "ppt") and any(page.text for page in pages)
        return [*found, *(_plain_slides(pages) if told else ())]
    found = _tried(lambda: _numbered(found, deck)) or found
    style = readability.Style()
    try:
        style = readability.style_of(deck)
    except Exception:  # a damaged theme or master: its usual sizes and colours are taken
        _logger.debug("the deck's style cannot be read", exc_info=True)
    size = _size(deck)
    found += _tried(lambda: _whole(pages, size))
    found += _tried(lambda: _fonts(deck, style.fonts))
    found += _tried(lambda: _unplayable(inspected))
    for page, slide in zip(pages, deck.slides, strict=False):
        look = Looked(page, slide, size, options, style)
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
    style: readability.Style

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
    if not any(page.notes for page in pages):
        yield Finding("no_notes")
    for page in pages:
        if page.hidden:
            yield Finding("hidden_slide", page.number)


def _whole(pages: list[PageText], size: tuple[int, int]) -> Iterator[Finding]:
    width, height = size
    if height and abs(width / height - 16 / 9) > 0.02:
        yield Finding("aspect_ratio", None, {"ratio": _ratio(width, height)})
    if pages and not any(page.notes for page in pages):
        yield Finding("no_notes")


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


def _ratio(width: int, height: int) -> str:
    for name, value in (("4:3", 4 / 3), ("16:10", 1.6), ("A4", 297 / 210), ("3:2", 1.5)):
        if abs(width / height - value) < 0.02:
            return name
    return f"{width / height:.2f}:1"


def _shown(look: Looked) -> Iterator[Finding]:
    if look.page.hidden:
        yield Finding("hidden_slide", look.number)
    if not look.page.text and not _has_content(look.root):
        yield Finding("empty_slide", look.number)


def _moving(look: Looked) -> Iterator[Finding]:
    root, number = look.root, look.number
    if next(root.iter(*_MEDIA, _P14_MEDIA), None) is not None:
        yield Finding("media", number)
    if any(root.find(f"{P}timing//{P}{kind}") is not None for kind in ("bldLst", "anim", "set")):
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
    """The smallest size on the slide (also in tables and groups), and its faintest words."""
    number = look.number
    found = list(readability.runs(look.slide, look.style))
    sizes = [run.size for run in found if run.size]
    written = _smallest_written(look.root)
    if written is not None:
        sizes.append(written)
    if sizes and min(sizes) < look.options.small_text_pt - 0.01:
        yield Finding("small_text", number, {"size": f"{round(min(sizes), 1):g}"})
    faint = [run for run in found if run.contrast and run.contrast < readability.LOW_CONTRAST]
    if faint:
        worst = min(faint, key=lambda run: run.contrast or 0)
        yield Finding("low_contrast", number, {"text": worst.words[:40]})


def _smallest_written(root: etree._Element) -> float | None:
    """The smallest size written on a run that has words, in points."""
    sizes: list[int] = []
    for run in root.iter(f"{A}r"):
        properties, words = run.find(f"{A}rPr"), run.find(f"{A}t")
        if properties is None or words is None or not (words.text or "").strip():
            continue
        value = properties.get("sz", "")
        if value.isdigit():
            sizes.append(int(value))
    return min(sizes) / 100 if sizes else None


def _unplayable(inspected: Inspected) -> Iterator[Finding]:
    """Embedded sound and video that no browser plays, a few by name."""
    unknown = [m for m in media.find_media(inspected) if not media.playable(m.type)]
    for item in unknown[:_MEDIA_NAMED]:
        yield Finding("media_unplayable", item.slide, {"name": item.name[:60]})


def _outside(look: Looked) -> Iterator[Finding]:
    """Top-level shapes with words that lie wholly beside the slide."""
    width, height = look.size
    for shape in look.root.iterfind(f"{P}cSld/{P}spTree/{P}sp"):
        offset, extent = (
            shape.find(f"{P}spPr/{A}xfrm/{A}off"),
            shape.find(f"{P}spPr/{A}xfrm/{A}ext"),
        )
        if offset is None or extent is None:
            continue
        try:
            x, y = int(offset.get("x", "0")), int(offset.get("y", "0"))
            w, h = int(extent.get("cx", "0")), int(extent.get("cy", "0"))
        except ValueError:
            continue
        words = " ".join(_lines_of(shape))
        if words and (x >= width or y >= height or x + w <= 0 or y + h <= 0):
            yield Finding("outside_slide", look.number, {"text": words[:40]})


def _fonts(deck: Deck, of_theme: set[str]) -> list[Finding]:
    """Fonts that are not here: those of the theme, and those written on the slides."""
    names = set(of_theme)
    for slide in deck.slides:
        for element in slide._element.iter(f"{A}latin", f"{A}ea"):
            if any(ancestor.tag == f"{MC}Fallback" for ancestor in element.iterancestors()):
                continue
            names.add((element.get("typeface") or "").strip())
    result = []
    for name in sorted(n for n in names if n and not n.startswith("+")):
        used = fonts.used_instead(name)
        if used:
            result.append(Finding("font_substituted", None, {"font": name[:60], "used": used}))
    return result
