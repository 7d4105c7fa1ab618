"""XML parts are read once by expat, in a stream, before any tree builder sees them."""

from __future__ import annotations

import io
from xml.parsers import expat

from lxml import etree

from uploads.processing.errors import Refused
from uploads.processing.limits import Limits

#: Encodings both expat and libxml2 read the same way; anything else (UTF-7 ...) may hide a DOCTYPE.
_ENCODINGS = {"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "iso-8859-1"}


class Guard:
    """Feeds one XML part to expat and refuses DOCTYPE, entities, depth and damage. Nothing is kept."""

    def __init__(self, part: str, limits: Limits) -> None:
        self._part = part
        self._limit = limits.xml_depth
        self._depth = 0
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._doctype
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def _doctype(self, *_args: object) -> None:
        raise Refused("xml_doctype")

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in _ENCODINGS:
            raise Refused("xml_damaged", part=self._part)

    def _start(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        if self._depth > self._limit:
            raise Refused("xml_deep", part=self._part)

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def feed(self, chunk: bytes, final: bool = False) -> None:
        """The next bytes of the part; ``final`` closes it.

        Raises:
            Refused: xml_doctype, xml_deep, xml_damaged.
        """
        try:
            self._parser.Parse(chunk, final)
        except (expat.ExpatError, ValueError, UnicodeError) as error:
            raise Refused("xml_damaged", part=self._part) from error


def check(data: bytes, part: str, limits: Limits) -> None:
    """One whole part through the guard."""
    Guard(part, limits).feed(data, final=True)


def parse(data: bytes) -> etree._Element:
    """A tree of XML that went through the guard: no entities, no network, libxml2's own limits on.

    Raises:
        Refused: xml_damaged.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        dtd_validation=False,
    )
    try:
        return etree.parse(io.BytesIO(data), parser).getroot()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("xml_damaged", part="-") from error


def tostring(root: etree._Element) -> bytes:
    """The tree as UTF-8 with a declaration, as office programs write it."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def looks_like_xml(head: bytes) -> bool:
    """True when the first bytes are markup in UTF-8, UTF-16 or UTF-7 whatever the name of the part is."""
    start = head[:256].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").replace(b"\x00", b"")
    return start.startswith((b"<?xml", b"<!DOCTYPE", b"<!doctype", b"<svg", b"+ADw", b"<"))


def has_doctype(head: bytes) -> bool:
    """True when the beginning of a part that is not well-formed XML (VML, HTML) carries a DOCTYPE."""
    plain = head.replace(b"\x00", b"").upper()
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain or b"+ADWAIQ-DOCTYPE" in plain
