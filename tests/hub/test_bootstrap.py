"""Set-up: runs on a bare Python, does nothing twice, and says plainly what it cannot do."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hub.bootstrap import debian, packages, steps

ROOT = Path(__file__).resolve().parents[2]


def test_it_needs_the_standard_library_only() -> None:
    """It runs before anything is installed; only the compiler of translations runs after."""
    imported = {
        (path.name, name)
        for path in (ROOT / "hub" / "bootstrap").glob("*.py")
        if path.name != "translations.py"
        for node in ast.walk(ast.parse(path.read_text()))
        for name in names_of(node)
    }
    foreign = {
        (path, name)
        for path, name in imported
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not name.startswith("hub.bootstrap")
    }
    assert foreign == set()
    assert (ROOT / "hub" / "__init__.py").read_text() == ""


def names_of(node: ast.AST) -> list[str]:
    """The modules an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


def test_a_stamp_holds_for_exactly_what_was_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed lock file changes the fingerprint, and with it the stamp no longer fits."""
    monkeypatch.setattr(steps, "STAMPS", tmp_path / "stamps")
    lock = tmp_path / "requirements.txt"
    lock.write_text("django==5.2.1\n")
    before = steps.fingerprint(lock, extra="3.11")
    assert not steps.is_stamped("requirements.txt", before)
    steps.write_stamp("requirements.txt", before)
    assert steps.is_stamped("requirements.txt", before)
    lock.write_text("django==5.2.2\n")
    assert not steps.is_stamped("requirements.txt", steps.fingerprint(lock, extra="3.11"))
    assert steps.fingerprint(lock, extra="3.12") != steps.fingerprint(lock, extra="3.11")


def test_a_failing_program_stops_with_its_last_words() -> None:
    """The sentence first, then the program's own last lines, marked as such."""
    program = [sys.executable, "-c", "print('no route to the index'); raise SystemExit(3)"]
    with pytest.raises(steps.SetupError) as stopped:
        steps.run(program, "The packages could not be installed.")
    assert str(stopped.value) == (
        "The packages could not be installed.\n    | no route to the index"
    )


def test_other_systems_are_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without apt-get nothing is installed: a notice names the programs, and set-up goes on."""
    monkeypatch.setattr(shutil, "which", lambda name, **_: None)
    debian.ensure(debian.FOR_RUNNING)
    assert capsys.readouterr().err == (
        "  Note: please install with your system's package manager:\n"
        "    LibreOffice (Impress, Writer, Calc): turns decks and manuscripts into pictures\n"
        "    bubblewrap: the cage in which LibreOffice opens uploaded files\n"
        "    fontconfig with Noto Sans/Serif CJK: Chinese text as it was written\n"
    )


def test_without_the_right_to_install_the_command_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither root nor sudo: the notice holds the command for an administrator."""
    monkeypatch.setattr(shutil, "which", lambda name, **_: name == "apt-get" and "/bin/apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    debian.ensure(("libreoffice-impress", "bubblewrap"))
    assert capsys.readouterr().err == (
        "  Note: no right to install system packages. Ask an administrator to run:\n"
        "    apt-get install --no-install-recommends libreoffice-impress bubblewrap\n"
    )


def test_an_old_python_looks_for_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older than 3.11: a newer one of this machine takes over, or a sentence says what is missing."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(
        shutil, "which", lambda name, **_: "/usr/bin/python3.12" if name == "python3.12" else None
    )
    assert packages.newer_python() == "/usr/bin/python3.12"
    monkeypatch.setattr(shutil, "which", lambda name, **_: None)
    with pytest.raises(steps.SetupError, match=r"needs Python 3\.11 or newer"):
        packages.newer_python()


def test_a_second_set_up_finds_nothing_to_do() -> None:
    """The first one brings the environment up to date if need be; the second says not a word."""
    for attempt in ("first", "second"):
        done = subprocess.run(
            [sys.executable, "-m", "hub.bootstrap", "setup-tests"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), attempt
    assert done.stdout == ""
