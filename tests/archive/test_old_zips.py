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
