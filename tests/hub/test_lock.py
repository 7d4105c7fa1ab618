"""The locks hold on every Python the hub runs on, not only on the one they were made with."""

import importlib.metadata
import re

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from hub.bootstrap.steps import ROOT

PYTHONS = ["3.11.0", "3.11.2", "3.12.0", "3.13.0"]


def environment(python: str) -> dict[str, str]:
    """The markers' variables on this system with another CPython."""
    known = {key: str(value) for key, value in default_environment().items()}
    short = python.rpartition(".")[0]
    return known | {"python_full_version": python, "python_version": short, "extra": ""}


def pinned(name: str, python: str) -> dict[NormalizedName, str]:
    """Name -> version of everything the lock installs on that Python."""
    found = {}
    for line in (ROOT / name).read_text().splitlines():
        if not re.match(r"[A-Za-z0-9]", line):
            continue
        pin = Requirement(line.rstrip("\\ "))
        if pin.marker is None or pin.marker.evaluate(environment(python)):
            found[canonicalize_name(pin.name)] = str(pin.specifier).removeprefix("==")
    return found


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "names", [["requirements.txt"], ["requirements.txt", "requirements-dev.txt"]]
)
def test_what_a_package_needs_on_that_python_is_pinned(names, python):
    """pip refuses a lock with hashes that leaves anything out, and the first `make run` stops."""
    pins = {name: pin for lock in names for name, pin in pinned(lock, python).items()}
    missing = []
    for name in pins:
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:  # of another Python or system
            continue
        for need in map(Requirement, needs):
            wanted = need.marker is None or need.marker.evaluate(environment(python))
            if wanted and canonicalize_name(need.name) not in pins:
                missing.append(f"{name} needs {need}")
    assert missing == []


def test_every_pin_has_a_hash():
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-node.txt"):
        lines = (ROOT / name).read_text().splitlines()
        pins = [number for number, line in enumerate(lines) if re.match(r"[A-Za-z0-9]", line)]
        assert pins
        assert [lines[at] for at in pins if "--hash=sha256:" not in lines[at + 1]] == []
