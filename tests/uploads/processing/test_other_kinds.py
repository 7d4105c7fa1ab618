"""PDFs, old office files and plain text before conversion (uploads 14, 15, 18-22, 42)."""

import struct
from pathlib import Path

import pytest

from uploads.processing.limits import Limits

from .builders import corpus, deck_bytes, look, need_cage, pdf_bytes, refusal


def test_14_15_old_files_under_new_names(tmp_path: Path) -> None:
    old = corpus("decks", "headers_footers_2007.ppt").read_bytes()
    assert refusal(tmp_path, old, "a.pptx") == "wrong_content"
    assert look(tmp_path, old, "a.ppt").format == "ppt"
    assert look(tmp_path, old, "a.pps").format == "ppt"
    assert look(tmp_path, old, "a.dps").format == "ppt"
    assert refusal(tmp_path, old, "a.doc", "manuscript") == "wrong_content"
    locked = corpus("hostile", "bug53475-password-is-pass.docx").read_bytes()
    assert refusal(tmp_path, locked, "a.pptx") == "password"


def test_damaged_old_files(tmp_path: Path) -> None:
    old = corpus("decks", "headers_footers_2007.ppt").read_bytes()
    assert refusal(tmp_path, old[:600], "a.ppt") == "ole_damaged"
    assert (
        refusal(tmp_path, b"WPS something else", "a.wps", "manuscript") == "old_format_unreadable"
    )
    assert refusal(tmp_path, b"something else", "a.dps") == "old_format_unreadable"


def test_encrypted_word_97(tmp_path: Path) -> None:
    """The flag in the file information block is enough."""
    from uploads.processing import ole
    from uploads.processing.errors import Refused

    class Container:
        def openstream(self, _name: str) -> "Container":
            return self

        def read(self, _size: int) -> bytes:
            return struct.pack("<HHHHHH", 0xA5EC, 0, 0, 0, 0, 0x0100) + b"\x00" * 52

    with pytest.raises(Refused) as caught:
        ole._word(Container(), Limits())  # type: ignore[arg-type]
    assert caught.value.code == "password"


def test_18_html_as_pdf(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"<html></html>", "a.pdf") == "wrong_content"


def test_19_two_kinds_in_one_file(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"junk\n" + pdf_bytes(), "a.pdf") == "polyglot"
    assert refusal(tmp_path, pdf_bytes() + deck_bytes(), "a.pdf") == "polyglot"


def test_20_scripts_and_attachments_are_noted(tmp_path: Path) -> None:
    need_cage()
    script = b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(app.alert\\(1\\))>>]>>>>"
    inspected = look(tmp_path, pdf_bytes(2, catalog=script), "a.pdf")
    assert [f.code for f in inspected.findings] == ["pdf_javascript"]
    attached = b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a.exe)/UF(a.exe)>>]>>>>"
    inspected = look(tmp_path, pdf_bytes(1, catalog=attached), "a.pdf")
    assert [f.code for f in inspected.findings] == ["pdf_attachments"]


def test_21_encrypted_pdf(tmp_path: Path) -> None:
    need_cage()
    key = b"<" + b"41" * 32 + b">"
    trailer = (
        b"trailer<</Encrypt<</Filter/Standard/V 1/R 2/P -4/O"
        + key
        + b"/U"
        + key
        + b">>/ID[<41><41>]"
    )
    locked = pdf_bytes().replace(b"trailer<<", trailer)
    assert refusal(tmp_path, locked, "a.pdf") == "password"


def test_22_10000_pages(tmp_path: Path) -> None:
    need_cage()
    assert refusal(tmp_path, pdf_bytes(10_000), "a.pdf") == "too_many_pages"


def test_truncated_and_empty_pdfs(tmp_path: Path) -> None:
    need_cage()
    assert refusal(tmp_path, pdf_bytes()[:60], "a.pdf") == "pdf_damaged"
    assert refusal(tmp_path, b"%PDF-1.7\nstartxref\n0\n%%EOF", "a.pdf") == "pdf_damaged"


TEXT = "三月例会发言\n志愿者登记的做法 and words\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("gb18030"), "gb18030"),
        (TEXT.replace("\n", "\r\n").encode(), "utf-8"),
        (TEXT.replace("and", "an\x00d").encode(), "utf-8"),
    ],
)
def test_42_text_is_decoded(tmp_path: Path, data: bytes, encoding: str) -> None:
    inspected = look(tmp_path, data, "a.txt", "manuscript")
    assert inspected.path.read_text(encoding="utf-8") == TEXT
    assert inspected.encoding == encoding


def test_42_utf16_without_its_mark(tmp_path: Path) -> None:
    plain = "Notes of the March meeting, as read out.\n" * 3
    inspected = look(tmp_path, plain.encode("utf-16-le"), "a.md", "manuscript")
    assert (inspected.path.read_text(encoding="utf-8"), inspected.encoding) == (plain, "utf-16")


def test_42_what_is_no_text_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"\x80\xff\xff\x81 abc", "a.txt", "manuscript") == "text_undecodable"
    assert refusal(tmp_path, bytes(range(1, 32)) * 50, "a.txt", "manuscript") == "text_binary"
    assert refusal(tmp_path, deck_bytes(), "a.txt", "manuscript") == "wrong_content"
    assert refusal(tmp_path, b" \n ", "a.md", "manuscript") == "empty"
    limits = Limits(text_size=10)
    assert refusal(tmp_path, TEXT.encode(), "a.md", "manuscript", limits) == "text_too_large"
