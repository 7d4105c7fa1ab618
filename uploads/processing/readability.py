"""Can it be read from the back row: the sizes of text, with what it inherits."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree
from pptx.slide import Slide

from uploads.processing.text import A, P

_TITLES = ("title", "ctrTitle")
_BODIES = ("body", "subTitle", "obj", None)


def sizes(slide: Slide) -> Iterator[float]:
    """The sizes in points of the words in a slide's top-level shapes, where they can be told."""
    for shape in slide._element.iterfind(f"{P}cSld/{P}spTree/{P}sp"):
        body = shape.find(f"{P}txBody")
        if body is None:
            continue
        scale = _scale(body)
        for paragraph in body.iterfind(f"{A}p"):
            level = _level(paragraph)
            for run in paragraph.iterfind(f"{A}r"):
                size = _size(run, shape, slide, level)
                if size and (run.findtext(f"{A}t") or "").strip():
                    yield size * scale


def _level(paragraph: etree._Element) -> int:
    properties = paragraph.find(f"{A}pPr")
    value = properties.get("lvl", "0") if properties is not None else "0"
    return int(value) if value.isdigit() and int(value) < 9 else 0


def _scale(body: etree._Element) -> float:
    """How much the program shrank the text to fit its box."""
    fit = body.find(f"{A}bodyPr/{A}normAutofit")
    value = fit.get("fontScale", "100000").rstrip("%") if fit is not None else "100000"
    return int(value) / 100_000 if value.isdigit() and int(value) > 1000 else 1.0


def _size(run: etree._Element, shape: etree._Element, slide: Slide, level: int) -> float | None:
    """In points: the run's own, else what shape, layout and master say for its level."""
    own = _points(run.find(f"{A}rPr"))
    if own:
        return own
    step = f"{A}lvl{level + 1}pPr/{A}defRPr"
    own = _points(shape.find(f"{P}txBody/{A}lstStyle/{step}"))
    placeholder = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
    if own or placeholder is None:
        return own
    kind, index = placeholder.get("type"), placeholder.get("idx")
    for above in (slide.slide_layout, slide.slide_layout.slide_master):
        for other in above._element.iterfind(f"{P}cSld/{P}spTree/{P}sp"):
            ph = other.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
            if ph is None or not (ph.get("type") == kind and (kind or ph.get("idx") == index)):
                continue
            found = _points(other.find(f"{P}txBody/{A}lstStyle/{step}"))
            if found:
                return found
    styles = slide.slide_layout.slide_master._element.find(f"{P}txStyles")
    if styles is None:
        return None
    name = "titleStyle" if kind in _TITLES else "bodyStyle" if kind in _BODIES else "otherStyle"
    return _points(styles.find(f"{P}{name}/{step}"))


def _points(properties: etree._Element | None) -> float | None:
    value = properties.get("sz", "") if properties is not None else ""
    return int(value) / 100 if value.isdigit() and int(value) else None
