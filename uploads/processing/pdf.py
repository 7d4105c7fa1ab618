"""PDF files: a look at their structure, and PDFium in a caged process of its own."""

from __future__ import annotations

import json
import re
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from uploads.processing import cage
from uploads.processing.cage import CageOptions, Finished
from uploads.processing.errors import ConversionFailed, Refused

_TOOL = Path(__file__).with_name("pdf_tool.py")


@dataclass(frozen=True)
class PdfFacts:
    """Pages, and what is inside beside them. Width and height of the first page in points; picture: of the
    one with most pixels, its width and height."""

    pages: int
    javascript: bool
    attachments: bool
    width: float
    height: float
    picture: tuple[int, int] = (0, 0)


def check_structure(path: Path) -> None:
    """A PDF begins with its header, ends with its mark and is not also a zip.

    Raises:
        Refused: polyglot, pdf_damaged.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if not file.read(8).startswith(b"%PDF-"):
            raise Refused("polyglot")
        file.seek(max(0, size - 66_000))
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at >= 0 and len(tail) - at >= 22:
            length, offset = struct.unpack("<LL", tail[at + 12 : at + 20])
            start = size - len(tail) + at - length
            if start >= 0:
                file.seek(start)
                if file.read(4) == b"PK\x01\x02" or (length == 0 and offset == 0):
                    raise Refused("polyglot")
    if b"startxref" not in tail and b"%%EOF" not in tail:
        raise Refused("pdf_damaged")


def info(path: Path, work_dir: Path, options: CageOptions) -> PdfFacts:
    """Page count and contents of a PDF in ``work_dir``, asked in a cage.

    Raises:
        Refused: password, pdf_damaged (PDFium cannot open it, or it has no pages).
        ConversionFailed: cage_missing.
    """
    answers: list[dict[str, Any]] = []
    finished = tool(["info", str(path)], work_dir, replace(options, seconds=60), answers.append)
    answer = answers[0] if answers else {}
    if answer.get("error") == "password":
        raise Refused("password")
    if finished.status != 0 or "pages" not in answer or not answer["pages"]:
        raise Refused("pdf_damaged")
    return PdfFacts(**answer)


def quick_count(path: Path) -> int | None:
    """Pages of a PDF that LibreOffice wrote, from its plain page tree; None when it cannot be told.

    Saves a process. Whoever draws the PDF counts its pages again.
    """
    data = path.read_bytes()
    at = data.find(b"/Type/Pages")
    if at < 0 or data.find(b"/Type/Pages", at + 1) >= 0:
        return None
    found = re.search(rb"/Count (\d{1,6})\b", data[at : max(at, data.find(b"endobj", at))])
    return int(found.group(1)) if found else None


def page_texts(path: Path, work_dir: Path, options: CageOptions) -> list[str]:
    """The text of every page, "" where there is none or it cannot be read."""
    answers: list[dict[str, Any]] = []
    tool(["text", str(path)], work_dir, options, answers.append)
    return [_tidy(str(answer.get("text", ""))) for answer in answers if "page" in answer]


def merge(parts: list[Path], out: Path, work_dir: Path, options: CageOptions) -> int:
    """Several PDFs as one; the number of pages, 0 when it failed."""
    answers: list[dict[str, Any]] = []
    finished = tool(["merge", str(out), *map(str, parts)], work_dir, options, answers.append)
    return int(answers[-1]["pages"]) if finished.status == 0 and answers else 0


def tool(
    arguments: list[str],
    work_dir: Path,
    options: CageOptions,
    on_answer: Callable[[dict[str, Any]], None],
    stop: threading.Event | None = None,
    script: Path = _TOOL,
) -> Finished:
    """Runs ``pdf_tool.py`` in a cage around ``work_dir``; each line of its output is one answer.

    Raises:
        ConversionFailed: cage_missing, stopped.
    """
    stop = stop or options.stop
    roots = {Path(sys.prefix), Path(sys.base_prefix)}
    readable = tuple(p for p in sorted(roots) if not p.is_relative_to("/usr"))
    caged = replace(options, readable=(*options.readable, *readable, script))

    def line(text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        if isinstance(answer, dict):
            on_answer(answer)

    finished = cage.run(
        [sys.executable, "-I", str(script), *arguments], work_dir, caged, on_line=line, stop=stop
    )
    if stop is not None and stop.is_set():
        raise ConversionFailed("stopped")
    return finished


def _tidy(text: str) -> str:
    lines = (line.replace("\x00", "").replace("\ufffe", "").strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)
