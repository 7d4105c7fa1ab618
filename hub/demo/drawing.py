"""Shared drawing for the demo decks: palettes, the base presentation, text and shapes."""

from __future__ import annotations

import random
import zipfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree
from pptx import Presentation
from pptx.opc.constants import CONTENT_TYPE
from pptx.opc.constants import RELATIONSHIP_TYPE as RELATION
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.parts.slide import NotesSlidePart
from pptx.util import Inches, Length

Place = tuple[float, float, float, float]
COVER, PLAIN = 0, 1
"""The two layouts of every deck: the cover without, the others with the frame."""
_EPOCH = (2024, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Palette:
    """A deck's colours (hex without #) and the font written for Latin and Chinese text."""

    dark: str
    accent: str
    tint: str
    font: str = "Noto Sans CJK SC"


PALETTES = (
    Palette("8E1B1B", "D9A441", "FBF3E6"),
    Palette("1D4E6B", "E08A3C", "EAF2F6"),
    Palette("2F5D3A", "C9A227", "EEF5EC", "微软雅黑"),
    Palette("5A2A4F", "D98C5F", "F6EEF3"),
)


def palette(rng: random.Random) -> Palette:
    """One of the palettes."""
    return rng.choice(PALETTES)


@cache
def _base(colours: Palette) -> bytes:
    """A 16:9 presentation with two layouts, its theme in the palette's colours and font."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    for layout in list(deck.slide_layouts):
        if layout.name not in ("Title Slide", "Title Only"):
            deck.slide_layouts.remove(layout)
    for page in (deck.slide_master, *deck.slide_layouts):
        for shape in list(page.placeholders):
            if shape.placeholder_format.idx == 0:
                shape.left, shape.top, shape.width, shape.height = _title_box()
            elif page is not deck.slide_master:
                shape._element.getparent().remove(shape._element)
    plain = deck.slide_layouts[PLAIN]
    draw(plain, "rect", (0.45, 0.55, 0.14, 0.6), colours.accent)
    draw(plain, "rect", (0.45, 1.36, 12.43, 0.025), colours.tint)
    draw(plain, "rect", (0, 7.06, 13.333, 0.44), colours.dark)
    out = BytesIO()
    deck.save(out)
    return _themed(out.getvalue(), colours)


def _title_box() -> tuple[Length, Length, Length, Length]:
    return Inches(0.75), Inches(0.42), Inches(11.8), Inches(0.85)


def _themed(data: bytes, colours: Palette) -> bytes:
    """Write the palette into the theme: colours, Latin and East Asian fonts."""
    values = {
        "dk2": colours.dark,
        "lt2": colours.tint,
        "accent1": colours.dark,
        "accent2": colours.accent,
    }

    def change(name: str, content: bytes) -> bytes:
        if not name.startswith("ppt/theme/"):
            return content
        root = etree.fromstring(content)
        for key, value in values.items():
            for node in root.iter(qn(f"a:{key}")):
                node.clear()
                etree.SubElement(node, qn("a:srgbClr")).set("val", value)
        for fonts in (*root.iter(qn("a:majorFont")), *root.iter(qn("a:minorFont"))):
            for tag in ("a:latin", "a:ea"):
                fonts.find(qn(tag)).set("typeface", colours.font)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)

    return repack(data, change)


def repack(data: bytes, change: Any = None) -> bytes:
    """The same Office file with fixed dates, so that equal content gives equal bytes.

    `change(name, content) -> bytes` may rewrite members; workbooks inside are repacked too.
    """
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as new,
    ):
        for item in old.infolist():
            content = old.read(item)
            if item.filename.endswith(".xlsx"):
                content = repack(content, _undated)
            if change:
                content = change(item.filename, content)
            info = zipfile.ZipInfo(item.filename, _EPOCH)
            info.compress_type = (
                zipfile.ZIP_STORED
                if item.filename.endswith((".jpg", ".xlsx"))
                else zipfile.ZIP_DEFLATED
            )
            new.writestr(info, content)
    return out.getvalue()


def _undated(name: str, content: bytes) -> bytes:
    """Take the clock out of a workbook's properties."""
    if name != "docProps/core.xml":
        return content
    root = etree.fromstring(content)
    for node in root:
        if node.tag.endswith(("}created", "}modified")):
            node.text = "2024-01-01T00:00:00Z"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def start(colours: Palette) -> Any:
    """An empty presentation in these colours."""
    return Presentation(BytesIO(_base(colours)))


def _paragraphs(
    text: str, colours: Palette, size: float, colour: str, bold: bool, align: str
) -> str:
    """DrawingML paragraphs, one per line of `text`, font named for Latin and Chinese."""
    look = (
        f'<a:rPr lang="zh-CN" altLang="en-US" sz="{round(size * 100)}" b="{int(bold)}" dirty="0"><a:solidFill>'
        f'<a:srgbClr val="{colour}"/></a:solidFill><a:latin typeface="{colours.font}"/>'
        f'<a:ea typeface="{colours.font}"/></a:rPr>'
    )
    head = f'<a:pPr algn="{align}"><a:lnSpc><a:spcPct val="115000"/></a:lnSpc></a:pPr>'
    lines = (
        f"<a:p>{head}<a:r>{look}<a:t>{escape(line)}</a:t></a:r></a:p>" for line in text.split("\n")
    )
    return "".join(lines)


def write(body: Any, text: str, colours: Palette, *, size: float, colour: str, bold: bool = False,
          align: str = "l") -> None:  # fmt: skip
    """Put `text` into an existing text body element (`a:txBody` or `p:txBody`)."""
    for old in body.findall(qn("a:p")):
        body.remove(old)
    body.find(qn("a:bodyPr")).set("anchor", "ctr")
    wrapped = f"<x {nsdecls('a')}>{_paragraphs(text, colours, size, colour, bold, align)}</x>"
    body.extend(etree.fromstring(wrapped))


def draw(slide: Any, kind: str, place: Place, fill: str = "", text: str = "", colours: Palette = PALETTES[0], *,
         line: str = "", size: float = 18, colour: str = "FFFFFF", bold: bool = False, align: str = "l",
         bend: int = 0, inset: float = 0.1, anchor: str = "ctr") -> None:  # fmt: skip
    """Add a shape: `kind` a preset geometry, `place` (left, top, width, height) in inches.

    `fill` and `line` are colours or empty; `bend` is the preset's adjustment in 1/100000;
    `inset` the room left of the text in inches.
    """
    tree = slide.shapes._spTree
    number = len(tree) + 20
    left, top, width, height = (round(value * 914400) for value in place)
    guide = f'<a:gd name="adj" fmla="val {bend}"/>' if bend else ""
    paint = f'<a:solidFill><a:srgbClr val="{fill}"/></a:solidFill>' if fill else "<a:noFill/>"
    edge = (
        f'<a:ln w="15875"><a:solidFill><a:srgbClr val="{line}"/></a:solidFill></a:ln>'
        if line
        else "<a:ln><a:noFill/></a:ln>"
    )
    said = _paragraphs(text, colours, size, colour, bold, align) if text else "<a:p/>"
    box = ' txBox="1"' if text and not fill and not line else ""
    tree.append(parse_xml(
        f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="{number}" name="Shape {number}"/><p:cNvSpPr{box}/><p:nvPr/></p:nvSpPr>'
        f'<p:spPr><a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        f'<a:prstGeom prst="{kind}"><a:avLst>{guide}</a:avLst></a:prstGeom>{paint}{edge}</p:spPr>'
        f'<p:txBody><a:bodyPr wrap="square" lIns="{round(inset * 914400)}" anchor="{anchor}"/><a:lstStyle/>{said}</p:txBody></p:sp>'
    ))  # fmt: skip


def paint(fill: str) -> Any:
    """A solid fill element."""
    return parse_xml(f'<a:solidFill {nsdecls("a")}><a:srgbClr val="{fill}"/></a:solidFill>')


def add_notes(deck: Any, slide: Any, text: str, number: int) -> None:
    """Speaker notes for the slide of that number. (python-pptx's own way takes 20 times as long.)"""
    paragraphs = "".join(
        f"<a:p><a:r><a:rPr lang='zh-CN'/><a:t>{escape(line)}</a:t></a:r></a:p>"
        for line in text.split("\n")
    )
    element = parse_xml(
        f"<p:notes {nsdecls('p', 'a', 'r')}><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id='1' name=''/><p:cNvGrpSpPr/><p:nvPr/>"
        "</p:nvGrpSpPr><p:grpSpPr/>"
        "<p:sp><p:nvSpPr><p:cNvPr id='2' name='Slide Image'/><p:cNvSpPr><a:spLocks noGrp='1' noRot='1' noChangeAspect='1'/>"
        "</p:cNvSpPr><p:nvPr><p:ph type='sldImg'/></p:nvPr></p:nvSpPr><p:spPr/></p:sp>"
        "<p:sp><p:nvSpPr><p:cNvPr id='3' name='Notes'/><p:cNvSpPr><a:spLocks noGrp='1'/></p:cNvSpPr>"
        "<p:nvPr><p:ph type='body' idx='1'/></p:nvPr></p:nvSpPr><p:spPr/>"
        f"<p:txBody><a:bodyPr/><a:lstStyle/>{paragraphs}</p:txBody></p:sp>"
        "</p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:notes>"
    )
    name = PackURI(f"/ppt/notesSlides/notesSlide{number}.xml")
    part = NotesSlidePart(name, CONTENT_TYPE.PML_NOTES_SLIDE, deck.part.package, element)
    part.relate_to(deck.part.notes_master_part, RELATION.NOTES_MASTER)
    part.relate_to(slide.part, RELATION.SLIDE)
    slide.part.relate_to(part, RELATION.NOTES_SLIDE)
