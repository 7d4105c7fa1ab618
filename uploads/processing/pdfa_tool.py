"""Runs alone inside the cage (``python -I pdfa_tool.py PDF``): does a PDF keep what PDF/A promises?

Imports nothing of the project. Prints one JSON object: ``part`` and ``conformance`` as the file claims them
and ``problems``, the rules of ISO 19005-2 (level b) it breaks, as far as they can be told without drawing it.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pikepdf

_FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_ACTIONS = {
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState", "/Rendition",
    "/Trans", "/GoTo3DView", "/JavaScript",
}  # fmt: skip
_ANNOTATIONS = {"/3D", "/Sound", "/Screen", "/Movie", "/FileAttachment"}


def main(path: str) -> None:
    """Prints the answer for one file."""
    try:
        with pikepdf.open(path) as document:
            part, conformance = _claim(document)
            problems = sorted(set(_whole(document)) | set(_objects(document)))
    except pikepdf.PasswordError:
        part, conformance, problems = "", "", ["encrypted"]
    print(json.dumps({"part": part, "conformance": conformance, "problems": problems}), flush=True)


def _claim(document: pikepdf.Pdf) -> tuple[str, str]:
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as found:
        return str(found.get("pdfaid:part", "")), str(found.get("pdfaid:conformance", "")).upper()


def _whole(document: pikepdf.Pdf) -> Iterator[str]:
    root = document.Root
    if document.is_encrypted:
        yield "encrypted"
    if "/ID" not in document.trailer:
        yield "no_file_id"
    if "/Metadata" not in root:
        yield "no_metadata"
    if not any(_is_intent(item) for item in root.get("/OutputIntents", [])):
        yield "no_output_intent"
    names: Any = root.get("/Names", {})
    if "/JavaScript" in names:
        yield "scripts"
    if "/EmbeddedFiles" in names:
        yield "embedded_files"
    if "/XFA" in root.get("/AcroForm", {}) or "/NeedsRendering" in root:
        yield "forms"
    if "/AA" in root:
        yield "actions"


def _is_intent(item: Any) -> bool:
    return item.get("/S") == "/GTS_PDFA1" and "/DestOutputProfile" in item


def _objects(document: pikepdf.Pdf) -> Iterator[str]:
    for item in document.objects:
        if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            yield from _one(item)


def _one(item: Any) -> Iterator[str]:
    kind, subtype = str(item.get("/Type", "")), str(item.get("/Subtype", ""))
    if kind == "/Font" and subtype in ("/Type1", "/MMType1", "/TrueType"):
        if "/FontDescriptor" not in item:
            yield "font_not_embedded"
    if kind == "/FontDescriptor" and not any(name in item for name in _FONT_FILES):
        yield "font_not_embedded"
    if str(item.get("/S", "")) in _ACTIONS and kind in ("", "/Action"):
        if kind == "/Action" or any(key in item for key in ("/JS", "/F", "/D", "/N")):
            yield "actions"
    if kind == "/Annot" and subtype in _ANNOTATIONS:
        yield "annotations"
    if isinstance(item, pikepdf.Stream):
        if any(key in item for key in ("/F", "/FFilter", "/FDecodeParms")):
            yield "external_data"
        filters = item.get("/Filter", pikepdf.Array())
        listed = [filters] if isinstance(filters, pikepdf.Name) else list(filters)
        if any(str(name) in ("/LZWDecode", "/Crypt") for name in listed):
            yield "filter"
        if subtype == "/PS" or (subtype == "/Image" and "/Alternates" in item):
            yield "x_objects"


if __name__ == "__main__":
    main(sys.argv[1])
