"""The notice as DOCX in the layout of Chinese offices (GB/T 9704-2012 where it applies).

A4, margins 37, 35, 28 and 26 mm; the title in 二号小标宋, headings 三号黑体, the body 三号仿宋 on lines
of 28 points with two characters' indent; signer and date at the right below.
"""

import datetime as dt
import io
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from townships.texts import printable

from .words import Notice, Section

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BODY, HEADING, TITLE, SONG = "仿宋_GB2312", "黑体", "方正小标宋简体", "宋体"
THIRD, SECOND, FOURTH = Pt(16), Pt(22), Pt(14)
LINE, TABLE_LINE = Pt(28), Pt(20)
WIDTHS = (Mm(18), Mm(70), Mm(48), Mm(20))  # together the text block's 156 mm
RIGHT, CENTER = WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.CENTER


def docx_of(notice: Notice, *, written: dt.datetime) -> bytes:
    """The document. The same notice, written at the same moment, makes the same words."""
    book = Document()
    _page(book)
    core = book.core_properties
    core.title, core.author = printable(notice.title), printable(notice.signer)
    core.created = core.modified = written.astimezone(dt.UTC).replace(tzinfo=None)
    _line(book, notice.title, TITLE, SECOND, align=CENTER, spacing=Pt(34))
    _line(book, "", BODY, THIRD)
    _line(book, notice.to, BODY, THIRD)
    _line(book, notice.opening, BODY, THIRD, indent=True)
    for mark, section in notice.numbered:
        _section(book, mark, section)
    if notice.closing:
        _line(book, notice.closing, BODY, THIRD, indent=True)
    _line(book, "", BODY, THIRD)
    _line(book, notice.signer, BODY, THIRD, align=RIGHT, right=THIRD * 3, keep=True)
    _line(book, notice.date, BODY, THIRD, align=RIGHT, right=THIRD * 2)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _section(book: Any, mark: str, section: Section) -> None:
    _line(book, f"{mark}{section.heading}", HEADING, THIRD, indent=True, keep=True)
    for text in section.paragraphs:
        _line(book, text, BODY, THIRD, indent=True)
    if section.rows:
        _table(book, section)


def _table(book: Any, section: Section) -> None:
    table = book.add_table(rows=1, cols=len(section.head), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    _fill(table.rows[0], section.head, HEADING)
    _repeat(table.rows[0])
    for cells in section.rows:
        _fill(table.add_row(), cells, BODY)
    for row in table.rows:
        for cell, width in zip(row.cells, WIDTHS, strict=False):
            cell.width = width
        _whole(row)


def _fill(row: Any, texts: list[str], font: str) -> None:
    for cell, text in zip(row.cells, texts, strict=True):
        paragraph = cell.paragraphs[0]
        _shape(paragraph, TABLE_LINE)
        run = paragraph.add_run(printable(text))
        run.font.size = FOURTH
        _fonts(run._element.get_or_add_rPr(), font)


def _repeat(row: Any) -> None:
    """The row is repeated at the head of each page."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def _whole(row: Any) -> None:
    """The row is not torn by a page's end."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _page(book: Any) -> None:
    section = book.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(28)
    normal = book.styles["Normal"]
    normal.font.size = THIRD
    _fonts(normal.element.get_or_add_rPr(), BODY)
    _number(section.footer.paragraphs[0])


def _fonts(properties: Any, name: str) -> None:
    """One font for Chinese and what stands between it; python-docx sets only the latter."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for kind in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{kind}"), "Times New Roman" if name == BODY else name)
    fonts.set(qn("w:eastAsia"), name)


def _shape(paragraph: Any, spacing: Any) -> None:
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, spacing
    shape.widow_control = True


def _line(
    book: Any,
    text: str,
    font: str,
    size: Any,
    *,
    align: Any = None,
    indent: bool = False,
    keep: bool = False,
    right: Any = None,
    spacing: Any = LINE,
) -> None:
    paragraph = book.add_paragraph()
    _shape(paragraph, spacing)
    shape = paragraph.paragraph_format
    shape.keep_with_next = keep
    if indent:
        shape.first_line_indent = size * 2
    if align is not None:
        shape.alignment = align
    if right is not None:
        shape.right_indent = right
    run = paragraph.add_run(printable(text))
    run.font.size = size
    _fonts(run._element.get_or_add_rPr(), font)


def _number(paragraph: Any) -> None:
    """— 1 — in the middle below."""
    paragraph.alignment = CENTER
    for text, is_field in (("— ", False), ("PAGE", True), (" —", False)):
        run = paragraph.add_run("" if is_field else text)
        run.font.size = FOURTH
        _fonts(run._element.get_or_add_rPr(), SONG)
        for kind in ("begin", "", "end") if is_field else ():
            part = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            else:
                part.text = text
            run._element.append(part)
