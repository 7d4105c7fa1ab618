"""Every text on the screen exists in 简体中文 and 繁體中文; English is the source."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("townships", "meetings", "uploads", "board", "realtime", "archive", "hub")
LANGUAGES = ("zh_Hans", "zh_Hant")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def po_files() -> list[Path]:
    return sorted(
        path for name in PACKAGES for path in (ROOT / name).glob("locale/*/LC_MESSAGES/*.po")
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, polib.POFile]:
    """Every text that the code asks for now, by "package/domain", collected by makemessages."""
    if shutil.which("xgettext") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("gettext is not installed")
        pytest.skip("gettext is not installed")
    copy = tmp_path_factory.mktemp("messages")
    found = {}
    for package in PACKAGES:
        ignore = shutil.ignore_patterns("locale", "__pycache__", "*.mo")
        shutil.copytree(ROOT / package, copy / package, ignore=ignore)
        (copy / package / "locale").mkdir()
        for domain in ("django", "djangojs"):
            subprocess.run(
                [
                    *[sys.executable, "-m", "django", "makemessages", "--domain", domain],
                    *["--locale", "zh_Hans", "--no-location", "--keep-pot", "--verbosity", "0"],
                ],
                cwd=copy / package,
                env={name: value for name, value in os.environ.items() if "DJANGO" not in name},
                stdin=subprocess.DEVNULL,
                check=True,
            )
            template = copy / package / "locale" / f"{domain}.pot"
            if template.exists():
                found[f"{package}/{domain}"] = polib.pofile(str(template))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(templates: dict[str, polib.POFile], language: str) -> None:
    """Each text that the code asks for stands in its package's .po file, translated."""
    missing = []
    for place, template in templates.items():
        package, domain = place.split("/")
        path = ROOT / package / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
        known = polib.pofile(str(path)) if path.exists() else polib.POFile()
        translated = {
            (entry.msgctxt, entry.msgid, entry.msgid_plural)
            for entry in known
            if entry.translated()
        }
        missing += [
            f"{place}: {entry.msgid}"
            for entry in template
            if (entry.msgctxt, entry.msgid, entry.msgid_plural) not in translated
        ]
    assert missing == []


@pytest.mark.parametrize("path", po_files(), ids=name_of)
def test_translations_are_finished(path: Path) -> None:
    """No fuzzy and no empty translation, and each keeps the placeholders of its text."""
    faults = []
    for entry in polib.pofile(str(path)):
        if entry.obsolete:
            continue
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        if entry.fuzzy or not all(texts):
            faults.append(f"unfinished: {entry.msgid}")
        elif any(not wanted >= set(PLACEHOLDER.findall(text)) for text in texts) or (
            not entry.msgid_plural and wanted != set(PLACEHOLDER.findall(entry.msgstr))
        ):
            faults.append(f"other placeholders: {entry.msgid} -> {texts}")
    assert faults == []


@pytest.mark.parametrize("domain", ["django", "djangojs"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_packages_agree_on_each_text(language: str, domain: str) -> None:
    """A text in a context is translated alike in all packages: they share one catalogue."""
    known: dict[tuple[str, str], dict[str, set[str]]] = {}
    for package in PACKAGES:
        path = ROOT / package / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
        for entry in polib.pofile(str(path)) if path.exists() else ():
            if not entry.obsolete:
                texts = list(entry.msgstr_plural.values()) or [entry.msgstr]
                words = known.setdefault((entry.msgctxt or "", entry.msgid), {})
                words.setdefault(" | ".join(texts), set()).add(package)
    assert {text: words for text, words in known.items() if len(words) > 1} == {}
