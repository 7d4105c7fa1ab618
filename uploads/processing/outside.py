"""Words that lie wholly beside the slide: LibreOffice draws them nowhere, so only the source tells."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from pptx.slide import Slide

from uploads.processing.text import A, P, _lines_of

_TURN = 60_000  # of a:xfrm/@rot, a degree


@dataclass(frozen=True)
class Box:
    """Where something lies, in EMU of the slide."""

    left: float
    top: float
    width: float
    height: float

    def beside(self, size: tuple[int, int]) -> bool:
        """Whether no part of it lies on a slide of this size."""
        return (
            self.left >= size[0]
            or self.top >= size[1]
            or self.left + self.width <= 0
            or self.top + self.height <= 0
        )

    def turned(self, degrees: float) -> Box:
        """The upright box around it when it is turned about its centre."""
        cosine, sine = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
        width = self.width * cosine + self.height * sine
        height = self.width * sine + self.height * cosine
        middle = self.left + self.width / 2, self.top + self.height / 2
        return Box(middle[0] - width / 2, middle[1] - height / 2, width, height)


@dataclass(frozen=True)
class Frame:
    """How the inside of a group becomes the slide: moved, then scaled."""

    left: float = 0
    top: float = 0
    across: float = 1
    down: float = 1

    def place(self, box: Box) -> Box:
        return Box(
            self.left + box.left * self.across,
            self.top + box.top * self.down,
            box.width * self.across,
            box.height * self.down,
        )


def words_beside(slide: Slide, size: tuple[int, int]) -> Iterator[str]:
    """The words of shapes and tables that lie wholly beside a slide of ``size``, also inside groups, and
    where a placeholder has its place from the layout."""
    inherited = {
        shape._element: Box(shape.left, shape.top, shape.width, shape.height)
        for shape in slide.placeholders
        if shape.width is not None
    }
    tree = slide._element.find(f"{P}cSld/{P}spTree")
    for shape, box in _placed(tree, Frame(), inherited):
        words = " ".join(_lines_of(shape))
        if words and box.beside(size):
            yield words


def _placed(
    tree: etree._Element, frame: Frame, inherited: dict[etree._Element, Box]
) -> Iterator[tuple[etree._Element, Box]]:
    for item in tree:
        if item.tag == f"{P}grpSp":
            yield from _placed(item, _inside(item, frame), inherited)
        elif item.tag in (f"{P}sp", f"{P}graphicFrame"):
            own = item.find(f"{P}spPr/{A}xfrm")
            own = item.find(f"{P}xfrm") if own is None else own
            box = _box(own, "off", "ext") if own is not None else inherited.get(item)
            if box is not None:
                turn = int(own.get("rot", "0")) / _TURN if own is not None else 0
                yield item, frame.place(box).turned(turn)


def _inside(group: etree._Element, frame: Frame) -> Frame:
    """The frame of what is in a group; a group that says nothing of its place changes nothing."""
    own = group.find(f"{P}grpSpPr/{A}xfrm")
    outer = _box(own, "off", "ext") if own is not None else None
    inner = _box(own, "chOff", "chExt") if own is not None else None
    if outer is None or inner is None:
        return frame
    across = outer.width / inner.width if inner.width else 1
    down = outer.height / inner.height if inner.height else 1
    left, top = outer.left - inner.left * across, outer.top - inner.top * down
    return Frame(
        frame.left + left * frame.across,
        frame.top + top * frame.down,
        across * frame.across,
        down * frame.down,
    )


def _box(place: etree._Element, offset: str, extent: str) -> Box | None:
    off, ext = place.find(f"{A}{offset}"), place.find(f"{A}{extent}")
    if off is None or ext is None:
        return None
    return Box(
        int(off.get("x", "0")),
        int(off.get("y", "0")),
        int(ext.get("cx", "0")),
        int(ext.get("cy", "0")),
    )
