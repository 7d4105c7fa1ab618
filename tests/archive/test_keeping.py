"""Closed meetings are signed; a flipped bit, a removed file and a changed word are found."""

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from archive import keeping
from archive.corrections import NotClosed, add_correction
from archive.covers import FIRST
from archive.models import Checkup, Correction, Manifest, ManifestRow
from archive.tables import coverage, fingerprint
from board.models import Post
from meetings.models import Event
from tests.archive.material import add_deck, add_entry, add_files, index, month
from tests.people import client_of, make_meeting
from townships.models import AuditRow
from townships.problems import Invalid, NotAllowed, NotFound
from uploads import files
from uploads.models import Version

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(county, township):
    meeting = make_meeting(county, "closed", **month(2024, 5), title="五月例会")
    add_files(
        add_deck(
            meeting, township, [{"title": "名册", "text": "登记"}, {"title": "二", "text": ""}]
        )
    )
    add_entry(meeting, township, "联系不上")
    return meeting


def sign():
    while keeping.sign_next():
        pass


def problems(county):
    *_, report = keeping.check_all(county.pk)
    return report.problems


def test_a_manifest_names_every_file_and_is_made_once(closed, county):
    sign()
    [manifest] = Manifest.objects.all()
    rows = manifest.rows.values_list("role", "state")
    assert sorted(rows) == [("original", "ok"), ("pdf", "ok"), *[("picture", "ok")] * 4]
    assert manifest.files == 6
    assert not keeping.sign_next()
    assert problems(county) == []
    assert AuditRow.objects.filter(action="archive.signed").count() == 1


def test_a_manifest_names_sound_and_video_once(closed, county):
    """A clip that two slides play is one file; a flipped bit in it is found."""
    pages = list(Version.objects.get().pages.all())
    for page in pages:
        key = f"pages/{page.version_id}/a/media-1"
        page.media = [{"key": key, "type": "video/mp4", "size": 4, "name": "a.mp4"}]
        page.save()
    files.store(ContentFile(b"clip"), key)
    sign()
    [row] = ManifestRow.objects.filter(role="media")
    assert (row.key, row.size, row.state, row.number) == (key, 4, "ok", pages[0].number)
    files.delete([key])
    files.store(ContentFile(b"clap"), key)
    assert problems(county) == [f"五月例会: {key}: changed"]


def test_nothing_is_signed_before_it_is_closed_and_processed(closed, county):
    make_meeting(county, "live")
    Version.objects.update(state=Version.State.CONVERTING)
    sign()
    assert not Manifest.objects.exists()


def test_a_flipped_bit_and_a_removed_file_are_found(closed, county, capsys):
    sign()
    version = Version.objects.get()
    with files.open_stored(version.original) as stored:
        content = bytearray(stored.read())
    content[3] ^= 1
    files.delete([version.original])
    files.store(ContentFile(bytes(content)), version.original)
    files.delete([version.pdf])
    assert sorted(problems(county)) == sorted(
        [f"五月例会: {version.original}: changed", f"五月例会: {version.pdf}: missing"]
    )
    with pytest.raises(CommandError):
        call_command("verify_archive")
    assert "6 files read" in capsys.readouterr().out


def test_a_file_that_came_otherwise_than_it_was_received_is_found_when_signing(closed, county):
    Version.objects.update(sha256="0" * 64)
    sign()
    assert [problem.split(": ")[-1] for problem in problems(county)] == ["changed"]


def test_changed_words_a_changed_manifest_and_a_missing_one_are_found(closed, county):
    sign()
    later = make_meeting(county, "closed", **month(2024, 6), title="六月例会")
    sign()
    Post.objects.update(body="没有问题")
    assert problems(county) == ["五月例会: the words in the database were changed"]
    Post.objects.update(body="联系不上")
    first = Manifest.objects.get(meeting=closed)
    ManifestRow.objects.filter(manifest=first, role="pdf").update(sha256="1" * 64)
    assert "五月例会, manifest 1: it was changed" in problems(county)
    first.delete()
    assert f"{later}, manifest 1: the chain is broken before it" in problems(county)


def test_checking_goes_on_where_it_was_stopped(closed, county):
    from django.utils import timezone

    sign()
    begun = timezone.now()
    reports = keeping.check_all(county.pk, unread_since=begun)
    for _ in range(4):
        next(reports)
    reports.close()
    *_, report = keeping.check_all(county.pk, unread_since=begun)
    assert report.files == 3


def test_the_worker_reads_everything_once_a_month_and_writes_down_what_it_found(closed, county):
    sign()
    assert keeping.check_some() == 6
    assert keeping.check_some() == 0
    [checkup] = Checkup.objects.all()
    assert (checkup.files, checkup.problems) == (6, [])
    assert checkup.finished_at is not None
    assert keeping.check_some() == 0
    Checkup.objects.update(started_at=checkup.started_at - keeping.AGAIN_AFTER)
    lost = ManifestRow.objects.filter(role="original").get()
    files.delete([lost.key])
    assert keeping.check_some() == 6
    assert keeping.check_some() == 0
    assert [one.problems for one in Checkup.objects.all()] == [
        [f"五月例会: {lost.key}: missing"],
        [],
    ]


def test_a_reading_that_was_interrupted_goes_on(closed, county, monkeypatch):
    sign()
    monkeypatch.setattr(keeping, "FILES_AT_ONCE", 4)
    assert [keeping.check_some() for _ in range(3)] == [4, 2, 0]
    assert Checkup.objects.get().files == 6


def test_a_correction_is_added_with_its_reason_found_and_signed(closed, county, archivist, member):
    from archive.search import search

    sign()
    add_correction(
        actor=archivist, meeting_id=closed.pk, text="应为三百一十二名", reason="数字有误"
    )
    assert Event.objects.filter(meeting=closed, kind="correction.added").count() == 1
    assert AuditRow.objects.filter(action="correction.added").count() == 1
    index()
    assert search(actor=member, text="三百一十二").total == 1
    sign()
    assert Manifest.objects.filter(meeting=closed).count() == 2
    assert problems(county) == []
    page = client_of(member).get(reverse("archive:meeting", args=[closed.pk])).content.decode()
    assert "应为三百一十二名" in page
    assert "数字有误" in page


def test_only_archivists_correct_and_only_closed_meetings(
    closed, county, archivist, organiser, foreign_organiser
):
    for actor, error in ((organiser, NotAllowed), (foreign_organiser, NotFound)):
        with pytest.raises(error):
            add_correction(actor=actor, meeting_id=closed.pk, text="一", reason="二")
    live = make_meeting(county, "live")
    with pytest.raises(NotClosed):
        add_correction(actor=archivist, meeting_id=live.pk, text="一", reason="二")
    with pytest.raises(Invalid) as caught:
        add_correction(actor=archivist, meeting_id=closed.pk, text=" ", reason="")
    assert set(caught.value.fields) == {"text", "reason"}
    assert not Correction.objects.exists()


def test_the_page_says_how_whole_the_archive_is(closed, archivist, organiser, member):
    sign()
    address = reverse("archive:integrity")
    for actor in (archivist, organiser):
        assert "五月例会" in client_of(actor).get(address).content.decode()
    assert client_of(member).get(address).status_code == 403
    assert client_of(archivist).post(reverse("archive:check")).status_code == 302
    assert keeping.check_some() == 6


def test_what_was_typed_into_a_correction_is_kept_on_an_error(closed, archivist):
    page = client_of(archivist).post(
        reverse("archive:correct", args=[closed.pk]), {"text": "应为三百", "reason": ""}
    )
    assert page.status_code == 200
    assert "应为三百" in page.content.decode()


def test_a_meeting_signed_before_there_were_more_columns_is_still_unchanged(closed, county):
    """As after an update: the first manifests name no columns, and were made of fewer."""
    sign()
    manifest = Manifest.objects.get()
    manifest.covers, manifest.record = {}, fingerprint(closed, FIRST)
    assert manifest.record != fingerprint(closed)
    manifest.digest = keeping.digest_of(manifest, list(manifest.rows.all()))
    manifest.signature = keeping.signature_of(manifest)
    manifest.save()
    assert problems(county) == []
    closed.grace_minutes += 30
    closed.save(update_fields=["grace_minutes"])
    assert problems(county) == []
    Post.objects.update(body="联系上了")
    assert problems(county) == ["五月例会: the words in the database were changed"]


def test_a_manifest_remembers_what_it_signed_and_nothing_less_may_be_compared(closed, county):
    sign()
    manifest = Manifest.objects.get()
    assert manifest.covers == coverage()
    assert "body" in manifest.covers["board.post"]
    Post.objects.update(body="联系上了")
    manifest.covers["board.post"].remove("body")
    manifest.save()
    assert problems(county) == ["五月例会: the words in the database were changed"]
