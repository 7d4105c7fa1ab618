"""Real hostile files: each is refused with its own reason before any program opens it."""

import shutil
import time
import zipfile
from pathlib import Path

import pytest
from docx import Document

from uploads.processing.errors import Refused, sentence
from uploads.processing.inspection import inspect

from .builders import corpus

FUZZ = "clusterfuzz-testcase-minimized-"

REASONS = {
    "Divino_Revelado.pptx": "zip_damaged",
    "SimpleMacro.docm": "extension_not_allowed",
    "SimpleMacro.pptm": "extension_not_allowed",
    "testPPT.pptm": "extension_not_allowed",
    "bug53475-password-is-pass.docx": "password",
    "cryptoapi-proc2356.ppt": "password",
    f"{FUZZ}POIFuzzer-5205835528404992.pptx": "zip_damaged",
    f"{FUZZ}POIXSLFFuzzer-5463285576892416.pptx": "zip_damaged",
    f"{FUZZ}POIXSLFFuzzer-5471515212382208.pptx": "zip_damaged",
    f"{FUZZ}POIXSLFFuzzer-6254434927378432.pptx": "zip_damaged",
    f"{FUZZ}POIXWPFFuzzer-5313273089884160.docx": "zip_damaged",
    f"{FUZZ}POIXWPFFuzzer-6733884933668864.docx": "zip_lying_size",
    "truncated62886.docx": "zip_damaged",
    "bug65738.docx": "zip_repacked",
}


def _kind(name: str) -> str:
    return "deck" if Path(name).suffix.startswith(".p") else "manuscript"


@pytest.mark.parametrize("name", REASONS)
def test_each_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(Refused) as caught:
        inspect(corpus("hostile", name), name, _kind(name), tmp_path)
    assert caught.value.code == REASONS[name]
    assert sentence(caught.value.code, caught.value.params) != caught.value.code
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("name", ["SimpleMacro.docm", "SimpleMacro.pptm", "testPPT.pptm"])
def test_renamed_macro_files_are_refused_for_their_macros(name: str, tmp_path: Path) -> None:
    """13: the ending tells nothing; the content does."""
    renamed = Path(name).with_suffix(".docx" if name.endswith("docm") else ".pptx").name
    source = tmp_path / "source"
    shutil.copyfile(corpus("hostile", name), source)
    with pytest.raises(Refused) as caught:
        inspect(source, renamed, _kind(renamed), tmp_path)
    assert caught.value.code == "macros"


def test_a_document_put_together_by_hand_is_taken_after_saving_it_anew(tmp_path: Path) -> None:
    """bug65738.docx is sound but for the folders in its zip, which no office program writes."""
    saved = tmp_path / "saved"
    with (
        zipfile.ZipFile(corpus("hostile", "bug65738.docx")) as old,
        zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            if not info.is_dir():
                new.writestr(info.filename, old.read(info))
    inspected = inspect(saved, "saved.docx", "manuscript", tmp_path)
    assert inspected.findings == ()
    words = "\n".join(paragraph.text for paragraph in Document(str(inspected.path)).paragraphs)
    assert "Sample Word Document Title" in words
