"""What the hall sees: set by organisers, pinned to a version, followed by everybody."""

import uuid

import pytest

from board.services import add_post
from meetings.models import Event, Meeting
from meetings.problems import MeetingClosed
from realtime import services
from realtime.problems import BadMode, NoSuchPage, NothingToShow, ScreenWaits
from realtime.screen import screen_dict
from tests.people import no_more_queries_than
from townships.problems import NotAllowed, NotFound, SignedOut
from uploads.models import Material, Page, Version


def make_version(material: Material, number: int = 1, hidden: tuple[int, ...] = ()) -> Version:
    version = Version.objects.create(
        material=material,
        number=number,
        state=Version.State.READY,
        filename="a.pptx",
        size=1,
        sha256="0" * 64,
        original=uuid.uuid4().hex,
        pages_total=4,
    )
    for at in range(1, 5):
        Page.objects.create(version=version, number=at, title=f"第{at}页", hidden=at in hidden)
    material.current = version
    material.save()
    return version


@pytest.fixture
def deck(live_meeting, township):
    material = Material.objects.create(meeting=live_meeting, township=township, kind="deck")
    make_version(material, hidden=(1, 3))
    return material


def show(actor, meeting, mode="slide", **target):
    return services.set_screen(actor=actor, meeting_id=meeting.pk, mode=mode, **target)


def step(actor, meeting, by):
    return services.step_screen(actor=actor, meeting_id=meeting.pk, by=by).screen_page


def test_a_deck_opens_at_its_first_slide_that_is_not_hidden(organiser, live_meeting, deck):
    meeting = show(organiser, live_meeting, material_id=deck.pk)
    assert (meeting.screen_mode, meeting.screen_page) == ("slide", 2)
    assert meeting.screen_version_id == deck.current_id


def test_stepping_goes_over_hidden_slides_and_stays_at_the_ends(organiser, live_meeting, deck):
    show(organiser, live_meeting, material_id=deck.pk)
    pages = [step(organiser, live_meeting, by) for by in (1, 1, -1, -1)]
    assert pages == [4, 4, 2, 2]
    kinds = Event.objects.order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["screen.changed"] * 3  # the ends change nothing


def test_two_hosts_who_press_at_once_turn_one_slide(organiser, live_meeting, deck):
    """Who knows the log up to a number turns from what it showed then; a newer change stays."""
    known = show(organiser, live_meeting, material_id=deck.pk).last_seq
    turn = {"actor": organiser, "meeting_id": live_meeting.pk, "by": 1, "seen": known}
    first = services.step_screen(**turn)
    assert (first.screen_page, first.last_seq) == (4, known + 1)
    show(organiser, live_meeting, material_id=deck.pk, page=1)
    assert services.step_screen(**turn).screen_page == 1
    newer = {**turn, "seen": known + 2}
    assert services.step_screen(**newer).screen_page == 2


def test_what_is_not_of_the_screen_keeps_nobody_from_turning(organiser, live_meeting, deck, member):
    known = show(organiser, live_meeting, material_id=deck.pk).last_seq
    add_post(
        actor=member, meeting_id=live_meeting.pk, kind="problem", body="新的条目", client_id="p"
    )
    turned = services.step_screen(actor=organiser, meeting_id=live_meeting.pk, by=1, seen=known)
    assert turned.screen_page == 4


def test_a_hidden_slide_can_be_shown_when_it_is_asked_for(organiser, live_meeting, deck):
    assert show(organiser, live_meeting, material_id=deck.pk, page=3).screen_page == 3
    assert step(organiser, live_meeting, 1) == 4


def test_blank_and_back_comes_to_the_same_slide(organiser, live_meeting, deck):
    show(organiser, live_meeting, material_id=deck.pk, page=4)
    show(organiser, live_meeting, "blank")
    assert show(organiser, live_meeting).screen_page == 4
    show(organiser, live_meeting, "board")
    assert step(organiser, live_meeting, 1) == 4


def test_a_new_upload_does_not_change_what_is_shown(organiser, live_meeting, deck):
    first = deck.current_id
    show(organiser, live_meeting, material_id=deck.pk)
    second = make_version(deck, number=2)
    step(organiser, live_meeting, 1)
    assert Meeting.objects.get().screen_version_id == first
    meeting = show(organiser, live_meeting, material_id=deck.pk, page=1)
    assert meeting.screen_version_id == second.pk


@pytest.mark.parametrize("page", [0, -1, 5, 10**30])
def test_a_slide_that_is_not_there(organiser, live_meeting, deck, page):
    with pytest.raises(NoSuchPage):
        show(organiser, live_meeting, material_id=deck.pk, page=page)


def test_what_cannot_be_shown(organiser, live_meeting, meeting, deck, township):
    with pytest.raises(BadMode):
        show(organiser, live_meeting, "film")
    with pytest.raises(NothingToShow):
        show(organiser, live_meeting)
    with pytest.raises(NotFound):
        show(organiser, live_meeting, material_id=uuid.uuid4())
    with pytest.raises(ScreenWaits):
        show(organiser, meeting, material_id=deck.pk)
    elsewhere = Material.objects.create(meeting=meeting, township=township, kind="deck")
    make_version(elsewhere)
    with pytest.raises(NotFound):
        show(organiser, live_meeting, material_id=elsewhere.pk)
    Version.objects.filter(material=deck).update(state="failed")
    with pytest.raises(NothingToShow):
        show(organiser, live_meeting, material_id=deck.pk)


def test_only_organisers_of_the_county_set_it(
    member, observer, archivist, guest, nobody, foreign_organiser, live_meeting
):
    for actor in (member, observer, archivist, guest):
        with pytest.raises(NotAllowed):
            show(actor, live_meeting, "board")
    with pytest.raises(SignedOut):
        show(nobody, live_meeting, "board")
    with pytest.raises(NotFound):
        show(foreign_organiser, live_meeting, "board")


def test_a_closed_meeting_keeps_its_screen(organiser, closed_meeting):
    with pytest.raises(MeetingClosed):
        show(organiser, closed_meeting, "board")


def test_the_state_tells_this_slide_and_the_next_in_few_queries(organiser, live_meeting, deck):
    meeting = show(organiser, live_meeting, material_id=deck.pk)
    with no_more_queries_than(3):
        screen = screen_dict(meeting)
    assert (screen["page"]["number"], screen["next"]["number"], screen["total"]) == (2, 4, 4)
    assert screen["township"] == "青石镇"


def test_notes_are_for_organisers_and_the_own_township(
    api, organiser, member, other_member, live_meeting, deck
):
    Page.objects.filter(version=deck.current).update(notes="慢一点讲")
    path = f"/meetings/{live_meeting.pk}/decks/{deck.pk}"
    told = {
        name: "notes" in api(actor).get(path).json()["pages"][0]
        for name, actor in {"host": organiser, "own": member, "other": other_member}.items()
    }
    assert told == {"host": True, "own": True, "other": False}


def test_a_slide_over_the_api(api, organiser, live_meeting, deck):
    host = api(organiser)
    path = f"/meetings/{live_meeting.pk}/screen"
    answer = host.put(path, {"mode": "slide", "material": str(deck.pk), "page": 2})
    assert (answer.status_code, answer.json()["page"]["title"]) == (200, "第2页")
    assert host.post(f"{path}/step", {"by": 1}).json()["number"] == 4
    seen = host.get(path).json()["seq"]
    assert host.post(f"{path}/step", {"by": -1, "seen": seen - 1}).json()["number"] == 4
    assert host.post(f"{path}/step", {"by": -1, "seen": seen}).json()["number"] == 2
    host.post(f"{path}/step", {"by": 1})
    assert host.post(f"{path}/step", {"by": 7}).status_code == 400
    assert host.post(f"{path}/step", {"by": 1, "seen": -1}).status_code == 400
    assert host.put(path, {"mode": "film"}).status_code == 400
    assert host.get(path).json()["number"] == 4
