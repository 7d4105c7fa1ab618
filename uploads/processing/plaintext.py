"""Plain text manuscripts in UTF-8, UTF-16 or GB18030."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from uploads.processing import kinds
from uploads.processing.errors import Refused
from uploads.processing.limits import MIB, Limits

_STRAY_NULS = 16


@dataclass(frozen=True)
class Decoded:
    """Text and the encoding it was read with ("utf-8", "utf-16", "gb18030")."""

    text: str
    encoding: str


def decode(path: Path, extension: str, limits: Limits) -> Decoded:
    """Reads a text file whatever of the usual encodings it is in.

    Raises:
        Refused: text_too_large, text_binary, text_undecodable, wrong_content.
    """
    if path.stat().st_size > limits.text_size:
        raise Refused("text_too_large", limit_mb=limits.text_size // MIB)
    data = path.read_bytes()
    found = kinds.sniff(data[:1024])
    if found in (kinds.ZIP, kinds.OLE, kinds.PDF, kinds.RTF):
        raise Refused("wrong_content", extension=extension, found=kinds.FOUND_NAMES[found])
    decoded = _decode(data)
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    strange = sum(1 for c in text if (c < " " and c not in "\n\t\f\x1a") or c in "\ufffe\uffff")
    if strange > max(_STRAY_NULS, len(text) // 1000):
        raise Refused("text_binary")
    clean = "".join(c for c in text if c >= " " or c in "\n\t")
    if not clean.strip():
        raise Refused("empty")
    return Decoded(clean, decoded.encoding)


def _decode(data: bytes) -> Decoded:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strict(data, "utf-16")
    if data.startswith(b"\xef\xbb\xbf"):
        return _strict(data, "utf-8-sig", "utf-8")
    nuls = data.count(b"\x00")
    if nuls > _STRAY_NULS and nuls > len(data) // 20 and len(data) % 2 == 0:
        order = (
            "utf-16-le" if data[1::2].count(b"\x00") >= data[::2].count(b"\x00") else "utf-16-be"
        )
        return _strict(data, order, "utf-16")
    for encoding in ("utf-8", "gb18030"):
        try:
            return Decoded(data.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("text_undecodable")


def _strict(data: bytes, encoding: str, name: str | None = None) -> Decoded:
    try:
        return Decoded(data.decode(encoding), name or encoding)
    except UnicodeDecodeError as error:
        raise Refused("text_undecodable") from error
