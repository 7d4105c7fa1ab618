"""The hall's computer: a link opens the projector page without signing in, and can be taken back."""

import re

import pytest
from django.test import Client

from meetings.models import Event, Meeting
from meetings.problems import MeetingClosed, WrongStatus
from meetings.services import close_meeting
from realtime.pairing import GUESSES_PER_MINUTE, LETTERS, end_link, link_of, make_link
from townships.actors import Actor
from townships.models import AuditRow
from townships.problems import NotAllowed, NotFound, SignedOut
from uploads.models import Material

from ..people import client_of, make_meeting, make_screen

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(live_meeting: Meeting, organiser: Actor) -> str:
    return make_link(actor=organiser, meeting_id=live_meeting.pk).screen_key


def opened(key: str) -> Client:
    """A browser that opened the link and became a screen."""
    client = Client()
    assert client.get(f"/screen/{key}/").status_code == 302
    return client


def test_the_link_opens_the_projector_page_and_stays_its_address(
    live_meeting: Meeting, key: str
) -> None:
    client = opened(key)
    answer = client.get(f"/screen/{key}/")
    assert answer.status_code == 200
    assert 'class="hall"' in answer.content.decode()
    # the computer restarts with an empty browser: the same address opens it again
    assert (
        Client().get(f"/screen/{key.lower()[:5]}-{key.lower()[5:]}/", follow=True).status_code
        == 200
    )
    assert AuditRow.objects.filter(action="screen.paired").count() == 2


def test_a_key_has_ten_letters_none_of_which_is_taken_for_another(key: str) -> None:
    assert re.fullmatch(f"[{LETTERS}]{{10}}", key)
    assert not set("IO01") & set(LETTERS)


def test_a_screen_sees_its_meeting_and_writes_nothing(
    live_meeting: Meeting, key: str, county, deck_of_live_meeting: Material
) -> None:
    screen = client_of(make_screen(Meeting.objects.get(pk=live_meeting.pk)))
    room = f"/api/v1/meetings/{live_meeting.pk}"
    assert len(screen.get(f"{room}/decks").json()) == 1
    assert screen.get(f"/meetings/{live_meeting.pk}/join.svg").status_code == 200
    other = make_meeting(county, "live")
    assert screen.get(f"/api/v1/meetings/{other.pk}").status_code == 404
    for path, body in (
        ("posts", {"kind": "problem", "body": "话", "client_id": "x"}),
        ("hands", {}),
        ("polls", {"question": "问", "options": ["是", "否"]}),
    ):
        answer = screen.post(f"{room}/{path}", body, content_type="application/json")
        assert answer.status_code == 403, path
    answer = screen.put(f"{room}/screen", {"mode": "blank"}, content_type="application/json")
    assert answer.status_code == 403
    assert screen.get(f"{room}/screen/link").status_code == 403
    assert screen.get(f"/meetings/{live_meeting.pk}/cockpit/").status_code == 403


def test_a_new_link_ends_the_old_one(live_meeting: Meeting, key: str, organiser: Actor) -> None:
    client = opened(key)
    make_link(actor=organiser, meeting_id=live_meeting.pk)
    assert client.get(f"/screen/{key}/").status_code == 404
    assert client.get(f"/meetings/{live_meeting.pk}/projector/").status_code == 404
    end_link(actor=organiser, meeting_id=live_meeting.pk)
    assert link_of(organiser, live_meeting.pk) == ""
    assert Event.objects.filter(meeting=live_meeting, kind="meeting.changed").count() == 3


def test_the_link_lasts_for_the_meeting(live_meeting: Meeting, key: str, organiser: Actor) -> None:
    client = opened(key)
    close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    assert client.get(f"/screen/{key}/").status_code == 404
    assert client.get(f"/meetings/{live_meeting.pk}/projector/").status_code == 404
    with pytest.raises(MeetingClosed):
        make_link(actor=organiser, meeting_id=live_meeting.pk)


def test_before_the_meeting_a_screen_sees_no_material(
    meeting: Meeting, draft_meeting: Meeting, organiser: Actor, township
) -> None:
    screen = make_screen(make_link(actor=organiser, meeting_id=meeting.pk))
    Material.objects.create(meeting=meeting, township=township, kind="deck")
    assert not Material.objects.visible_to(screen).exists()
    assert client_of(screen).get(f"/meetings/{meeting.pk}/projector/").status_code == 200
    with pytest.raises(WrongStatus):
        make_link(actor=organiser, meeting_id=draft_meeting.pk)


def test_only_organisers_of_the_county_make_links(
    live_meeting: Meeting, member, observer, archivist, guest, nobody, foreign_organiser
) -> None:
    refused = {member: NotAllowed, observer: NotAllowed, archivist: NotAllowed, guest: NotAllowed}
    for actor, problem in (refused | {nobody: SignedOut, foreign_organiser: NotFound}).items():
        for act in (make_link, end_link):
            with pytest.raises(problem):
                act(actor=actor, meeting_id=live_meeting.pk)
        with pytest.raises(problem):
            link_of(actor, live_meeting.pk)


def test_whoever_is_signed_in_here_is_asked_first(
    live_meeting: Meeting, key: str, member: Actor
) -> None:
    client = client_of(member)
    answer = client.get(f"/screen/{key}/")
    assert answer.status_code == 200
    assert 'class="hall"' not in answer.content.decode()
    assert client.get(f"/meetings/{live_meeting.pk}/room/").status_code == 200
    assert client.post(f"/screen/{key}/").status_code == 302
    assert 'class="hall"' in client.get(f"/screen/{key}/").content.decode()
    assert client.get("/archive/").status_code in (302, 403)


def test_wrong_keys_are_throttled_by_address(live_meeting: Meeting) -> None:
    client = Client(REMOTE_ADDR="203.0.113.9")
    answers = [client.get("/screen/ZZZZZZZZZZ/").status_code for _ in range(GUESSES_PER_MINUTE + 1)]
    assert answers == [404] * GUESSES_PER_MINUTE + [429]


def test_the_key_is_in_no_frame_and_no_answer_but_its_own(
    api, live_meeting: Meeting, key: str, member: Actor, organiser: Actor
) -> None:
    told = api(organiser).get(f"/meetings/{live_meeting.pk}/screen/link").json()
    assert told["code"] == f"{key[:5]}-{key[5:]}"
    assert told["address"].endswith(f"/screen/{told['code']}/")
    for path in (f"/meetings/{live_meeting.pk}", f"/meetings/{live_meeting.pk}/events"):
        assert key not in api(organiser).get(path).content.decode()
    page = client_of(member).get(f"/meetings/{live_meeting.pk}/room/")
    assert key not in page.content.decode()


def test_typing_the_key_by_hand(live_meeting: Meeting, key: str) -> None:
    client = Client()
    answer = client.post("/screen/", {"code": f" {key[:5].lower()} {key[5:]} "})
    assert answer.url == f"/screen/{key}/"
    assert client.get("/screen/").status_code == 200
