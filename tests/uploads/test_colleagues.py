"""A colleague's upload of the same slot: seen with how far it is, gone on with, cancelled."""

import datetime as dt
import hashlib

import pytest
from django.conf import settings
from django.utils import timezone

from tests.people import client_of, make_person
from tests.uploads.tus_client import UPLOADS, Tus, id_of, metadata
from townships.models import AuditRow
from uploads.models import Upload, Version
from uploads.tus import incoming
from uploads.tus.parts import part_store

MARK = "a" * 64


@pytest.fixture
def colleague(county, township):
    return make_person(county, "member", "qs2", township, "李同事")


@pytest.fixture
def begun(member, meeting):
    """The member has sent the first 4 of 8 bytes."""
    tus = Tus(member)
    location = started(tus, meeting, MARK)
    tus.patch(location, 0, b"PK\x03\x04")
    return location


def started(tus, meeting, mark):
    values = {"filename": "汇报.pptx", "meeting": meeting.pk, "kind": "deck", "fingerprint": mark}
    answer = tus.send("POST", UPLOADS, Upload_Length=8, Upload_Metadata=metadata(**values))
    assert answer.status_code == 201
    return answer["Location"]


def seen(api, actor, meeting, township):
    answer = api(actor).get(f"/meetings/{meeting.pk}/uploads", township=str(township.pk))
    return answer.json()["uploads"]


def test_it_is_seen_with_how_far_it_is(begun, member, colleague, organiser, meeting, township, api):
    [row] = seen(api, colleague, meeting, township)
    assert (row["offset"], row["length"], row["fingerprint"]) == (4, 8, MARK)
    assert (row["mine"], row["uploaded_by"], row["quiet_seconds"]) == (False, member.name, 0)
    assert row["url"] == begun
    assert seen(api, member, meeting, township)[0]["mine"] is True
    assert len(seen(api, organiser, meeting, township)) == 1


def test_others_see_nothing_of_it(begun, other_member, observer, meeting, township, api):
    assert seen(api, other_member, meeting, township) == []
    assert seen(api, observer, meeting, township) == []


def test_quiet_since_the_last_byte(begun, colleague, meeting, township, api):
    quiet = timezone.now() - dt.timedelta(minutes=5)
    expires = quiet + dt.timedelta(hours=settings.UPLOAD_EXPIRES_HOURS)
    Upload.objects.update(expires_at=expires)
    assert 299 <= seen(api, colleague, meeting, township)[0]["quiet_seconds"] <= 302
    page = client_of(colleague).get(f"/meetings/{meeting.pk}/slots/{township.pk}/deck/")
    assert page.context["others"][0]["quiet"] is True
    assert "汇报.pptx" in page.content.decode()


def test_a_colleague_goes_on_with_it_and_the_checksum_is_told(begun, colleague, member, meeting):
    """The last answer names the whole file's SHA-256; the version is the one who began it's."""
    answer = Tus(colleague).patch(begun, 4, b"deck")
    assert answer.status_code == 204
    assert answer["Lihui-SHA256"] == hashlib.sha256(b"PK\x03\x04deck").hexdigest()
    version = Version.objects.get()
    assert (version.sha256, version.uploaded_by_id) == (
        answer["Lihui-SHA256"],
        member.membership_id,
    )
    again = Tus(member).head(begun)  # the one who began it asks how far it is
    assert again["Upload-Offset"] == "8"
    assert again["Lihui-SHA256"] == version.sha256


def test_a_colleague_may_cancel_it_and_others_may_not(begun, colleague, other_member):
    assert Tus(other_member).send("DELETE", begun).status_code == 404
    assert Tus(colleague).send("DELETE", begun).status_code == 204
    assert Upload.objects.get(pk=id_of(begun)).state == "removed"


@pytest.mark.parametrize("meanwhile", ["cancelled", "finished", "deleted"])
def test_a_cancel_that_comes_too_late_changes_nothing_and_leaves_no_trace(
    begun, member, colleague, meanwhile
):
    """Whoever cancels has read the upload's row before somebody else was quicker."""
    read_before = Upload.objects.select_related("meeting").get()
    if meanwhile == "cancelled":
        Tus(member).send("DELETE", begun)
    elif meanwhile == "finished":
        Tus(member).patch(begun, 4, b"deck")
    else:
        Upload.objects.all().delete()
    kept = list(Upload.objects.values()), list(Version.objects.values())
    audited = list(AuditRow.objects.values_list("action", flat=True))
    incoming._cancel(colleague, read_before, part_store())
    assert (list(Upload.objects.values()), list(Version.objects.values())) == kept
    assert list(AuditRow.objects.values_list("action", flat=True)) == audited
    assert audited.count("upload.cancelled") == (1 if meanwhile == "cancelled" else 0)


@pytest.mark.parametrize("mark", ["", "zz", "A" * 64, "a" * 65, "<script>", "0" * 15])
def test_a_fingerprint_that_is_none_is_left_out(member, meeting, mark):
    location = started(Tus(member), meeting, mark)
    assert Upload.objects.get(pk=id_of(location)).fingerprint == ""
