"""Is there anything in a macro project? Many old decks carry one whose procedures are all empty."""

from __future__ import annotations

import io
import re
import struct

import olefile

_SOURCE_LIMIT = 1024 * 1024
_OTHER_STREAMS = re.compile(r"^(dir|_vba_project|__srp_.*)$", re.IGNORECASE)
_EMPTY_LINE = re.compile(
    r"^(|'.*|Attribute VB_\w+ = [^:]*|Attribute VB_\w+ = \"[^\"]*\"|Option \w+( \w+)?"
    r"|((Public|Private|Friend|Static) )*(Sub|Function|Property (Get|Let|Set)) \w+ ?\([^:]*\)[^:]*"
    r"|End (Sub|Function|Property))$",
    re.IGNORECASE,
)


def is_empty(project: bytes) -> bool:
    """True when every module of a ``vbaProject.bin`` was read and none has a statement in it.

    Anything unreadable counts as code. The project is never passed on either way.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(project)) as container:
            modules = [
                entry
                for entry in container.listdir()
                if len(entry) == 2
                and entry[0].lower() == "vba"
                and not _OTHER_STREAMS.match(entry[1])
            ]
            return bool(modules) and all(
                _is_empty_module(container.openstream(m).read()) for m in modules
            )
    except Exception:  # damaged on purpose or not: not provably empty
        return False


def _is_empty_module(stream: bytes) -> bool:
    at = stream.rfind(b"\x00Attribut")
    if at < 3:
        return False
    source = decompress(stream[at - 3 :]).decode("latin-1")
    return all(_EMPTY_LINE.match(line.strip()) for line in source.replace("\r", "\n").split("\n"))


def decompress(container: bytes) -> bytes:
    """The MS-OVBA compressed container as plain bytes, at most 1 MiB.

    Raises:
        ValueError: not such a container, or too long.
    """
    if container[:1] != b"\x01":
        raise ValueError("not a compressed container")
    out = bytearray()
    at = 1
    while at + 2 <= len(container):
        (header,) = struct.unpack_from("<H", container, at)
        end = min(len(container), at + (header & 0x0FFF) + 3)
        if header >> 15:
            _chunk(container[at + 2 : end], out)
        else:
            out += container[at + 2 : at + 2 + 4096]
        at = end
        if len(out) > _SOURCE_LIMIT:
            raise ValueError("too long")
    return bytes(out)


def _chunk(data: bytes, out: bytearray) -> None:
    start = len(out)
    at = 0
    while at < len(data):
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                return
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            if at + 2 > len(data):
                return
            (token,) = struct.unpack_from("<H", data, at)
            at += 2
            bits = max(4, (len(out) - start - 1).bit_length())
            length = (token & (0xFFFF >> bits)) + 3
            offset = (token >> (16 - bits)) + 1
            if offset > len(out):
                raise ValueError("points before the beginning")
            for _ in range(length):
                out.append(out[-offset])
