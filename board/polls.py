"""Votes: a question to the room, one answer from each person or each township.

Of a secret poll it is written down who voted and how often each answer was chosen, never both
together; what was chosen is told only when the poll is closed. A secret vote can therefore not be
changed, an open one can until the poll is closed.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from meetings import events
from meetings.models import Meeting
from townships.actors import Actor
from townships.models import Township
from townships.permissions import Action, require
from townships.problems import Invalid, NotAllowed, NotFound, SignedOut
from townships.texts import one_line

from .models import Poll, PollOption, Vote
from .problems_live import (
    AlreadyVoted,
    BadPoll,
    NotLive,
    NoVoter,
    PollHasVotes,
    PollNotOpen,
    SecretPoll,
)
from .wishes import Heard, is_late
from .writing import lock_meeting

State = Poll.State
QUESTION_LIMIT, ANSWER_LIMIT, MOST_ANSWERS = 200, 100, 8
STEPS = {State.DRAFT: {State.OPEN}, State.OPEN: {State.CLOSED}, State.CLOSED: {State.OPEN}}


def add_poll(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    question: str,
    options: Sequence[str],
    by: str = Poll.By.PERSON,
    secret: bool = False,
    at: dt.datetime | None = None,
) -> Poll:
    """Prepare a poll with two to eight answers. Raises `BadPoll`."""
    if by not in Poll.By.values:
        raise BadPoll(question=QUESTION_LIMIT, most=MOST_ANSWERS, answer=ANSWER_LIMIT)
    question, answers = _checked(question, options)
    with transaction.atomic():
        meeting = _lock(actor, meeting_id, Action.MODERATE)
        poll = Poll.objects.create(
            meeting=meeting,
            question=question,
            by=by,
            secret=secret,
            author_id=actor.membership_id,
            created_at=at or timezone.now(),
        )
        PollOption.objects.bulk_create(
            PollOption(poll=poll, position=place, text=text) for place, text in enumerate(answers)
        )
        events.record(meeting, events.POLL_ADDED, poll, actor, at=at)
    return poll


def _checked(question: str, options: Sequence[str]) -> tuple[str, list[str]]:
    try:
        question = one_line(question, "question", most=QUESTION_LIMIT, needed=True)
        answers = [one_line(text, "options", most=ANSWER_LIMIT, needed=True) for text in options]
    except Invalid:
        answers = []
    if not 2 <= len(answers) <= MOST_ANSWERS or len({text.casefold() for text in answers}) != len(
        answers
    ):
        raise BadPoll(question=QUESTION_LIMIT, most=MOST_ANSWERS, answer=ANSWER_LIMIT)
    return question, answers


def change_poll(
    *, actor: Actor, poll_id: uuid.UUID, state: str, at: dt.datetime | None = None
) -> Poll:
    """Open a poll for votes, close it, or open it again. Raises `NotLive`, `PollNotOpen`.

    A secret poll with votes stays closed: its result was told, so who votes next would be known by
    the difference.
    """
    with transaction.atomic():
        poll = _lock_poll(actor, poll_id, Action.MODERATE)
        if poll.state == state:
            return poll
        if state not in STEPS[State(poll.state)]:
            raise PollNotOpen
        if poll.secret and poll.state == State.CLOSED and poll.votes.exists():
            raise PollNotOpen
        if not poll.meeting.is_live:
            raise NotLive
        moment = at or timezone.now()
        poll.state = state
        if state == State.OPEN:
            poll.opened_at, poll.closed_at = poll.opened_at or moment, None
        else:
            poll.closed_at = moment
        poll.save(update_fields=["state", "opened_at", "closed_at"])
        events.record(poll.meeting, events.POLL_CHANGED, poll, actor, at=at, state=state)
    return poll


def remove_poll(*, actor: Actor, poll_id: uuid.UUID) -> None:
    """Throw away a poll that nobody voted in. Raises `PollHasVotes`."""
    with transaction.atomic():
        poll = _lock_poll(actor, poll_id, Action.MODERATE)
        if poll.votes.exists():
            raise PollHasVotes
        events.record(poll.meeting, events.POLL_REMOVED, poll, actor, question=poll.question)
        poll.delete()


def cast_vote(
    *,
    actor: Actor,
    poll_id: uuid.UUID,
    option_id: uuid.UUID | None,
    township_id: uuid.UUID | None = None,
    heard: Heard | None = None,
    at: dt.datetime | None = None,
) -> Poll:
    """Vote, in an open poll also change the vote or (`option_id=None`) take it back.

    Where townships vote, the last of a township's people decides; an organiser may enter the vote
    of a township whose people have no phone (not in a secret poll). `heard`: the wish's place among
    those of its device; a late one changes nothing. Raises `PollNotOpen`, `AlreadyVoted`, `NoVoter`.
    """
    with transaction.atomic():
        poll = _lock_poll(actor, poll_id, Action.VOTE)
        voter = _voter(actor, poll, township_id)
        if poll.state != State.OPEN or not poll.meeting.is_live:
            raise PollNotOpen
        if not poll.secret and is_late(actor, poll.meeting, poll.pk, heard):
            return poll
        option = poll.options.filter(pk=option_id).first() if option_id else None
        if option_id and option is None:
            raise NotFound
        old = poll.votes.filter(voter_key=voter["voter_key"]).first()
        moment = at or timezone.now()
        changed = (
            _secretly(poll, option, old, voter)
            if poll.secret
            else _openly(poll, option, old, voter, moment)
        )
        if changed:
            detail: dict[str, Any] = (
                {} if poll.secret else {"option": str(option_id) if option_id else None}
            )
            events.record(poll.meeting, events.POLL_VOTED, poll, actor, at=at, **detail)
    return poll


def _secretly(poll: Poll, option: PollOption | None, old: Vote | None, voter: Any) -> bool:
    if old is not None or option is None:
        raise AlreadyVoted
    Vote.objects.create(poll=poll, at=poll.opened_at or timezone.now(), **voter)
    PollOption.objects.filter(pk=option.pk).update(tally=F("tally") + 1)
    return True


def _openly(
    poll: Poll, option: PollOption | None, old: Vote | None, voter: Any, moment: dt.datetime
) -> bool:
    if (old.option_id if old else None) == (option.pk if option else None):
        return False
    if option is None:
        assert old is not None
        old.delete()
    else:
        Vote.objects.update_or_create(
            poll=poll,
            voter_key=voter["voter_key"],
            defaults={**voter, "option": option, "at": moment},
        )
    return True


def _voter(actor: Actor, poll: Poll, township_id: uuid.UUID | None) -> dict[str, Any]:
    """Who votes: the actor, or a township by one of its people. Raises `NoVoter`, `NotAllowed`."""
    if poll.by == Poll.By.PERSON:
        if not actor.key:
            raise NoVoter
        return {
            "voter_key": actor.key,
            "township_id": actor.township_id,
            "name": actor.name[:100],
            "unit": actor.unit[:100],
        }
    if township_id is not None and township_id != actor.township_id:
        if not actor.is_staff or poll.secret:
            raise NotAllowed
        town = Township.objects.filter(pk=township_id, county_id=poll.meeting.county_id).first()
        if town is None:
            raise NotFound
        return _of_township(actor, town.pk, town.name)
    if actor.township_id is None:
        raise NoVoter
    return _of_township(actor, actor.township_id, actor.unit)


def _of_township(actor: Actor, township_id: uuid.UUID, unit: str) -> dict[str, Any]:
    return {
        "voter_key": str(township_id),
        "township_id": township_id,
        "name": actor.name[:100],
        "unit": unit[:100],
    }


def _lock(actor: Actor, meeting_id: uuid.UUID, action: Action) -> Meeting:
    meeting = lock_meeting(actor, meeting_id)
    events.refuse_closed(meeting)
    require(actor, action, meeting)
    return meeting


def _lock_poll(actor: Actor, poll_id: uuid.UUID, action: Action) -> Poll:
    """The poll, its meeting locked. One that is being prepared exists for organisers only."""
    meeting_id = Poll.objects.filter(pk=poll_id).values_list("meeting_id", flat=True).first()
    if meeting_id is None:
        raise (NotFound if actor.signed_in else SignedOut)
    meeting = _lock(actor, meeting_id, action)
    poll = Poll.objects.get(pk=poll_id)
    poll.meeting = meeting
    if poll.state == State.DRAFT and not actor.is_staff:
        raise NotFound
    return poll


def close_all(meeting: Meeting, moment: dt.datetime) -> None:
    """The meeting closes: no more votes; what was only prepared goes (two queries)."""
    meeting.polls.filter(state=State.OPEN).update(state=State.CLOSED, closed_at=moment)
    meeting.polls.filter(state=State.DRAFT).delete()


# --- reading -----------------------------------------------------------------------------------------


def polls_with_everything(queryset: "QuerySet[Poll]") -> "QuerySet[Poll]":
    """The polls with all that `poll_dict` needs: three queries for any number of them."""
    of_option = _counted(Vote.objects.filter(option=OuterRef("pk")), "option")
    towns = Township.objects.filter(county=OuterRef("meeting__county"), active=True)
    answers = PollOption.objects.annotate(votes_open=of_option)
    by_towns = Vote.objects.filter(option__isnull=False, poll__by=Poll.By.TOWNSHIP)
    return queryset.annotate(
        voted=_counted(Vote.objects.filter(poll=OuterRef("pk")), "poll"),
        towns=_counted(towns, "county"),
    ).prefetch_related(Prefetch("options", queryset=answers), Prefetch("votes", queryset=by_towns))


def _counted(found: Any, group: str) -> Coalesce:
    rows = found.order_by().values(group).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)


def poll_dict(poll: Poll) -> dict[str, Any]:
    """A poll as JSON-ready values, the same for all who may see it. Needs `polls_with_everything`.

    `votes` of an answer are None while a secret poll is open. `of`: how many can vote, where
    townships do (None where people do).
    """
    told = not poll.secret or poll.state == State.CLOSED
    by_town = poll.by == Poll.By.TOWNSHIP
    chosen: dict[uuid.UUID | None, list[str]] = {}
    for vote in poll.votes.all():
        chosen.setdefault(vote.option_id, []).append(vote.unit)
    return {
        "id": str(poll.pk),
        "meeting": str(poll.meeting_id),
        "question": poll.question,
        "by": poll.by,
        "secret": poll.secret,
        "state": poll.state,
        "voted": getattr(poll, "voted", 0),
        "of": getattr(poll, "towns", 0) if by_town else None,
        "options": [
            {
                "id": str(option.pk),
                "text": option.text,
                "votes": option.tally + getattr(option, "votes_open", 0) if told else None,
                "townships": sorted(chosen.get(option.pk, [])),
            }
            for option in sorted(poll.options.all(), key=lambda one: one.position)
        ],
        "created_at": poll.created_at.isoformat(),
        "opened_at": poll.opened_at.isoformat() if poll.opened_at else None,
        "closed_at": poll.closed_at.isoformat() if poll.closed_at else None,
    }


def polls_of(staff: bool, meeting: Meeting) -> list[dict[str, Any]]:
    """The polls of a meeting that organisers (`staff`) or all others may see, oldest first (three
    queries)."""
    found = meeting.polls.all()
    if not staff:
        found = found.exclude(state=State.DRAFT)
    return [poll_dict(poll) for poll in polls_with_everything(found)]


def votes_of(actor: Actor, meeting_id: uuid.UUID) -> dict[str, str]:
    """What the actor (or the actor's township) voted, by poll; "" for a secret vote (one query)."""
    keys = [key for key in (actor.key, str(actor.township_id or "")) if key]
    found = Vote.objects.filter(poll__meeting_id=meeting_id, voter_key__in=keys)
    return {str(vote.poll_id): str(vote.option_id or "") for vote in found}


def ballot(actor: Actor, poll_id: uuid.UUID) -> list[dict[str, str]]:
    """Who chose what in an open poll, for organisers (three queries). Raises `NotFound`."""
    poll = Poll.objects.select_related("meeting").filter(pk=poll_id).first()
    if poll is None:
        raise NotFound
    require(actor, Action.MODERATE, poll.meeting)
    if poll.secret:
        raise SecretPoll
    votes: Collection[Vote] = poll.votes.select_related("option").order_by("option__position", "at")
    return [
        {"name": vote.name, "unit": vote.unit, "option": vote.option.text if vote.option else ""}
        for vote in votes
    ]
