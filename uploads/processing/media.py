"""Sound and video inside a deck: which slide has which, what its bytes are, and a copy of them.

Read from the inspected copy only, part by part: nothing is decoded here.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from uploads.processing import xmlguard
from uploads.processing.errors import Refused
from uploads.processing.inspection import Inspected
from uploads.processing.relationships import relations

_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_R_ID = f"{{{_RELATIONSHIPS}}}id"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_MEDIA = {"video", "audio", "media"}
_STRANGE = re.compile(r"[^\w.\-]+")
_HEAD = 512
_ASF = bytes.fromhex("3026b2758e66cf11")
_SOUND_BRANDS = (b"M4A ", b"M4B ", b"F4A ")
UNKNOWN = "application/octet-stream"
#: What browsers can play; whether this one can is asked in the page.
PLAYABLE = {
    "video/mp4", "video/webm", "video/ogg",
    "audio/mpeg", "audio/mp4", "audio/wav", "audio/ogg", "audio/flac", "audio/aac",
}  # fmt: skip


@dataclass(frozen=True)
class Media:
    """A sound or video of a slide (1-based): its part in the package, its type by content, its size
    in bytes, and a name to download it under."""

    slide: int
    part: str
    type: str
    size: int
    name: str


def playable(media_type: str) -> bool:
    """Whether some browser plays this kind; everything else is only a download."""
    return media_type in PLAYABLE


def find_media(inspected: Inspected, most: int = 200) -> list[Media]:
    """The embedded sound and video of a deck in the order of its slides, at most `most`.

    Empty for other formats, and for packages whose parts cannot be read.
    """
    readers = {"pptx": _ooxml, "ppsx": _ooxml, "potx": _ooxml, "odp": _odp}
    reader = readers.get(inspected.format)
    if reader is None:
        return []
    found: list[Media] = []
    try:
        with zipfile.ZipFile(inspected.path) as package:
            names = set(package.namelist())
            for slide, part in reader(package):
                if part not in names or any(m.slide == slide and m.part == part for m in found):
                    continue
                found.append(_described(package, slide, part))
                if len(found) >= most:
                    break
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, Refused):
        return found
    return found


def copy_media(inspected: Inspected, media: Media, target: Path) -> None:
    """The bytes of one sound or video as a file of its own."""
    with zipfile.ZipFile(inspected.path) as package, package.open(media.part) as source:
        with target.open("wb") as out:
            shutil.copyfileobj(source, out, 1024 * 1024)


def sniff_media(head: bytes) -> str:
    """The type of a sound or video by its first bytes; `UNKNOWN` for what browsers do not play."""
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:12] in _SOUND_BRANDS else "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else UNKNOWN
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "audio/wav"
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:_HEAD] else "audio/ogg"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    if head.startswith(b"ID3"):
        return "audio/mpeg"
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        layer = head[1] & 0x06
        if layer:
            return "audio/mpeg"
        return "audio/aac" if head[1] & 0xF0 == 0xF0 else UNKNOWN
    if head.startswith(_ASF):
        return "video/x-ms-asf"
    if head.startswith(b"RIFF") and head[8:11] == b"AVI":
        return "video/x-msvideo"
    return UNKNOWN


def _described(package: zipfile.ZipFile, slide: int, part: str) -> Media:
    with package.open(part) as source:
        head = source.read(_HEAD)
    name = _STRANGE.sub("_", posixpath.basename(part))[-80:] or "media"
    return Media(slide, part, sniff_media(head), package.getinfo(part).file_size, name)


def _ooxml(package: zipfile.ZipFile) -> Iterator[tuple[int, str]]:
    main = next(
        (part for _id, kind, part in relations(package, "") if kind == "officeDocument"),
        "ppt/presentation.xml",
    )
    slides = {name: part for name, _kind, part in relations(package, main)}
    listed = xmlguard.parse(package.read(main)).iterfind(f"{_P}sldIdLst/{_P}sldId")
    for number, item in enumerate(listed, start=1):
        part = slides.get(item.get(_R_ID) or "")
        if part is None:
            continue
        for _id, kind, target in relations(package, part):
            if kind in _MEDIA:
                yield number, target


def _odp(package: zipfile.ZipFile) -> Iterator[tuple[int, str]]:
    pages = xmlguard.parse(package.read("content.xml")).iter(f"{_DRAW}page")
    for number, page in enumerate(pages, start=1):
        for plugin in page.iter(f"{_DRAW}plugin"):
            target = posixpath.normpath((plugin.get(_HREF) or "").strip())
            if target and ":" not in target and not target.startswith(("/", "..")):
                yield number, target
