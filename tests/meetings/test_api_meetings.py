"""Meetings over the JSON API."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from meetings.models import Meeting
from tests.people import Api, client_of, make_meeting, no_more_queries_than
from townships.actors import Actor
from townships.models import County

Caller = Callable[[Actor], Api]
BODY = {
    "title": "组织工作例会",
    "starts_at": "2026-11-25T09:00:00",
    "ends_at": "2026-11-25T12:00:00",
}


def test_a_new_meeting_is_a_draft_at_the_countys_local_time(api: Caller, organiser: Actor) -> None:
    answer = api(organiser).post("/meetings", BODY)
    assert answer.status_code == 201
    body = answer.json()
    assert body["status"] == "draft"
    meeting = Meeting.objects.get(pk=body["id"])
    assert meeting.starts_at == dt.datetime(2026, 11, 25, 1, 0, tzinfo=dt.UTC)


def test_fields_that_are_not_for_the_caller_are_ignored(
    api: Caller, organiser: Actor, other_county: County
) -> None:
    extra = {
        "status": "live",
        "county": str(other_county.pk),
        "county_id": str(other_county.pk),
        "last_seq": 99,
        "join_code": "AAAAAA",
    }
    body = api(organiser).post("/meetings", BODY | extra).json()
    meeting = Meeting.objects.get(pk=body["id"])
    assert (meeting.status, meeting.last_seq, meeting.join_code) == ("draft", 1, "")
    assert meeting.county_id == organiser.county_id
    api(organiser).patch(f"/meetings/{meeting.pk}", {"status": "closed", "venue": "礼堂"})
    meeting.refresh_from_db()
    assert (meeting.status, meeting.venue) == ("draft", "礼堂")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "长" * 10_000}, "title"),
        ({"ends_at": "2026-11-25T09:00:00"}, "ends_at"),
        ({"ends_at": "2027-11-25T09:00:00"}, "ends_at"),
        ({"deadline": "2026-11-26T09:00:00"}, "deadline"),
        ({"starts_at": "0001-01-01T00:00:00"}, "starts_at"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"venue": "长" * 10_000}, "venue"),
        ({"note": "长" * 10_000}, "note"),
    ],
)
def test_wrong_input_names_its_field(
    api: Caller, organiser: Actor, change: dict[str, Any], field: str
) -> None:
    answer = api(organiser).post("/meetings", BODY | change)
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["code"] == "invalid"
    assert list(answer.json()["fields"]) == [field]
    assert not Meeting.objects.exists()


def test_odd_characters_are_made_harmless(api: Caller, organiser: Actor) -> None:
    text = "a\\u0000b\\ud800c\\u202ed\\r\\nSUMMARY:x"
    times = '"starts_at": "2026-11-25T09:00", "ends_at": "2026-11-25T10:00"'
    raw = f'{{"title": "{text}", {times}}}'
    answer = api(organiser).client.post(
        "/api/v1/meetings", raw.encode(), content_type="application/json"
    )
    if answer.status_code == 201:
        assert answer.json()["title"] == "a bcd SUMMARY:x"
    else:
        assert answer.status_code == 400


def test_announce_open_close(api: Caller, organiser: Actor, draft_meeting: Meeting) -> None:
    call = api(organiser)
    path = f"/meetings/{draft_meeting.pk}"
    assert call.post(f"{path}/announce").json()["code"] == "empty_agenda"
    assert call.post(f"{path}/agenda", {"kind": "discussion"}).status_code == 201
    assert call.post(f"{path}/open").json()["code"] == "wrong_status"
    assert call.post(f"{path}/announce").json()["status"] == "announced"
    opened = call.post(f"{path}/open").json()
    assert opened["status"] == "live"
    rotated = call.post(f"{path}/join-code").json()
    assert len(rotated["join_code"]) == 6
    assert rotated["join_code"] != opened["join_code"]
    assert call.post(f"{path}/close").json()["status"] == "closed"
    refused = call.patch(path, {"title": "改"})
    assert (refused.status_code, refused.json()["code"]) == (409, "meeting_closed")


def test_a_foreign_meeting_answers_like_a_missing_one(
    api: Caller, foreign_organiser: Actor, meeting: Meeting
) -> None:
    call = api(foreign_organiser)
    for method, tail, body in [
        ("get", "", None),
        ("patch", "", {"title": "x"}),
        ("post", "/announce", None),
        ("post", "/open", None),
        ("post", "/close", None),
        ("post", "/join-code", None),
        ("get", "/agenda", None),
        ("post", "/agenda", {"kind": "other"}),
    ]:
        arguments = () if body is None else (body,)
        foreign = getattr(call, method)(f"/meetings/{meeting.pk}{tail}", *arguments)
        missing = getattr(call, method)(f"/meetings/{uuid.uuid4()}{tail}", *arguments)
        assert foreign.status_code == missing.status_code == 404, (method, tail)
        assert foreign.content == missing.content
    assert call.get("/meetings").json()["total"] == 0


def test_a_draft_is_hidden_from_all_but_organisers(
    api: Caller, member: Actor, observer: Actor, archivist: Actor, draft_meeting: Meeting
) -> None:
    for actor in (member, observer, archivist):
        assert api(actor).get(f"/meetings/{draft_meeting.pk}").status_code == 404
        assert api(actor).post(f"/meetings/{draft_meeting.pk}/announce").status_code == 404
        assert api(actor).get("/meetings").json()["meetings"] == []


def test_members_may_not_schedule(api: Caller, member: Actor, meeting: Meeting) -> None:
    assert api(member).post("/meetings", BODY).json()["code"] == "not_allowed"
    assert api(member).patch(f"/meetings/{meeting.pk}", {"title": "x"}).status_code == 403
    assert api(member).post(f"/meetings/{meeting.pk}/open").status_code == 403
    assert api(member).post("/meetings", {}).status_code in (400, 403)


def test_signed_out_is_401(api: Caller, nobody: Actor, meeting: Meeting) -> None:
    answer = api(nobody).get(f"/meetings/{meeting.pk}")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


def test_a_session_needs_the_csrf_token(organiser: Actor, meeting: Meeting) -> None:
    client = client_of(organiser, enforce_csrf_checks=True)
    answer = client.patch(
        f"/api/v1/meetings/{meeting.pk}", {"title": "x"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    meeting.refresh_from_db()
    assert meeting.title != "x"


@pytest.mark.parametrize("page", ["0", "-1", "1e9", "NaN", "999999999", "1" * 49, "", "二"])
def test_odd_page_numbers_are_clamped(
    api: Caller, organiser: Actor, county: County, page: str
) -> None:
    for number in range(30):
        make_meeting(county, title=f"第{number}次")
    answer = api(organiser).get("/meetings", page=page)
    assert answer.status_code == 200
    body = answer.json()
    assert body["total"] == 30
    assert body["page"] in (1, 2)
    assert len(body["meetings"]) in (24, 6)


def test_a_year_is_the_countys_own(api: Caller, organiser: Actor, county: County) -> None:
    eve = dt.datetime(2025, 12, 31, 16, 30, tzinfo=dt.UTC)  # 2026-01-01 00:30 in Shanghai
    make_meeting(county, starts_at=eve)
    assert api(organiser).get("/meetings", year=2026).json()["total"] == 1
    assert api(organiser).get("/meetings", year=2025).json()["total"] == 0
    assert api(organiser).get("/meetings", year=10**9).status_code == 400


@pytest.mark.parametrize("count", [1, 24])
def test_the_list_needs_the_same_queries_for_any_number(
    api: Caller, organiser: Actor, county: County, count: int
) -> None:
    for _ in range(count):
        make_meeting(county)
    call = api(organiser)
    with no_more_queries_than(5):  # session, user, membership; count, meetings
        assert len(call.get("/meetings").json()["meetings"]) == count
