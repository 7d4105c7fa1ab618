"""Uploads 1-46 of the hostile list, as somebody would send them: each with its own code and sentence.

Refused (R): no conversion, no pages, an event and an audit row, a sentence in three languages. Stored (S):
what may be opened is an inspected copy without what is dangerous; the original is kept byte for byte.
Names (35-40), 45 and 46 end before there is a file: `test_names.py`, `test_tus.py`, `test_crashes.py`; here
is what their senders are told.
"""

import io
import re
import stat
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import translation

from meetings.models import Event
from tests.uploads.processing.builders import (
    CANARY,
    bent,
    corpus,
    deck_bytes,
    document_bytes,
    members,
    need_cage,
    pack,
    pdf_bytes,
    png_header,
    with_part,
    with_relationship,
)
from tests.uploads.processing.test_other_kinds import TEXT
from tests.uploads.processing.test_packages import _patch_sizes
from tests.uploads.processing.test_parts import DOCTYPE
from tests.uploads.tus_client import Tus
from townships.models import AuditRow
from uploads import files, services, worker
from uploads.models import Upload, Version
from uploads.processing.errors import sentence
from uploads.processing.inspection import inspect

MIB = 1024 * 1024
GO_ON = threading.Event()


def _overlap() -> bytes:
    data = bytearray(pack({**members(deck_bytes()), "a.bin": b"a" * 50, "b.bin": b"a" * 50}))
    first, second = data.rfind(b"a.bin"), data.rfind(b"b.bin")
    data[second - 46 + 42 : second - 46 + 46] = data[first - 46 + 42 : first - 46 + 46]
    return bytes(data)


def _named(name: str) -> bytes:
    info = zipfile.ZipInfo("placeholder")
    info.filename = name
    return pack([*members(deck_bytes()).items(), (info, b"x")])


def _link() -> bytes:
    link = zipfile.ZipInfo("ppt/media/link")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return pack([*members(deck_bytes()).items(), (link, b"/etc/passwd")])


def _encrypted_member() -> bytes:
    data = bytearray(deck_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _slides() -> bytes:
    ids = b"".join(b'<p:sldId id="%d" r:id="rId7"/>' % n for n in range(256, 10_256))
    name = "ppt/presentation.xml"
    return bent(
        lambda parts: parts.update(
            {name: parts[name].replace(b"<p:sldIdLst>", b"<p:sldIdLst>" + ids)}
        )
    )


def _locked_pdf() -> bytes:
    key = b"<" + b"41" * 32 + b">"
    lock = b"trailer<</Encrypt<</Filter/Standard/V 1/R 2/P -4/O" + key + b"/U" + key
    return pdf_bytes().replace(b"trailer<<", lock + b">>/ID[<41><41>]")


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n + 1} "&a{n};&a{n};">' for n in range(30))
    return f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">{entities}]><l>&a30;</l>'.encode()


def _utf16() -> bytes:
    body = DOCTYPE.format(encoding=' encoding="UTF-16"').encode("utf-16")
    return with_part("docProps/app.xml", body)


def _utf7() -> bytes:
    hidden = b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-<x/>'
    return with_part("docProps/app.xml", hidden)


def _noise(size: int) -> bytes:
    return _patch_sizes(
        with_part("ppt/media/noise.bin", b"x" * MIB), b"ppt/media/noise.bin", size, local=True
    )


# number, what it is, name, kind, bytes, the code it is refused with
REFUSED: list[tuple[str, str, str, Callable[[], bytes], str]] = [
    ("02 truncated zip", "a.pptx", "deck", lambda: deck_bytes()[:1000], "zip_damaged"),
    (
        "03 zip bomb", "a.pptx", "deck",
        lambda: with_part("ppt/media/zeros.bin", bytes(64 * MIB)), "zip_ratio",
    ),
    ("04 lying size", "a.pptx", "deck", lambda: _noise(10), "zip_lying_size"),
    ("05 overlapping entries", "a.pptx", "deck", _overlap, "zip_overlap"),
    (
        "06 5,001 entries", "a.pptx", "deck",
        lambda: pack(members(deck_bytes()) | {f"x/{n}": b"" for n in range(5001)}), "zip_too_many",
    ),
    ("08 ../ member", "a.pptx", "deck", lambda: _named("../evil.xml"), "zip_path"),
    ("09 absolute member", "a.pptx", "deck", lambda: _named("/etc/passwd"), "zip_path"),
    ("09 backslash member", "a.pptx", "deck", lambda: _named("ppt\\evil.xml"), "zip_path"),
    ("10 symlink member", "a.pptx", "deck", _link, "zip_symlink"),
    (
        "11 duplicate member", "a.pptx", "deck",
        lambda: pack([*members(deck_bytes()).items(), ("PPT/Presentation.xml", b"<x/>")]),
        "zip_duplicate",
    ),
    ("12 encrypted member", "a.pptx", "deck", _encrypted_member, "zip_encrypted"),
    (
        "13 macros", "a.pptx", "deck",
        lambda: with_part("ppt/vbaProject.bin", b"\xd0\xcf\x11\xe0"), "macros",
    ),
    (
        "14 password", "a.docx", "manuscript",
        lambda: corpus("hostile", "bug53475-password-is-pass.docx").read_bytes(), "password",
    ),
    (
        "15 .ppt renamed", "a.pptx", "deck",
        lambda: corpus("decks", "headers_footers_2007.ppt").read_bytes(), "wrong_content",
    ),
    (
        "16 fodt", "a.pptx", "deck",
        lambda: b"<?xml version='1.0'?><office:document/>", "wrong_content",
    ),
    ("16 html", "a.pptx", "deck", lambda: b"<html><script>1</script></html>", "wrong_content"),
    ("16 rtf", "a.pptx", "deck", lambda: b"{\\rtf1 x}", "wrong_content"),
    ("17 docx as pptx", "a.pptx", "deck", document_bytes, "wrong_content"),
    ("18 html as pdf", "a.pdf", "deck", lambda: b"<html></html>", "wrong_content"),
    ("19 junk before a pdf", "a.pdf", "deck", lambda: b"junk\n" + pdf_bytes(), "polyglot"),
    ("19 pdf and zip", "a.pdf", "deck", lambda: pdf_bytes() + deck_bytes(), "polyglot"),
    ("21 encrypted pdf", "a.pdf", "deck", _locked_pdf, "password"),
    ("22 10,000 pages", "a.pdf", "deck", lambda: pdf_bytes(10_000), "too_many_pages"),
    (
        "23 DOCTYPE", "a.pptx", "deck",
        lambda: with_part("docProps/app.xml", DOCTYPE.format(encoding="").encode()), "xml_doctype",
    ),
    ("24 entities", "a.pptx", "deck", lambda: with_part("x.xml", _laughs()), "xml_doctype"),
    ("25 UTF-16 DOCTYPE", "a.pptx", "deck", _utf16, "xml_doctype"),
    ("25 UTF-7 DOCTYPE", "a.pptx", "deck", _utf7, "xml_damaged"),
    ("31 10,000 slides", "a.pptx", "deck", _slides, "too_many_slides"),
    (
        "32 900 megapixels", "a.pptx", "deck",
        lambda: with_part("ppt/media/image1.png", png_header(30_000, 30_000)), "picture_too_large",
    ),
    (
        "34 XML 10,000 deep", "a.pptx", "deck",
        lambda: with_part("ppt/slides/slide1.xml", b"<x>" * 10_000 + b"</x>" * 10_000), "xml_deep",
    ),
    ("42 undecodable", "a.txt", "manuscript", lambda: b"\x80\xff\xff\x81 abc", "text_undecodable"),
    ("42 no text", "a.txt", "manuscript", lambda: bytes(range(1, 32)) * 50, "text_binary"),
]  # fmt: skip


def receive(member, meeting, township, name: str, kind: str, data: bytes) -> Version:
    return services.receive(
        actor=member, meeting_id=meeting.pk, township_id=township.pk, kind=kind, filename=name,
        source=io.BytesIO(data),
    )  # fmt: skip


def assert_said(code: str, params: dict) -> None:
    """A sentence of its own in each language, with its values in it."""
    said = set()
    for language in ("zh-hans", "zh-hant", "en"):
        with translation.override(language):
            words = sentence(code, params)
        assert words != code
        assert "%(" not in words
        assert "?" not in words.replace("(?)", "")
        said.add(words)
    assert len(said) == 3


@pytest.mark.parametrize(
    ("name", "kind", "make", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused_with_its_own_code_and_sentence(
    transactional_db, member, meeting, township, name, kind, make, code
):
    if name.endswith(".pdf"):
        need_cage()
    data = make()
    version = receive(member, meeting, township, name, kind, data)
    assert worker.convert_one(GO_ON)
    version.refresh_from_db()
    assert (version.state, version.reason_code) == ("refused", code)
    assert_said(code, version.reason_params)
    assert not version.pages.exists()
    assert files.keys_below(f"pages/{version.pk}/") == []
    assert AuditRow.objects.get(action="material.refused").detail["code"] == code
    assert Event.objects.filter(kind="material.refused").count() == 1
    version.material.refresh_from_db()
    assert version.material.current is None
    with files.open_stored(version.original) as kept:
        assert kept.read() == data


STORED: list[tuple[str, str, str, Callable[[], bytes], list[str], bytes]] = [
    (
        "07 nested zip", "a.pptx", "deck",
        lambda: with_part("ppt/embeddings/inner.zip", pack({"zeros": bytes(64 * MIB)})), [], b"",
    ),
    (
        "20 pdf with a script", "a.pdf", "deck",
        lambda: pdf_bytes(
            1, catalog=b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(app.alert\\(1\\))>>]>>>>"
        ),
        ["pdf_javascript"], b"",
    ),
    (
        "26 linked picture", "a.pptx", "deck",
        lambda: with_relationship("image", CANARY), ["link_removed"], CANARY.encode(),
    ),
    (
        "27 file://", "a.pptx", "deck",
        lambda: with_relationship("image", "file:///etc/passwd"), ["link_removed"], b"/etc/passwd",
    ),
    (
        "28 UNC", "a.pptx", "deck",
        lambda: with_relationship("image", "\\\\server\\share\\a.png"), ["link_removed"],
        b"\\\\server",
    ),
    (
        "28 smb", "a.pptx", "deck",
        lambda: with_relationship("image", "smb://server/a.png"), ["link_removed"], b"smb://",
    ),
    (
        "28 ftp", "a.pptx", "deck",
        lambda: with_relationship("image", "ftp://server/a.png"), ["link_removed"], b"ftp://",
    ),
    (
        "29 linked OLE", "a.pptx", "deck",
        lambda: with_relationship("oleObject", "file:///C:/a.xlsx"), ["link_removed"], b"a.xlsx",
    ),
    (
        "29 linked template", "a.pptx", "deck",
        lambda: with_relationship("attachedTemplate", CANARY), ["link_removed"], CANARY.encode(),
    ),
    (
        "29 linked media", "a.pptx", "deck",
        lambda: with_relationship("video", "https://example.org/a.mp4"), ["link_removed"],
        b"a.mp4",
    ),
    (
        "30 javascript:", "a.pptx", "deck",
        lambda: with_relationship("hyperlink", "javascript:alert(1)"), ["hyperlink_removed"],
        b"javascript:",
    ),
    (
        "33 SVG that fetches", "a.pptx", "deck",
        lambda: with_part(
            "ppt/media/i.svg",
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://evil.example/a.png"/></svg>',
        ),
        ["link_removed"], b"evil.example",
    ),
    (
        "41 a show called a presentation", "a.pptx", "deck",
        lambda: corpus("decks", "testPPT.ppsx").read_bytes(), [], b"",
    ),
    (
        "42 text with NUL", "a.txt", "manuscript",
        lambda: TEXT.replace("and", "an\x00d").encode(), [], b"\x00",
    ),
    (
        "42 GB18030", "a.txt", "manuscript",
        lambda: TEXT.encode("gb18030"), ["text_decoded"], TEXT.encode("gb18030")[:8],
    ),
    (
        "42 UTF-16", "a.txt", "manuscript",
        lambda: TEXT.encode("utf-16"), ["text_decoded"], TEXT.encode("utf-16")[:8],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "make", "codes", "gone"),
    [row[1:] for row in STORED],
    ids=[row[0] for row in STORED],
)
def test_stored_safely(db, member, meeting, township, tmp_path, name, kind, make, codes, gone):
    """The original stays as it was sent; the copy that programs open has nothing dangerous in it."""
    need_cage()
    data = make()
    version = receive(member, meeting, township, name, kind, data)
    source = tmp_path / "original"
    files.fetch(version.original, source)
    inspected = inspect(source, name, kind, tmp_path)
    assert [finding.code for finding in inspected.findings] == codes
    assert source.read_bytes() == data
    copy = inspected.path.read_bytes()
    parts = members(copy).values() if copy[:2] == b"PK" else [copy]
    assert not gone or not any(gone in part for part in parts)


BEFORE = [
    ("01", "a.pptx", 0, 400, "empty"),
    ("35", "a\x00b.pptx", 9, 400, "name_control"),
    ("35", "a\r\nb.pptx", 9, 400, "name_control"),
    ("39", "a.pptx.html", 9, 400, "name_double_extension"),
    ("13", "a.pptm", 9, 400, "extension_not_allowed"),  # under its own name
    ("37", "好" * 251 + ".pptx", 9, 400, "name_too_long"),
]


@pytest.mark.parametrize(("filename", "length", "status", "code"), [row[1:] for row in BEFORE])
def test_names_and_emptiness_are_refused_before_a_byte_is_sent(
    member, meeting, filename, length, status, code
):
    answer = Tus(member).create(meeting, length, filename=filename)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"] != code
    assert AuditRow.objects.get(action="upload.refused").detail["code"] == code


ODD = [
    ("36", "report\u202exslx.pptx", "reportxslx.pptx"),
    ("37", "好" * 250 + ".pptx", "好" * 250 + ".pptx"),
    ("38", "CON.pptx", "CON.pptx"),
    ("38", "...a.pptx", "...a.pptx"),
    ("38", "deck.pptx.", "deck.pptx."),
]


@pytest.mark.parametrize(("filename", "kept"), [row[1:] for row in ODD])
def test_odd_names_are_stored_under_keys_of_ours(member, meeting, filename, kept):
    assert Tus(member).create(meeting, 3, filename=filename, body=b"PK\x03").status_code == 201
    version = Version.objects.get()
    assert version.filename == kept
    assert version.original.isascii()


def test_40_names_that_only_look_alike_are_two_versions(member, meeting):
    for name in ("café.pptx", "cafe\u0301.pptx"):
        assert Tus(member).create(meeting, 3, filename=name, body=b"PK\x03").status_code == 201
    assert Version.objects.values("original").distinct().count() == 2


def test_45_what_was_promised_and_not_sent_is_no_file(member, meeting):
    tus = Tus(member)
    location = tus.created(meeting, 1000)
    assert tus.patch(location, 0, b"PK\x03\x04").status_code == 204
    assert (tus.offset(location), Version.objects.count()) == (4, 0)
    assert Upload.objects.get().state == "receiving"


def test_every_number_of_the_list_has_its_test():
    """1-46 without a gap: the rows above, and the tests of uploads that are named for a number."""
    rows = {int(row[0][:2]) for row in (*REFUSED, *STORED, *BEFORE, *ODD)}
    tests = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    named = {
        int(number) for text in tests for number in re.findall(r"^def test_(\d\d)_", text, re.M)
    }
    assert {43, 44, 46} <= named
    assert rows | named == set(range(1, 47))
