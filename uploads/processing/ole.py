"""Old binary office files (.ppt, .doc and what WPS writes): password, macros and the true kind."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import olefile

from uploads.processing import pictures
from uploads.processing.errors import Refused
from uploads.processing.limits import Limits

_ENCRYPTED_TOKEN = 0xF3D1C4DF
_RT_DOCUMENT = 0x03E8
_RT_SLIDE_LIST = 0x0FF0
_RT_SLIDE_PERSIST = 0x03F3
_RT_VBA_INFO = 0x0400
_RECORD_LIMIT = 400_000


@dataclass(frozen=True)
class OleFacts:
    """What an OLE file is: format "ppt", "doc", "xls" or "unknown", and its slides where they are known."""

    format: str
    slides: int | None = None


def inspect_ole(path: Path, limits: Limits) -> OleFacts:
    """Looks into an OLE container without any office program.

    Raises:
        Refused: password, macros, ole_damaged, picture_too_large, too_many_slides.
    """
    try:
        with olefile.OleFileIO(str(path)) as container:
            names = {
                "/".join(entry).lower() for entry in container.listdir(streams=True, storages=True)
            }
            if "encryptedpackage" in names or "encryptedsummary" in names:
                raise Refused("password")
            _check_macros(names)
            if "powerpoint document" in names:
                return _powerpoint(container, names, limits)
            if "worddocument" in names:
                return _word(container, limits)
            if "workbook" in names or "book" in names:
                return OleFacts("xls")
            return OleFacts("unknown")
    except Refused:
        raise
    except Exception as error:  # olefile raises many kinds on damaged containers
        raise Refused("ole_damaged") from error


def _check_macros(names: set[str]) -> None:
    for name in names:
        last = name.rsplit("/", 1)[-1]
        if last in ("_vba_project", "vba", "_vba_project_cur", "vbaproject.bin"):
            raise Refused("macros")


def _powerpoint(container: olefile.OleFileIO, names: set[str], limits: Limits) -> OleFacts:
    if "current user" in names:
        user = container.openstream("Current User").read(64)
        if len(user) >= 16 and struct.unpack("<L", user[12:16])[0] == _ENCRYPTED_TOKEN:
            raise Refused("password")
    if container.get_size("PowerPoint Document") > limits.zip_unpacked:
        raise Refused("too_large", limit_mb=limits.zip_unpacked // (1024 * 1024))
    data = container.openstream("PowerPoint Document").read()
    slides = _walk_powerpoint(data)
    if slides > limits.slides:
        raise Refused("too_many_slides", count=slides, limit=limits.slides)
    if "pictures" in names:
        pictures.check_embedded(container.openstream("Pictures").read(), limits)
    return OleFacts("ppt", slides or None)


def _walk_powerpoint(data: bytes) -> int:
    """Counts the slides of the newest document record; refuses macro projects."""
    slides = 0
    left = _RECORD_LIMIT
    stack: list[tuple[int, int, bool]] = [(0, len(data), False)]
    while stack and left:
        at, end, in_slide_list = stack.pop()
        while at + 8 <= end and left:
            left -= 1
            version, kind, length = struct.unpack_from("<HHL", data, at)
            body, following = at + 8, at + 8 + length
            if following > end:
                break
            if kind == _RT_DOCUMENT:
                slides = 0
            if kind == _RT_VBA_INFO and length >= 8:
                persist, has_macros = struct.unpack_from("<LL", data, body)
                if persist and has_macros:
                    raise Refused("macros")
            if kind == _RT_SLIDE_PERSIST and in_slide_list:
                slides += 1
            if version & 0xF == 0xF:
                stack.append((following, end, in_slide_list))
                stack.append((body, following, kind == _RT_SLIDE_LIST and version >> 4 == 0))
                break
            at = following
    return slides


def _word(container: olefile.OleFileIO, limits: Limits) -> OleFacts:
    head = container.openstream("WordDocument").read(64)
    if len(head) < 32 or struct.unpack("<H", head[:2])[0] not in (0xA5EC, 0xA5DC):
        raise Refused("ole_damaged")
    (flags,) = struct.unpack("<H", head[10:12])
    if flags & 0x0100:
        raise Refused("password")
    for stream in ("Data", "WordDocument"):
        if container.exists(stream) and container.get_size(stream) <= limits.zip_unpacked:
            pictures.check_embedded(container.openstream(stream).read(), limits)
    return OleFacts("doc")
