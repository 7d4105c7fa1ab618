"""Office packages (OOXML and OpenDocument): what they are, and the inspected copy that is opened later."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from uploads.processing import links, pictures, vba, xmlguard
from uploads.processing.errors import Refused
from uploads.processing.findings import Finding
from uploads.processing.limits import Limits
from uploads.processing.zips import Package

_CONTENT_TYPES = "[Content_Types].xml"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_MAIN_TYPES = {
    f"{_OFFICE}presentationml.presentation.main+xml": "pptx",
    f"{_OFFICE}presentationml.slideshow.main+xml": "ppsx",
    f"{_OFFICE}presentationml.template.main+xml": "potx",
    f"{_OFFICE}wordprocessingml.document.main+xml": "docx",
    f"{_OFFICE}wordprocessingml.template.main+xml": "dotx",
    f"{_OFFICE}spreadsheetml.sheet.main+xml": "xlsx",
}
_ODF_TYPES = {
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.oasis.opendocument.presentation-template": "odp",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.text-template": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_SLIDE_RELS = re.compile(r"ppt/slides/_rels/[^/]+\.rels")
_MACRO_PART = re.compile(r"(^|/)vba(project|data)[^/]*\.(bin|xml)(\.rels)?$", re.IGNORECASE)
_MACRO_FILE = re.compile(r"\.(pptm|ppsm|potm|ppam|docm|dotm|xlsm|xltm|xlam)$", re.IGNORECASE)
_MACRO_TYPE = re.compile(r"macroenabled|vbaproject|vbadata", re.IGNORECASE)
_PLAIN_TYPES = {
    b"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml": "presentationml.presentation",
    b"application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml": "presentationml.slideshow",
    b"application/vnd.ms-powerpoint.template.macroEnabled.main+xml": "presentationml.template",
    b"application/vnd.ms-word.document.macroEnabled.main+xml": "wordprocessingml.document",
}
_PROJECT_LIMIT = 8 * 1024 * 1024
_ODF_MACRO = re.compile(r"^(Basic|Scripts)/.", re.IGNORECASE)
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_STRICT_P = "{http://purl.oclc.org/ooxml/presentationml/main}"
_DRAW_PAGE = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}page"


@dataclass(frozen=True)
class PackageFacts:
    """What the package turned out to be, and its slides where it is a deck."""

    format: str
    slides: int | None = None
    findings: tuple[Finding, ...] = field(default=())


def inspect_package(source: Path, copy: Path, limits: Limits) -> PackageFacts:
    """Checks every part of an office package in a stream and writes the inspected copy.

    Raises:
        Refused: every zip_*, xml_*, package_damaged, macros, password, picture_too_large, ...
    """
    with Package(source, limits) as package:
        findings = _check_macros(package)
        format_ = _identify(package, limits, empty_macros=bool(findings))
        slides: list[int] = []
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
            for name in _ordered(package):
                _copy_part(package, name, out, limits, format_, findings, slides)
        return PackageFacts(format_, slides[0] if slides else None, tuple(findings))


def _ordered(package: Package) -> list[str]:
    """OpenDocument wants its ``mimetype`` first and stored. What slides lead to comes when it is known how many
    there are."""
    names = (name for name in package.members if not _MACRO_PART.search(name))
    return sorted(names, key=lambda name: (name != "mimetype", bool(_SLIDE_RELS.fullmatch(name))))


def _check_macros(package: Package) -> list[Finding]:
    """Refuses macros. A project whose procedures are all empty is left out of the copy and reported."""
    found = False
    for name in package.members:
        if _MACRO_FILE.search(name):
            raise Refused("macros")
        if _MACRO_PART.search(name) and name.lower().endswith(".bin"):
            found = True
            if package.members[name].file_size > _PROJECT_LIMIT:
                raise Refused("macros")
            if not vba.is_empty(package.read(name, _PROJECT_LIMIT)):
                raise Refused("macros")
    return [Finding("empty_macros_removed")] if found else []


def _identify(package: Package, limits: Limits, *, empty_macros: bool) -> str:
    members = package.members
    if _CONTENT_TYPES in members:
        return _identify_ooxml(package, limits, empty_macros)
    if "mimetype" in members and members["mimetype"].file_size < 200:
        return _identify_odf(package, limits)
    return "zip"


def _identify_ooxml(package: Package, limits: Limits, empty_macros: bool) -> str:
    if package.has_folders:
        # No office program stores folders (ECMA-376 part 2 knows parts only): somebody unpacked
        # the document and put it together by hand. Saving it anew in an office program heals it.
        raise Refused("zip_repacked")
    types = _checked_tree(package, _CONTENT_TYPES, limits)
    overrides: dict[str, str] = {}
    defaults: dict[str, str] = {}
    for item in types:
        content_type = item.get("ContentType") or ""
        if _MACRO_TYPE.search(content_type) and not empty_macros:
            raise Refused("macros")
        content_type = _plain_type(content_type)
        if item.get("PartName"):
            overrides[item.get("PartName", "").lower()] = content_type
        else:
            defaults[item.get("Extension", "").lower()] = content_type
    if "_rels/.rels" not in package.members:
        raise Refused("package_damaged")
    for item in _checked_tree(package, "_rels/.rels", limits):
        if (item.get("Type") or "").endswith("/officeDocument"):
            target = posixpath.normpath("/" + (item.get("Target") or "").lstrip("/"))
            found = overrides.get(target.lower()) or defaults.get(
                target.rsplit(".", 1)[-1].lower(), ""
            )
            if target.lstrip("/") not in package.members:
                raise Refused("package_damaged")
            return _MAIN_TYPES.get(found, "zip")
    raise Refused("package_damaged")


def _plain_type(content_type: str) -> str:
    plain = _PLAIN_TYPES.get(content_type.encode("ascii", "replace"))
    return f"{_OFFICE}{plain}.main+xml" if plain else content_type


def _identify_odf(package: Package, limits: Limits) -> str:
    declared = package.read("mimetype", 200).decode("ascii", "replace").strip()
    found = _ODF_TYPES.get(declared, "zip")
    if found == "zip":
        return found
    if any(_ODF_MACRO.match(name) for name in package.members):
        _check_odf_macros(package)
    manifest = "META-INF/manifest.xml"
    if manifest not in package.members or "content.xml" not in package.members:
        raise Refused("package_damaged")
    for element in _checked_tree(package, manifest, limits).iter():
        if isinstance(element.tag, str) and etree.QName(element).localname == "encryption-data":
            raise Refused("password")
    return found


def _check_odf_macros(package: Package) -> None:
    """Empty library lists are written by LibreOffice into every file; modules are macros."""
    for name in package.members:
        if _ODF_MACRO.match(name) and not name.lower().endswith(
            (".xlb", ".xlc", "-lb.xml", "-lc.xml")
        ):
            raise Refused("macros")


def _checked_tree(package: Package, name: str, limits: Limits) -> etree._Element:
    data = package.read(name, limits.xml_part)
    xmlguard.check(data, name, limits)
    return xmlguard.parse(data)


def _copy_part(
    package: Package,
    name: str,
    out: zipfile.ZipFile,
    limits: Limits,
    format_: str,
    findings: list[Finding],
    slides: list[int],
) -> None:
    info = package.members[name]
    fresh = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    packed = info.compress_size < 0.9 * info.file_size and name != "mimetype"
    fresh.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    lower = name.lower()
    if lower.endswith((".xml", ".rels")):
        data = package.read(name, limits.xml_part)
        xmlguard.check(data, name, limits)
        members = package.members
        out.writestr(fresh, _rewrite(name, data, format_, limits, findings, slides, members))
        return
    if lower.endswith((".vml", ".svg")):
        strip = links.strip_svg if lower.endswith(".svg") else links.strip_markup
        data = package.read(name, limits.xml_part)
        out.writestr(fresh, _rewrite_markup(data, name, limits, findings, strip))
        return
    with out.open(fresh, "w") as target:
        _scan_binary(package, name, target.write, limits)


def _scan_binary(
    package: Package, name: str, write: Callable[[bytes], object], limits: Limits
) -> None:
    """Pictures by their header, and markup in parts that do not call themselves XML."""
    head = b""
    checked = False
    guard: xmlguard.Guard | None = None
    for chunk in package.chunks(name):
        if guard is None and not head and xmlguard.looks_like_xml(chunk):
            guard = xmlguard.Guard(name, limits)
        if guard is not None:
            guard = _feed(guard, chunk, head)
        if len(head) < pictures.HEAD:
            head += chunk[: pictures.HEAD - len(head)]
        elif not checked:
            checked = _check_head(name, head, limits)
        write(chunk)
    if not checked:
        _check_head(name, head, limits)


def _feed(guard: xmlguard.Guard, chunk: bytes, head: bytes) -> xmlguard.Guard | None:
    """VML and HTML parts need not be well-formed; a DOCTYPE in them is still refused."""
    try:
        guard.feed(chunk)
    except Refused as refusal:
        if refusal.code != "xml_damaged":
            raise
        if xmlguard.has_doctype(head[:65_536] + chunk[:65_536]):
            raise Refused("xml_doctype") from refusal
        return None
    return guard


def _check_head(name: str, head: bytes, limits: Limits) -> bool:
    if pictures.is_picture(name, head):
        pictures.check(head, limits)
    return True


def _rewrite(
    name: str,
    data: bytes,
    format_: str,
    limits: Limits,
    findings: list[Finding],
    slides: list[int],
    members: Container[str],
) -> bytes:
    if format_ in ("odp", "odt", "ods"):
        return _rewrite_odf(name, data, format_, limits, findings, slides)
    removed: list[Finding] = []
    root: etree._Element | None = None
    if name == _CONTENT_TYPES:
        for macro, plain in _PLAIN_TYPES.items():
            data = data.replace(macro, f"{_OFFICE}{plain}.main+xml".encode())
        return data
    if name.lower().endswith(".rels"):
        root = xmlguard.parse(data)
        removed = links.strip_relationships(root, name)
        changed = links.drop_macros(root)
        changed = links.forget_missing_colours(root, name, members) or changed
        if slides and _SLIDE_RELS.fullmatch(name):
            changed = links.lead_nowhere(root, slides[0]) or changed
        if changed and not removed:
            return xmlguard.tostring(root)
    elif format_ in ("pptx", "ppsx", "potx") and _is_presentation(data):
        _count_slides(xmlguard.parse(data), limits, slides)
    elif b"imagedata" in data or b"instr" in data or b"\x00" in data[:64]:
        root = xmlguard.parse(data)
        removed = links.strip_markup(root)
    if root is None or not removed:
        return data
    findings += removed
    return xmlguard.tostring(root)


def _rewrite_markup(
    data: bytes,
    name: str,
    limits: Limits,
    findings: list[Finding],
    strip: Callable[[etree._Element], list[Finding]],
) -> bytes:
    """VML need not be well-formed: what is not goes on as it is, unless it carries a DOCTYPE."""
    try:
        xmlguard.check(data, name, limits)
        root = xmlguard.parse(data)
    except Refused as refusal:
        if refusal.code != "xml_damaged":
            raise
        if xmlguard.has_doctype(data):
            raise Refused("xml_doctype") from refusal
        return data
    removed = strip(root)
    findings += removed
    # A picture is written anew, for what stands around its root is fetched too (style sheets).
    return xmlguard.tostring(root) if removed or strip is links.strip_svg else data


def _is_presentation(data: bytes) -> bool:
    return b"sldMasterIdLst" in data or b"sldIdLst" in data or b"sldSz" in data


def _count_slides(root: etree._Element, limits: Limits, slides: list[int]) -> None:
    for prefix in (_P, _STRICT_P):
        if root.tag == f"{prefix}presentation":
            count = len(root.findall(f"{prefix}sldIdLst/{prefix}sldId"))
            if count > limits.slides:
                raise Refused("too_many_slides", count=count, limit=limits.slides)
            slides.append(count)


def _rewrite_odf(
    name: str, data: bytes, format_: str, limits: Limits, findings: list[Finding], slides: list[int]
) -> bytes:
    if (
        name not in ("content.xml", "styles.xml")
        and b"xlink" not in data
        and b"\x00" not in data[:64]
    ):
        return data
    root = xmlguard.parse(data)
    if name == "content.xml" and format_ == "odp":
        count = sum(1 for _ in root.iter(_DRAW_PAGE))
        if count > limits.slides:
            raise Refused("too_many_slides", count=count, limit=limits.slides)
        slides.append(count)
    removed = links.strip_odf(root)
    findings += removed
    return xmlguard.tostring(root) if removed else data
