"""Names of uploaded files: what is shown and what is refused (uploads 35-40)."""

import unicodedata

import pytest

from uploads.processing.errors import Refused
from uploads.processing.kinds import clean_filename


def code(name: str, kind: str = "deck") -> str:
    with pytest.raises(Refused) as caught:
        clean_filename(name, kind)
    return caught.value.code


@pytest.mark.parametrize(
    "name", ["a\x00.pptx", "a\r\nSet-Cookie: x.pptx", "a\n.pptx", "\ud800.pptx"]
)
def test_control_characters_are_refused(name: str) -> None:
    """35: NUL, CR, LF and lone surrogates never get into a name."""
    assert code(name) == "name_control"


def test_right_to_left_override_is_removed() -> None:
    """36: "gnp.pptx" cannot pretend to be something else."""
    assert clean_filename("report\u202exslx.pptx", "deck").name == "reportxslx.pptx"


def test_255_chinese_characters_are_kept() -> None:
    """37: a very long Chinese name is fine; one more character is not."""
    name = "汇" * 250 + ".pptx"
    assert clean_filename(name, "deck").name == name
    assert code("汇" * 251 + ".pptx") == "name_too_long"


@pytest.mark.parametrize("name", ["CON.pptx", "aux.pptx", "deck.pptx.", "..deck.pptx"])
def test_device_names_and_dots_are_kept(name: str) -> None:
    """38: storage never uses the name, so these are only words."""
    assert clean_filename(name, "deck").name == name


@pytest.mark.parametrize("name", ["", ".", "..", "   ", "a/"])
def test_no_name_is_refused(name: str) -> None:
    assert code(name) == "name_missing"


@pytest.mark.parametrize("name", ["a.pptx.html", "a.pdf.exe", "a.html.pptx", "a.exe.pdf"])
def test_double_endings_are_refused(name: str) -> None:
    """39: neither a deck that ends in .html nor an .html that ends in .pptx."""
    assert code(name) == "name_double_extension"


def test_twins_of_composed_and_decomposed_characters_are_one_name() -> None:
    """40: NFC and NFD of a name are shown alike (both files are stored: keys are their own)."""
    name = "Überblick é.pptx"
    decomposed = unicodedata.normalize("NFD", name)
    assert clean_filename(decomposed, "deck").name == clean_filename(name, "deck").name == name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.docx", "deck"),
        ("a.pptx", "manuscript"),
        ("a", "deck"),
        ("a.exe", "deck"),
        ("a.pptm", "deck"),
    ],
)
def test_other_endings_are_refused(name: str, kind: str) -> None:
    assert code(name, kind) == "extension_not_allowed"


def test_folders_in_a_name_are_cut_off() -> None:
    assert clean_filename("C:\\fakepath\\三月.pptx", "deck").name == "三月.pptx"
    assert clean_filename("../../etc/三月.PPTX", "deck").extension == ".pptx"
