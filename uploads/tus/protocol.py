"""The words of tus 1.0.0: header values in and out. No I/O."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .problems import BadHeader, ChecksumMismatch, ChunkTooLong, UnknownAlgorithm

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
ALGORITHMS = ("sha1", "sha256")
CONTENT_TYPE = "application/offset+octet-stream"
PIECE = 256 * 1024
_NUMBER = re.compile(r"[0-9]{1,18}\Z", re.ASCII)
_KEY = re.compile(r"[!-+\--~]{1,100}\Z", re.ASCII)


def number(name: str, value: str | None) -> int:
    """A non-negative integer header. Raises `BadHeader`."""
    if value is None or not _NUMBER.match(value):
        raise BadHeader(name=name)
    return int(value)


def metadata(value: str | None) -> dict[str, str]:
    """`Upload-Metadata` as a mapping: comma separated keys, each with a base64 value.

    Raises `BadHeader` for anything else, for a key given twice, and for values that are not UTF-8.
    """
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in (value or "").split(","))):
        key, _space, encoded = pair.partition(" ")
        if not _KEY.match(key) or key in found:
            raise BadHeader(name="Upload-Metadata")
        try:
            found[key] = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise BadHeader(name="Upload-Metadata") from None
    return found


@dataclass(frozen=True, slots=True)
class Checksum:
    """What `Upload-Checksum` promises about a chunk."""

    algorithm: str
    digest: bytes


def checksum(value: str | None) -> Checksum | None:
    """`Upload-Checksum: sha1 <base64>`. Raises `UnknownAlgorithm`, `BadHeader`."""
    if value is None:
        return None
    algorithm, _space, encoded = value.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise UnknownAlgorithm
    try:
        digest = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        raise BadHeader(name="Upload-Checksum") from None
    if len(digest) != hashlib.new(algorithm).digest_size:
        raise BadHeader(name="Upload-Checksum")
    return Checksum(algorithm, digest)


class Chunk:
    """The bytes of one request, read in small pieces, judged when the last one has been read.

    Iterating raises `ChunkTooLong` as soon as there are more than `limit` bytes and
    `ChecksumMismatch` at the end; whoever stores the pieces has to throw them away then.
    """

    def __init__(
        self, read: Callable[[int], bytes], limit: int, promised: Checksum | None = None
    ) -> None:
        self._read, self.limit, self._promised = read, limit, promised
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        digest: Any = hashlib.new(self._promised.algorithm) if self._promised else None
        while piece := self._read(min(PIECE, self.limit + 1 - self.size)):
            self.size += len(piece)
            if self.size > self.limit:
                raise ChunkTooLong(limit=self.limit)
            if digest is not None:
                digest.update(piece)
            yield piece
        if self._promised and not hmac.compare_digest(digest.digest(), self._promised.digest):
            raise ChecksumMismatch
