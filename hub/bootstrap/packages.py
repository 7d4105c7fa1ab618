"""The virtual environment, the Python packages and the browser libraries, each by its lock file."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from hub.bootstrap import debian
from hub.bootstrap.steps import (
    PYTHON,
    ROOT,
    VENV,
    SetupError,
    fingerprint,
    is_stamped,
    run,
    step,
    write_stamp,
)

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def newer_python() -> str | None:
    """Path of a Python that is new enough, when the one running this is not."""
    if sys.version_info >= OLDEST:
        return None
    for name in NEWER:
        if path := shutil.which(name):
            return path
    raise SetupError("Lihui needs Python 3.11 or newer; please install it (python3.11).")


def ensure_environment() -> None:
    """Make `.venv` if it is not there or its Python is gone."""
    if PYTHON.exists() and (VENV / "bin" / "pip").exists():
        return
    with step("Making the virtual environment"):
        if importlib.util.find_spec("ensurepip") is None:
            # Debian keeps the part of venv that brings pip in a package of its own.
            own = f"python3.{sys.version_info[1]}-venv"
            try:
                debian.install([own])
            except SetupError:
                debian.install(["python3-venv"])
        run(
            [sys.executable, "-m", "venv", "--clear", VENV],
            "Python could not make a virtual environment in .venv:",
        )


def ensure_python_packages(testing: bool) -> None:
    """Install requirements.txt, and requirements-dev.txt for tests, exactly as locked."""
    _ensure_locked("requirements.txt", "Python packages")
    if testing:
        _ensure_locked("requirements-dev.txt", "packages for tests and linters")


def _ensure_locked(name: str, what: str) -> None:
    lock = ROOT / name
    value = fingerprint(lock, extra=sys.version.split()[0])
    if is_stamped(name, value):
        return
    with step(f"Installing {what}"):
        run(
            [*_installer(), "--require-hashes", "-r", lock],
            "The Python packages could not be installed. Is the package index reachable?",
        )
    write_stamp(name, value)


def _installer() -> list[str]:
    return [
        *[str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input"],
        "--disable-pip-version-check",
    ]


def ensure_browser_libraries(testing: bool) -> None:
    """`npm ci` by package-lock.json into node_modules/, with the tests' own ones when testing."""
    files = (ROOT / "package.json", ROOT / "package-lock.json")
    complete = fingerprint(*files, extra="with tests")
    needed = complete if testing else fingerprint(*files)
    if (ROOT / "node_modules").is_dir() and any(
        is_stamped("node_modules", value) for value in {complete, needed}
    ):
        return
    with step("Installing browser libraries"):
        run(
            [_npm(), "ci", "--ignore-scripts", *([] if testing else ["--omit=dev"])],
            "The browser libraries could not be installed. Is the npm registry reachable?",
        )
    write_stamp("node_modules", needed)


def _npm() -> Path:
    """npm of this machine, or the one that the wheel of Node.js brings into the environment."""
    if npm := shutil.which("npm"):
        return Path(npm)
    _ensure_locked("requirements-node.txt", "npm")
    return VENV / "bin" / "npm"


def ensure_translations() -> None:
    """Compile every .po file whose .mo file is missing or older."""
    stale = [
        po
        for po in ROOT.glob("*/locale/*/LC_MESSAGES/*.po")
        if not (mo := po.with_suffix(".mo")).exists() or mo.stat().st_mtime < po.stat().st_mtime
    ]
    if stale:
        run(
            [PYTHON, "-m", "hub.bootstrap.translations", *stale],
            "The translations could not be compiled:",
        )


def lock() -> None:
    """Write every requirements*.txt anew from its .in file (`make lock`)."""
    uv = VENV / "bin" / "uv"
    options = ["--quiet", "--universal", "--python-version", ".".join(map(str, OLDEST))]
    options += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
    for source in ("requirements.in", "requirements-dev.in", "requirements-node.in"):
        target = Path(source).with_suffix(".txt")
        with step(f"Locking {source}"):
            run(
                [uv, "pip", "compile", *options, source, "-o", target],
                f"{source} could not be resolved:",
            )
    with step("Locking package.json"):
        run([_npm(), "install", "--package-lock-only"], "package.json could not be resolved:")


def is_usable() -> bool:
    """Does the environment's Python start at all (a moved folder breaks it)?"""
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", ""], capture_output=True).returncode == 0
