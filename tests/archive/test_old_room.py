"""Old meetings take the county's room like everything else, and several hands do not spoil an import."""

import io
import zipfile

import pytest

from archive import old_bring, old_source
from archive.models import OldFile, OldImport
from archive.old_source import BadSource, zip_source
from meetings.models import Meeting
from townships.models import AuditRow
from uploads import files
from uploads.models import Version
from uploads.problems import QuotaExceeded
from uploads.tus.incoming import used_bytes

pytestmark = pytest.mark.django_db

TREE = {
    "2019/05/青石镇/一.pptx": b"a" * 600,
    "2019/06/青石镇/二.pptx": b"b" * 600,
}


def zipped(tree=TREE, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for path, content in tree.items():
            archive.writestr(path, content)
    return out.getvalue()


def sent(actor, data):
    found = old_bring.begin(actor=actor, name="旧档.zip", size=len(data))
    return piece(actor, found, 0, data)


def piece(actor, found, offset, data):
    return old_bring.receive(
        actor=actor, import_id=found.pk, offset=offset, source=io.BytesIO(data)
    )


def test_a_zip_that_is_coming_counts_for_the_county_until_it_is_done(
    county, townships, archivist, settings
):
    data = zipped()
    found = sent(archivist, data)
    assert used_bytes(county.pk) == len(data)
    settings.COUNTY_QUOTA_BYTES = len(data) + 10
    with pytest.raises(QuotaExceeded):
        old_bring.begin(actor=archivist, name="noch.zip", size=11)
    settings.COUNTY_QUOTA_BYTES = 10_000
    old_bring.look(found)
    old_bring.confirm(actor=archivist, import_id=found.pk)
    while old_bring.work_some():
        pass
    found.refresh_from_db()
    assert found.state == "done"
    assert used_bytes(county.pk) == 1200


def test_a_zip_that_unpacks_to_more_than_there_is_room_for_is_refused_when_it_is_looked_through(
    county, townships, archivist, settings
):
    data = zipped(method=zipfile.ZIP_DEFLATED)
    settings.COUNTY_QUOTA_BYTES = len(data) + 100
    found = sent(archivist, data)
    old_bring.look(found)
    found.refresh_from_db()
    assert found.state == "refused"
    assert "GB" in found.reason
    assert files.keys_below(f"imports/{found.pk}/") == []
    assert used_bytes(county.pk) == 0


def test_room_that_was_used_up_meanwhile_ends_the_import_with_whole_meetings(
    county, townships, archivist, settings
):
    found = sent(archivist, zipped())
    old_bring.look(found)
    old_bring.confirm(actor=archivist, import_id=found.pk)
    settings.COUNTY_QUOTA_BYTES = 700
    while old_bring.work_some():
        pass
    found.refresh_from_db()
    assert found.state == "refused"
    assert found.reason
    assert Meeting.objects.filter(county=county).count() == Version.objects.count() == 1
    assert AuditRow.objects.filter(action="archive.meeting_brought").count() == 1


def test_two_senders_of_one_piece_do_not_spoil_each_other(
    county, townships, archivist, monkeypatch
):
    """The second one stores its bytes while the first one's are being taken: they go, the first stay."""
    data = zipped()
    found = old_bring.begin(actor=archivist, name="旧档.zip", size=len(data))
    really, inside = files.store, []

    def store(source, key):
        if not inside:
            inside.append(key)
            piece(archivist, found, 0, data[:500])
        return really(source, key)

    monkeypatch.setattr(old_bring.files, "store", store)
    with pytest.raises(old_bring.WrongOffset):
        piece(archivist, found, 0, b"x" * 300)
    monkeypatch.undo()
    assert len(files.keys_below(f"imports/{found.pk}/")) == 1
    done = piece(archivist, found, 500, data[500:])
    assert old_bring.look(done).state == "planned"


def test_a_piece_for_an_import_that_was_dropped_meanwhile_leaves_nothing(archivist, monkeypatch):
    found = old_bring.begin(actor=archivist, name="旧档.zip", size=1000)
    really = files.store

    def store(source, key):
        OldImport.objects.all().delete()
        return really(source, key)

    monkeypatch.setattr(old_bring.files, "store", store)
    with pytest.raises(old_bring.NotFound):
        piece(archivist, found, 0, b"x" * 300)
    assert files.keys_below(f"imports/{found.pk}/") == []


def test_whoever_looks_second_changes_nothing(county, townships, archivist):
    """A look that outlasted its lease must not put a running import back to its beginning."""
    found = sent(archivist, zipped())
    late = OldImport.objects.get(pk=found.pk)
    old_bring.look(found)
    old_bring.confirm(actor=archivist, import_id=found.pk)
    rows = set(found.files.values_list("pk", flat=True))
    assert old_bring.look(late).state == "running"
    assert set(found.files.values_list("pk", flat=True)) == rows


def test_whoever_brings_a_meeting_second_leaves_it_as_it_is(county, townships, archivist):
    found = sent(archivist, zipped())
    old_bring.look(found)
    old_bring.confirm(actor=archivist, import_id=found.pk)
    found.refresh_from_db()
    row = found.files.order_by("day").first()
    OldFile.objects.filter(pk=row.pk).update(state=OldFile.State.DONE)
    stored = [(row, files.store(io.BytesIO(b"a"), "originals/late"), "一.pptx")]
    assert old_bring.write_meeting(found, row.day, stored) is None
    row.refresh_from_db()
    assert (row.state, row.reason) == ("done", "")
    files.delete(["originals/late"])


def test_a_list_of_files_too_long_to_be_read_is_refused_before_it_is(monkeypatch):
    monkeypatch.setattr(old_source, "MOST_DIRECTORY", 100)
    with pytest.raises(BadSource), zip_source(io.BytesIO(zipped())):
        pass
