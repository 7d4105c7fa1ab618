"""Raising a hand: a queue in order, one speaker at a time, and the time each township spoke."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from board.hands import change_hand, hands_of, raise_hand
from board.models import Hand
from board.problems_live import BadHandState, HandGone, NotLive
from meetings.models import Event
from meetings.problems import MeetingClosed
from meetings.services import close_meeting
from townships.models import AuditRow
from townships.problems import NotAllowed, NotFound, SignedOut, TooMany

from ..people import make_guest, no_more_queries_than

pytestmark = pytest.mark.django_db


def up(actor, meeting, **more):
    return raise_hand(actor=actor, meeting_id=meeting.pk, **more)


def to(actor, hand, state, **more):
    return change_hand(actor=actor, hand_id=hand.pk, state=state, **more)


def states(meeting):
    return [(hand.name, hand.state) for hand in meeting.hands.all()]


def test_hands_queue_in_the_order_in_which_they_were_raised(live_meeting, member, other_member):
    first, second = up(member, live_meeting), up(other_member, live_meeting)
    assert [row["id"] for row in hands_of(live_meeting)] == [str(first.pk), str(second.pk)]
    assert [row["unit"] for row in hands_of(live_meeting)] == ["青石镇", "白沙乡"]
    assert Event.objects.filter(meeting=live_meeting, kind="hand.raised").count() == 2
    assert AuditRow.objects.filter(action="hand.raised").count() == 2


def test_a_hand_raised_twice_is_one_hand_and_one_event(live_meeting, member):
    assert up(member, live_meeting) == up(member, live_meeting)
    assert Event.objects.filter(meeting=live_meeting).count() == 1


def test_who_lowered_the_hand_may_raise_it_again(live_meeting, member):
    hand = up(member, live_meeting)
    to(member, hand, "withdrawn")
    again = up(member, live_meeting)
    assert again != hand
    assert states(live_meeting) == [(member.name, "withdrawn"), (member.name, "waiting")]


def test_calling_somebody_up_ends_the_turn_of_the_speaker_before(
    live_meeting, member, other_member, organiser
):
    start = timezone.now() - dt.timedelta(minutes=5)
    one, two = up(member, live_meeting), up(other_member, live_meeting)
    to(organiser, one, "speaking", at=start)
    to(organiser, two, "speaking", at=start + dt.timedelta(seconds=90))
    one.refresh_from_db()
    assert (one.state, one.seconds()) == ("done", 90)
    to(organiser, two, "done", at=start + dt.timedelta(seconds=100))
    two.refresh_from_db()
    assert (two.state, two.seconds()) == ("done", 10)


def test_a_speaker_may_end_their_own_turn_but_not_call_themselves_up(
    live_meeting, member, organiser
):
    hand = up(member, live_meeting)
    with pytest.raises(NotAllowed):
        to(member, hand, "speaking")
    to(organiser, hand, "speaking")
    to(member, hand, "done")
    with pytest.raises(NotAllowed):
        to(member, hand, "speaking")


def test_the_host_can_take_everything_back(live_meeting, member, organiser):
    hand = up(member, live_meeting)
    start = timezone.now() - dt.timedelta(minutes=2)
    to(organiser, hand, "speaking", at=start)
    assert to(organiser, hand, "waiting").started_at is None
    to(organiser, hand, "speaking", at=start)
    to(organiser, hand, "done")
    assert to(organiser, hand, "speaking").started_at == start
    to(organiser, hand, "done")
    with pytest.raises(HandGone):
        to(organiser, hand, "withdrawn")


def test_a_hand_lowered_by_mistake_does_not_come_back_beside_a_new_one(
    live_meeting, member, organiser
):
    old = up(member, live_meeting)
    to(organiser, old, "withdrawn")
    up(member, live_meeting)
    with pytest.raises(HandGone):
        to(organiser, old, "waiting")


def test_two_hosts_who_press_the_same_button_do_it_once(live_meeting, member, organiser):
    hand = up(member, live_meeting)
    to(organiser, hand, "speaking")
    started = Hand.objects.get(pk=hand.pk).started_at
    assert to(organiser, hand, "speaking").started_at == started
    assert Event.objects.filter(kind="hand.changed").count() == 1


def test_the_host_raises_a_hand_for_a_township_without_a_phone(
    live_meeting, organiser, member, township, other_county
):
    hand = up(organiser, live_meeting, township_id=township.pk, name="王委员")
    assert (hand.name, hand.unit, hand.user_id) == ("王委员", "青石镇", None)
    assert up(organiser, live_meeting, township_id=township.pk) == hand
    with pytest.raises(NotAllowed):
        up(member, live_meeting, township_id=township.pk)
    foreign = other_county.townships.first() or other_county.townships.create(name="外乡")
    with pytest.raises(NotFound):
        up(organiser, live_meeting, township_id=foreign.pk)


def test_who_may_raise_a_hand(live_meeting, observer, archivist, nobody, foreign_member):
    up(observer, live_meeting)
    up(make_guest(live_meeting), live_meeting)
    for actor, problem in (
        (archivist, NotAllowed),
        (nobody, SignedOut),
        (foreign_member, NotFound),
    ):
        with pytest.raises(problem):
            up(actor, live_meeting)


def test_nobody_lowers_another_persons_hand(live_meeting, member, other_member, foreign_organiser):
    hand = up(member, live_meeting)
    with pytest.raises(NotAllowed):
        to(other_member, hand, "withdrawn")
    with pytest.raises(NotFound):
        to(foreign_organiser, hand, "withdrawn")
    with pytest.raises(BadHandState):
        to(member, hand, "asleep")
    with pytest.raises(NotFound):
        change_hand(actor=member, hand_id=uuid.uuid4(), state="done")


def test_hands_are_for_the_meeting_itself(meeting, closed_meeting, member):
    with pytest.raises(NotLive):
        up(member, meeting)
    with pytest.raises(MeetingClosed):
        up(member, closed_meeting)


def test_closing_the_meeting_ends_the_turn_and_lowers_what_waits(
    live_meeting, member, other_member, organiser
):
    one = up(member, live_meeting)
    up(other_member, live_meeting)
    to(organiser, one, "speaking")
    close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    assert states(live_meeting) == [(member.name, "done"), (other_member.name, "withdrawn")]
    assert live_meeting.hands.get(state="done").ended_at is not None


def test_hands_are_throttled(live_meeting, member):
    for _ in range(20):
        to(member, up(member, live_meeting), "withdrawn")
    with pytest.raises(TooMany):
        up(member, live_meeting)


def test_thirty_hands_cost_as_many_queries_as_one(live_meeting, township):
    for number in range(30):
        Hand.objects.create(meeting=live_meeting, township=township, person_key=str(number))
    with no_more_queries_than(1):
        assert len(hands_of(live_meeting)) == 30


def test_over_the_api(api, live_meeting, member, organiser):
    answer = api(member).post(f"/meetings/{live_meeting.pk}/hands", {})
    assert answer.status_code == 201
    hand = answer.json()
    assert hand["state"] == "waiting"
    answer = api(organiser).patch(f"/hands/{hand['id']}", {"state": "speaking"})
    assert (answer.status_code, answer.json()["state"]) == (200, "speaking")
    listed = api(member).get(f"/meetings/{live_meeting.pk}/hands").json()
    assert [row["state"] for row in listed] == ["speaking"]
    assert api(member).patch(f"/hands/{hand['id']}", {"state": "asleep"}).status_code == 400
