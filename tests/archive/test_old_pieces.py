"""The pieces of a ZIP are read where they lie: a step of the worker costs what it brings in."""

import io
import random
import zipfile

import pytest

from archive import old_bring, old_pieces
from archive.old_source import BadSource
from uploads import files

pytestmark = pytest.mark.django_db
DATA = random.Random(6).randbytes(100_000)
PIECE = 10_000


@pytest.fixture
def prefix():
    for start in range(0, len(DATA), PIECE):
        files.store(io.BytesIO(DATA[start : start + PIECE]), f"imports/x/{start:015d}-a")
    yield "imports/x/"
    files.delete(files.keys_below("imports/x/"))


def test_any_place_can_be_read_and_nothing_comes_from_elsewhere(prefix):
    with old_pieces.whole(prefix, len(DATA)) as whole:
        assert whole.read() == DATA
        for place, length in [(0, 5), (9_995, 10), (9_999, 25_000), (99_990, 50), (100_000, 5)]:
            whole.seek(place)
            assert whole.read(length) == DATA[place : place + length]
        whole.seek(-7, io.SEEK_END)
        assert (whole.tell(), whole.read()) == (99_993, DATA[-7:])


@pytest.mark.parametrize("lost", ["first", "middle", "last", "short"])
def test_a_piece_that_is_missing_or_too_short_is_an_archive_cut_off(prefix, lost):
    keys = sorted(files.keys_below(prefix))
    if lost == "short":
        files.store(io.BytesIO(b"x"), keys[4])
    else:
        files.delete([keys[{"first": 0, "middle": 4, "last": -1}[lost]]])
    with pytest.raises(BadSource), old_pieces.whole(prefix, len(DATA)) as whole:
        whole.read()


def test_two_pieces_for_one_place_are_an_archive_cut_off(prefix):
    files.store(io.BytesIO(b"x"), f"{prefix}{PIECE:015d}-b")
    with pytest.raises(BadSource):
        old_pieces.whole(prefix, len(DATA))


def test_a_step_reads_only_the_list_of_files_and_what_it_brings_in(
    county, townships, archivist, monkeypatch
):
    """Whatever the ZIP's size: it is not put together again at every step."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for month in range(1, 13):
            archive.writestr(f"2019/{month:02}/青石镇/一.pptx", DATA)
    data = out.getvalue()
    found = old_bring.begin(actor=archivist, name="旧档.zip", size=len(data))
    for start in range(0, len(data), PIECE):
        part = io.BytesIO(data[start : start + PIECE])
        old_bring.receive(actor=archivist, import_id=found.pk, offset=start, source=part)
    found.refresh_from_db()
    old_bring.look(found)
    old_bring.confirm(actor=archivist, import_id=found.pk)
    read = []
    opened = files.open_stored

    def noted(key):
        read.append(key)
        return opened(key)

    monkeypatch.setattr(files, "open_stored", noted)
    found.refresh_from_db()
    assert old_bring.run(found, seconds=0) == 1
    mine = {key for key in read if key.startswith(found.source)}
    assert len(mine) <= 14, "one file of ten pieces, its edges, and the end"
