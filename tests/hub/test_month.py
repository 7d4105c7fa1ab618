"""The month at `/` and the page of a meeting: what each reader sees there."""

import datetime as dt

import pytest
from django.utils import timezone

from meetings.models import Meeting
from tests.people import client_of, make_item, make_meeting, no_more_queries_than
from townships.actors import Actor
from townships.models import County, Township
from uploads.models import Material, Version


def hand_in(meeting: Meeting, township: Township, kind: str = "deck", state: str = "ready") -> None:
    material = Material.objects.create(meeting=meeting, township=township, kind=kind)
    version = Version.objects.create(
        material=material, number=1, state=state, filename="a.pptx", size=1, sha256="0" * 64
    )
    Material.objects.filter(pk=material.pk).update(current=version)


def test_a_member_sees_what_their_township_owes_and_by_when(
    member: Actor, meeting: Meeting, township: Township, other_township: Township
) -> None:
    make_item(meeting, township)
    make_item(meeting, other_township)
    hand_in(meeting, township, "manuscript")
    owed = client_of(member).get("/").context["owed"]
    assert [(slot.kind, slot.state) for slot in owed] == [
        ("deck", "missing"),
        ("manuscript", "ready"),
    ]
    assert {slot.township for slot in owed} == {township}
    assert {slot.due for slot in owed} == {meeting.due_at}


def test_a_member_learns_nothing_of_another_townships_material(
    member: Actor, meeting: Meeting, township: Township, other_township: Township
) -> None:
    make_item(meeting, township)
    make_item(meeting, other_township)
    hand_in(meeting, other_township, state="failed")
    lines = client_of(member).get(f"/meetings/{meeting.pk}/").context["lines"]
    assert [line.township for line in lines] == [township]


def test_organisers_see_how_ready_each_township_is(
    organiser: Actor, meeting: Meeting, township: Township, other_township: Township
) -> None:
    make_item(meeting, township)
    make_item(meeting, other_township)
    hand_in(meeting, township)
    hand_in(meeting, township, "manuscript")
    hand_in(meeting, other_township, state="converting")
    context = client_of(organiser).get("/").context
    assert [(line.township.name, line.complete) for line in context["readiness"]] == [
        ("青石镇", True),
        ("白沙乡", False),
    ]
    assert context["complete"] == 1
    assert context["readiness"][1].deck.state == "converting"


def test_drafts_are_for_organisers(organiser: Actor, member: Actor, draft_meeting: Meeting) -> None:
    assert list(client_of(organiser).get("/").context["drafts"]) == [draft_meeting]
    context = client_of(member).get("/").context
    assert "drafts" not in context
    assert context["calendar"]["meetings"] == []


def test_a_live_meeting_has_its_door_on_the_page(member: Actor, live_meeting: Meeting) -> None:
    assert f"/meetings/{live_meeting.pk}/room/" in client_of(member).get("/").content.decode()


def test_a_guest_goes_to_their_meeting_and_afterwards_to_the_door(
    guest: Actor, live_meeting: Meeting
) -> None:
    client = client_of(guest)
    assert client.get("/")["Location"] == f"/meetings/{live_meeting.pk}/room/"
    Meeting.objects.update(status="closed")
    assert client.get("/")["Location"] == "/join/"


@pytest.mark.parametrize("month", ["", "2026-02", "0000-00", "9999-12", "NaN", "x" * 5000])
def test_any_month_in_the_address_shows_a_month(organiser: Actor, month: str) -> None:
    assert client_of(organiser).get("/", {"month": month}).status_code == 200


def test_the_calendar_is_of_the_countys_own_time(organiser: Actor, county: County) -> None:
    make_meeting(county, starts_at=dt.datetime(2026, 1, 31, 16, 30, tzinfo=dt.UTC))
    client = client_of(organiser)
    assert len(client.get("/", {"month": "2026-02"}).context["calendar"]["meetings"]) == 1
    assert client.get("/", {"month": "2026-01"}).context["calendar"]["meetings"] == []


@pytest.mark.parametrize("count", [1, 30])
def test_the_pages_need_the_same_queries_for_any_number(
    organiser: Actor, county: County, count: int
) -> None:
    meeting = make_meeting(county, starts_at=timezone.now() + dt.timedelta(minutes=5))
    for number in range(count):
        town = Township.objects.create(county=county, name=f"第{number}镇", position=number)
        make_item(meeting, town)
        hand_in(meeting, town)
        make_meeting(county, "draft")
    client = client_of(organiser)
    with no_more_queries_than(16):
        assert client.get("/").status_code == 200
    with no_more_queries_than(12):
        assert client.get(f"/meetings/{meeting.pk}/").status_code == 200
