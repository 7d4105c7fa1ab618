"""Fonts: the aliases shipped for Chinese office fonts, and which fonts of a deck are not on this server."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path
from typing import NamedTuple

#: Read by fontconfig inside the cage through FONTCONFIG_FILE.
CONFIG = Path(__file__).parent / "fonts" / "fonts.conf"
_REGION = re.compile(r"cjk(jp|sc|tc|hk|kr)$")
_STANDARD = {"times", "helvetica", "courier", "symbol", "zapfdingbats"}


@functools.cache
def installed() -> frozenset[str]:
    """Names of the font families on this server in folded form; empty without fontconfig."""
    names = _fontconfig("fc-list", ":", "family")
    return frozenset(_fold(name) for line in names.splitlines() for name in line.split(","))


class Substitute(NamedTuple):
    """What is drawn in place of a font: its family, and its name in PDFs."""

    family: str
    postscript: str


@functools.lru_cache(maxsize=512)
def used_instead(name: str, *, east: bool = False) -> Substitute | None:
    """What is drawn in place of the family ``name``; None when it is there itself or cannot be told.

    LibreOffice asks with the language: a Latin letter and a Chinese character of the same unknown font come
    from different ones. ``east``: for Chinese characters; "" is the usual font for them.
    """
    if not installed() or _fold(name) in installed():
        return None
    asked = name.replace(":", " ").replace("-", "\\-") + (":lang=zh-cn" if east else "")
    answer = _fontconfig("fc-match", "-f", "%{family}\n%{postscriptname}", asked)
    family, _, postscript = answer.partition("\n")
    family = family.split(",")[0].strip()
    return Substitute(family, postscript.split(",")[0].strip()) if family else None


def plain(postscript: str) -> str:
    """The family in a PostScript name, to be compared: "BAAAAA+NotoSerifCJKjp-Bold" is notoserifcjk, for
    LibreOffice writes one region's name for all of them."""
    family = postscript.rpartition("+")[2].partition("-")[0].casefold()
    return _REGION.sub("cjk", family)


def is_standard(postscript: str) -> bool:
    """Whether a PDF need not bring the font along: one of the fourteen of ISO 32000-1, 9.6.2.2."""
    return plain(postscript) in _STANDARD


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
