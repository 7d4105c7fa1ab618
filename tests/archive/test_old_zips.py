"""A ZIP of old meetings is judged before anything is unpacked."""

import io
import zipfile

import pytest

from archive import old_source
from archive.old_source import BadSource, zip_source


def packed(files, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(files):
            archive.writestr(f"2024/05/青石镇/{number}.txt", content)
    out.seek(0)
    return out


def test_many_files_that_each_unpack_to_little_but_together_to_far_too_much_are_refused(
    monkeypatch,
):
    """No single file of a bomb need be large: fifty thousand of 60 MB fill every disk, too."""
    monkeypatch.setattr(old_source, "ALL_GENEROUS", 1024 * 1024)
    with pytest.raises(BadSource), zip_source(packed(20, bytes(200_000))):
        pass


def test_more_than_the_hub_ever_unpacks_is_refused(monkeypatch):
    monkeypatch.setattr(old_source, "MOST_UNPACKED", 1000)
    with pytest.raises(BadSource), zip_source(packed(3, b"abc" * 200)):
        pass


def test_well_packed_papers_of_a_few_megabytes_are_let_in(monkeypatch):
    with zip_source(packed(20, bytes(200_000))) as source:
        assert sum(1 for _ in source.entries()) == 20


def marked(flags=0, method=None):
    """A ZIP of one paper whose marks in both places say that it is locked, or packed in an odd way."""
    data = bytearray(packed(1, b"abc" * 200).getvalue())
    for head, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(head) + at
        data[start] |= flags
        if method is not None:
            data[start + 2] = method
    return io.BytesIO(data)


@pytest.mark.parametrize(
    ("zipped", "words"),
    [
        (marked(flags=0x01), "带有密码"),
        (marked(flags=0x41), "带有密码"),
        (marked(method=9), "压缩方式"),  # Deflate64, what Windows takes for large files
        (marked(method=99), "压缩方式"),  # AES as some packers mark it
        (marked(method=93), "压缩方式"),  # Zstandard
    ],
)
def test_a_locked_or_oddly_packed_zip_is_told_from_a_broken_one(zipped, words):
    """Its sender has to save it again, not to look for what was cut off."""
    with pytest.raises(BadSource) as caught, zip_source(zipped):
        pass
    assert caught.value.code == "unusual_zip"
    assert words in caught.value.detail
    assert "普通的 ZIP" in caught.value.detail


def test_a_zip_that_was_cut_off_is_still_told_so():
    data = packed(3, b"abc" * 200).getvalue()
    with pytest.raises(BadSource) as caught, zip_source(io.BytesIO(data[: len(data) // 2])):
        pass
    assert caught.value.code == "bad_source"
