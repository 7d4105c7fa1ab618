"""Hands and polls over the JSON API."""

import uuid
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from meetings.queries import visible_meeting
from townships.pages import actor_of

from . import hands, polls
from .api import answer
from .models import Hand, Poll
from .representations import supported_ids
from .wishes import Heard

router = Router(tags=["room"])


class HandIn(Schema):
    """Empty for oneself; an organiser may name somebody of a township."""

    township: uuid.UUID | None = None
    name: str = ""


class HandPatch(Schema):
    state: Literal["waiting", "speaking", "done", "withdrawn"]


class HandOut(Schema):
    id: str
    meeting: str
    township: str | None
    name: str
    unit: str
    mark: str
    state: Literal["waiting", "speaking", "done", "withdrawn"]
    raised_at: str
    started_at: str | None
    ended_at: str | None


class PollIn(Schema):
    question: str
    options: list[str]
    by: Literal["person", "township"] = "person"
    secret: bool = False


class PollPatch(Schema):
    state: Literal["open", "closed"]


class OptionOut(Schema):
    """`votes` is null while a secret poll is open; `townships`: who chose it, by name, where
    townships vote openly."""

    id: str
    text: str
    votes: int | None
    townships: list[str]


class PollOut(Schema):
    id: str
    meeting: str
    question: str
    by: Literal["person", "township"]
    secret: bool
    state: Literal["draft", "open", "closed"]
    voted: int
    of: int | None
    options: list[OptionOut]
    created_at: str
    opened_at: str | None
    closed_at: str | None


class VoteIn(Schema):
    """`option` null takes an open vote back; `township` is for organisers."""

    option: uuid.UUID | None
    township: uuid.UUID | None = None


class Ballot(Schema):
    name: str
    unit: str
    option: str


class MineOut(Schema):
    """What the reader did in this meeting, on whatever device; `votes` by poll, "" for secret ones."""

    supported: list[str]
    votes: dict[str, str]


def hand_answer(hand: Hand, status: int = 200) -> HttpResponse:
    found = Hand.objects.select_related("township").get(pk=hand.pk)
    return answer(hands.hand_dict(found), status)


def poll_answer(poll: Poll, status: int = 200) -> HttpResponse:
    found = polls.polls_with_everything(Poll.objects.filter(pk=poll.pk)).get()
    return answer(polls.poll_dict(found), status)


@router.get("/meetings/{uuid:meeting_id}/hands", response=list[HandOut])
def list_hands(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Everybody who asked to speak, in order, with how long they spoke."""
    meeting = visible_meeting(actor_of(request), meeting_id)
    return answer(hands.hands_of(meeting))


@router.post("/meetings/{uuid:meeting_id}/hands", response={201: HandOut})
def raise_hand(request: HttpRequest, meeting_id: uuid.UUID, data: HandIn) -> HttpResponse:
    """Ask to speak; a hand that is up already stays as it is."""
    hand = hands.raise_hand(
        actor=actor_of(request),
        meeting_id=meeting_id,
        township_id=data.township,
        name=data.name,
    )
    return hand_answer(hand, 201)


@router.patch("/hands/{uuid:hand_id}", response=HandOut)
def change_hand(request: HttpRequest, hand_id: uuid.UUID, data: HandPatch) -> HttpResponse:
    """Call up, end a turn, lower a hand."""
    hand = hands.change_hand(actor=actor_of(request), hand_id=hand_id, state=data.state)
    return hand_answer(hand)


@router.get("/meetings/{uuid:meeting_id}/polls", response=list[PollOut])
def list_polls(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The polls of a meeting with their results."""
    actor = actor_of(request)
    return answer(polls.polls_of(actor.is_staff, visible_meeting(actor, meeting_id)))


@router.post("/meetings/{uuid:meeting_id}/polls", response={201: PollOut})
def add_poll(request: HttpRequest, meeting_id: uuid.UUID, data: PollIn) -> HttpResponse:
    """Prepare a poll."""
    poll = polls.add_poll(
        actor=actor_of(request),
        meeting_id=meeting_id,
        question=data.question,
        options=data.options,
        by=data.by,
        secret=data.secret,
    )
    return poll_answer(poll, 201)


@router.patch("/polls/{uuid:poll_id}", response=PollOut)
def change_poll(request: HttpRequest, poll_id: uuid.UUID, data: PollPatch) -> HttpResponse:
    """Open a poll for votes, or close it."""
    return poll_answer(
        polls.change_poll(actor=actor_of(request), poll_id=poll_id, state=data.state)
    )


@router.delete("/polls/{uuid:poll_id}", response={204: None})
def remove_poll(request: HttpRequest, poll_id: uuid.UUID) -> tuple[int, None]:
    """Throw away a poll without votes."""
    polls.remove_poll(actor=actor_of(request), poll_id=poll_id)
    return 204, None


@router.put("/polls/{uuid:poll_id}/vote", response=PollOut)
def cast_vote(
    request: HttpRequest, poll_id: uuid.UUID, data: VoteIn, wish: str = ""
) -> HttpResponse:
    """Vote, or change an open vote. `wish`: `<device>-<number>`, as with supporting an entry."""
    poll = polls.cast_vote(
        actor=actor_of(request),
        poll_id=poll_id,
        option_id=data.option,
        township_id=data.township,
        heard=Heard.parse(wish),
    )
    return poll_answer(poll)


@router.get("/polls/{uuid:poll_id}/votes", response=list[Ballot])
def list_votes(request: HttpRequest, poll_id: uuid.UUID) -> list[dict[str, Any]]:
    """Who chose what in an open poll; for organisers."""
    return polls.ballot(actor_of(request), poll_id)


@router.get("/meetings/{uuid:meeting_id}/mine", response=MineOut)
def mine(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """What the reader supports and voted for: the same on every device."""
    actor = actor_of(request)
    meeting = visible_meeting(actor, meeting_id)
    return answer(
        {
            "supported": supported_ids(actor, meeting.pk),
            "votes": polls.votes_of(actor, meeting.pk),
        }
    )
