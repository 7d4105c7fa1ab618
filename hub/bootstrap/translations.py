"""Compile the .po files named on the command line (runs inside the virtual environment)."""

import os
import sys
from pathlib import Path

import polib


def compile_po(po: Path) -> Path:
    """Write `po`'s .mo file beside it, in one step so that a running server never reads half."""
    target = po.with_suffix(".mo")
    partial = target.with_suffix(f".{os.getpid()}.tmp")
    polib.pofile(str(po)).save_as_mofile(str(partial))
    partial.replace(target)
    return target


if __name__ == "__main__":
    for name in sys.argv[1:]:
        compile_po(Path(name))
