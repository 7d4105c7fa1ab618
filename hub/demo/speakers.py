"""Who asked to speak, and what was put to the vote: in the newer demo meetings."""

import datetime as dt
import random
import uuid
from collections.abc import Callable, Iterator

from board.hands import change_hand, raise_hand
from board.polls import add_poll, cast_vote, change_poll
from meetings.models import Meeting
from townships.actors import Actor

Step = tuple[int, Callable[[dt.datetime], object]]

QUESTIONS = (
    ("入户核对台账是否全县统一格式？", ("同意", "不同意", "弃权"), "township"),
    ("下月例会几点开始？", ("上午九点", "下午两点半"), "person"),
    ("积分兑换是否每季度公示一次？", ("同意", "不同意", "弃权"), "township"),
    ("村干部考核是否增加群众评分？", ("同意", "不同意", "弃权"), "township"),
)


def spoken(
    meeting: Meeting, organiser: Actor, people: list[Actor], index: int, start: int, live: bool
) -> Iterator[Step]:
    """The steps of a discussion that begins at minute `start`: four raise their hands, three of them
    speak (in a live meeting the last one still does), and a question is put to the vote."""
    rng = random.Random(f"speakers/{index}")
    chosen = rng.sample(people, min(6, len(people)))
    hands: dict[int, uuid.UUID] = {}

    def raised(number: int, who: Actor) -> Callable[[dt.datetime], object]:
        def act(at: dt.datetime) -> None:
            hands[number] = raise_hand(actor=who, meeting_id=meeting.pk, at=at).pk

        return act

    def turned(number: int, state: str) -> Callable[[dt.datetime], object]:
        return lambda at: change_hand(actor=organiser, hand_id=hands[number], state=state, at=at)

    for number, who in enumerate(chosen):
        yield start, raised(number, who)
    speakers = min(3, len(chosen))
    for number in range(speakers):
        yield start + 1 + 2 * number, turned(number, "speaking")
        if not (live and number == speakers - 1):
            yield start + 2 + 2 * number, turned(number, "done")
    yield from _vote(meeting, organiser, people, index, start + 2, live)


def _vote(
    meeting: Meeting, organiser: Actor, people: list[Actor], index: int, start: int, live: bool
) -> Iterator[Step]:
    question, answers, by = QUESTIONS[index % len(QUESTIONS)]
    rng = random.Random(f"votes/{index}")
    made: dict[str, uuid.UUID] = {}
    options: list[uuid.UUID] = []

    def put(at: dt.datetime) -> None:
        poll = add_poll(
            actor=organiser,
            meeting_id=meeting.pk,
            question=question,
            options=answers,
            by=by,
            secret=by == "person",
            at=at,
        )
        change_poll(actor=organiser, poll_id=poll.pk, state="open", at=at)
        made["poll"] = poll.pk
        options.extend(poll.options.values_list("pk", flat=True))

    def voted(who: Actor, place: int) -> Callable[[dt.datetime], object]:
        return lambda at: cast_vote(
            actor=who, poll_id=made["poll"], option_id=options[min(place, len(options) - 1)], at=at
        )

    yield start, put
    for who in people[: len(people) * 2 // 3] if live else people:
        yield start + 1, voted(who, rng.choice((0, 0, 0, 1, 2)))
    if not live:
        yield (
            start + 3,
            lambda at: change_poll(actor=organiser, poll_id=made["poll"], state="closed", at=at),
        )
