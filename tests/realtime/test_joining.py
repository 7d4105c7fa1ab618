"""The door: wrong codes are counted by address; guests see the county's own time."""

import string
from typing import Any

from django.test import Client

from meetings import services
from meetings.models import Meeting
from meetings.services import schedule
from realtime.joining import GUESSES_PER_MINUTE
from tests.people import client_of
from townships.actors import Actor
from townships.models import County


def test_wrong_codes_are_throttled_by_address(live_meeting: Meeting) -> None:
    client = Client(REMOTE_ADDR="203.0.113.7")
    answers = [client.get("/join/ZZZZZZ/").status_code for _ in range(GUESSES_PER_MINUTE + 1)]
    assert answers == [404] * GUESSES_PER_MINUTE + [429]
    assert Client(REMOTE_ADDR="203.0.113.8").get("/join/ZZZZZZ/").status_code == 404


def test_guessing_ends_even_with_the_right_code(live_meeting: Meeting) -> None:
    """Above the limit an address learns nothing more, so trying on is no use; another one gets in."""
    guesser = Client(REMOTE_ADDR="203.0.113.7")
    for _ in range(GUESSES_PER_MINUTE + 1):
        guesser.get("/join/ZZZZZZ/")
    assert guesser.get("/join/ABC234/").status_code == 429
    assert Client(REMOTE_ADDR="203.0.113.8").get("/join/ABC234/").status_code == 200


def test_nobody_in_the_halls_network_can_lock_the_hall_out(
    live_meeting: Meeting, member: Actor
) -> None:
    """Where somebody of the meeting is, e.g. its projector, the right code always lets in."""
    hall = "203.0.113.7"
    assert (
        client_of(member, REMOTE_ADDR=hall).get(f"/meetings/{live_meeting.pk}/room/").status_code
        == 200
    )
    guesser = Client(REMOTE_ADDR=hall)
    answers = [guesser.get("/join/ZZZZZZ/").status_code for _ in range(GUESSES_PER_MINUTE + 5)]
    assert answers[-1] == 429
    phones = [Client(REMOTE_ADDR=hall).get("/join/ABC234/").status_code for _ in range(30)]
    assert phones == [200] * 30


def test_a_made_up_forwarding_header_gives_no_new_allowance(live_meeting: Meeting) -> None:
    """83: nothing in front of us is trusted unless PROXIES says so."""
    client = Client(REMOTE_ADDR="203.0.113.7")
    for number in range(GUESSES_PER_MINUTE):
        client.get("/join/ZZZZZZ/", headers={"X-Forwarded-For": f"198.51.100.{number}"})
    assert client.get("/join/ZZZZZZ/").status_code == 429


def test_behind_a_proxy_each_phone_has_its_own_allowance(
    live_meeting: Meeting, settings: Any
) -> None:
    """What the trusted proxy says counts, not what the phone wrote before it."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    proxy = Client(REMOTE_ADDR="10.0.0.1")
    for number in range(GUESSES_PER_MINUTE):
        proxy.get("/join/ZZZZZZ/", headers={"X-Forwarded-For": f"1.2.3.{number}, 203.0.113.7"})
    mine, other = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}
    assert proxy.get("/join/ZZZZZZ/", headers=mine).status_code == 429
    assert proxy.get("/join/ZZZZZZ/", headers=other).status_code == 404


def test_guests_see_the_countys_time(live_meeting: Meeting, county: County) -> None:
    County.objects.filter(pk=county.pk).update(time_zone="Asia/Urumqi")
    Meeting.objects.filter(pk=live_meeting.pk).update(allows_guests=True, join_code="ABC234")
    client = Client()
    client.post("/join/ABC234/", {"name": "来宾", "unit": "县志办"})
    answer = client.get(f"/meetings/{live_meeting.pk}/")
    assert answer.wsgi_request.actor.time_zone == "Asia/Urumqi"


def test_a_code_is_six_letters_that_nobody_confuses(organiser: Actor, meeting: Meeting) -> None:
    """Read aloud in a hall and typed from a screen: no 0 and O, no 1, I and L; capitals only."""
    letters = schedule.JOIN_CODE_LETTERS
    assert len(letters) == len(set(letters)) == 31
    assert not set(letters) - set(string.ascii_uppercase + string.digits)
    assert not set(letters) & set("0O1IL")
    codes = [
        services.open_meeting(actor=organiser, meeting_id=meeting.pk).join_code,
        services.rotate_join_code(actor=organiser, meeting_id=meeting.pk).join_code,
        *(schedule.new_join_code() for _ in range(200)),
    ]
    assert {len(code) for code in codes} == {6}
    assert not set("".join(codes)) - set(letters)
    assert Client().get(f"/join/{codes[1].lower()}/").status_code == 200  # typed in small
