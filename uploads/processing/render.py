"""PDF pages -> WebP pictures at two sizes, by PDFium in a caged process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uploads.processing import pdf
from uploads.processing.cage import CageOptions
from uploads.processing.drawn import Drawn, drawn_of
from uploads.processing.errors import ConversionFailed, Refused


@dataclass(frozen=True)
class RenderOptions:
    """Widths in pixels of the two pictures, WebP quality 1-100."""

    thumb_width: int = 480
    hall_width: int = 1920
    quality: int = 82
    cage: CageOptions = field(default_factory=CageOptions)


@dataclass(frozen=True)
class Picture:
    """The pictures of one page (1-based number); width and height of the hall picture in pixels;
    drawn: what the renderer saw on it."""

    number: int
    hall: Path
    thumb: Path
    width: int
    height: int
    drawn: Drawn = field(default_factory=Drawn)


def render(
    path: Path,
    out_dir: Path,
    options: RenderOptions,
    *,
    first: int = 1,
    own: bool = True,
    on_page: Callable[[Picture], None] | None = None,
    stop: threading.Event | None = None,
) -> list[Picture]:
    """Renders every page of a PDF; memory stays that of one page.

    Args:
        path: a PDF below ``out_dir``'s parent, which is the only folder the renderer sees.
        first: the number of the PDF's first page.
        own: made by us; a page that cannot be drawn in any other is the file's own fault.
        on_page: called with each page as soon as both its pictures are whole.

    Raises:
        ConversionFailed: render_failed, cage_missing, stopped.
        Refused: pdf_damaged.
    """
    out_dir.mkdir(exist_ok=True)
    pictures: list[Picture] = []

    broken = False

    def answer(values: dict[str, Any]) -> None:
        nonlocal broken
        if "page" not in values or "error" in values:
            broken = broken or values.get("error") == "page"
            return
        number = int(values["page"])
        picture = Picture(
            number,
            out_dir / f"{number:04d}-hall.webp",
            out_dir / f"{number:04d}-thumb.webp",
            int(values["width"]),
            int(values["height"]),
            drawn_of(values),
        )
        totals.append(int(values["of"]))
        pictures.append(picture)
        if on_page is not None:
            on_page(picture)

    totals: list[int] = []
    sizes = [str(options.thumb_width), str(options.hall_width), str(options.quality)]
    finished = pdf.tool(
        ["render", str(path), str(out_dir), str(first), *sizes],
        out_dir.parent,
        options.cage,
        answer,
        stop,
    )
    if broken and not own and finished.status == 0:
        raise Refused("pdf_damaged")
    if finished.status != 0 or not totals or len(pictures) != totals[-1]:
        raise ConversionFailed("render_failed", page=first + len(pictures))
    return pictures
