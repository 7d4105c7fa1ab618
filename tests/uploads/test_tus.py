"""tus 1.0.0: each MUST of core, creation, expiration, checksum and termination."""

import base64
import datetime as dt
import hashlib
import io
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import client_of
from tests.uploads.ready import make_ready
from tests.uploads.tus_client import UPLOADS, Tus, id_of, metadata
from townships.models import AuditRow
from uploads import files
from uploads.media import keep_media
from uploads.models import Upload, Version
from uploads.processing.errors import REFUSALS
from uploads.tus import incoming
from uploads.tus.parts import part_store

CLIP = {"key": "pages/v/a/media-1", "type": "video/mp4", "size": 400, "name": "a.mp4"}
DATA = b"PK\x03\x04" + bytes(range(256)) * 40


def sha(algorithm: str, data: bytes) -> str:
    digest = base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
    return f"{algorithm} {digest}"


def test_options_lists_version_extensions_and_largest_size(member, settings):
    """OPTIONS needs neither Tus-Resumable nor a sign-in."""
    answer = client_of(member).options(UPLOADS)
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "expiration", "checksum", "termination",
    }  # fmt: skip
    assert answer["Tus-Max-Size"] == str(settings.UPLOAD_MAX_BYTES)
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_creation_answers_201_with_location_and_expiry(member, meeting):
    answer = Tus(member).create(meeting, len(DATA))
    assert answer.status_code == 201
    assert answer["Location"].startswith(f"{UPLOADS}/")
    assert answer["Tus-Resumable"] == "1.0.0"
    assert answer["Upload-Expires"].endswith(" GMT")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("version", ["", "0.2.2", "1.0.1"])
def test_another_version_is_412_and_changes_nothing(member, meeting, version):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    answer = tus.patch(location, 0, DATA, Tus_Resumable=version)
    assert answer.status_code == 412
    assert answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Resumable"] == "1.0.0"
    assert answer.json()["code"] == "tus_version"
    assert tus.offset(location) == 0


def test_head_gives_offset_length_and_is_never_stored(member, meeting):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    assert tus.patch(location, 0, DATA[:100]).status_code == 204
    answer = tus.head(location)
    assert answer["Upload-Offset"] == "100"
    assert answer["Upload-Length"] == str(len(DATA))
    assert answer["Cache-Control"] == "no-store"
    assert "Upload-Metadata" in answer


def test_chunks_add_up_to_the_file_and_make_the_material(member, meeting, township):
    """The last PATCH answers after the version exists; its hash is of all the bytes."""
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    answer = tus.patch(location, 0, DATA[:5000])
    assert (answer.status_code, answer["Upload-Offset"]) == (204, "5000")
    assert not Version.objects.exists()
    answer = tus.patch(location, 5000, DATA[5000:])
    assert (answer.status_code, answer["Upload-Offset"]) == (204, str(len(DATA)))
    version = Version.objects.get()
    assert answer["Lihui-Version"] == str(version.pk)
    assert version.sha256 == hashlib.sha256(DATA).hexdigest()
    assert version.material.township == township
    assert version.filename == "汇报.pptx"
    with files.open_stored(version.original) as stored:
        assert stored.read() == DATA
    assert tus.offset(location) == len(DATA)


@pytest.mark.parametrize("offset", [1, 99, 101, 10**17])
def test_a_wrong_offset_is_409_and_changes_nothing(member, meeting, offset):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    tus.patch(location, 0, DATA[:100])
    answer = tus.patch(location, offset, DATA[100:200])
    assert answer.status_code == 409
    assert answer["Tus-Resumable"] == "1.0.0"
    assert tus.offset(location) == 100


def test_a_chunk_sent_twice_is_stored_once(member, meeting):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    assert tus.patch(location, 0, DATA[:100]).status_code == 204
    assert tus.patch(location, 0, DATA[:100]).status_code == 409
    assert tus.patch(location, 100, DATA[100:]).status_code == 204
    assert Version.objects.get().sha256 == hashlib.sha256(DATA).hexdigest()


@pytest.mark.parametrize("offset", ["", "-1", "1e3", "NaN", "٣", "9" * 30])
def test_an_offset_that_is_no_number_is_400(member, meeting, offset):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    answer = tus.patch(location, offset, DATA)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_header")


def test_a_wrong_content_type_is_415(member, meeting):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    answer = tus.patch(location, 0, DATA, content_type="application/octet-stream")
    assert answer.status_code == 415
    assert tus.offset(location) == 0


def test_more_bytes_than_promised_are_413_and_thrown_away(member, meeting):
    tus = Tus(member)
    location = tus.created(meeting, 100)
    assert tus.patch(location, 0, DATA[:101]).status_code == 413
    assert tus.offset(location) == 0


def test_a_chunk_above_the_limit_is_413(member, meeting, settings):
    settings.UPLOAD_CHUNK_BYTES = 1000
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    answer = tus.patch(location, 0, DATA[:1001])
    assert (answer.status_code, answer.json()["code"]) == (413, "chunk_too_long")
    assert tus.patch(location, 0, DATA[:1000]).status_code == 204


def test_too_long_a_file_is_413_when_it_is_begun(member, meeting, settings):
    answer = Tus(member).create(meeting, settings.UPLOAD_MAX_BYTES + 1)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_creation_with_upload_takes_the_first_chunk(member, meeting):
    answer = Tus(member).create(meeting, len(DATA), body=DATA[:300])
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "300")
    answer = Tus(member).create(meeting, len(DATA), body=DATA)
    assert (answer.status_code, answer["Upload-Offset"]) == (201, str(len(DATA)))
    assert Version.objects.count() == 1


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_right_checksum_is_accepted_a_wrong_one_460(member, meeting, algorithm):
    """The damaged chunk is discarded: the offset stays, and the right bytes go on from there."""
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    first = tus.patch(location, 0, DATA[:500], Upload_Checksum=sha(algorithm, DATA[:500]))
    assert first.status_code == 204
    bad = tus.patch(location, 500, b"x" * 500, Upload_Checksum=sha(algorithm, DATA[500:1000]))
    assert bad.status_code == 460
    assert tus.offset(location) == 500
    tus.patch(location, 500, DATA[500:], Upload_Checksum=sha(algorithm, DATA[500:]))
    assert Version.objects.get().sha256 == hashlib.sha256(DATA).hexdigest()


@pytest.mark.parametrize("value", ["md5 AAAA", "sha1", "sha1 !!!", "sha256 AAAA", ""])
def test_an_unknown_or_broken_checksum_is_400(member, meeting, value):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    assert tus.patch(location, 0, DATA, Upload_Checksum=value).status_code == 400
    assert tus.offset(location) == 0


def test_termination_removes_bytes_and_the_upload_is_gone(member, meeting):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    tus.patch(location, 0, DATA[:100])
    assert tus.send("DELETE", location).status_code == 204
    assert tus.head(location).status_code == 410
    assert tus.patch(location, 100, DATA[100:]).status_code == 410
    assert tus.send("DELETE", location).status_code == 410
    assert not Version.objects.exists()


def test_an_expired_upload_is_gone(member, meeting):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    Upload.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert tus.head(location).status_code == 410
    assert tus.patch(location, 0, DATA).status_code == 410


def test_the_method_may_be_overridden(member, meeting):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    answer = tus.send("POST", location, DATA[:10], Upload_Offset=0, X_HTTP_Method_Override="PATCH")
    assert (answer.status_code, answer["Upload-Offset"]) == (204, "10")
    assert tus.send("POST", location, X_HTTP_Method_Override="DELETE").status_code == 204
    assert tus.send("POST", location, X_HTTP_Method_Override="PURGE").status_code == 400


@pytest.mark.parametrize(
    "header", ["filename !!", "filename YQ==,filename YQ==", "filename gICA", "名 YQ=="]
)
def test_broken_metadata_is_400(member, meeting, header):
    answer = Tus(member).send("POST", Upload_Length=10, Upload_Metadata=header)
    assert answer.status_code == 400


@pytest.mark.parametrize("length", ["", "-5", "abc", "1.5"])
def test_a_length_that_is_no_number_is_400(member, meeting, length):
    header = metadata(filename="a.pptx", meeting=meeting.pk, kind="deck")
    answer = Tus(member).send("POST", Upload_Length=length, Upload_Metadata=header)
    assert answer.status_code == 400


def test_deferred_length_is_not_offered(member, meeting):
    header = metadata(filename="a.pptx", meeting=meeting.pk, kind="deck")
    answer = Tus(member).send("POST", Upload_Defer_Length=1, Upload_Metadata=header)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("filename", "code"),
    [
        ("a\x00b.pptx", "name_control"),
        ("a\r\nb.pptx", "name_control"),
        ("a.pptx.html", "name_double_extension"),
        ("a.zip", "extension_not_allowed"),
        ("", "name_missing"),
    ],
)
def test_a_bad_name_is_refused_at_once_and_audited(member, meeting, filename, code):
    answer = Tus(member).create(meeting, 10, filename=filename)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert code in REFUSALS
    assert AuditRow.objects.get(action="upload.refused").detail["code"] == code


def test_zero_bytes_are_refused(member, meeting):
    answer = Tus(member).create(meeting, 0)
    assert (answer.status_code, answer.json()["code"]) == (400, "empty")


def test_255_chinese_characters_and_odd_names_are_kept_under_a_key_of_ours(member, meeting):
    for name in ["好" * 250 + ".pptx", "CON.pptx", "...pptx.pptx", "e\u0301.pptx"]:
        answer = Tus(member).create(meeting, len(DATA), filename=name, body=DATA)
        assert answer.status_code == 201
    keys = Version.objects.values_list("original", flat=True)
    assert all(key.endswith("/original.pptx") and key.isascii() for key in keys)


def test_signed_out_and_foreign_get_nothing(nobody, foreign_member, other_member, member, meeting):
    """401 without a sign-in; another county's and another township's upload does not exist."""
    location = Tus(member).created(meeting, len(DATA))
    assert Tus(nobody).create(meeting, 10).status_code == 401
    assert Tus(foreign_member).create(meeting, 10).status_code == 404
    for actor in (foreign_member, other_member):
        tus = Tus(actor)
        assert tus.head(location).status_code == 404
        assert tus.patch(location, 0, DATA).status_code == 404
        assert tus.send("DELETE", location).status_code == 404
    assert Tus(member).create("not-an-id", 10).status_code == 404


def test_a_member_may_not_name_another_township(member, meeting, other_township):
    assert Tus(member).create(meeting, 10, township=other_township).status_code == 403


def test_an_organiser_names_the_township(organiser, meeting, township):
    assert Tus(organiser).create(meeting, 10).status_code == 400
    assert Tus(organiser).create(meeting, 10, township=township).status_code == 201


@pytest.mark.parametrize("role", ["observer", "archivist"])
def test_those_who_only_watch_may_not_upload(role, meeting, township, request):
    answer = Tus(request.getfixturevalue(role)).create(meeting, 10, township=township)
    assert answer.status_code == 403


def test_a_colleague_takes_over(member, county, township, meeting):
    from tests.people import make_person

    colleague = make_person(county, "member", "colleague", township)
    location = Tus(member).created(meeting, len(DATA))
    Tus(member).patch(location, 0, DATA[:100])
    assert Tus(colleague).patch(location, 100, DATA[100:]).status_code == 204


def test_begun_before_the_deadline_may_end_after_it(member, meeting):
    """A bad line does not cost the slot; the version says that it came late."""
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    meeting.deadline = timezone.now() - dt.timedelta(minutes=1)
    meeting.save()
    assert tus.patch(location, 0, DATA).status_code == 204
    assert Version.objects.get().late
    answer = tus.create(meeting, len(DATA))
    assert (answer.status_code, answer.json()["code"]) == (403, "deadline_passed")


def test_a_meeting_closed_meanwhile_takes_nothing(member, meeting):
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    meeting.status = "closed"
    meeting.save()
    answer = tus.patch(location, 0, DATA)
    assert (answer.status_code, answer.json()["code"]) == (409, "meeting_closed")
    assert not Version.objects.exists()


def test_uploads_per_hour_are_limited(member, meeting, settings):
    settings.UPLOADS_PER_HOUR = 2
    tus = Tus(member)
    assert [tus.create(meeting, 10).status_code for _ in range(3)] == [201, 201, 429]


def test_the_countys_quota_counts_files_and_uploads_on_their_way(member, meeting, settings):
    settings.COUNTY_QUOTA_BYTES = 1000
    tus = Tus(member)
    assert tus.create(meeting, 600).status_code == 201
    answer = tus.create(meeting, 600)
    assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
    assert tus.create(meeting, 400).status_code == 201


def test_copies_of_sound_and_video_count_for_the_quota(member, meeting, township, settings):
    version = make_ready(member, meeting, township, data=b"x" * 300)
    keep_media(version, {1: [CLIP], 2: [CLIP, CLIP | {"key": "pages/v/a/media-2", "size": 100}]})
    version.save()
    settings.COUNTY_QUOTA_BYTES = 1000
    tus = Tus(member)
    assert version.media_bytes == 500
    assert tus.create(meeting, 201).json()["code"] == "quota_exceeded"
    assert tus.create(meeting, 200).status_code == 201


def test_csrf_is_checked_for_cookies(member, meeting):
    client = client_of(member, enforce_csrf_checks=True)
    answer = client.generic(
        "POST", UPLOADS, b"", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    )
    assert answer.status_code == 403
    assert answer["Tus-Resumable"] == "1.0.0"


def test_the_body_is_never_read_as_a_whole(member, meeting, monkeypatch):
    """Bytes pass through the server in pieces of at most 256 KiB."""
    asked: list[int] = []
    original = io.BytesIO.read
    from django.test.client import FakePayload

    def read(self, size=None):
        asked.append(-1 if size is None else size)
        return original(self._FakePayload__content, size)

    monkeypatch.setattr(FakePayload, "read", read)
    big = DATA * 100
    assert Tus(member).create(meeting, len(big), body=big).status_code == 201
    assert asked
    assert all(0 < size <= 256 * 1024 for size in asked)


def test_it_is_in_openapi(member):
    paths = client_of(member).get("/api/v1/openapi.json").json()["paths"]
    assert set(paths["/api/v1/uploads"]) >= {"post", "options"}
    assert set(paths["/api/v1/uploads/{upload_id}"]) >= {"head", "patch", "delete", "post"}


def test_ids_are_unguessable(member, meeting):
    assert id_of(Tus(member).created(meeting, 10)).version == 4


@pytest.mark.parametrize("length", ["x", "1.5", "²"])
def test_a_content_length_that_is_none_is_a_bad_header(member, meeting, length):
    answer = Tus(member).create(meeting, 100, Content_Length=length)
    assert answer.status_code == 400
    assert Upload.objects.count() == 0


def test_a_wrong_kind_is_said_in_the_readers_language(member, meeting):
    answer = Tus(member).create(meeting, 100, kind="film", Accept_Language="zh-hans")
    assert (answer.status_code, "演示文稿" in answer.json()["fields"]["kind"]) == (400, True)


@pytest.mark.skipif(bool(settings.S3_BUCKET), reason="on S3 the lease is all there is")
def test_a_chunk_on_disk_is_one_change_of_the_row(member, meeting):
    """The kernel's lock on the file keeps others out; the lease is for the end, when the file is moved."""
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    with CaptureQueriesContext(connection) as asked:
        assert tus.patch(location, 0, DATA[:100]).status_code == 204
    changes = [q["sql"] for q in asked.captured_queries if q["sql"].startswith("UPDATE")]
    assert len(changes) == 1
    assert '"offset" =' in changes[0]


def test_a_row_that_vanishes_as_a_chunk_begins_is_423(member, meeting, monkeypatch):
    """Its meeting is deleted while the file is held: the same answer as where the lease is lost."""
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    kind = type(part_store())
    original = kind.holding

    @contextmanager
    def holding(store, upload):
        with original(store, upload) as held:
            Upload.objects.all().delete()
            yield held

    monkeypatch.setattr(kind, "holding", holding)
    answer = tus.patch(location, 0, DATA)
    assert (answer.status_code, answer.json()["code"]) == (423, "upload_busy")


def test_a_lease_is_given_back_when_the_row_cannot_be_read(member, meeting):
    Tus(member).created(meeting, len(DATA))
    upload = Upload.objects.get()
    store = SimpleNamespace(holding=lambda upload: nullcontext(False))

    def unreadable(execute, sql, *rest):
        if sql.startswith("SELECT"):
            raise OperationalError
        return execute(sql, *rest)

    with connection.execute_wrapper(unreadable), pytest.raises(OperationalError):
        with incoming.writing(upload, store):
            pass
    assert upload.writer is not None
    assert Upload.objects.get().writer is None
