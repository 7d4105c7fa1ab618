"""Votes: one for each person or township, open or secret, counted once."""

import uuid

import pytest

from board.models import Poll, Vote
from board.polls import (
    add_poll,
    ballot,
    cast_vote,
    change_poll,
    poll_dict,
    polls_of,
    polls_with_everything,
    remove_poll,
    votes_of,
)
from board.problems_live import (
    AlreadyVoted,
    BadPoll,
    NotLive,
    NoVoter,
    PollHasVotes,
    PollNotOpen,
    SecretPoll,
)
from meetings.models import Event
from meetings.problems import MeetingClosed
from meetings.services import close_meeting
from townships.models import AuditRow
from townships.problems import NotAllowed, NotFound, SignedOut

from ..people import make_guest, make_person, no_more_queries_than

pytestmark = pytest.mark.django_db


@pytest.fixture
def poll(live_meeting, organiser):
    """Opens a poll of two answers."""

    def make(**more):
        fields = {"question": "同意延长讨论吗？", "options": ["同意", "不同意"], **more}
        made = add_poll(actor=organiser, meeting_id=live_meeting.pk, **fields)
        return change_poll(actor=organiser, poll_id=made.pk, state="open")

    return make


def vote(actor, poll, place=0, **more):
    option = poll.options.get(position=place) if place is not None else None
    return cast_vote(actor=actor, poll_id=poll.pk, option_id=option and option.pk, **more)


def told(poll):
    return poll_dict(polls_with_everything(Poll.objects.filter(pk=poll.pk)).get())


def votes(poll):
    return [option["votes"] for option in told(poll)["options"]]


def test_each_person_has_one_vote_and_may_change_it(poll, member, other_member, organiser):
    made = poll()
    for actor in (member, other_member, organiser):
        vote(actor, made)
    assert votes(made) == [3, 0]
    vote(member, made, 1)
    vote(member, made, 1)
    assert votes(made) == [2, 1]
    vote(member, made, None)
    assert votes(made) == [2, 0]
    assert told(made)["voted"] == 2
    assert Event.objects.filter(kind="poll.voted").count() == 5  # the repeated one was none


def test_each_township_has_one_vote_whoever_of_it_votes(poll, county, township, member, organiser):
    made = poll(by="township")
    colleague = make_person(county, "member", "colleague", township)
    vote(member, made, 0)
    vote(colleague, made, 1)
    state = told(made)
    assert [option["votes"] for option in state["options"]] == [0, 1]
    assert state["options"][1]["townships"] == ["青石镇"]
    assert (state["voted"], state["of"]) == (1, 3)
    assert votes_of(member, made.meeting_id) == {str(made.pk): state["options"][1]["id"]}


def test_the_host_enters_the_vote_of_a_township_without_a_phone(
    poll, member, organiser, other_township, other_county
):
    made = poll(by="township")
    with pytest.raises(NoVoter):
        vote(organiser, made)
    vote(organiser, made, 1, township_id=other_township.pk)
    assert told(made)["options"][1]["townships"] == ["白沙乡"]
    with pytest.raises(NotAllowed):
        vote(member, made, township_id=other_township.pk)
    foreign = other_county.townships.first() or other_county.townships.create(name="外乡")
    with pytest.raises(NotFound):
        vote(organiser, made, township_id=foreign.pk)
    with pytest.raises(NotAllowed):
        vote(organiser, poll(by="township", secret=True), township_id=other_township.pk)


def test_a_secret_vote_is_written_nowhere_and_told_when_the_poll_is_closed(
    poll, member, other_member, organiser
):
    made = poll(secret=True)
    vote(member, made, 1)
    vote(other_member, made, 0)
    assert votes(made) == [None, None]
    assert told(made)["voted"] == 2
    assert not Vote.objects.filter(option__isnull=False).exists()
    rows = AuditRow.objects.filter(action="poll.voted")
    assert [row.detail for row in rows] == [{}, {}]
    assert votes_of(member, made.meeting_id) == {str(made.pk): ""}
    with pytest.raises(SecretPoll):
        ballot(organiser, made.pk)
    change_poll(actor=organiser, poll_id=made.pk, state="closed")
    assert votes(made) == [1, 1]


def test_a_secret_vote_cannot_be_changed_or_doubled(poll, member):
    made = poll(secret=True)
    vote(member, made, 0)
    for place in (0, 1, None):
        with pytest.raises(AlreadyVoted):
            vote(member, made, place)
    assert [option.tally for option in made.options.all()] == [1, 0]


def test_who_may_vote(poll, live_meeting, observer, archivist, nobody, foreign_member):
    made = poll()
    refused = [
        (observer, NotAllowed),
        (archivist, NotAllowed),
        (make_guest(live_meeting), NotAllowed),
    ]
    for actor, problem in [*refused, (nobody, SignedOut), (foreign_member, NotFound)]:
        with pytest.raises(problem):
            vote(actor, made)


def test_only_the_host_makes_opens_and_closes_polls(poll, live_meeting, member, foreign_organiser):
    made = poll()
    for actor, problem in ((member, NotAllowed), (foreign_organiser, NotFound)):
        with pytest.raises(problem):
            add_poll(actor=actor, meeting_id=live_meeting.pk, question="问", options=["是", "否"])
        with pytest.raises(problem):
            change_poll(actor=actor, poll_id=made.pk, state="closed")
        with pytest.raises(problem):
            remove_poll(actor=actor, poll_id=made.pk)


def test_what_is_only_prepared_is_the_hosts_own(live_meeting, organiser, member):
    made = add_poll(
        actor=organiser, meeting_id=live_meeting.pk, question="问", options=["是", "否"]
    )
    assert polls_of(False, live_meeting) == []
    assert [row["state"] for row in polls_of(True, live_meeting)] == ["draft"]
    with pytest.raises(NotFound):
        vote(member, made)
    with pytest.raises(PollNotOpen):
        vote(organiser, made)
    remove_poll(actor=organiser, poll_id=made.pk)
    assert not Poll.objects.exists()


def test_a_closed_poll_takes_no_votes_and_can_be_opened_again(poll, member, organiser):
    made = poll()
    change_poll(actor=organiser, poll_id=made.pk, state="closed")
    with pytest.raises(PollNotOpen):
        vote(member, made)
    change_poll(actor=organiser, poll_id=made.pk, state="open")
    vote(member, made)
    with pytest.raises(PollHasVotes):
        remove_poll(actor=organiser, poll_id=made.pk)
    with pytest.raises(NotFound):
        cast_vote(actor=member, poll_id=made.pk, option_id=uuid.uuid4())


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("", ["是", "否"]),
        ("问" * 201, ["是", "否"]),
        ("问", []),
        ("问", ["是"]),
        ("问", ["是", "是"]),
        ("问", ["是", " "]),
        ("问", ["是", "否" * 101]),
        ("问", [str(n) for n in range(9)]),
    ],
)
def test_a_poll_that_is_not_complete_is_refused(live_meeting, organiser, question, options):
    with pytest.raises(BadPoll):
        add_poll(actor=organiser, meeting_id=live_meeting.pk, question=question, options=options)


def test_votes_are_taken_while_the_meeting_goes_on(meeting, live_meeting, poll, organiser, member):
    early = add_poll(actor=organiser, meeting_id=meeting.pk, question="问", options=["是", "否"])
    with pytest.raises(NotLive):
        change_poll(actor=organiser, poll_id=early.pk, state="open")
    made = poll()
    close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    made.refresh_from_db()
    assert (made.state, made.closed_at is not None) == ("closed", True)
    with pytest.raises(MeetingClosed):
        vote(member, made)


def test_thirty_polls_and_votes_cost_as_many_queries_as_one(poll, member, organiser, live_meeting):
    made = poll(by="township")
    vote(member, made)
    for number in range(30):
        Poll.objects.create(meeting=live_meeting, question=str(number), state="open")
    with no_more_queries_than(3):
        assert len(polls_of(True, live_meeting)) == 31


def test_over_the_api(api, live_meeting, organiser, member):
    body = {"question": "下次例会几点开？", "options": ["九点", "两点半"]}
    made = api(organiser).post(f"/meetings/{live_meeting.pk}/polls", body)
    assert made.status_code == 201
    poll = made.json()
    assert api(member).get(f"/meetings/{live_meeting.pk}/polls").json() == []
    assert api(organiser).patch(f"/polls/{poll['id']}", {"state": "open"}).status_code == 200
    chosen = poll["options"][1]["id"]
    answer = api(member).put(f"/polls/{poll['id']}/vote", {"option": chosen})
    assert [option["votes"] for option in answer.json()["options"]] == [0, 1]
    mine = api(member).get(f"/meetings/{live_meeting.pk}/mine").json()
    assert mine == {"supported": [], "votes": {poll["id"]: chosen}}
    rows = api(organiser).get(f"/polls/{poll['id']}/votes").json()
    assert rows == [{"name": member.name, "unit": "青石镇", "option": "两点半"}]
    assert api(member).get(f"/polls/{poll['id']}/votes").status_code == 403
    assert api(organiser).delete(f"/polls/{poll['id']}").status_code == 409
    assert api(organiser).post(f"/meetings/{live_meeting.pk}/polls", {}).status_code == 400


def test_a_secret_poll_whose_result_was_told_takes_no_more_votes(poll, organiser, member):
    """Closing, opening again for one more vote, and closing would tell what that vote was."""
    made = poll(secret=True)
    for state in ("closed", "open"):  # nobody has voted: nothing was told
        change_poll(actor=organiser, poll_id=made.pk, state=state)
    vote(member, made)
    change_poll(actor=organiser, poll_id=made.pk, state="closed")
    with pytest.raises(PollNotOpen):
        change_poll(actor=organiser, poll_id=made.pk, state="open")
    assert told(made)["state"] == "closed"
