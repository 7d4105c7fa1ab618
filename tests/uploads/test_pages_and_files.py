"""What readers get: lists, pages, pictures and downloads; who gets nothing; how many queries."""

import datetime as dt
import hashlib
import re
import threading

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from meetings.models import Event
from tests.people import Api, client_of, make_meeting, no_more_queries_than
from tests.uploads.ready import make_ready
from townships.models import Membership
from uploads import claims, endings, jobs, services
from uploads.models import Material, Page, Version
from uploads.views_files import Download

on_s3 = bool(settings.S3_BUCKET)


@pytest.fixture
def ready(member, meeting, township):
    return make_ready(member, meeting, township)


def status_of(actor, address):
    answer = client_of(actor).get(address)
    for close in answer._resource_closers:  # answer.close() would close the test's database too
        close()
    return answer.status_code


def open_meeting(meeting):
    meeting.status = "live"
    meeting.save()


def addresses(version):
    page = version.pages.first()
    return [
        f"/materials/{version.material_id}/",
        f"/pages/{page.pk}/image.webp",
        f"/pages/{page.pk}/thumb.webp",
        f"/versions/{version.pk}/original",
        f"/versions/{version.pk}/document.pdf",
        f"/api/v1/materials/{version.material_id}",
        f"/api/v1/materials/{version.material_id}/pages",
    ]


def test_before_the_meeting_opens_only_the_own_township_and_organisers_see_it(
    ready, member, organiser, other_member, observer, foreign_organiser, nobody
):
    """For another township and another county it is not there at all."""
    for address in addresses(ready):
        for actor in (member, organiser):
            assert status_of(actor, address) in (200, 302), address
        for actor in (other_member, observer, foreign_organiser):
            assert status_of(actor, address) == 404, address
        answer = client_of(nobody).get(address)
        assert answer.status_code == (401 if address.startswith("/api/") else 302)


def test_once_open_the_county_sees_it_and_no_other_county(
    ready, meeting, other_member, observer, archivist, foreign_member
):
    open_meeting(meeting)
    for address in addresses(ready):
        for actor in (other_member, observer, archivist):
            assert status_of(actor, address) in (200, 302), address
        assert status_of(foreign_member, address) == 404


def test_notes_are_for_the_own_township_and_organisers(
    ready, meeting, member, organiser, other_member, archivist, api
):
    open_meeting(meeting)
    path = f"/materials/{ready.material_id}/pages"
    for actor in (member, organiser):
        assert api(actor).get(path).json()["pages"][0]["notes"] == "备注 1"
        page = client_of(actor).get(f"/materials/{ready.material_id}/").content.decode()
        assert "备注 1" in page
    for actor in (other_member, archivist):
        assert "notes" not in api(actor).get(path).json()["pages"][0]
        page = client_of(actor).get(f"/materials/{ready.material_id}/").content.decode()
        assert "备注" not in page


def test_the_state_of_a_new_version_is_not_everybodys(ready, meeting, member, other_member, api):
    """Others see the version on show until the new one takes its place."""
    open_meeting(meeting)
    Version.objects.create(
        material=ready.material,
        number=2,
        filename="new.pptx",
        size=1,
        sha256="0" * 64,
        original="x",
    )
    own = api(member).get(f"/materials/{ready.material_id}").json()
    other = api(other_member).get(f"/materials/{ready.material_id}").json()
    assert (own["state"], own["newest"]["number"], len(own["versions"])) == ("received", 2, 2)
    assert (other["state"], other["current"]["number"], len(other["versions"])) == ("ready", 1, 1)
    assert "newest" not in other
    assert (
        client_of(other_member).get(f"/materials/{ready.material_id}/?version=2").status_code == 404
    )


@pytest.mark.skipif(on_s3, reason="S3 answers ranges itself")
def test_a_download_has_its_name_in_chinese_its_length_and_ranges(ready, member):
    client = client_of(member)
    answer = client.get(f"/versions/{ready.pk}/original")
    body = b"".join(answer.streaming_content)
    assert hashlib.sha256(body).hexdigest() == ready.sha256
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E9%9D%92")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(len(body))
    part = client.get(f"/versions/{ready.pk}/original", headers={"Range": "bytes=2-5"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == body[2:6]
    assert part["Content-Range"] == f"bytes 2-5/{len(body)}"
    last = client.get(f"/versions/{ready.pk}/original", headers={"Range": "bytes=-3"})
    assert b"".join(last.streaming_content) == body[-3:]


@pytest.mark.skipif(on_s3, reason="S3 answers ranges itself")
@pytest.mark.parametrize(
    "value",
    ["bytes=100-", "bytes=5-2", "bytes=-0", "bytes=-", "bytes=0-0,2-3", "bytes=0-" + ",0-" * 500,
     "bytes=99999999999999999999-", "bytes=a-b"],
)  # fmt: skip
def test_range_abuse_is_416(ready, member, value):
    answer = client_of(member).get(f"/versions/{ready.pk}/original", headers={"Range": value})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{ready.size}"


@pytest.mark.skipif(on_s3, reason="S3 answers ranges itself")
def test_a_broken_download_goes_on_only_in_the_same_file(ready, member):
    """If-Range with the file's own ETag: the rest; with another, a weak one or a date: the whole file."""
    client, address = client_of(member), f"/versions/{ready.pk}/original"
    etag = client.head(address)["ETag"]
    for mark, status in (
        (etag, 206),
        (f"W/{etag}", 200),
        ('"another"', 200),
        ("Mon, 23 Nov 2026 08:00:00 GMT", 200),
    ):
        answer = client.get(address, headers={"Range": "bytes=4-", "If-Range": mark})
        rest = b"".join(answer.streaming_content)
        assert (answer.status_code, len(rest)) == (
            status,
            ready.size - 4 if status == 206 else ready.size,
        )
        assert answer["ETag"] == etag
        assert answer["Accept-Ranges"] == "bytes"


@pytest.mark.skipif(on_s3, reason="S3 answers ranges itself")
def test_a_range_is_for_get_alone_and_an_unchanged_file_is_304(ready, member):
    client, address = client_of(member), f"/versions/{ready.pk}/original"
    head = client.head(address, headers={"Range": "bytes=0-1"})
    assert (head.status_code, head["Content-Length"]) == (200, str(ready.size))
    asked = {"Range": "bytes=0-1", "If-None-Match": head["ETag"]}
    assert client.get(address, headers=asked).status_code == 304


@pytest.mark.skipif(on_s3, reason="S3 has its own")
def test_pictures_are_cached_privately_and_revalidate(ready, member, api):
    page = api(member).get(f"/materials/{ready.material_id}/pages").json()["pages"][0]
    client = client_of(member)
    answer = client.get(page["image"])
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "private, max-age=3600, immutable"
    again = client.get(page["image"], headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert client.head(page["image"]).status_code == 200


@pytest.mark.skipif(not on_s3, reason="needs S3")
def test_on_s3_a_signed_address_lives_a_minute_and_names_the_file(ready, member):
    import httpx

    answer = client_of(member).get(f"/versions/{ready.pk}/original")
    assert answer.status_code == 302
    assert "X-Amz-Expires=60" in answer["Location"]
    got = httpx.get(answer["Location"])
    assert hashlib.sha256(got.content).hexdigest() == ready.sha256
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert httpx.get(answer["Location"].split("?")[0]).status_code == 403


def test_a_missing_and_a_foreign_file_answer_alike(ready, foreign_member):
    client = client_of(foreign_member)
    foreign = client.get(f"/versions/{ready.pk}/original")
    missing = client.get("/versions/6f1b7a34-3b1e-4a8e-9d0c-0123456789ab/original")
    own = rb'"\w{64}"|[0-9a-f-]{36}'  # the CSRF token and the address asked for
    bodies = {re.sub(own, b"", answer.content) for answer in (foreign, missing)}
    assert (foreign.status_code, missing.status_code, len(bodies)) == (404, 404, 1)


def test_text_of_slides_is_inert_on_the_page(ready, member):
    page = client_of(member).get(f"/materials/{ready.material_id}/").content.decode()
    assert "<script>alert" not in page


@pytest.mark.parametrize("number", ["0", "-1", "1e9", "NaN", "99999999999", "٣", "", "2"])
def test_any_page_number_is_answered(ready, member, number):
    answer = client_of(member).get(f"/materials/{ready.material_id}/", {"page": number})
    assert answer.status_code == 200


def test_lists_need_as_many_queries_for_thirty_as_for_one(organiser, county, meeting, api):
    from townships.models import Township

    def fill(first, last):
        for n in range(first, last):
            township = Township.objects.create(county=county, name=f"镇{n}", position=n)
            material = Material.objects.create(meeting=meeting, township=township, kind="deck")
            version = Version.objects.create(
                material=material, number=1, filename="a.pptx", size=1, sha256="0" * 64,
                original="x", state="ready",
            )  # fmt: skip
            Page.objects.bulk_create(Page(version=version, number=i) for i in range(n + 1))
            Material.objects.filter(pk=material.pk).update(current=version)
        return material

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def counts(material):
        caller, client = api(organiser), client_of(organiser)
        paths = [
            f"/api/v1/meetings/{meeting.pk}/materials",
            f"/api/v1/materials/{material.pk}/pages",
        ]
        pages = [
            f"/materials/{material.pk}/",
            f"/meetings/{meeting.pk}/slots/{material.township_id}/deck/",
        ]
        result = []
        for get, path in [(caller.get, p) for p in paths] + [(client.get, p) for p in pages]:
            with CaptureQueriesContext(connection) as captured:
                assert get(path).status_code == 200
            result.append(len(captured))
        return result

    few = counts(fill(0, 1))
    assert counts(fill(1, 30)) == few


def test_the_slot_page_says_what_is_owed(member, meeting, township):
    with no_more_queries_than(30):
        answer = client_of(member).get(f"/meetings/{meeting.pk}/slots/{township.pk}/deck/")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store, private"
    assert "data-uploader" in answer.content.decode()


def test_the_slot_page_of_others(meeting, township, ready, other_member, foreign_member, observer):
    address = f"/meetings/{meeting.pk}/slots/{township.pk}/deck/"
    assert status_of(other_member, address) in (302, 403)
    assert status_of(observer, address) in (302, 403)
    assert status_of(foreign_member, address) == 404
    assert client_of(other_member).get(address.replace("deck", "film")).status_code == 404


def test_more_time_can_be_asked_for_before_the_deadline(member, organiser, meeting, township):
    address = reverse("material_slot", args=[meeting.pk, township.pk, "deck"])
    asking = client_of(member)
    assert 'name="reason"' in asking.get(address).content.decode()
    assert 'name="reason"' not in client_of(organiser).get(address).content.decode()
    asking.post(address, {"act": "ask", "reason": "停电一天"})
    page = asking.get(address).content.decode()
    assert "已向组织者申请延期" in page
    assert 'name="reason"' not in page
    assert "data-uploader" in page


def test_extension_is_asked_and_granted_in_one_click(member, organiser, meeting, township):
    meeting.deadline = timezone.now() - dt.timedelta(minutes=5)
    meeting.save()
    address = f"/meetings/{meeting.pk}/slots/{township.pk}/deck/"
    asking = client_of(member)
    assert "data-uploader" not in asking.get(address).content.decode()
    assert asking.post(address, {"act": "ask", "reason": "停电一天"}).status_code == 302
    granting = client_of(organiser)
    assert "停电一天" in granting.get(address).content.decode()
    assert granting.post(address, {"act": "grant"}).status_code == 302
    assert "data-uploader" in asking.get(address).content.decode()


@pytest.mark.parametrize(
    ("until", "status"),
    [
        ("2999-01-01T12:00:00", 200),  # without an offset: the county's local time
        ("2999-01-01T12:00:00+08:00", 200),
        ("2001-01-01T12:00:00", 400),
        ("2001-01-01T12:00:00Z", 400),
    ],
)
def test_an_extension_ends_at_a_moment_to_come(organiser, meeting, township, api, until, status):
    answer = api(organiser).put(
        f"/meetings/{meeting.pk}/extensions",
        {"kind": "deck", "township": str(township.pk), "until": until},
    )
    assert answer.status_code == status
    if status == 200:
        assert Material.objects.get().extended_until == dt.datetime(2999, 1, 1, 4, tzinfo=dt.UTC)
    else:
        assert list(answer.json()["fields"]) == ["until"]


@pytest.mark.parametrize(
    ("reason", "kept"),
    [("停电\u0000一天\ud800", "停电 一天"), ("  ", None), ("长" * 301, None)],
)
def test_reasons_are_made_safe_to_keep(member, meeting, township, api, reason, kept):
    answer = api(member).post(
        f"/meetings/{meeting.pk}/extensions", {"kind": "deck", "reason": reason}
    )
    if kept is None:
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["reason"])
    else:
        assert answer.status_code == 200
        assert Material.objects.get().extension_reason == kept


def test_a_withdrawn_deck_leaves_the_screen(organiser, live_meeting, township):
    version = make_ready(organiser, live_meeting, township)
    live_meeting.refresh_from_db()
    live_meeting.screen_mode = "slide"
    live_meeting.screen_material_id = version.material_id
    live_meeting.screen_version_id, live_meeting.screen_page = version.pk, 1
    live_meeting.save()
    services.withdraw_material(actor=organiser, material_id=version.material_id)
    live_meeting.refresh_from_db()
    assert (live_meeting.screen_mode, live_meeting.screen_version_id) == ("blank", None)
    kinds = Event.objects.order_by("seq").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["material.withdrawn", "screen.changed"]


async def test_an_asgi_server_gets_a_file_in_pieces(tmp_path):
    """However long it is, never the whole of it is in memory."""
    data = bytes(range(256)) * 4096
    (tmp_path / "file").write_bytes(data)
    parts = [part async for part in Download((tmp_path / "file").open("rb"))]
    assert b"".join(parts) == data
    assert max(map(len, parts)) <= 256 * 1024


def test_somebody_without_a_role_is_told_so(member, ready):
    """They are signed in: sending them to sign in would lead back here for ever."""
    client = client_of(member)
    Membership.objects.filter(pk=member.membership_id).update(active=False)
    for address in addresses(ready)[:5]:
        assert client.get(address).status_code == 403, address


def test_a_member_cannot_grant_to_themselves(member, meeting, township):
    address = f"/meetings/{meeting.pk}/slots/{township.pk}/deck/"
    assert client_of(member).post(address, {"act": "grant"}).status_code == 403


def test_withdraw_restore_and_retry_by_button(member, meeting, township, ready):
    address = f"/meetings/{meeting.pk}/slots/{township.pk}/deck/"
    client = client_of(member)
    second = make_ready(member, meeting, township, data=b"PK\x03\x04 second")
    assert Material.objects.get().current == second
    client.post(address, {"act": "restore", "version": str(ready.pk)})
    assert Material.objects.get().current == ready
    client.post(address, {"act": "withdraw"})
    assert Material.objects.get().withdrawn_at is not None
    said = client.post(address, {"act": "retry", "version": str(ready.pk)}, follow=True)
    assert [message.level_tag for message in said.context["messages"]] == ["error"]
    Version.objects.filter(pk=second.pk).update(state="failed", reason_code="conversion_timeout")
    client.post(address, {"act": "retry", "version": str(second.pk)})
    second.refresh_from_db()
    assert (second.state, second.reason_code, second.attempts) == ("received", "", 0)


@pytest.mark.parametrize(
    ("end", "state", "shows"), [("failed", "ready", "itself"), ("refused", "refused", "older")]
)
def test_a_deck_on_show_tried_again_in_vain_never_leaves_a_broken_one_on_show(
    member, meeting, township, ready, tmp_path, end, state, shows
):
    """It stays ready with its words; were it refused, the newest ready one takes its place."""
    second = make_ready(member, meeting, township, data=b"PK\x03\x04 second")
    Version.objects.filter(pk=second.pk).update(notice_code="converter_missing")
    services.retry_version(actor=member, version_id=second.pk)
    claim = claims.claim_next()
    while claim.version_id != second.pk:
        claim = claims.claim_next()
    endings.end(jobs.Job(claim, threading.Event(), tmp_path), end, "conversion_timeout", {})
    second.refresh_from_db()
    assert second.state == state
    assert Material.objects.get().current == (second if shows == "itself" else ready)
    assert second.notice_code == ("conversion_timeout" if shows == "itself" else "")


def test_asking_for_more_time_is_held_to_a_few_times_a_minute(member, meeting, settings):
    settings.EXTENSIONS_PER_MINUTE = 2
    call = Api(member)
    ask = {"kind": "deck", "reason": "下乡"}
    answers = [call.post(f"/meetings/{meeting.pk}/extensions", ask) for _time in range(3)]
    assert answers[1].status_code < 300
    assert answers[2].status_code == 429


def test_a_closed_meetings_materials_are_frozen(member, organiser, ready, meeting):
    meeting.status = "closed"
    meeting.save()
    address = f"/meetings/{meeting.pk}/slots/{ready.material.township_id}/deck/"
    for actor in (member, organiser):
        said = client_of(actor).post(address, {"act": "withdraw"}, follow=True)
        assert [message.level_tag for message in said.context["messages"]] == ["error"]
        assert Material.objects.get(pk=ready.material_id).withdrawn_at is None
        assert "data-uploader" not in client_of(actor).get(address).content.decode()


def test_a_guest_sees_the_live_meetings_material_only(
    organiser, county, township, live_meeting, guest
):
    version = make_ready(organiser, live_meeting, township)
    other = make_ready(organiser, make_meeting(county, "live"), township)
    assert status_of(guest, f"/pages/{version.pages.first().pk}/thumb.webp") in (200, 302)
    assert status_of(guest, f"/pages/{other.pages.first().pk}/thumb.webp") == 404
