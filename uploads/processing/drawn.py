"""What the drawn pages tell that no source does alike: fonts, faint words, words beyond the edge.

Every kind of file becomes a PDF and pictures, so what is seen there is what the hall sees, whatever the
colour was inherited from and whichever program wrote it. The renderer looks at the pieces of text of each
page while it has its picture (``pdf_tool.look``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uploads.processing import fonts, requested
from uploads.processing.findings import Finding
from uploads.processing.inspection import Inspected
from uploads.processing.requested import Asked
from uploads.processing.text import PageText

if TYPE_CHECKING:
    from uploads.processing.render import Picture

_TOLD = 40
_OFFICE = ("pptx", "ppsx", "potx")
_EVERYWHERE = 0.5


@dataclass(frozen=True)
class Drawn:
    """One page as it was drawn. fonts, loose: PostScript names of fonts inside the file and of those that are
    not; small: the smallest sizes in points with their words; cut, faint: words that reach beyond the edge,
    that hardly stand out; blank: one colour all over."""

    fonts: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    small: tuple[tuple[float, str], ...] = ()
    cut: str = ""
    faint: str = ""
    blank: bool = False


def drawn_of(values: dict[str, Any]) -> Drawn:
    """What the renderer said, taken as far as it has the right shape: it draws files of strangers."""
    small = [
        (float(pair[0]), str(pair[1]))
        for pair in _list(values, "small")
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], int | float)
    ]
    return Drawn(
        tuple(map(str, _list(values, "fonts"))),
        tuple(map(str, _list(values, "loose"))),
        tuple(small),
        str(values.get("cut") or ""),
        str(values.get("faint") or ""),
        values.get("blank") is True,
    )


def _list(values: dict[str, Any], name: str) -> list[Any]:
    found = values.get(name)
    return found if isinstance(found, list) else []


def findings(
    inspected: Inspected,
    pictures: Sequence[Picture],
    pages: list[PageText],
    small_text_pt: float,
    as_odp: Path | None = None,
) -> Iterator[Finding]:
    """Findings of a file whose pages are all drawn: fonts of every kind, the look of decks. ``as_odp``: an
    old .ppt as LibreOffice reads it, whose own list of fonts does not say which are used."""
    if as_odp is not None:
        yield from _fonts("odp", as_odp, pictures)
    else:
        yield from _fonts(inspected.format, inspected.path, pictures)
    if inspected.kind != "deck" or not pictures:
        return
    first = pictures[0]
    if first.height and abs(first.width / first.height - 16 / 9) > 0.02:
        yield Finding("aspect_ratio", None, {"ratio": _ratio(first.width / first.height)})
    for picture in pictures:
        if picture.drawn.faint:
            yield Finding("low_contrast", picture.number, {"text": picture.drawn.faint[:_TOLD]})
        if picture.drawn.cut:
            yield Finding("cut_off", picture.number, {"text": picture.drawn.cut[:_TOLD]})
    if inspected.format not in _OFFICE:
        yield Finding("part_checked")
        yield from _small(pictures, small_text_pt)
        yield from _empty(pictures, pages)


def _ratio(value: float) -> str:
    for name, usual in (("4:3", 4 / 3), ("16:10", 1.6), ("A4", 297 / 210), ("3:2", 1.5)):
        if abs(value - usual) < 0.02:
            return name
    return f"{value:.2f}:1"


def _small(pictures: Sequence[Picture], limit: float) -> Iterator[Finding]:
    """Small words, but for numbers and for what stands on most pages: footers are not read in the hall."""
    often = Counter(words for picture in pictures for words in {w for _, w in picture.drawn.small})
    for picture in pictures:
        sizes = [
            size
            for size, words in picture.drawn.small
            if not words.replace("/", "").replace("-", "").strip().isdigit()
            and (len(pictures) < 3 or often[words] <= len(pictures) * _EVERYWHERE)
        ]
        if sizes and min(sizes) < limit - 0.1:
            yield Finding("small_text", picture.number, {"size": f"{round(min(sizes), 1):g}"})


def _empty(pictures: Sequence[Picture], pages: list[PageText]) -> Iterator[Finding]:
    worded = {page.number for page in pages if page.text}
    for picture in pictures:
        if picture.drawn.blank and picture.number not in worded:
            yield Finding("empty_slide", picture.number)


def _fonts(form: str, source: Path, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Fonts the file asks for that are not here, at the first page drawn with what is used in their place;
    fonts that a PDF names and does not bring along."""
    if form == "pdf":
        told: set[str] = set()
        for picture in pictures:
            for name in picture.drawn.loose:
                if name not in told and not fonts.is_standard(name):
                    told.add(name)
                    yield Finding("font_missing", picture.number, {"font": name[:60]})
        return
    seen: set[str] = set()
    substitutes = list(_substitutes(form, source))
    for picture in pictures:
        used = {fonts.plain(name) for name in picture.drawn.fonts}
        here = [
            (asked, instead)
            for asked, instead in substitutes
            if asked.slides is None or picture.number in asked.slides
            if fonts.plain(instead.postscript) in used
        ]
        # What is written on the slide itself explains a font; layout, master and theme only what is left.
        near = {fonts.plain(instead.postscript) for asked, instead in here if asked.near}
        for asked, instead in here:
            if asked.name in seen or (not asked.near and fonts.plain(instead.postscript) in near):
                continue
            seen.add(asked.name)
            values = {"font": asked.name[:60], "used": instead.family}
            yield Finding("font_substituted", picture.number, values)


def _substitutes(form: str, source: Path) -> Iterator[tuple[Asked, fonts.Substitute]]:
    for asked in requested.fonts_of(source, form):
        if fonts.used_instead(asked.name, east=asked.east) is None:
            continue
        instead = fonts.used_instead("" if asked.by_theme else asked.name, east=asked.east)
        if instead is not None:
            yield asked, instead
