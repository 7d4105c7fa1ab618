"""PDF/A-2b for the archive: made by LibreOffice from the inspected copy, believed only once it was checked."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from uploads.processing import convert, pdf
from uploads.processing.cage import CageOptions
from uploads.processing.convert import ConvertOptions
from uploads.processing.inspection import Inspected

#: LibreOffice's SelectPdfVersion for PDF/A-2b.
VERSION = 2
_TOOL = Path(__file__).with_name("pdfa_tool.py")


@dataclass(frozen=True)
class Facts:
    """What a PDF claims to be (part "2", conformance "B"; "" without a claim) and the rules it breaks."""

    part: str
    conformance: str
    problems: tuple[str, ...]

    @property
    def conforms(self) -> bool:
        """It claims PDF/A-1 or -2, any level, and nothing speaks against it."""
        return self.part in ("1", "2") and bool(self.conformance) and not self.problems


def make(
    inspected: Inspected,
    work_dir: Path,
    options: ConvertOptions,
    stop: threading.Event | None = None,
) -> Path:
    """A PDF/A-2b of an inspected office or text file, in one piece; slower than the usual PDF.

    Raises:
        ConversionFailed: as ``convert``.
    """
    return convert.convert(
        inspected, work_dir, replace(options, pdf_version=VERSION), stop=stop
    ).path


def check(path: Path, work_dir: Path, options: CageOptions) -> Facts:
    """Looks whether a PDF in ``work_dir`` keeps the rules of PDF/A, in a cage.

    Raises:
        ConversionFailed: cage_missing.
    """
    answers: list[dict[str, Any]] = []
    finished = pdf.tool(
        [str(path)], work_dir, replace(options, seconds=120), answers.append, script=_TOOL
    )
    if finished.status != 0 or not answers:
        return Facts("", "", ("unreadable",))
    found = answers[0]
    return Facts(found["part"], found["conformance"], tuple(found["problems"]))
