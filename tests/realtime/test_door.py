"""Coming in: by code, as a member or as a guest; guessing does not get anybody in."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from meetings.models import Meeting
from tests.people import client_of
from townships.models import AuditRow


@pytest.fixture(autouse=True)
def fresh_throttle():
    cache.clear()


def room_of(meeting):
    return reverse("room", args=[meeting.pk])


def test_a_member_goes_straight_to_the_room(member, live_meeting):
    client = client_of(member)
    answer = client.post("/join/", {"code": " abc-234 "}, follow=True)
    assert answer.redirect_chain[-1][0] == room_of(live_meeting)
    assert answer.status_code == 200


def test_a_guest_gives_name_and_unit_and_may_write(client, live_meeting):
    assert client.get("/join/ABC234/").status_code == 200
    answer = client.post("/join/ABC234/", {"name": "王老师", "unit": "党校"}, follow=True)
    assert answer.redirect_chain[-1][0] == room_of(live_meeting)
    assert AuditRow.objects.filter(action="guest.entered").count() == 1
    sent = client.post(
        f"/api/v1/meetings/{live_meeting.pk}/posts",
        {"kind": "question", "body": "请问", "client_id": "1"},
        content_type="application/json",
    )
    assert sent.json()["author"]["unit"] == "党校"


def test_where_guests_are_not_let_in_the_door_leads_to_the_sign_in_page(client, live_meeting):
    Meeting.objects.update(allows_guests=False)
    answer = client.post("/join/ABC234/", {"name": "王老师", "unit": "党校"})
    assert answer.status_code == 200
    assert "/accounts/login/?next=" in answer.content.decode()
    assert "guest" not in client.session


@pytest.mark.parametrize("code", ["ABC235", "A", "ABC2345", "%00", "一二三四五六"])
def test_a_wrong_code_opens_nothing(client, live_meeting, code):
    assert client.get(f"/join/{code}/").status_code == 404


def test_the_code_of_a_closed_meeting_opens_nothing(client, live_meeting):
    Meeting.objects.update(status="closed")
    assert client.get("/join/ABC234/").status_code == 404


def test_the_qr_code_is_a_picture_of_our_own(member, foreign_member, live_meeting):
    path = reverse("join_picture", args=[live_meeting.pk])
    answer = client_of(member).get(path)
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<script" not in answer.content
    assert client_of(foreign_member).get(path).status_code == 404
