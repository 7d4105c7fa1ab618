"""Tables that leave the hub as CSV or XLSX, safe to open in any spreadsheet.

A cell that begins like a formula (`= + - @`, tab, line end) would be run by the program that opens it, so in CSV it gets
an apostrophe in front; in XLSX it is stored as text and marked so. Numbers stay numbers.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from .texts import printable

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LONGEST = 32_000  # a cell of a spreadsheet holds 32,767 characters
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"

HEAD_FONT = Font(name="等线", size=11, bold=True, color="FFFFFF")
HEAD_FILL = PatternFill("solid", fgColor="8C2F22")
BODY_FONT = Font(name="等线", size=11)
TITLE_FONT = Font(name="等线", size=14, bold=True)
LINE = Side(style="thin", color="D9D3CA")
GRID = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)


@dataclass(slots=True)
class Table:
    """A sheet: its name, an optional title above, the header and the rows."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]
    title: str = ""
    notes: Sequence[str] = field(default_factory=list)


def is_risky(text: str) -> bool:
    """Whether a spreadsheet would take this text for a formula."""
    return text.startswith(RISKY)


def guarded(value: Any) -> Any:
    """A value for a CSV cell: text that looks like a formula gets an apostrophe in front."""
    value = plain(value)
    return f"'{value}" if isinstance(value, str) and is_risky(value) else value


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if text.startswith("'") and is_risky(text[1:]) else text


def plain(value: Any) -> Any:
    """A value as a cell can hold it: numbers and dates as they are, everything else as clean text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float | dt.date | dt.time):
        return value
    return printable(str(value))[:LONGEST]


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV file in UTF-8 with its mark, as spreadsheets of this country open it rightly."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(str(name)) for name in header])
    for row in rows:
        writer.writerow([guarded(value) for value in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_bytes(tables: Iterable[Table]) -> bytes:
    """A workbook with a sheet for each table: header kept in view, columns as wide as their words."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        _fill(book.create_sheet(_sheet_name(table.name, book.sheetnames)), table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    base = re.sub(r"[\[\]:*?/\\']", " ", str(plain(name))).strip()[:28] or "-"
    number, unused = 2, base
    while unused.casefold() in {each.casefold() for each in taken}:
        unused, number = f"{base} {number}", number + 1
    return unused


def _fill(sheet: Worksheet, table: Table) -> None:
    line, widths = 1, [0.0] * len(table.header)
    for number, text in enumerate([table.title, *table.notes] if table.title else table.notes):
        cell = _write(sheet, line, 1, text)
        cell.font = BODY_FONT if number or not table.title else TITLE_FONT
        line += 1
    for column, name in enumerate(table.header, 1):
        cell = _write(sheet, line, column, str(name))
        cell.font, cell.fill, cell.border = HEAD_FONT, HEAD_FILL, GRID
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        widths[column - 1] = _width(str(name))
    head = line
    for row in table.rows:
        line += 1
        for column, value in enumerate(row, 1):
            cell = _write(sheet, line, column, value)
            cell.font, cell.border = BODY_FONT, GRID
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            widths[column - 1] = max(widths[column - 1], _width(cell.value))
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = min(60.0, max(8.0, width + 3))
    sheet.freeze_panes = f"A{head + 1}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{head}:{head}"


def _write(sheet: Worksheet, line: int, column: int, value: Any) -> Cell:
    cell = sheet.cell(line, column)
    assert isinstance(cell, Cell)
    value = plain(value)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula, whatever it begins with
        cell.quotePrefix = is_risky(value)
    return cell


def _width(value: Any) -> float:
    """About how many letters wide a value is; a Chinese character is as wide as two."""
    longest = max(
        (len(part.encode("gb18030", "replace")) for part in str(value).split("\n")), default=0
    )
    return float(longest)
