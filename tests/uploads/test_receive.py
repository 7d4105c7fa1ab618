"""Receiving a file: durable, hashed, a version, an event, an audit row; or nothing at all."""

import datetime as dt
import hashlib
import io
from pathlib import Path

import pytest
from django.utils import timezone

from meetings.models import Event
from meetings.problems import MeetingClosed
from townships.models import AuditRow
from townships.problems import NotAllowed, NotFound
from uploads import files, services
from uploads.models import Material, Version
from uploads.problems import DeadlinePassed, FileRefused

BYTES = b"PK\x03\x04" + b"slides" * 1000


def receive(actor, meeting, township, kind="deck", filename="汇报.pptx", data=BYTES, **options):
    return services.receive(
        actor=actor,
        meeting_id=meeting.pk,
        township_id=township.pk,
        kind=kind,
        filename=filename,
        source=io.BytesIO(data),
        **options,
    )


@pytest.fixture
def stored_before() -> set[str]:
    return stored_keys()


def stored_keys() -> set[str]:
    return set(files.keys_below("originals/"))


def test_a_received_file_is_stored_with_its_hash_and_numbered(member, meeting, township):
    """The bytes in storage are the bytes sent; the second upload is version 2 of the same slot."""
    version = receive(member, meeting, township)
    assert version.sha256 == hashlib.sha256(BYTES).hexdigest()
    assert version.size == len(BYTES)
    assert version.state == Version.State.RECEIVED
    with files.open_stored(version.original) as stored:
        assert stored.read() == BYTES
    assert "汇报" not in version.original
    second = receive(member, meeting, township, data=BYTES + b"!")
    assert (second.number, second.material_id) == (2, version.material_id)
    assert Material.objects.get().title == "汇报"


def test_a_path_is_copied_not_moved(member, meeting, township, tmp_path: Path):
    deck = tmp_path / "deck.pptx"
    deck.write_bytes(BYTES)
    services.receive(
        actor=member,
        meeting_id=meeting.pk,
        township_id=township.pk,
        kind="deck",
        filename="deck.pptx",
        source=deck,
    )
    assert deck.read_bytes() == BYTES


def test_event_and_audit_row_come_with_it(member, meeting, township):
    version = receive(member, meeting, township)
    event = Event.objects.get(meeting=meeting)
    assert (event.seq, event.kind, event.object_id, event.township_id) == (
        1,
        "material.received",
        version.material_id,
        township.pk,
    )
    row = AuditRow.objects.get(action="material.received")
    assert row.detail["sha256"] == version.sha256


def test_history_can_be_loaded_at_its_moment(organiser, meeting, township):
    moment = timezone.now() - dt.timedelta(days=400)
    version = receive(organiser, meeting, township, at=moment)
    assert version.uploaded_at == moment
    assert not version.late
    assert Event.objects.get().at == moment


def test_another_countys_meeting_or_township_is_missing(
    foreign_member, foreign_organiser, meeting, township, stored_before
):
    for actor in (foreign_member, foreign_organiser):
        with pytest.raises(NotFound):
            receive(actor, meeting, township)
    assert stored_keys() == stored_before


def test_another_township_of_the_county_may_not(other_member, meeting, township):
    with pytest.raises(NotAllowed):
        receive(other_member, meeting, township)


def test_after_the_deadline_the_member_is_told_so_and_an_extension_helps(
    member, organiser, meeting, township
):
    meeting.deadline = timezone.now() - dt.timedelta(minutes=1)
    meeting.save()
    with pytest.raises(DeadlinePassed):
        receive(member, meeting, township)
    by_organiser = receive(organiser, meeting, township)
    assert (by_organiser.late, by_organiser.in_extension) == (True, False)
    services.grant_extension(
        actor=organiser,
        meeting_id=meeting.pk,
        township_id=township.pk,
        kind="deck",
        until=timezone.now() + dt.timedelta(hours=1),
    )
    version = receive(member, meeting, township)
    version.refresh_from_db()
    assert (version.late, version.in_extension) == (True, True)


def test_a_closed_meeting_takes_nothing(member, organiser, closed_meeting, township):
    for actor in (member, organiser):
        with pytest.raises(MeetingClosed):
            receive(actor, closed_meeting, township)


@pytest.mark.parametrize(
    ("filename", "code"),
    [
        ("a\x00b.pptx", "name_control"),
        ("a\r\nb.pptx", "name_control"),
        ("a.pptx.html", "name_double_extension"),
        ("a.exe", "extension_not_allowed"),
        ("a.docx", "extension_not_allowed"),
        ("", "name_missing"),
    ],
)
def test_a_bad_name_is_refused_with_its_own_code(member, meeting, township, filename, code):
    with pytest.raises(FileRefused) as caught:
        receive(member, meeting, township, filename=filename)
    assert caught.value.code == code
    assert caught.value.as_dict()["detail"]


def test_an_empty_file_is_refused_and_leaves_nothing(member, meeting, township, stored_before):
    with pytest.raises(FileRefused) as caught:
        receive(member, meeting, township, data=b"")
    assert caught.value.code == "empty"
    assert stored_keys() == stored_before
    assert not Material.objects.exists()


def test_withdrawn_is_hidden_from_others_and_comes_back_with_a_new_version(
    member, other_member, live_meeting, township
):
    live_meeting.deadline = timezone.now() + dt.timedelta(hours=1)
    live_meeting.save()
    version = receive(member, live_meeting, township)
    services.withdraw_material(actor=member, material_id=version.material_id)
    assert not Material.objects.visible_to(other_member).exists()
    assert Material.objects.visible_to(member).exists()
    receive(member, live_meeting, township)
    assert Material.objects.visible_to(other_member).exists()
