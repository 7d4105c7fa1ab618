"""Programs that come from the system: LibreOffice, Chinese fonts, the cage; Chromium for tests.

On Debian and its relatives apt-get installs what is missing. Elsewhere, or without the right to
install, a notice says what to install; the hub starts all the same (a deck is then kept and its
text shown, but not turned into pictures).
"""

import os
import shutil
import subprocess
import sys

from hub.bootstrap.steps import SetupError, run, say, step, warn

FOR_RUNNING = (
    "libreoffice-impress",
    "libreoffice-writer",
    "libreoffice-calc",
    "fonts-noto-cjk",
    "bubblewrap",
)
FOR_TESTING = ("chromium", "gettext", "libatomic1")  # the last one: Playwright's driver links to it
# Where a program does the job whatever package it came from, apt-get is not asked.
PROGRAMS = {"chromium": ("chromium", "chromium-browser", "google-chrome"), "gettext": ("xgettext",)}

_state = {"updated": False}


def ensure(packages: tuple[str, ...]) -> None:
    """Install those of `packages` that are missing, or say which ones a person should install."""
    missing = [name for name in packages if not _is_there(name)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        _ensure_elsewhere(missing)
        return
    prefix = _administrator()
    if prefix is None:
        warn(
            "no right to install system packages. Ask an administrator to run:\n"
            f"    apt-get install --no-install-recommends {' '.join(missing)}"
        )
        return
    with step(f"Installing {', '.join(missing)}"):
        try:
            install(missing, prefix)
        except SetupError as problem:
            warn(str(problem))


def install(packages: list[str], prefix: list[str] | None = None) -> None:
    """`apt-get install` the packages, after one `apt-get update` per set-up."""
    prefix = prefix if prefix is not None else _administrator()
    if prefix is None or not shutil.which("apt-get"):
        raise SetupError(f"Please install: {' '.join(packages)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    if not _state["updated"]:
        # A broken third-party source must not stop what the Debian archive itself can give.
        subprocess.run(
            [*apt, "update"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _state["updated"] = True
    run(
        [*apt, "install", "--no-install-recommends", *packages],
        f"apt-get could not install {' '.join(packages)}:",
    )


def _is_there(package: str) -> bool:
    if any(shutil.which(program) for program in PROGRAMS.get(package, ())):
        return True
    if not shutil.which("dpkg-query"):
        return False
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
        capture_output=True,
        text=True,
    )
    return asked.stdout == "installed"


def _administrator() -> list[str] | None:
    """The words before apt-get: none for root, sudo where it works, None without the right."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    if subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    if sys.stdin.isatty():
        say("  System packages are missing; sudo may ask for your password.")
        return ["sudo"]
    return None


def _ensure_elsewhere(missing: list[str]) -> None:
    """Not Debian: judge by the programs, and tell what is not there."""
    programs = {
        "soffice": "LibreOffice (Impress, Writer, Calc): turns decks and manuscripts into pictures",
        "bwrap": "bubblewrap: the cage in which LibreOffice opens uploaded files",
        "fc-list": "fontconfig with Noto Sans/Serif CJK: Chinese text as it was written",
    }
    if "chromium" in missing:
        programs["chromium"] = "Chromium: the browser tests"
    if "gettext" in missing:
        programs["xgettext"] = "gettext: the test that no translation is missing"
    absent = [what for program, what in programs.items() if not shutil.which(program)]
    if absent:
        warn("please install with your system's package manager:\n    " + "\n    ".join(absent))
