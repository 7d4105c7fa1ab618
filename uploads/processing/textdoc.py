"""Plain text and Markdown manuscripts as a .docx made by us, so that they become pages like the others."""

from __future__ import annotations

import re
from pathlib import Path

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_BULLET = re.compile(r"^\s*[-*+]\s+(.*)$")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BODY, _TITLE = "仿宋", "黑体"


def make_docx(source: Path, target: Path, *, markdown: bool) -> Path:
    """Writes ``target`` from UTF-8 text: A4, one paragraph a line; Markdown headings and lists are kept."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    _font(document.styles["Normal"], _BODY, 14)
    for level in range(1, 7):
        _font(document.styles[f"Heading {level}"], _TITLE, max(14, 22 - 2 * level))
    for line in _ILLEGAL.sub("", source.read_text(encoding="utf-8")).split("\n"):
        heading = _HEADING.match(line) if markdown else None
        bullet = _BULLET.match(line) if markdown else None
        if heading:
            document.add_heading(heading.group(2), level=len(heading.group(1)))
        elif bullet:
            document.add_paragraph(bullet.group(1), style="List Bullet")
        else:
            document.add_paragraph(line)
    document.save(str(target))
    return target


def _font(style, name: str, points: int) -> None:  # type: ignore[no-untyped-def]
    style.font.name = name
    style.font.size = Pt(points)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)
