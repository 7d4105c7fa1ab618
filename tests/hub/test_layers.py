"""Inside a package nobody imports from a layer above: models <- events <- services <- pages <- urls.

The contracts in pyproject.toml hold this for the modules named just so; here it holds for their
siblings, too (`models_cases`, `views_categories`, `screen_api` ...).
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("townships", "meetings", "uploads", "board", "realtime", "archive")
LAYERS = [
    r"models(_\w+)?",
    r"events",
    r"services(_\w+)?",
    r"(views|api)(_\w+)?|\w+_api|consumers|tasks",
    r"urls(_\w+)?|routing|admin|management",
]


def layer_of(module: str) -> int | None:
    """The layer of a module by the first of its names that has one; None: it belongs to none."""
    for name in module.split("."):
        for number, pattern in enumerate(LAYERS):
            if re.fullmatch(pattern, name):
                return number
    return None


def imported(file: Path, package: str) -> set[str]:
    """The modules of the same package that a file imports, by their names below it."""
    here = file.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = list(here[: len(here) - node.level + 1]) if node.level else []
            whole = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            found |= {whole, *(f"{whole}.{alias.name}" for alias in node.names)}
    return {name.removeprefix(f"{package}.") for name in found if name.startswith(f"{package}.")}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_from_a_layer_above(package: str) -> None:
    wrong = []
    for file in sorted((ROOT / package).rglob("*.py")):
        name = ".".join(file.relative_to(ROOT / package).with_suffix("").parts)
        mine = layer_of(name)
        if "migrations" in file.parts or mine is None:
            continue
        for other in sorted(imported(file, package)):
            theirs = layer_of(other)
            if theirs is not None and theirs > mine:
                wrong.append(f"{package}.{name} imports {package}.{other}")
    assert wrong == []
