"""Words that lie wholly beside the slide: LibreOffice draws them nowhere, so only the source tells."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from pptx.shapes.base import BaseShape
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
class Group:
    """How the inside of a group (``inner``) becomes its outside: scaled, moved, mirrored, then turned."""

    outer: Box
    inner: Box
    turn: float
    mirrored: tuple[bool, bool]

    def place(self, box: Box, turn: float) -> tuple[Box, float]:
        """Where something inside lies outside, upright, and by how much it is turned about its centre."""
        across = self.outer.width / self.inner.width if self.inner.width else 1
        down = self.outer.height / self.inner.height if self.inner.height else 1
        x = (box.left + box.width / 2 - self.inner.left) * across - self.outer.width / 2
        y = (box.top + box.height / 2 - self.inner.top) * down - self.outer.height / 2
        x, y = (-x if self.mirrored[0] else x), (-y if self.mirrored[1] else y)
        cosine, sine = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        middle = (
            self.outer.left + self.outer.width / 2 + x * cosine - y * sine,
            self.outer.top + self.outer.height / 2 + x * sine + y * cosine,
        )
        width, height = box.width * across, box.height * down
        turn = -turn if self.mirrored[0] != self.mirrored[1] else turn
        return Box(middle[0] - width / 2, middle[1] - height / 2, width, height), turn + self.turn


def words_beside(slide: Slide, size: tuple[int, int]) -> Iterator[str]:
    """The words of shapes and tables that lie wholly beside a slide of ``size``, also inside groups, and
    where a placeholder has its place from the layout."""
    inherited = {
        shape._element: box for shape in slide.placeholders if (box := _above(shape)) is not None
    }
    tree = slide._element.find(f"{P}cSld/{P}spTree")
    for shape, box, turn in _placed(tree, inherited):
        words = " ".join(_lines_of(shape))
        if words and box.turned(turn).beside(size):
            yield words


def _above(placeholder: BaseShape) -> Box | None:
    """Where the layout, or else the master, puts a placeholder that says nothing of its place itself."""
    level: BaseShape | None = placeholder
    while level is not None:
        own = level._element.find(f"{P}spPr/{A}xfrm")
        if own is not None and (box := _box(own, "off", "ext")):
            return box
        level = getattr(level, "_base_placeholder", None)
    return None


def _placed(
    tree: etree._Element, inherited: dict[etree._Element, Box]
) -> Iterator[tuple[etree._Element, Box, float]]:
    """Shapes and tables in a group or on the slide: where each lies in it, and its turn in degrees."""
    for item in tree:
        if item.tag == f"{P}grpSp":
            group = _group(item.find(f"{P}grpSpPr/{A}xfrm"))
            for shape, box, turn in _placed(item, inherited):
                yield shape, *(group.place(box, turn) if group else (box, turn))
        elif item.tag in (f"{P}sp", f"{P}graphicFrame"):
            own = item.find(f"{P}spPr/{A}xfrm")
            own = item.find(f"{P}xfrm") if own is None else own
            at = _box(own, "off", "ext") if own is not None else inherited.get(item)
            if at is not None:
                yield item, at, _turn(own) if own is not None else 0


def _group(own: etree._Element | None) -> Group | None:
    """None for a group that says nothing of its place: it changes nothing."""
    outer = _box(own, "off", "ext") if own is not None else None
    inner = _box(own, "chOff", "chExt") if own is not None else None
    if own is None or outer is None or inner is None:
        return None
    across, down = (own.get(flip) in ("1", "true") for flip in ("flipH", "flipV"))
    return Group(outer, inner, _turn(own), (across, down))


def _turn(place: etree._Element) -> float:
    return int(place.get("rot", "0")) / _TURN


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
