"""A virus scanner beside the hub (clamd), asked before anything else opens a file."""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

from uploads.processing.errors import Refused

_PIECE = 256 * 1024
_ANSWER_LIMIT = 4096


class ScannerDown(Exception):
    """The scanner does not answer, or not as a scanner does: nothing is known about the file."""


def scan(path: Path, address: str, seconds: float = 120) -> None:
    """Sends a file to clamd (its INSTREAM command).

    Args:
        address: ``tcp://host:3310`` or ``unix:/run/clamav/clamd.ctl``.

    Raises:
        Refused: virus.
        ScannerDown.
    """
    try:
        with _connect(address, seconds) as line:
            line.sendall(b"zINSTREAM\0")
            with path.open("rb") as source:
                while piece := source.read(_PIECE):
                    line.sendall(struct.pack(">L", len(piece)) + piece)
            line.sendall(struct.pack(">L", 0))
            answer = _answer(line)
    except OSError as error:
        raise ScannerDown(str(error)) from error
    if answer.endswith("FOUND"):
        raise Refused(
            "virus", name=answer.removeprefix("stream:").removesuffix("FOUND").strip()[:80]
        )
    if not answer.endswith("OK"):
        raise ScannerDown(answer[:200] or "no answer")


def _connect(address: str, seconds: float) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(seconds)
        line.connect(parts.path)
        return line
    return socket.create_connection((parts.hostname or "", parts.port or 3310), seconds)


def _answer(line: socket.socket) -> str:
    data = b""
    while not data.endswith(b"\0") and len(data) < _ANSWER_LIMIT:
        piece = line.recv(1024)
        if not piece:
            break
        data += piece
    return data.rstrip(b"\0").decode("utf-8", "replace").strip()
