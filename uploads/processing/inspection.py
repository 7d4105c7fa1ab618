"""Inspection: everything that is checked before any program opens an uploaded file.

The original is only read. What LibreOffice, python-pptx and pypdfium2 open later is ``Inspected.path``, a
copy without links to the outside and with a plain structure.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from uploads.processing import kinds, packages, pdf, plaintext
from uploads.processing.cage import CageOptions
from uploads.processing.errors import Refused
from uploads.processing.findings import Finding
from uploads.processing.limits import MIB, Limits
from uploads.processing.ole import inspect_ole

#: file ending -> formats its content may have
_FORMATS: dict[str, tuple[str, ...]] = {
    ".pptx": ("pptx", "ppsx", "potx"),
    ".ppsx": ("pptx", "ppsx", "potx"),
    ".potx": ("pptx", "ppsx", "potx"),
    ".ppt": ("ppt",),
    ".pps": ("ppt",),
    ".dps": ("ppt", "pptx"),
    ".odp": ("odp",),
    ".docx": ("docx",),
    ".doc": ("doc",),
    ".wps": ("doc", "docx"),
    ".odt": ("odt",),
    ".pdf": ("pdf",),
    ".txt": ("txt",),
    ".md": ("md",),
}


@dataclass(frozen=True)
class Inspected:
    """A file that may be opened.

    path: the inspected copy (ending fits ``format``); format: "pptx", "ppsx", "potx", "ppt", "odp", "pdf",
    "docx", "doc", "odt", "txt" or "md"; name: the cleaned name; sha256, size: of the original, bytes;
    pages: slides or pages where they are known before conversion.
    """

    path: Path
    format: str
    kind: str
    name: str
    extension: str
    sha256: str
    size: int
    pages: int | None = None
    encoding: str | None = None
    findings: tuple[Finding, ...] = field(default=())


def inspect(
    source: Path,
    filename: str,
    kind: str,
    work_dir: Path,
    limits: Limits | None = None,
    cage: CageOptions | None = None,
) -> Inspected:
    """Checks an uploaded file and makes the copy that may be opened.

    Args:
        source: the original; never changed.
        filename: the name as uploaded.
        kind: "deck" or "manuscript".
        work_dir: an existing folder of this job; the copy is written there.
        cage: for PDFs, which are counted by pypdfium2 in a caged process.

    Raises:
        Refused: with the code and params of the reason.
        ConversionFailed: cage_missing (PDF only).
    """
    limits = limits or Limits()
    name = kinds.clean_filename(filename, kind)
    size = source.stat().st_size
    if size == 0:
        raise Refused("empty")
    if size > limits.file_size:
        raise Refused("too_large", limit_mb=limits.file_size // MIB)
    digest, head = _digest(source)
    checked = _check(source, name.extension, head, work_dir, limits, cage or CageOptions())
    return Inspected(
        path=checked.path,
        format=checked.format,
        kind=kind,
        name=name.name,
        extension=name.extension,
        sha256=digest,
        size=size,
        pages=checked.pages,
        encoding=checked.encoding,
        findings=checked.findings,
    )


@dataclass(frozen=True)
class _Checked:
    path: Path
    format: str
    pages: int | None = None
    encoding: str | None = None
    findings: tuple[Finding, ...] = ()


def _digest(source: Path) -> tuple[str, bytes]:
    digest = hashlib.sha256()
    head = b""
    with source.open("rb") as file:
        while chunk := file.read(MIB):
            head = head or chunk[:1024]
            digest.update(chunk)
    return digest.hexdigest(), head


def _check(
    source: Path, extension: str, head: bytes, work_dir: Path, limits: Limits, cage: CageOptions
) -> _Checked:
    if extension in (".txt", ".md"):
        return _text(source, extension, work_dir, limits)
    found = kinds.sniff(head)
    if found == kinds.ZIP:
        return _package(source, extension, work_dir, limits)
    if found == kinds.OLE:
        return _ole(source, extension, work_dir, limits)
    if found == kinds.PDF and extension == ".pdf":
        return _pdf(source, work_dir, limits, cage)
    if (extension == ".pdf" and b"%PDF-" in head) or (
        found == kinds.UNKNOWN and b"PK\x03\x04" in head
    ):
        raise Refused("polyglot")
    if extension in (".dps", ".wps"):
        raise Refused("old_format_unreadable", extension=extension)
    raise _wrong(extension, found)


def _wrong(extension: str, found: str) -> Refused:
    return Refused("wrong_content", extension=extension, found=kinds.FOUND_NAMES.get(found, found))


def _package(source: Path, extension: str, work_dir: Path, limits: Limits) -> _Checked:
    copy = work_dir / "inspected.part"
    try:
        facts = packages.inspect_package(source, copy, limits)
        if facts.format not in _FORMATS[extension]:
            raise _wrong(extension, facts.format)
        if facts.slides is None and facts.format in ("pptx", "ppsx", "potx"):
            raise Refused("package_damaged")
        if facts.slides == 0 and not limits.no_slides:
            raise Refused("no_slides")
        path = copy.replace(work_dir / f"inspected.{facts.format}")
    finally:
        copy.unlink(missing_ok=True)
    return _Checked(path, facts.format, facts.slides, None, facts.findings)


def _ole(source: Path, extension: str, work_dir: Path, limits: Limits) -> _Checked:
    facts = inspect_ole(source, limits)
    if facts.format not in _FORMATS[extension]:
        if extension in (".dps", ".wps"):
            raise Refused("old_format_unreadable", extension=extension)
        raise _wrong(extension, facts.format if facts.format != "unknown" else kinds.OLE)
    path = work_dir / f"inspected.{facts.format}"
    shutil.copyfile(source, path)
    return _Checked(path, facts.format, facts.slides)


def _pdf(source: Path, work_dir: Path, limits: Limits, cage: CageOptions) -> _Checked:
    pdf.check_structure(source)
    path = work_dir / "inspected.pdf"
    shutil.copyfile(source, path)
    facts = pdf.info(path, work_dir, cage)
    if facts.pages > limits.pages:
        raise Refused("too_many_pages", count=facts.pages, limit=limits.pages)
    width, height = facts.picture
    if width * height > limits.picture_pixels:
        raise Refused("picture_too_large", width=width, height=height)
    findings = []
    if facts.javascript:
        findings.append(Finding("pdf_javascript"))
    if facts.attachments:
        findings.append(Finding("pdf_attachments"))
    return _Checked(path, "pdf", facts.pages, None, tuple(findings))


def _text(source: Path, extension: str, work_dir: Path, limits: Limits) -> _Checked:
    decoded = plaintext.decode(source, extension, limits)
    path = work_dir / f"inspected{extension}"
    path.write_text(decoded.text, encoding="utf-8")
    findings = (
        ()
        if decoded.encoding == "utf-8"
        else (Finding("text_decoded", None, {"encoding": decoded.encoding.upper()}),)
    )
    return _Checked(path, extension[1:], None, decoded.encoding, findings)
