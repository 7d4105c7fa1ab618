"""Can it be read from the back row: the sizes of text, with what it inherits."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree
from pptx.slide import Slide

from uploads.processing.text import MC, A, P

_TITLES = ("title", "ctrTitle")
_BODIES = ("body", "subTitle", "obj", "tbl", "chart", "dgm", "pic", "clipArt", "media", None)
_FOOTERS = ("dt", "ftr", "sldNum", "hdr")


def sizes(slide: Slide) -> Iterator[float]:
    """The sizes in points of the words on a slide, also in groups and tables, where they can be told. Its
    date, footer and number are not meant to be read in the hall."""
    for shape in slide._element.iter(f"{P}sp", f"{A}tc"):
        body = shape.find(f"{P}txBody" if shape.tag == f"{P}sp" else f"{A}txBody")
        placeholder = _placeholder(shape)
        if body is None or (placeholder is not None and placeholder.get("type") in _FOOTERS):
            continue
        if any(above.tag == f"{MC}Fallback" for above in shape.iterancestors()):
            continue
        styles, scale = [*body.iterfind(f"{A}lstStyle"), *_above(placeholder, slide)], _scale(body)
        for paragraph in body.iterfind(f"{A}p"):
            step = f"{A}lvl{_level(paragraph) + 1}pPr/{A}defRPr"
            for run in paragraph.iterfind(f"{A}r"):
                said = [run.find(f"{A}rPr"), *(style.find(step) for style in styles)]
                size = next(filter(None, map(_points, said)), None)
                if size and (run.findtext(f"{A}t") or "").strip():
                    yield size * scale


def _placeholder(shape: etree._Element) -> etree._Element | None:
    return shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")


def _level(paragraph: etree._Element) -> int:
    properties = paragraph.find(f"{A}pPr")
    value = properties.get("lvl", "0") if properties is not None else "0"
    return int(value) if value.isdigit() and int(value) < 9 else 0


def _scale(body: etree._Element) -> float:
    """How much the program shrank the text to fit its box."""
    fit = body.find(f"{A}bodyPr/{A}normAutofit")
    value = fit.get("fontScale", "100000").rstrip("%") if fit is not None else "100000"
    return int(value) / 100_000 if value.isdigit() and int(value) > 1000 else 1.0


def _above(placeholder: etree._Element | None, slide: Slide) -> Iterator[etree._Element]:
    """The styles of nine levels each that text inherits, nearest first: a placeholder's of its layout (by
    number), of its master (by kind) and the master's for its kind; then, as for all else, the deck's."""
    if placeholder is not None:
        kind = _family(placeholder)
        layout = slide.slide_layout
        master = layout.slide_master._element
        for other in layout._element.iter(f"{P}sp"):
            ph = _placeholder(other)
            if ph is not None and _matches(ph, placeholder):
                yield from other.iterfind(f"{P}txBody/{A}lstStyle")
        for other in master.iter(f"{P}sp"):
            ph = _placeholder(other)
            if ph is not None and _family(ph) == kind:
                yield from other.iterfind(f"{P}txBody/{A}lstStyle")
        yield from master.iterfind(f"{P}txStyles/{P}{kind}Style")
    deck = slide.part.package.presentation_part._element
    yield from deck.iterfind(f"{P}defaultTextStyle")


def _matches(one: etree._Element, other: etree._Element) -> bool:
    """A title is the only one of its kind; everything else has a number."""
    if _family(one) == "title" or _family(other) == "title":
        return _family(one) == _family(other)
    return one.get("idx", "0") == other.get("idx", "0")


def _family(placeholder: etree._Element) -> str:
    kind = placeholder.get("type")
    return "title" if kind in _TITLES else "body" if kind in _BODIES else "other"


def _points(properties: etree._Element | None) -> float | None:
    value = properties.get("sz", "") if properties is not None else ""
    return int(value) / 100 if value.isdigit() and int(value) else None
