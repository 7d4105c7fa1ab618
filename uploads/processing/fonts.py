"""Fonts: the aliases shipped for Chinese office fonts, and which fonts of a deck are not on this server."""

from __future__ import annotations

import functools
import shutil
import subprocess
import unicodedata
from pathlib import Path

#: Read by fontconfig inside the cage through FONTCONFIG_FILE.
CONFIG = Path(__file__).parent / "fonts" / "fonts.conf"


@functools.cache
def installed() -> frozenset[str]:
    """Names of the font families on this server in folded form; empty without fontconfig."""
    names = _fontconfig("fc-list", ":", "family")
    return frozenset(_fold(name) for line in names.splitlines() for name in line.split(","))


@functools.lru_cache(maxsize=512)
def used_instead(name: str) -> str | None:
    """The family drawn in place of ``name``; None when the font itself is there or cannot be told."""
    if not installed() or _fold(name) in installed():
        return None
    answer = _fontconfig("fc-match", "-f", "%{family}", name.replace(":", " ").replace("-", "\\-"))
    return answer.split(",")[0].strip() or None


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _fontconfig(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "FONTCONFIG_FILE": str(CONFIG)}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, env=environment, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
