"""The month's deck for one township as a .pptx: a cover and the four headings. Pure: no database.

Without a deck of the county's own it is drawn here: 16:9, theme fonts for Latin and Chinese, so that
whatever is typed later has the right ones. A county's deck is used in one of two ways: where its slides
carry tokens such as {township} or {乡镇} they are kept and filled; otherwise its layouts are used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE as RELATION
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Emu, Inches, Pt

from townships.texts import printable

from . import filling
from .headings import Section, section_of

LATIN, EAST_ASIAN = "Arial", "微软雅黑"
RED, GOLD, INK = "8E1B1B", "D9A441", "262626"
COVER, CONTENT = "Title Slide", "Title and Content"
COVER_KINDS, TITLE_KINDS, BODY_KINDS = (1, 3), (1, 3), (2, 7)  # PP_PLACEHOLDER numbers


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on the first slide; every line already in the reader's language."""

    county: str
    township: str
    meeting: str
    date: str

    @property
    def tokens(self) -> dict[str, str]:
        """What a county may write on its own slides, in three languages."""
        values = (self.county, self.township, self.meeting, self.date)
        names = (
            ("county", "township", "meeting", "date"),
            ("县", "乡镇", "例会", "日期"),
            ("縣", "鄉鎮", "例會", "日期"),
        )
        return {f"{{{n}}}": v for row in names for n, v in zip(row, values, strict=True)}


@dataclass(frozen=True, slots=True)
class BaseFacts:
    """How a county's deck will be used: `slides` are kept and filled, or 0: its layouts are used.
    `headings`: those of the four that its slides have already."""

    slides: int
    headings: frozenset[Section]


class UnusableBase(Exception):
    """A deck of which no month's deck can be made: it has no layout with a title and a text."""


def build_deck(
    cover: Cover, titles: Mapping[Section, str], prompt: str, base: Path | None = None
) -> bytes:
    """The month's deck. `prompt` is shown in an empty text place and never printed.

    `base` is the inspected copy of the county's own deck. Raises `UnusableBase`.
    """
    deck = _own_design(prompt) if base is None else _opened(base)
    facts = _facts(deck)
    if facts.slides:
        filling.replace_tokens(deck, cover.tokens)
    else:
        filling.remove_slides(deck)
        _add_cover(deck, cover)
    for section, title in titles.items():
        if section not in facts.headings:
            slide = deck.slides.add_slide(_layout(deck, TITLE_KINDS, BODY_KINDS))
            filling.write(slide.shapes.title, [title])
    filling.complete_theme(deck, LATIN, EAST_ASIAN)
    properties = deck.core_properties
    properties.title = printable(cover.meeting)
    properties.author = f"{cover.county}{cover.township}"
    properties.last_modified_by, properties.language = cover.township, "zh-CN"
    out = BytesIO()
    deck.save(out)
    return out.getvalue()


def look_at(base: Path) -> BaseFacts:
    """How a county's deck will be used. Raises `UnusableBase`."""
    deck = _opened(base)
    facts = _facts(deck)
    _layout(deck, TITLE_KINDS, BODY_KINDS)
    return facts


def _opened(base: Path) -> Any:
    try:
        return Presentation(str(base))
    except Exception as error:  # python-pptx raises anything on odd packages
        raise UnusableBase from error


def _facts(deck: Any) -> BaseFacts:
    if not filling.has_tokens(deck, Cover("", "", "", "").tokens):
        return BaseFacts(0, frozenset())
    titles = [slide.shapes.title for slide in deck.slides]
    found = {section_of(title.text_frame.text) for title in titles if title is not None}
    return BaseFacts(len(titles), frozenset(section for section in found if section))


def _layout(deck: Any, *kinds: tuple[int, ...]) -> Any:
    """The first layout with a place of each of these kinds. Raises `UnusableBase`."""
    for layout in deck.slide_layouts:
        there = [int(p.placeholder_format.type or 0) for p in layout.placeholders]
        if all(any(kind in group for kind in there) for group in kinds):
            return layout
    raise UnusableBase


def _add_cover(deck: Any, cover: Cover) -> None:
    """The first layout that has a title; what it has no place for goes below in order."""
    layout = next((l for l in deck.slide_layouts if 3 in _kinds(l)), _layout(deck, COVER_KINDS))
    slide = deck.slides.add_slide(layout)
    filling.write(slide.shapes.title, [_broken(cover.meeting)])
    lines = [f"{cover.county}　{cover.township}", cover.date]
    places = [p for p in slide.placeholders if p.placeholder_format.idx != 0 and p.has_text_frame]
    if places:
        filling.write(places[0], lines)
    else:
        filling.write(slide.shapes.title, [_broken(cover.meeting), *lines])


def _broken(title: str) -> str:
    """A long name keeps what stands in brackets together, on a line of its own."""
    return title.replace("（", "\v（", 1) if len(title) > 16 else title


def _kinds(layout: Any) -> list[int]:
    return [int(p.placeholder_format.type or 0) for p in layout.placeholders]


# --- Our own design ---------------------------------------------------------------------------------


def _own_design(prompt: str) -> Any:
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    for layout in list(deck.slide_layouts):
        if layout.name not in (COVER, CONTENT):
            deck.slide_layouts.remove(layout)
    _colours(deck)
    _place_master(deck.slide_master)
    cover, content = deck.slide_layouts
    _draw_cover(cover)
    _box(content, (0.6, 1.32, 12.13, 0.03), GOLD)
    _box(content, (0, 0, 0.22, 7.5), RED)
    for place in content.placeholders:
        if place.placeholder_format.idx == 1:
            place.text_frame.text = prompt
    for page in (deck.slide_master, cover, content):
        _drop_small_places(page)
    return deck


def _colours(deck: Any) -> None:
    values = {"dk2": RED, "lt2": "FBF3E6", "accent1": RED, "accent2": GOLD}
    part = deck.slide_master.part.part_related_by(RELATION.THEME)
    root = etree.fromstring(part.blob)
    for name, value in values.items():
        for node in root.iter(qn(f"a:{name}")):
            node.clear()
            etree.SubElement(node, qn("a:srgbClr")).set("val", value)
    for fonts in (*root.iter(qn("a:majorFont")), *root.iter(qn("a:minorFont"))):
        fonts.find(qn("a:latin")).set("typeface", LATIN)
        fonts.find(qn("a:ea")).set("typeface", EAST_ASIAN)
    part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _place_master(master: Any) -> None:
    for place in master.placeholders:
        kind = int(place.placeholder_format.type or 0)
        if kind == 1:
            _put(place, (0.6, 0.4, 12.13, 0.85))
        elif kind == 2:
            _put(place, (0.6, 1.6, 12.13, 5.3))
    styles = master._element.find(qn("p:txStyles"))
    title = styles.find(f"{qn('p:titleStyle')}/{qn('a:lvl1pPr')}")
    title.set("algn", "l")
    _letters(title.find(qn("a:defRPr")), 32, RED, bold=True)
    for level, size in enumerate((24, 22, 20, 20, 20), start=1):
        body = styles.find(f"{qn('p:bodyStyle')}/{qn(f'a:lvl{level}pPr')}/{qn('a:defRPr')}")
        _letters(body, size, INK)


def _letters(properties: Any, points: int, colour: str, *, bold: bool = False) -> None:
    properties.set("sz", str(Pt(points).centipoints))
    properties.set("b", "1" if bold else "0")
    fill = properties.find(qn("a:solidFill"))
    for old in list(fill):
        fill.remove(old)
    etree.SubElement(fill, qn("a:srgbClr")).set("val", colour)


def _draw_cover(layout: Any) -> None:
    background = parse_xml(
        f'<p:bg {nsdecls("p", "a")}><p:bgPr><a:solidFill><a:srgbClr val="{RED}"/></a:solidFill>'
        "<a:effectLst/></p:bgPr></p:bg>"
    )
    layout._element.cSld.insert(0, background)
    _box(layout, (1.1, 4.15, 1.8, 0.06), GOLD)
    for place in layout.placeholders:
        kind = int(place.placeholder_format.type or 0)
        if kind == 3:
            _put(place, (1.0, 1.7, 11.3, 2.2))
            place.text_frame._txBody.bodyPr.set("anchor", "b")
            _style(place, "l", 44, "FFFFFF", bold=True)
        elif kind == 4:
            _put(place, (1.0, 4.45, 11.3, 1.8))
            _style(place, "l", 26, "F6E3BF")


def _style(place: Any, align: str, points: int, colour: str, *, bold: bool = False) -> None:
    styles = place.text_frame._txBody.find(qn("a:lstStyle"))
    for old in list(styles):
        styles.remove(old)
    styles.append(
        parse_xml(
            f'<a:lvl1pPr {nsdecls("a")} marL="0" indent="0" algn="{align}"><a:buNone/>'
            f'<a:defRPr sz="{points * 100}" b="{int(bold)}"><a:solidFill><a:srgbClr val="{colour}"/>'
            "</a:solidFill></a:defRPr></a:lvl1pPr>"
        )
    )


def _put(shape: Any, place: tuple[float, float, float, float]) -> None:
    shape.left, shape.top, shape.width, shape.height = (Inches(value) for value in place)


def _box(page: Any, place: tuple[float, float, float, float], colour: str) -> None:
    """A filled rectangle behind everything else on a layout."""
    x, y, width, height = (Emu(Inches(value)) for value in place)
    tree = page.shapes._spTree
    number = max(int(e.get("id")) for e in tree.iter(qn("p:cNvPr"))) + 1
    tree.insert(
        2,
        parse_xml(
            f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="{number}" name="Box {number}"/>'
            f'<p:cNvSpPr/><p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{x}" y="{y}"/>'
            f'<a:ext cx="{width}" cy="{height}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
            f'</a:prstGeom><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill><a:ln><a:noFill/>'
            '</a:ln></p:spPr><p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:endParaRPr lang="zh-CN"/>'
            "</a:p></p:txBody></p:sp>"
        ),
    )


def _drop_small_places(page: Any) -> None:
    """Date, footer and slide number: they stood for a 4:3 page, and nobody fills them."""
    for place in list(page.placeholders):
        if int(place.placeholder_format.type or 0) in (13, 15, 16):
            place._element.getparent().remove(place._element)
