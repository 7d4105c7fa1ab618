"""Hostile office packages are refused before any office program opens them (uploads 1-17, 39-41)."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from uploads.processing.limits import MIB, Limits

from .builders import bent, deck_bytes, document_bytes, look, members, pack, refusal, with_part


def test_01_zero_bytes(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"") == "empty"


@pytest.mark.parametrize("keep", [10, 1_000, -1, -22])
def test_02_truncated_zip(tmp_path: Path, keep: int) -> None:
    assert refusal(tmp_path, deck_bytes()[:keep]) == "zip_damaged"


def test_03_a_bomb_is_refused_by_its_ratio_while_streaming(tmp_path: Path) -> None:
    bomb = with_part("ppt/media/zeros.bin", b"\x00" * (64 * MIB))
    assert refusal(tmp_path, bomb) == "zip_ratio"


def test_03_more_than_the_limit_unpacked(tmp_path: Path) -> None:
    bomb = with_part("ppt/media/zeros.bin", b"\x00" * (2 * MIB))
    limits = Limits(zip_unpacked=MIB)
    assert refusal(tmp_path, bomb, limits=limits) == "zip_too_large"


def _patch_sizes(data: bytes, name: bytes, size: int, *, local: bool) -> bytes:
    """Writes an unpacked size into the directory entry (and the local header) of a member."""
    raw = bytearray(data)
    at = raw.rfind(b"PK\x01\x02", 0, raw.rfind(name))
    struct.pack_into("<L", raw, at + 24, size)
    if local:
        (offset,) = struct.unpack_from("<L", raw, at + 42)
        struct.pack_into("<L", raw, offset + 22, size)
    return bytes(raw)


@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("size", [10, 5 * MIB])
def test_04_lying_size_header(tmp_path: Path, local: bool, size: int) -> None:
    data = with_part("ppt/media/noise.bin", b"x" * MIB)
    lying = _patch_sizes(data, b"ppt/media/noise.bin", size, local=local)
    assert refusal(tmp_path, lying) == "zip_lying_size"


def test_05_overlapping_entries(tmp_path: Path) -> None:
    data = bytearray(pack({**members(deck_bytes()), "a.bin": b"a" * 50, "b.bin": b"a" * 50}))
    first, second = data.rfind(b"a.bin"), data.rfind(b"b.bin")
    data[second - 46 + 42 : second - 46 + 46] = data[first - 46 + 42 : first - 46 + 46]
    assert refusal(tmp_path, bytes(data)) == "zip_overlap"


def test_06_more_than_5000_entries(tmp_path: Path) -> None:
    parts = members(deck_bytes()) | {f"x/{n}": b"" for n in range(5_001)}
    assert refusal(tmp_path, pack(parts)) == "zip_too_many"


def test_07_a_zip_inside_is_never_unpacked(tmp_path: Path) -> None:
    """A bomb inside an embedded file stays packed: the deck is accepted, the bomb is only bytes."""
    bomb = pack({"zeros": b"\x00" * (64 * MIB)})
    inspected = look(tmp_path, with_part("ppt/embeddings/inner.zip", bomb))
    assert members(inspected.path.read_bytes())["ppt/embeddings/inner.zip"] == bomb


@pytest.mark.parametrize(
    "name", ["../evil.xml", "ppt/../../evil", "/etc/passwd", "C:/evil", "ppt\\evil.xml", "./x"]
)
def test_08_09_names_that_lead_out(tmp_path: Path, name: str) -> None:
    info = zipfile.ZipInfo("placeholder")
    info.filename = name
    data = pack([*members(deck_bytes()).items(), (info, b"x")])
    assert refusal(tmp_path, data) == "zip_path"


def test_10_symlink_member(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("ppt/media/link")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    data = pack([*members(deck_bytes()).items(), (link, b"/etc/passwd")])
    assert refusal(tmp_path, data) == "zip_symlink"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["ppt/presentation.xml", "PPT/Presentation.xml"])
def test_11_duplicate_member(tmp_path: Path, name: str) -> None:
    data = pack([*members(deck_bytes()).items(), (name, b"<x/>")])
    assert refusal(tmp_path, data) == "zip_duplicate"


def test_12_encrypted_member(tmp_path: Path) -> None:
    data = bytearray(deck_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    assert refusal(tmp_path, bytes(data)) == "zip_encrypted"


def test_unusual_compression(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in members(deck_bytes()).items():
            archive.writestr(name, content)
    assert refusal(tmp_path, out.getvalue()) == "zip_method"


def test_13_vba_project(tmp_path: Path) -> None:
    assert refusal(tmp_path, with_part("ppt/vbaProject.bin", b"\xd0\xcf\x11\xe0")) == "macros"


def test_13_macro_content_type(tmp_path: Path) -> None:
    """A renamed .pptm: its main part says so even when the project is not where it should be."""

    def change(parts: dict[str, bytes]) -> None:
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
            b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
            b"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml",
        )

    assert refusal(tmp_path, bent(change)) == "macros"


def test_13_macro_workbook_inside(tmp_path: Path) -> None:
    assert refusal(tmp_path, with_part("ppt/embeddings/book.xlsm", b"PK")) == "macros"


def test_16_other_kinds_called_pptx(tmp_path: Path) -> None:
    for content in (
        b"<html><script>1</script></html>",
        b"{\\rtf1 x}",
        b"<?xml version='1.0'?><office/>",
    ):
        assert refusal(tmp_path, content) == "wrong_content"


def test_17_word_called_powerpoint_and_back(tmp_path: Path) -> None:
    assert refusal(tmp_path, document_bytes()) == "wrong_content"
    assert refusal(tmp_path, deck_bytes(), "a.docx", "manuscript") == "wrong_content"


def test_a_plain_zip_called_pptx(tmp_path: Path) -> None:
    assert refusal(tmp_path, pack({"a.txt": b"a"})) == "wrong_content"


def test_a_package_without_its_main_part(tmp_path: Path) -> None:
    data = bent(lambda parts: parts.__delitem__("ppt/presentation.xml"))
    assert refusal(tmp_path, data) == "package_damaged"


def test_a_deck_without_slides(tmp_path: Path) -> None:
    assert refusal(tmp_path, deck_bytes(0)) == "no_slides"


def test_31_too_many_slides(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        ids = b"".join(b'<p:sldId id="%d" r:id="rId7"/>' % n for n in range(256, 10_256))
        parts["ppt/presentation.xml"] = parts["ppt/presentation.xml"].replace(
            b"<p:sldIdLst>", b"<p:sldIdLst>" + ids
        )

    assert refusal(tmp_path, bent(change)) == "too_many_slides"


def test_leading_junk_before_a_zip(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"\x01\x02\x00junk" + deck_bytes()) == "polyglot"


def test_41_the_content_counts_not_the_name(tmp_path: Path) -> None:
    """A show saved under the name of a presentation is taken for what it is."""

    def change(parts: dict[str, bytes]) -> None:
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
            b"presentation.main+xml", b"slideshow.main+xml"
        )

    assert look(tmp_path, bent(change)).format == "ppsx"


def test_a_file_larger_than_the_limit(tmp_path: Path) -> None:
    assert refusal(tmp_path, deck_bytes(), limits=Limits(file_size=100)) == "too_large"


def test_the_original_is_untouched_and_hashed(tmp_path: Path) -> None:
    data = deck_bytes(3)
    inspected = look(tmp_path, data)
    import hashlib

    assert inspected.sha256 == hashlib.sha256(data).hexdigest()
    assert (inspected.size, inspected.pages, inspected.format) == (len(data), 3, "pptx")
