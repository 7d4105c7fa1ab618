"""Raising a hand, being called up, having spoken: the queue of speakers and what time they took."""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from meetings import events
from meetings.models import Meeting
from townships.actors import Actor
from townships.models import Township
from townships.permissions import Action, can, require
from townships.problems import NotAllowed, NotFound, SignedOut
from townships.texts import one_line
from townships.throttle import spend

from .models import Hand
from .problems_live import BadHandState, HandGone, NotLive
from .representations import mark_of
from .writing import lock_meeting

State = Hand.State
RAISED_PER_MINUTE = 20

# What a hand may become: by its owner, and by the host (who can undo everything).
OWN = {State.WAITING: {State.WITHDRAWN}, State.SPEAKING: {State.DONE}}
HOST = {
    State.WAITING: {State.SPEAKING, State.WITHDRAWN, State.DONE},
    State.SPEAKING: {State.DONE, State.WAITING},
    State.DONE: {State.SPEAKING},
    State.WITHDRAWN: {State.WAITING, State.SPEAKING},
}


def raise_hand(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    township_id: uuid.UUID | None = None,
    name: str = "",
    at: dt.datetime | None = None,
) -> Hand:
    """Ask to speak. A hand that is up already stays as it is, so sending it twice does no harm.

    An organiser may raise it for somebody of a township who has no phone (`township_id`, `name`).
    Raises `NotLive`, `TooMany`.
    """
    with transaction.atomic():
        meeting = lock_meeting(actor, meeting_id)
        events.refuse_closed(meeting)
        require(actor, Action.SPEAK, meeting)
        if not meeting.is_live:
            raise NotLive
        who = _for_township(actor, meeting, township_id, name) if township_id else _oneself(actor)
        up = meeting.hands.filter(person_key=who["person_key"], state__in=Hand.OPEN).first()
        if up is not None:
            up.meeting = meeting
            return up
        if at is None:
            spend("hand", actor.key, limit=RAISED_PER_MINUTE)
        hand = Hand.objects.create(meeting=meeting, raised_at=at or timezone.now(), **who)
        events.record(meeting, events.HAND_RAISED, hand, actor, at=at)
    return hand


def _oneself(actor: Actor) -> dict[str, Any]:
    return {
        "township_id": actor.township_id,
        "user_id": actor.user_id,
        "person_key": actor.key,
        "name": actor.name[:100],
        "unit": actor.unit[:100],
    }


def _for_township(
    actor: Actor, meeting: Meeting, township_id: uuid.UUID, name: str
) -> dict[str, Any]:
    """Somebody of a township, raised by the host. Raises `NotAllowed`, `NotFound`."""
    if not can(actor, Action.MODERATE, meeting):
        raise NotAllowed
    town = Township.objects.filter(pk=township_id, county_id=meeting.county_id).first()
    if town is None:
        raise NotFound
    name = one_line(name, "name", most=100)
    return {
        "township_id": town.pk,
        "user_id": None,
        "person_key": f"t:{town.pk.hex}",
        "name": name,
        "unit": town.name,
    }


def change_hand(
    *, actor: Actor, hand_id: uuid.UUID, state: str, at: dt.datetime | None = None
) -> Hand:
    """Call somebody up, end their turn, lower a hand, or (the host) take any of it back.

    Who is called up while another speaks ends the other's turn. A hand that is in the state
    already stays as it is. Raises `BadHandState`, `HandGone`, `NotLive`.
    """
    if state not in State.values:
        raise BadHandState
    with transaction.atomic():
        meeting, hand = _lock_hand(actor, hand_id)
        host = can(actor, Action.MODERATE, meeting)
        if not host and hand.person_key != actor.key:
            raise NotAllowed
        if hand.state == state:
            return hand
        if state not in (HOST if host else OWN).get(State(hand.state), set()):
            raise HandGone if host or state in (State.WITHDRAWN, State.DONE) else NotAllowed
        moment = at or timezone.now()
        if state in Hand.OPEN:
            _other_turns(hand, state, actor, moment)
        _become(hand, state, moment)
        events.record(meeting, events.HAND_CHANGED, hand, actor, at=at, state=state)
    return hand


def _lock_hand(actor: Actor, hand_id: uuid.UUID) -> tuple[Meeting, Hand]:
    """The hand and its locked, live meeting."""
    meeting_id = Hand.objects.filter(pk=hand_id).values_list("meeting_id", flat=True).first()
    if meeting_id is None:
        raise (NotFound if actor.signed_in else SignedOut)
    meeting = lock_meeting(actor, meeting_id)
    events.refuse_closed(meeting)
    require(actor, Action.SPEAK, meeting)
    if not meeting.is_live:
        raise NotLive
    hand = Hand.objects.get(pk=hand_id)
    hand.meeting = meeting
    return meeting, hand


def _other_turns(hand: Hand, state: str, actor: Actor, moment: dt.datetime) -> None:
    """One speaks at a time, and nobody has two hands up: what stands against it ends."""
    others = hand.meeting.hands.exclude(pk=hand.pk)
    if others.filter(person_key=hand.person_key, state__in=Hand.OPEN).exists():
        raise HandGone
    if state != State.SPEAKING:
        return
    for other in others.filter(state=State.SPEAKING):
        other.meeting = hand.meeting
        _become(other, State.DONE, moment)
        events.record(hand.meeting, events.HAND_CHANGED, other, actor, at=moment, state="done")


def _become(hand: Hand, state: str, moment: dt.datetime) -> None:
    """Who has spoken and goes on speaking keeps the time at which they began."""
    went_on = hand.state == State.DONE
    hand.state = state
    if state == State.SPEAKING:
        hand.started_at = hand.started_at if went_on else moment
        hand.ended_at = None
    elif state == State.WAITING:
        hand.started_at = hand.ended_at = None
    else:
        hand.ended_at = moment
        if state == State.DONE:
            hand.started_at = hand.started_at or moment
    hand.save(update_fields=["state", "started_at", "ended_at"])


def lower_all(meeting: Meeting, moment: dt.datetime) -> None:
    """The meeting closes: the speaker has spoken, nobody waits any longer (two queries)."""
    meeting.hands.filter(state=State.SPEAKING).update(state=State.DONE, ended_at=moment)
    meeting.hands.filter(state=State.WAITING).update(state=State.WITHDRAWN, ended_at=moment)


def hand_dict(hand: Hand) -> dict[str, Any]:
    """A hand as JSON-ready values. Needs `township` loaded."""
    return {
        "id": str(hand.pk),
        "meeting": str(hand.meeting_id),
        "township": str(hand.township_id) if hand.township_id else None,
        "name": hand.name,
        "unit": hand.township.name if hand.township else hand.unit,
        "mark": mark_of(hand.meeting_id, hand.person_key),
        "state": hand.state,
        "raised_at": hand.raised_at.isoformat(),
        "started_at": hand.started_at.isoformat() if hand.started_at else None,
        "ended_at": hand.ended_at.isoformat() if hand.ended_at else None,
    }


def hands_of(meeting: Meeting) -> list[dict[str, Any]]:
    """Everybody who asked to speak in a meeting, in order (one query)."""
    return [hand_dict(hand) for hand in meeting.hands.select_related("township")]
