"""Links out of a document: everything but a plain web or mail address is cut out of the inspected copy."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container
from urllib.parse import unquote

from lxml import etree

from uploads.processing.findings import Finding

_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.\-]*:")
_KEPT_HYPERLINK = re.compile(r"^(https?|mailto):", re.IGNORECASE)
_FIELD = re.compile(
    r"\b(INCLUDEPICTURE|INCLUDETEXT|INCLUDE|IMPORT|LINK|DDE|DDEAUTO|DATABASE|RD)\b", re.IGNORECASE
)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VML = "{urn:schemas-microsoft-com:vml}"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_ODF_HYPERLINKS = {"a"}
_SHOWN = 120
_NUMBER = re.compile(r"(\d{1,9})\.xml$")
_SVG_ADDRESS = re.compile(
    r"""url\(\s*['"]?(?!\s*(?:#|data:image/))[^)]*\)|@import[^;]*;?""", re.IGNORECASE
)
_SVG_KEPT = re.compile(r"\s*(#|data:image/(png|jpeg|gif))", re.IGNORECASE)


def is_external(target: str) -> bool:
    """True for a target that leads out of the package: any scheme, UNC path, network path."""
    plain = unquote(target).strip().lstrip("\x00\t\r\n ")
    return bool(_SCHEME.match(plain)) or plain.startswith(("//", "\\\\", "/\\", "\\/"))


def _escapes(target: str, base: str) -> bool:
    path = unquote(target).replace("\\", "/")
    if path.startswith("/"):
        return ".." in path.split("/")
    return posixpath.normpath(posixpath.join(base, path)).startswith("..")


def lead_nowhere(root: etree._Element, slides: int) -> bool:
    """Links from slide to slide beyond the last of ``slides``, by the number in the target's name, lead nowhere;
    True when there were any.

    LibreOffice 7.4 crashes on them. What is linked keeps its look.
    """
    found = False
    for item in root:
        if (item.get("Type") or "").endswith("/slide"):
            number = _NUMBER.search(item.get("Target", ""))
            if number is None or not 0 < int(number.group(1)) <= slides:
                item.set("Target", "#")
                item.set("TargetMode", "External")
                found = True
    return found


def forget_missing_colours(root: etree._Element, part: str, members: Container[str]) -> bool:
    """Removes relationships to a diagram's colours that are not among the package's ``members``; True when there
    were any.

    LibreOffice 7.4 crashes on them, of all parts of a diagram. Without, it draws the diagram as it was saved.
    """
    base = posixpath.dirname(posixpath.dirname(part))
    found = [
        item
        for item in root
        if (item.get("Type") or "").endswith("/diagramColors")
        and posixpath.normpath(posixpath.join("/", base, item.get("Target", ""))).lstrip("/")
        not in members
    ]
    for item in found:
        root.remove(item)
    return bool(found)


def strip_relationships(root: etree._Element, part: str) -> list[Finding]:
    """Removes relationships that lead out of the package from a ``.rels`` tree.

    Web and mail hyperlinks stay. Args: part: name of the .rels member. Returns what was removed, with the
    part it was removed from (pre-flight makes a slide number of it).
    """
    removed: list[Finding] = []
    base = posixpath.dirname(posixpath.dirname(part))
    for item in list(root):
        if not isinstance(item.tag, str):
            continue
        target = item.get("Target", "")
        external = (item.get("TargetMode") or "").lower() == "external"
        if not external and not is_external(target) and not _escapes(target, base):
            continue
        hyperlink = (item.get("Type") or "").rstrip("/").endswith("/hyperlink")
        if hyperlink and _KEPT_HYPERLINK.match(target.strip()):
            item.set("TargetMode", "External")
            continue
        if hyperlink and target.startswith("#"):
            continue
        root.remove(item)
        values = {"target": _shown(target), "part": f"{base}/{_owner(part)}"}
        removed.append(Finding("hyperlink_removed" if hyperlink else "link_removed", None, values))
    return removed


def _owner(part: str) -> str:
    return posixpath.basename(part).removesuffix(".rels")


def drop_macros(root: etree._Element) -> bool:
    """Removes relationships to macro projects from a ``.rels`` tree; True when there were any."""
    found = [item for item in root if (item.get("Type") or "").lower().endswith("/vbaproject")]
    for item in found:
        root.remove(item)
    return bool(found)


def strip_markup(root: etree._Element) -> list[Finding]:
    """Removes outside addresses written straight into OOXML parts: VML pictures and Word fields."""
    removed: list[Finding] = []
    for element in root.iter(f"{_VML}imagedata", f"{_VML}fill", f"{_VML}stroke"):
        for name, value in list(element.attrib.items()):
            if etree.QName(name).localname in ("src", "href", "althref") and is_external(
                str(value)
            ):
                del element.attrib[name]
                removed.append(Finding("link_removed", None, {"target": _shown(str(value))}))
    removed += _strip_fields(root)
    return removed


def _strip_fields(root: etree._Element) -> list[Finding]:
    removed: list[Finding] = []
    for simple in root.iter(f"{W}fldSimple"):
        instruction = simple.get(f"{W}instr", "")
        if _FIELD.search(instruction):
            simple.set(f"{W}instr", "")
            removed.append(Finding("link_removed", None, {"target": _shown(instruction)}))
    pieces: list[etree._Element] = []
    for element in root.iter(f"{W}fldChar", f"{W}instrText"):
        if element.tag == f"{W}instrText":
            pieces.append(element)
            continue
        instruction = "".join(p.text or "" for p in pieces)
        if _FIELD.search(instruction):
            for piece in pieces:
                piece.text = ""
            removed.append(Finding("link_removed", None, {"target": _shown(instruction)}))
        pieces = []
    return removed


def strip_odf(root: etree._Element) -> list[Finding]:
    """Removes outside addresses from an OpenDocument part; web and mail hyperlinks stay."""
    removed: list[Finding] = []
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        target = element.get(_XLINK_HREF)
        if not target or target.startswith("#"):
            continue
        hyperlink = etree.QName(element).localname in _ODF_HYPERLINKS
        if hyperlink and _KEPT_HYPERLINK.match(target.strip()):
            continue
        if hyperlink or is_external(target) or _escapes(target, ""):
            del element.attrib[_XLINK_HREF]
            removed.append(
                Finding(
                    "hyperlink_removed" if hyperlink else "link_removed",
                    None,
                    {"target": _shown(target)},
                )
            )
    return removed


def strip_svg(root: etree._Element) -> list[Finding]:
    """Removes from an SVG picture whatever is fetched when it is drawn: addresses that are no part of it, style
    sheets, scripts. Pictures written into it stay."""
    removed: list[Finding] = []
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or etree.QName(element).localname == "script":
            if element.getparent() is not None:
                element.getparent().remove(element)
            continue
        for name, value in list(element.attrib.items()):
            local = etree.QName(str(name)).localname
            if local in ("href", "src") and not _SVG_KEPT.match(str(value)):
                del element.attrib[name]
                removed.append(Finding("link_removed", None, {"target": _shown(str(value))}))
            elif _SVG_ADDRESS.search(str(value)):
                element.set(name, _SVG_ADDRESS.sub("none", str(value)))
                removed.append(Finding("link_removed", None, {"target": _shown(str(value))}))
        if element.text and _SVG_ADDRESS.search(element.text):
            removed.append(Finding("link_removed", None, {"target": _shown(element.text)}))
            element.text = _SVG_ADDRESS.sub("none", element.text)
    return removed


def _shown(target: str) -> str:
    plain = "".join(c for c in target if c.isprintable()).strip()
    return plain[:_SHOWN]
