"""The minutes as DOCX, laid out as GB/T 9704-2012 asks where it applies.

A4; margins 37, 35, 28 and 26 mm (so the text block is 156 by 225 mm); 22 lines of 28 characters: 三号仿宋 on lines of 28.95 points; the name of the minutes
in red 小标宋, a red line below; headings 三号黑体 with 一、; the first line of each paragraph two characters in; page numbers 四号 with a dash on
either side, right on odd and left on even pages.
"""

import io
from datetime import UTC
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from townships.texts import printable

from .draft import day
from .models import Minutes, MinutesSection

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BODY, HEADING, TITLE, SONG = "仿宋_GB2312", "黑体", "方正小标宋简体", "宋体"
RED = RGBColor(0xC8, 0x10, 0x2E)
THIRD, SECOND, FOURTH = Pt(16), Pt(22), Pt(14)  # 三号, 二号, 四号
LINE = Pt(28.95)
NUMERALS = "一二三四五六七八九十"


def docx_of(minutes: Minutes, sections: list[MinutesSection]) -> bytes:
    """The document in the minutes' language; a draft says that it is one."""
    with override(minutes.language):
        return _made(minutes, sections)


def _made(minutes: Minutes, sections: list[MinutesSection]) -> bytes:
    meeting = minutes.meeting
    book = Document()
    _page(book)
    held = meeting.starts_at.astimezone(meeting.zone)
    book.core_properties.title = printable(f"{meeting.title} {pgettext('document', 'Minutes')}")
    book.core_properties.author = meeting.county.name
    written = (minutes.approved_at or meeting.starts_at).astimezone(UTC).replace(tzinfo=None)
    book.core_properties.created = book.core_properties.modified = written
    _line(
        book, _("Minutes of the meeting"), TITLE, Pt(36), color=RED, align="center", spacing=Pt(54)
    )
    issued = minutes.approved_at or minutes.drafted_at
    when = day(issued.astimezone(meeting.zone).date()) if issued else ""
    approved = minutes.approved_at is not None
    state = "" if approved else "　　" + _("draft")
    _line(
        book,
        f"{meeting.county.name}　　{when}{state}",
        BODY,
        THIRD,
        align="center",
    )
    _rule(book.paragraphs[-1])
    _line(book, "", BODY, THIRD)
    _line(book, meeting.title, TITLE, SECOND, align="center", spacing=Pt(34))
    place = f"　{meeting.venue}" if meeting.venue else ""
    _line(
        book, f"{date_format(held, 'DATETIME_FORMAT')}{place}", "楷体_GB2312", THIRD, align="center"
    )
    _line(book, "", BODY, THIRD)
    for number, section in enumerate([each for each in sections if each.body.strip()]):
        mark = f"{NUMERALS[number]}、" if minutes.language.startswith("zh") else f"{number + 1}. "
        _line(book, f"{mark}{section.title}", HEADING, THIRD, indent=True, keep=True)
        for text in section.body.split("\n"):
            if text.strip():
                _line(book, text.strip(), BODY, THIRD, indent=True)
    if approved and minutes.approved_name:
        _line(book, "", BODY, THIRD)
        _line(
            book,
            _("Approved by: %(name)s") % {"name": minutes.approved_name},
            BODY,
            THIRD,
            align="right",
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _page(book: Any) -> None:
    section = book.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(28)  # the number stands 7 mm below the text block
    section.header_distance = Mm(15)
    book.settings.odd_and_even_pages_header_footer = True
    normal = book.styles["Normal"]
    normal.font.size = THIRD
    _fonts(normal.element.get_or_add_rPr(), BODY)
    _number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), "579")
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(grid)


def _fonts(properties: Any, name: str) -> None:
    """The same font for Chinese and for letters between it (python-docx sets only the latter)."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for kind in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{kind}"), "Times New Roman" if name == BODY else name)
    fonts.set(qn("w:eastAsia"), name)


def _line(
    book: Any,
    text: str,
    font: str,
    size: Any,
    *,
    color: Any = None,
    align: str = "",
    indent: bool = False,
    keep: bool = False,
    spacing: Any = LINE,
) -> None:
    paragraph = book.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, spacing
    shape.keep_with_next = keep
    shape.widow_control = True
    if indent:
        shape.first_line_indent = size * 2
    if align:
        shape.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())
    run = paragraph.add_run(printable(text))
    run.font.size = size
    if color is not None:
        run.font.color.rgb = color
    _fonts(run._element.get_or_add_rPr(), font)


def _rule(paragraph: Any) -> None:
    """A red line below a paragraph, as wide as the text block."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "4"), ("color", str(RED))):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders,
        "w:shd",
        "w:tabs",
        "w:suppressAutoHyphens",
        "w:snapToGrid",
        "w:spacing",
        "w:ind",
        "w:jc",
        "w:rPr",
    )


def _number(paragraph: Any, align: Any) -> None:
    """— 1 — in 四号宋体, one character in from the edge."""
    paragraph.alignment = align
    if align == WD_ALIGN_PARAGRAPH.RIGHT:
        paragraph.paragraph_format.right_indent = FOURTH
    else:
        paragraph.paragraph_format.left_indent = FOURTH
    for text, is_field in (("— ", False), ("PAGE", True), (" —", False)):
        run = paragraph.add_run("" if is_field else text)
        run.font.size = FOURTH
        _fonts(run._element.get_or_add_rPr(), SONG)
        if is_field:
            for kind in ("begin", None, "end"):
                part = OxmlElement("w:instrText" if kind is None else "w:fldChar")
                if kind is None:
                    part.set(qn("xml:space"), "preserve")
                    part.text = text
                else:
                    part.set(qn("w:fldCharType"), kind)
                run._element.append(part)
