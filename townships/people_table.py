"""A list of people as a file: XLSX or CSV in, rows of text out. Pure: nothing is judged here but the file.

CSV may be UTF-8, UTF-16 or GB18030, with commas, semicolons or tabs. Columns are known by their headings, in
Chinese or English, in any order; others are passed over.
"""

import csv
import io
import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from .problems import Invalid
from .sheets import unguarded

MOST_ROWS = 5000
MOST_BYTES = 900 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_COLUMNS = 60
FIELDS = ("name", "role", "township", "username", "email")
HEADINGS = {
    "name": "姓名 名字 名稱 name fullname",
    "role": "角色 身份 身分 权限 權限 role",
    "township": "乡镇 鄉鎮 乡镇街道 鄉鎮街道 单位 單位 所属乡镇 所屬鄉鎮 township unit",
    "username": "用户名 用戶名 使用者名稱 账号 帳號 登录名 登入名 username account login",
    "email": "邮箱 郵箱 电子邮箱 電子郵箱 电子邮件 電子郵件 邮件 email mail emailaddress",
}
KNOWN = {word: name for name, words in HEADINGS.items() for word in words.split()}


@dataclass(slots=True)
class Line:
    """A row of the file: its number as the reader's program shows it, its cells, and which are formulas."""

    number: int
    cells: dict[str, str]
    formulas: list[str] = field(default_factory=list)


def _refuse(sentence: str | Promise) -> Invalid:
    return Invalid(fields={"file": sentence})


def read_people(data: bytes) -> list[Line]:
    """The rows of a file, at most MOST_ROWS. Raises `Invalid` (field "file") that says what is wrong with it."""
    if not data.strip():
        raise _refuse(_("The file is empty."))
    if len(data) > MOST_BYTES:
        raise _refuse(_("The file is too large: 5,000 rows fit into 900 KB. Please split it."))
    if data.startswith(b"PK"):
        rows = _from_xlsx(data)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refuse(
            _("This is an old .xls file, or one with a password. Save it as .xlsx or .csv.")
        )
    else:
        rows = _from_csv(data)
    return _lines(rows)


def _lines(rows: Iterable[tuple[int, list[tuple[str, bool]]]]) -> list[Line]:
    columns: dict[int, str] = {}
    lines: list[Line] = []
    for number, cells in rows:
        if not any(text for text, _formula in cells):
            continue
        if not columns:
            columns = _columns([text for text, _formula in cells])
            continue
        line = Line(number, dict.fromkeys(FIELDS, ""))
        for place, name in columns.items():
            if place < len(cells):
                text, is_formula = cells[place]
                line.cells[name] = text
                if is_formula:
                    line.formulas.append(name)
        if any(line.cells.values()):
            lines.append(line)
        if len(lines) > MOST_ROWS:
            raise _refuse(_("The file has more than 5,000 rows. Please split it."))
    if not lines:
        raise _refuse(_("The file has a heading but no rows below it."))
    return lines


def _columns(heading: list[str]) -> dict[int, str]:
    """Which column holds what. Raises `Invalid` without a column of names or with one twice."""
    found: dict[int, str] = {}
    for place, text in enumerate(heading):
        word = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).lower())
        name = KNOWN.get(word)
        if name is None:
            continue
        if name in found.values():
            raise _refuse(_("Two columns have the same heading. Keep one of them."))
        found[place] = name
    if "name" not in found.values() and "township" not in found.values():
        raise _refuse(
            _(
                "The first row must name the columns: 姓名, 角色, 乡镇, 用户名, 邮箱 (or Name, Role, Township, User name, E-mail)."
            )
        )
    return found


def _from_csv(data: bytes) -> Iterator[tuple[int, list[tuple[str, bool]]]]:
    text = decoded(data).replace("\x00", "")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for row in reader:
            yield reader.line_num, [(unguarded(cell.strip()), False) for cell in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise _refuse(_("This is not a table we can read. Save it as .xlsx or .csv.")) from error


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or GB18030. Raises `Invalid` where it is none of them."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return _decoded(data, encoding)
    if (
        b"\0" in data[:2000]
    ):  # UTF-16 without its mark: commas and line ends have their zero first or last
        high, low = data[0:2000:2].count(0), data[1:2000:2].count(0)
        return _decoded(data, "utf-16-be" if high > low else "utf-16-le")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(data, "gb18030")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _refuse(
            _("The letters of this file cannot be read. Save it as .xlsx, or as CSV in UTF-8.")
        ) from error


def _from_xlsx(data: bytes) -> Iterator[tuple[int, list[tuple[str, bool]]]]:
    _check_zip(data)
    broken = _refuse(_("This workbook cannot be opened. Open it in your program and save it anew."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # type: ignore[union-attr]
            rows = sheet.iter_rows(max_col=MOST_COLUMNS)
            empty = 0
            for number, row in enumerate(rows, 1):
                cells = [_cell(cell) for cell in row]
                empty = 0 if any(text for text, _formula in cells) else empty + 1
                if empty > 10_000:
                    break
                yield number, cells
    except Invalid:
        raise
    except Exception as error:
        raise broken from error


def _check_zip(data: bytes) -> None:
    """Refuse what is no workbook, would unpack to too much, or brings XML entities along."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            inside = parts.infolist()
            if sum(part.file_size for part in inside) > MOST_UNPACKED or len(inside) > 500:
                raise _refuse(_("The file is too large once unpacked."))
            if "[Content_Types].xml" not in parts.namelist():
                raise _refuse(_("This is not a table we can read. Save it as .xlsx or .csv."))
            for part in inside:
                if part.filename.endswith((".xml", ".rels")):
                    with parts.open(part) as opened:
                        if b"<!DOCTYPE" in opened.read(MOST_UNPACKED)[:4096].upper():
                            raise _refuse(
                                _("This is not a table we can read. Save it as .xlsx or .csv.")
                            )
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
        OSError,
        zlib.error,
    ) as error:
        raise _refuse(
            _("This workbook cannot be opened. Open it in your program and save it anew.")
        ) from error


def _cell(cell: Any) -> tuple[str, bool]:
    """A cell's text and whether it is a formula."""
    value = cell.value
    if value is None:
        return "", False
    if getattr(cell, "data_type", "") == "f" or type(value).__name__ in (
        "ArrayFormula",
        "DataTableFormula",
    ):
        return str(getattr(value, "text", value))[:200], True
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unguarded(str(value).strip()[:1000]), False
