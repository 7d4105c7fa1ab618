"""Which fonts a file asks for: what its slides, styles and theme name, in every format but PDF.

Names that nothing is written with are among them; only the drawn pages tell which are used (``drawn``).
"""

from __future__ import annotations

import logging
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import olefile
from lxml import etree

from uploads.processing import xmlguard
from uploads.processing.relationships import relations

_logger = logging.getLogger(__name__)
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_WORDS = re.compile(r"word/(document|footnotes|endnotes|header\d*|footer\d*)\.xml")
MOST = 200
_PART_LIMIT = 32 * 1024 * 1024
_SCRIPTS = {"ja-jp": "Jpan", "ko-kr": "Hang", "zh-tw": "Hant", "zh-hk": "Hant"}
_TABLE_1, _FONT_TABLE = 0x0200, 0x0112


class Asked(NamedTuple):
    """A font that a file names. east: for Chinese characters, else for Latin ones; by_theme: the theme's own
    for simplified Chinese where it names none, which LibreOffice does not look at; slides: where it may be
    used, None for anywhere; near: written there itself, not in what it is made from."""

    name: str
    east: bool = False
    by_theme: bool = False
    slides: frozenset[int] | None = None
    near: bool = False


def fonts_of(path: Path, form: str) -> list[Asked]:
    """The fonts an inspected file of the format ``form`` names, the near ones first, at most ``MOST`` (each is
    a question to fontconfig); none where it cannot be read."""
    readers = {
        "pptx": _slides, "ppsx": _slides, "potx": _slides, "docx": _document,
        "odp": _open_document, "odt": _open_document, "doc": _old_document,
    }  # fmt: skip
    reader = readers.get(form)
    try:
        found = set(reader(path)) if reader else set()
    except Exception as error:  # damaged parts raise anything
        _logger.info("the fonts of a file cannot be read: %r", error)
        return []
    named = [asked for asked in found if asked.name and not asked.name.startswith("+")]
    named.sort(key=lambda asked: (not asked.near, asked.name, asked.east, asked.by_theme))
    return named[:MOST]


def _slides(path: Path) -> Iterator[Asked]:
    """Of the slides themselves, and of the layouts, masters and themes they are made from."""
    with zipfile.ZipFile(path) as package:
        made_from: dict[str, set[int]] = {}
        for number, part in enumerate(_order(package), start=1):
            yield from _typefaces(_read(package, part), frozenset({number}), near=True)
            for kinds in ("slideLayout", "slideMaster", "theme"):
                part = next((p for _i, kind, p in relations(package, part) if kind == kinds), "")
                if not part:
                    break
                made_from.setdefault(part, set()).add(number)
        for part, numbers in made_from.items():
            root, slides = _read(package, part), frozenset(numbers)
            schemes = root.findall(f"{_A}themeElements/{_A}fontScheme")
            if etree.QName(root).localname != "theme":
                yield from _typefaces(root, slides)
            for scheme in schemes:
                yield from _theme_fonts(scheme, slides)


def _order(package: zipfile.ZipFile) -> list[str]:
    """The parts of the slides as they follow each other."""
    main = next(part for _id, kind, part in relations(package, "") if kind == "officeDocument")
    listed = {identity: part for identity, _kind, part in relations(package, main)}
    return [
        listed[str(value)]
        for entry in _read(package, main).iter("{*}sldId")
        for key, value in entry.attrib.items()
        if "}" in str(key) and str(value) in listed
    ]


def _typefaces(
    root: etree._Element, slides: frozenset[int] | None, *, near: bool = False
) -> Iterator[Asked]:
    for element in root.iter(f"{_A}latin", f"{_A}ea"):
        if not any(above.tag == f"{_MC}Fallback" for above in element.iterancestors()):
            name = (element.get("typeface") or "").strip()
            yield Asked(name, element.tag == f"{_A}ea", False, slides, near)


def _theme_fonts(
    scheme: etree._Element,
    slides: frozenset[int] | None,
    script: str = "Hans",
    *,
    drawn: bool = False,
) -> Iterator[Asked]:
    """Of a theme's headings and text. ``drawn``: the font of the script is looked at (Writer does)."""
    for fonts in scheme.iter(f"{_A}majorFont", f"{_A}minorFont"):
        yield from _typefaces(fonts, slides)
        east = fonts.find(f"{_A}ea")
        if east is not None and east.get("typeface"):
            continue
        for font in fonts.iter(f"{_A}font"):
            if font.get("script") == script:
                yield Asked(font.get("typeface", ""), True, not drawn, slides)


def _document(path: Path) -> Iterator[Asked]:
    """Fonts written on runs, of the styles that are used with what they are based on, and of the theme."""
    with zipfile.ZipFile(path) as package:
        names = set(package.namelist())
        parts = [_read(package, name) for name in names if _WORDS.fullmatch(name)]
        theme = [n for n in names if n.startswith("word/theme/") and n.endswith(".xml")]
        themes = [_read(package, name) for name in theme]
        styles = _read(package, "word/styles.xml") if "word/styles.xml" in names else None
        settings = _read(package, "word/settings.xml") if "word/settings.xml" in names else None
    used = {
        element.get(f"{_W}val", "")
        for part in parts
        for element in part.iter(f"{_W}pStyle", f"{_W}rStyle", f"{_W}tblStyle")
    }
    by_theme = False
    for source in [*parts, *([] if styles is None else _used_styles(styles, used))]:
        for element in source.iter(f"{_W}rFonts"):
            yield Asked(element.get(f"{_W}ascii", ""))
            yield Asked(element.get(f"{_W}hAnsi", ""))
            yield Asked(element.get(f"{_W}eastAsia", ""), True)
            by_theme = by_theme or any(str(key).endswith("Theme") for key in element.attrib)
    language = settings.find(f"{_W}themeFontLang") if settings is not None else None
    spoken = language.get(f"{_W}eastAsia", "") if language is not None else ""
    for root in themes if by_theme else ():
        yield from _theme_fonts(root, None, _SCRIPTS.get(spoken.lower(), "Hans"), drawn=True)


def _used_styles(styles: etree._Element, used: set[str]) -> Iterator[etree._Element]:
    """The document's defaults, the default styles, and the used ones with all they are based on."""
    yield from styles.iter(f"{_W}docDefaults")
    by_id = {style.get(f"{_W}styleId", ""): style for style in styles.iter(f"{_W}style")}
    used = used | {name for name, style in by_id.items() if style.get(f"{_W}default") == "1"}
    seen: set[str] = set()
    waiting = list(used)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in by_id:
            continue
        seen.add(name)
        yield by_id[name]
        base = by_id[name].find(f"{_W}basedOn")
        if base is not None:
            waiting.append(base.get(f"{_W}val", ""))


def _open_document(path: Path) -> Iterator[Asked]:
    """Font faces that a style names, and families written into one; those of the content itself are near."""
    faces: dict[str, str] = {}
    styles: list[tuple[bool, etree._Element]] = []
    with zipfile.ZipFile(path) as package:
        for part in {"content.xml", "styles.xml"} & set(package.namelist()):
            root = _read(package, part)
            for face in root.iter(f"{_STYLE}font-face"):
                faces[face.get(f"{_STYLE}name", "")] = face.get(f"{_SVG}font-family", "")
            near = part == "content.xml"
            styles += [(near, style) for style in root.iter(f"{_STYLE}text-properties")]
    for near, style in styles:
        for east, end in ((False, ""), (True, "-asian")):
            family = style.get(f"{_STYLE if east else _FO}font-family{end}", "")
            name = faces.get(style.get(f"{_STYLE}font-name{end}", ""), family)
            yield Asked(name.split(",")[0].strip("'\" "), east, near=near)


def _old_document(path: Path) -> Iterator[Asked]:
    """The list of fonts of a Word 97-2003 file ([MS-DOC] SttbfFfn), which does not say what for."""
    with olefile.OleFileIO(str(path)) as container:
        head = container.openstream("WordDocument").read(1024)
        (flags,) = struct.unpack_from("<H", head, 10)
        start, length = struct.unpack_from("<LL", head, _FONT_TABLE)
        table = container.openstream("1Table" if flags & _TABLE_1 else "0Table").read()
    entries = table[start : start + length]
    at = 4
    while at < len(entries):
        name = _ended(entries[at + 40 : at + 1 + entries[at]])
        yield Asked(name)
        yield Asked(name, True)
        at += 1 + entries[at]


def _ended(data: bytes) -> str:
    """UTF-16 text up to its zero."""
    return data[: len(data) // 2 * 2].decode("utf-16-le", "replace").split("\0", 1)[0].strip()


def _read(package: zipfile.ZipFile, name: str) -> etree._Element:
    if package.getinfo(name).file_size > _PART_LIMIT:
        raise ValueError(name)
    return xmlguard.parse(package.read(name))
