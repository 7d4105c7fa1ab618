"""One demo meeting, written through the services as if it were happening at its time."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from opencc import OpenCC

from board import services as board
from hub.demo.conversation import ORGANISER, Entry
from hub.demo.following import (
    before_closing,
    categories_of,
    category_for,
    collect,
    in_the_middle,
    report_later,
)
from hub.demo.outlines import keep_outline
from hub.demo.people_there import call_next, come_in, come_late
from hub.demo.settlers import Settled
from hub.demo.speakers import spoken
from hub.demo.topics import Talk
from meetings import services as meetings
from meetings.models import AgendaItem, Meeting, Series
from townships.actors import Actor
from uploads import services as uploads
from uploads.models import Material

PRESENTED, WRITTEN = 6, 4
LENGTH = dt.timedelta(hours=3)
_KINDS = AgendaItem.Kind


@dataclass(frozen=True)
class Plan:
    """A meeting to be held: its talks by township, its board, its times, and how far it comes.

    `until` is "closed", "live" or "announced"; `delivered` says how many decks have come in;
    `minutes` how long it has been running (live ones); `timed`: whether each step's times are kept.
    """

    settled: Settled
    series: Series
    index: int
    day: dt.date
    starts_at: dt.datetime
    announced_at: dt.datetime
    talks: tuple[Talk, ...]
    board: tuple[Entry, ...]
    until: str
    delivered: int
    minutes: int = 180
    timed: bool = True

    @property
    def deadline(self) -> dt.datetime:
        """18:00 two days before."""
        before = self.starts_at - dt.timedelta(days=2)
        return before.replace(hour=18, minute=0)

    @property
    def order(self) -> list[int]:
        """The townships in the month's order: presenting, written, talking."""
        count = len(self.talks)
        return [(self.index * PRESENTED + i) % count for i in range(count)]

    @property
    def written(self) -> list[int]:
        """The townships that hand in a manuscript."""
        return (
            self.order[PRESENTED : PRESENTED + WRITTEN]
            if len(self.talks) > PRESENTED
            else self.order[-1:]
        )

    @property
    def jobs(self) -> list[tuple[str, Talk]]:
        """The files of the meeting, in the order in which they come in."""
        return [(kind, self.talks[who]) for who, kind in self.slots]

    @property
    def slots(self) -> list[tuple[int, str]]:
        """(township, kind) of every material that came in, decks first, each in the month's order."""
        decks = self.order[: self.delivered]
        written = [who for who in self.written if who in decks]
        if self.until == "announced":
            written = written[:1]
        return [*((who, "deck") for who in decks), *((who, "manuscript") for who in written)]

    @property
    def title(self) -> str:
        return f"{self.settled.land.name}乡镇组织工作例会（{self.day.year}年{self.day.month}月）"


def hold(plan: Plan, files: Iterator[bytes]) -> Meeting:
    """Write the meeting: made, announced, handed in, opened, talked at, closed - as far as it comes."""
    organiser = plan.settled.organiser
    made_at = plan.announced_at - dt.timedelta(hours=1)
    meeting = meetings.create_meeting(
        actor=organiser,
        title=plan.title,
        starts_at=plan.starts_at,
        ends_at=plan.starts_at + LENGTH,
        venue=plan.series.venue,
        note="请各乡镇按时上传多媒体演示和交流文稿，发言紧扣本月做法和难题。",
        deadline=plan.deadline,
        series=plan.series,
        series_day=plan.day,
        allows_guests=plan.until == "live",
        at=made_at,
    )
    items = list(_agenda(plan, meeting, made_at))
    meetings.announce_meeting(actor=organiser, meeting_id=meeting.pk, at=plan.announced_at)
    pages = _hand_in(plan, meeting, files)
    if plan.until != "announced":
        late = come_in(plan.settled, meeting, plan.index)
        meetings.open_meeting(actor=organiser, meeting_id=meeting.pk, at=plan.starts_at)
        _run(plan, meeting, items, pages, [*come_late(plan.settled, meeting, late)])
    if plan.until == "announced":
        collect(plan.settled, meeting, plan.talks, plan.announced_at)
        call_next(plan.settled, meeting, plan.announced_at)
    if plan.until == "live":
        in_the_middle(plan.settled, meeting, plan.starts_at + dt.timedelta(minutes=plan.minutes))
    if plan.until == "closed":
        ended = plan.starts_at + dt.timedelta(minutes=176)
        before_closing(plan.settled, meeting, plan.title, ended - dt.timedelta(minutes=2))
        meetings.close_meeting(actor=organiser, meeting_id=meeting.pk, at=ended)
        if plan.timed:
            report_later(plan.settled, meeting, plan.title, ended + dt.timedelta(days=17))
    return meeting


def _agenda(plan: Plan, meeting: Meeting, at: dt.datetime) -> Iterator[tuple[int, AgendaItem]]:
    """The meeting's steps with the minute each begins."""
    minute, listed = 0, list(meeting.agenda.all())  # the open cases of the months before
    for item in listed:
        yield minute, item
        minute += item.minutes
    for kind, title, who, minutes in _steps(plan, bool(listed)):
        talk = plan.talks[who] if who is not None else None
        item = meetings.add_item(
            actor=plan.settled.organiser,
            meeting_id=meeting.pk,
            kind=kind,
            title=title,
            township_id=plan.settled.townships[who].pk if who is not None else None,
            presenter=talk.place.members[0].name if talk else "",
            minutes=minutes,
            expects_deck=who is not None,
            expects_manuscript=who in plan.written,
            at=at,
        )
        yield minute, item
        minute += minutes


def _steps(plan: Plan, follows: bool) -> Iterator[tuple[str, str, int | None, int]]:
    """(kind, title, township, minutes) of each step; `follows`: open cases are on the agenda."""
    yield _KINDS.OTHER, "宣布议程", None, 5
    if not follows:
        yield _KINDS.DISCUSSION, "上月工作通报", None, 10
    for place, who in enumerate(plan.order):
        title = plan.talks[who].topic.title
        if who in plan.written:
            yield _KINDS.MANUSCRIPT, f"文稿交流：{title}", who, 6
        elif place < PRESENTED:
            yield _KINDS.PRESENTATION, f"多媒体演示：{title}", who, 12
        else:
            yield _KINDS.EXPERIENCE, f"谈体会：{title}", who, 6
    yield _KINDS.DISCUSSION, "问题与做法讨论", None, 20
    yield _KINDS.OTHER, "组织部小结，部署下月工作", None, 10


def _hand_in(plan: Plan, meeting: Meeting, files: Iterator[bytes]) -> dict[int, list[uuid.UUID]]:
    """The townships' files come in, a few late through the organiser; their decks' page ids."""
    pages: dict[int, list[uuid.UUID]] = {}
    for number, (who, kind) in enumerate(plan.slots):
        talk = plan.talks[who]
        rng = random.Random(f"{talk.seed}/{kind}")
        actor: Actor = plan.settled.members[who][-1 if rng.random() < 0.3 else 0]
        at = plan.deadline - dt.timedelta(minutes=rng.randint(20, 4000))
        if not 8 <= at.hour < 18:  # nobody sends at night
            at = at.replace(hour=9 + at.hour % 8)
        if plan.until == "announced":
            at = plan.announced_at + dt.timedelta(minutes=30 + 7 * number)
        elif rng.random() < 0.06:
            actor, at = (
                plan.settled.organiser,
                plan.deadline + dt.timedelta(minutes=rng.randint(30, 900)),
            )
        version = uploads.receive(
            actor=actor,
            meeting_id=meeting.pk,
            township_id=plan.settled.townships[who].pk,
            kind=kind,
            filename=talk.file_name if kind == "deck" else talk.file_name.replace(".pptx", ".docx"),
            source=BytesIO(next(files)),
            at=at,
        )
        kept = keep_outline(version, talk, kind)
        if kind == "deck":
            pages[who] = kept
    return pages


def _run(
    plan: Plan,
    meeting: Meeting,
    items: list[tuple[int, AgendaItem]],
    pages: dict[int, list[uuid.UUID]],
    todo: list[tuple[int, Callable[[dt.datetime], object]]],
) -> None:
    """Everything said and done in the meeting, minute by minute, in the order of time; `todo` holds
    what is to happen beside it."""
    organiser = plan.settled.organiser
    for minute, item in items if plan.timed else ():
        todo.append(
            (minute, lambda at, pk=item.pk: meetings.start_item(actor=organiser, item_id=pk, at=at))
        )
    for number, entry in enumerate(plan.board):
        _say(plan, meeting, number, entry, pages, todo)
    if plan.timed:
        live = plan.until == "live"
        talk = max(at for at, item in items if item.kind == _KINDS.DISCUSSION)
        people = [plan.settled.members[who][0] for who in plan.order]
        begin = plan.minutes - 8 if live else talk
        todo.extend(spoken(meeting, organiser, people, plan.index, begin, live))
    start = plan.starts_at
    while todo:
        todo.sort(key=lambda pair: pair[0])
        minute, act = todo.pop(0)
        if minute >= plan.minutes:
            break
        act(start + dt.timedelta(minutes=minute, seconds=5))


def _say(
    plan: Plan, meeting: Meeting, number: int, entry: Entry, pages: dict[int, list[uuid.UUID]],
    todo: list[tuple[int, Callable[[dt.datetime], object]]],
) -> None:  # fmt: skip
    """Put an entry on the board when its minute comes, and then what follows from it."""
    tag = f"demo-{plan.index}-{number}"

    def post(at: dt.datetime) -> None:
        slides = pages.get(entry.about, []) if entry.about is not None else []
        made = board.add_post(
            actor=_actor(plan, entry.who, entry.traditional),
            meeting_id=meeting.pk,
            kind=entry.kind,
            body=_traditional().convert(entry.body) if entry.traditional else entry.body,
            client_id=tag,
            page_id=slides[entry.slide - 1] if entry.slide and slides else None,
            category_id=category_for(plan.talks[entry.who].topic.category, _filed(plan.settled))
            if entry.who >= 0 and plan.timed
            else None,
            at=at,
        )
        todo.extend(_follow(plan, entry, made.pk, tag))

    todo.append((entry.minute, post))


def _follow(
    plan: Plan, entry: Entry, post_id: uuid.UUID, tag: str
) -> Iterator[tuple[int, Callable[[dt.datetime], object]]]:
    """Support, replies and adoptions of an entry, each with its minute."""
    for place, who in enumerate(entry.supports):
        yield (
            entry.minute + 1 + place,
            lambda at, who=who: board.set_support(
                actor=_actor(plan, who), post_id=post_id, supported=True, at=at
            ),
        )
    for place, said in enumerate(entry.replies):
        yield (
            said.minute,
            lambda at, said=said, place=place: board.add_reply(
                actor=_actor(plan, said.who),
                post_id=post_id,
                body=said.body,
                client_id=f"{tag}-{place}",
                at=at,
            ),
        )
    for tried in entry.tried:
        yield (
            tried.minute,
            lambda at, tried=tried: board.set_adoption(
                actor=_actor(plan, tried.who),
                post_id=post_id,
                status=tried.status,
                result=tried.result,
                at=at,
            ),
        )


def _actor(plan: Plan, who: int, second: bool = False) -> Actor:
    if who == ORGANISER:
        return plan.settled.organiser
    return plan.settled.members[who][-1 if second else 0]


@cache
def _filed(settled: Settled) -> dict[str, uuid.UUID]:
    return categories_of(settled)


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2t")


def on_stage(meeting: Meeting) -> Material | None:
    """The deck of the township whose turn it is."""
    item = Meeting.objects.get(pk=meeting.pk).current_item
    if item is None or item.township_id is None:
        return None
    return Material.objects.filter(
        meeting=meeting, township_id=item.township_id, kind="deck"
    ).first()
