"""What the whole code keeps to, so that nobody has to look for it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("townships", "meetings", "uploads", "board", "realtime", "archive", "hub")
MOST_LINES = 450
MOST_FUNCTION_LINES = 60
SKIPPED = {"migrations", "node_modules", "__pycache__", ".venv", "output"}


def files(*patterns: str, folders: tuple[str, ...] = PACKAGES) -> list[Path]:
    """Our own files, by pattern, in these top-level folders."""
    return sorted(
        path
        for folder in folders
        for pattern in patterns
        for path in (ROOT / folder).rglob(pattern)
        if not SKIPPED & set(path.relative_to(ROOT).parts)
    )


def test_only_the_settings_read_the_environment() -> None:
    """`os.environ` and `os.getenv` stand nowhere else, but for naming the settings module.

    Set-up runs before there are settings, and conversions get an environment of their own.
    """
    allowed = re.compile(r"os\.environ\.setdefault\(.DJANGO_SETTINGS_MODULE.")
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in [*files("*.py"), ROOT / "asgi.py", ROOT / "manage.py"]
        if path.relative_to(ROOT).as_posix() != "hub/settings.py"
        and path.parent != ROOT / "hub" / "bootstrap"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"\bos\.(environ|getenv)\b", line) and not allowed.search(line)
    ]
    assert found == []


def test_files_and_functions_stay_readable() -> None:
    """No file over 450 lines, no function over 60."""
    everywhere = (*PACKAGES, "tests", "bench", "docs")
    long_files = [
        f"{path.relative_to(ROOT)} {count}"
        for path in files("*.py", "*.js", "*.css", "*.html", folders=everywhere)
        if (count := len(path.read_text().splitlines())) > MOST_LINES
    ]
    long_functions = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {lines}"
        for path in files("*.py", folders=everywhere)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_FUNCTION_LINES
    ]
    assert (long_files, long_functions) == ([], [])


INLINE = {
    "an inline script": r"<script(?![^>]*\bsrc=)(?![^>]*type=.application/json)[^>]*>",
    "an inline style": r"<style\b|\sstyle=[\"']",
    "an inline event handler": r"\son[a-z]+=[\"']",
    "an address of another host": r"(?:src|href)=[\"'](?:https?:)?//",
}


@pytest.mark.parametrize("what", INLINE)
def test_templates_keep_to_the_content_security_policy(what: str) -> None:
    """Scripts and styles come from files of our own; mails, which are no pages, are not meant."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files("*.html")
        if "email" not in path.parts
        for match in re.finditer(INLINE[what], path.read_text(), re.IGNORECASE)
    ]
    assert found == []


def test_lock_files_name_no_registry() -> None:
    """Whoever installs chooses where from: no address stands in a lock file."""
    names = [
        "package-lock.json",
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-node.txt",
    ]
    names += [".npmrc"]
    found = [
        f"{name}: {line.strip()}"
        for name in names
        for line in (ROOT / name).read_text().splitlines()
        if re.search(r'"resolved"|--(extra-)?index-url|--find-links|^\s*registry\s*=', line)
    ]
    assert found == []


def test_processing_needs_no_database() -> None:
    """The pure functions that open uploaded files load neither models nor the ORM's backends."""
    program = (
        "import pkgutil, importlib, sys, uploads.processing as package\n"
        "for module in pkgutil.iter_modules(package.__path__, 'uploads.processing.'):\n"
        "    if not module.name.endswith('_tool'): importlib.import_module(module.name)\n"
        "print([name for name in sys.modules if name in ('django.db.models', 'uploads.models')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
