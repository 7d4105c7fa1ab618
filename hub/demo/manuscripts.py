"""Writes a talk as a manuscript: A4, in the layout Chinese offices expect, page numbers at the foot."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from hub.demo.drawing import repack
from hub.demo.topics import Talk

_STYLES: dict[str, tuple[str, float, bool]] = {
    "title": ("方正小标宋简体", 22, True),
    "by": ("楷体", 16, True),
    "h1": ("黑体", 16, False),
    "h2": ("楷体", 16, False),
    "p": ("仿宋", 16, False),
}
"""Font, size in points, centred: 二号 title, 三号 everything else, as GB/T 9704 has it."""


def build_manuscript(talk: Talk) -> bytes:
    """The talk's manuscript as a .docx file; the same talk gives the same bytes."""
    document = Document(BytesIO(_base()))
    for style, text in talk.paragraphs:
        _paragraph(document, style, text)
    facts = document.core_properties
    facts.title, facts.author = talk.title, f"{talk.county}{talk.place.name}"
    facts.created = facts.modified = datetime(talk.year, talk.month, 1)
    facts.language = "zh-CN"
    out = BytesIO()
    document.save(out)
    return repack(out.getvalue())


@cache
def _base() -> bytes:
    """An empty A4 document with the offices' margins and a page number."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    _page_number(section.footer.paragraphs[0])
    for number, name in ((1, "h1"), (2, "h2")):
        _font(document.styles[f"Heading {number}"], *_STYLES[name][:2])
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _font(thing: Any, font: str, size: float) -> None:
    """Name the font for Latin and Chinese text of a style or a run."""
    thing.font.name, thing.font.size, thing.font.bold = font, Pt(size), False
    thing.font.color.rgb = None
    properties = thing.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for kind in ("w:eastAsia", "w:ascii", "w:hAnsi"):
        fonts.set(qn(kind), font)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)
    for colour in properties.findall(qn("w:color")):
        properties.remove(colour)


def _paragraph(document: Any, style: str, text: str) -> None:
    font, size, centred = _STYLES[style]
    named = {"h1": "Heading 1", "h2": "Heading 2"}.get(style)
    paragraph = document.add_paragraph(style=named)
    layout = paragraph.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing_rule, layout.line_spacing = (
        WD_LINE_SPACING.EXACTLY,
        Pt(34 if style == "title" else 28),
    )
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        layout.space_after = Pt(14)
    else:
        layout.first_line_indent = Pt(size * 2)
    run = paragraph.add_run(text)
    run.font.name = font
    _font(run, font, size)


def _page_number(paragraph: Any) -> None:
    """— 1 — at the foot's centre."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("— ")
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        node = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            node.set(qn("w:fldCharType"), kind)
        node.text = text or None
        run._r.append(node)
    paragraph.add_run(" —")
