"""What is said on a meeting's board: problems that recur, practices that answer them, questions.

Pure, like `topics`: the month's talks and those of the months before give the month's entries.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cache

from hub.demo.outline import quoted
from hub.demo.places import Land
from hub.demo.topics import Talk, Topic, calendar, compose

ORGANISER = -1
"""Stands for the organiser where a township's number is expected."""
_LOOK_BACK = 8
_DIFFICULT_WRITER = "chunwu"  # this township's second member writes in traditional characters

_NOTED = (
    "已记入跟踪清单，请{place}会后与{other}对接，下月例会报进展。",
    "这个问题有代表性，组织科整理各乡镇办法后统一回复，{place}先按现有办法推进。",
    "请{other}把自己的办法发给{place}，两家先试一个月，下次例会交流。",
    "建议先在{village}试点，成熟后再铺开，组织科派人跟一次。",
)
_SAME = (
    "我们{place}也有这个情况，{village}尤其明显，愿意一起想办法。",
    "{place}去年遇到过，办法是先把底数摸清，再分批解决，材料会后发给你们。",
    "我镇正在试：每周汇总一次，当场认领，{village}已见成效。",
)
_LEARN = (
    "这个做法好，{place}准备先在{village}试行。",
    "请教一下，刚开始时群众不理解怎么做工作？我们想带人去看看。",
    "已抄回去研究，{place}计划下个月开会部署。",
)
_RESULTS = (
    "已在{village}、{village2}推开，群众反映较好，平均用时缩短近一半。",
    "试行一个月，办结率提高，台账一次过关；不足是人手偏紧。",
    "在{village}试点成功，本月扩到全部村。",
)


@dataclass(frozen=True)
class Said:
    """A reply: who (a township's number or ORGANISER), what, and in which minute."""

    who: int
    body: str
    minute: int


@dataclass(frozen=True)
class Tried:
    """An adoption: which township, how far (`planned`, `running`, `done`), its result, the minute."""

    who: int
    status: str
    result: str
    minute: int


@dataclass(frozen=True)
class Entry:
    """A board entry: `about` is the township whose slide `slide` (from 1) it points at."""

    kind: str
    who: int
    body: str
    minute: int
    about: int | None
    slide: int | None
    replies: tuple[Said, ...]
    supports: tuple[int, ...]
    tried: tuple[Tried, ...]
    traditional: bool


@cache
def talks(land: Land, months: int, first: tuple[int, int], index: int) -> tuple[Talk, ...]:
    """The talks of month number `index` (from 0) of `months`, `first` being (year, month) of 0."""
    count = first[0] * 12 + first[1] - 1 + index
    year, month = divmod(count, 12)
    row = calendar(land, months)[index]
    return tuple(
        compose(land, place, topic, phase, year, month + 1)
        for place, (topic, phase) in zip(land.places, row, strict=True)
    )


def entries(
    land: Land, months: int, first: tuple[int, int], index: int, brief: bool = False
) -> tuple[Entry, ...]:
    """The board of month `index`, in the order in which it was written (minutes after opening).

    `brief` keeps every second entry and little of what others say to it.
    """
    now = talks(land, months, first, index)
    past = [talks(land, months, first, i) for i in range(max(0, index - _LOOK_BACK), index)]
    rng = random.Random(f"{land.key}/{first}/{index}/board")
    made: list[Entry] = []
    for who, talk in enumerate(now):
        start = 8 + who * (150 // len(now))
        for kind, body, slide in _raised(rng, who, talk, past):
            made.append(_entry(rng, now, kind, who, body, start, slide))
        if rng.random() < 0.4:
            made.append(_asked(rng, now, who, start))
    made.sort(key=lambda entry: entry.minute)
    if brief:
        made = [_shortened(entry) for entry in made[::2]]
    return tuple(made)


def _shortened(entry: Entry) -> Entry:
    return replace(
        entry,
        replies=entry.replies[-1:],
        supports=entry.supports[:2],
        tried=entry.tried[:1],
    )


def _raised(
    rng: random.Random, who: int, talk: Talk, past: list[tuple[Talk, ...]]
) -> list[tuple[str, str, str]]:
    """What a township raises: (kind, body, kind of the slide it belongs to)."""
    made: list[tuple[str, str, str]] = []
    old = _earlier(talk.topic, who, past)
    number = rng.randrange(len(talk.practices))
    if talk.phase == 0 and rng.random() < 0.8:
        also = f"（{old.place.name}{old.month}月也提过）" if old and rng.random() < 0.6 else ""
        made.append(("problem", talk.problems[0].rstrip("。") + also + "。", "problems"))
    if talk.phase == 1:
        if rng.random() < 0.35:
            made.append(("problem", f"上月提出的问题仍未完全解决：{talk.problems[0]}", "problems"))
        if rng.random() < 0.6:
            made.append(("practice", talk.practices[number], "flow"))
    if talk.phase == 2 or (talk.phase and old and rng.random() < 0.5):
        asked = f"{old.place.name}{old.month}月" if old else "我镇前两个月"
        solved = quoted(talk.problems[number].rstrip("。"))
        made = [row for row in made if row[1] != talk.practices[number]]
        made.append(("practice", f"针对{asked}提出的“{solved}”，{talk.practices[number]}", "flow"))
    return list({body: (kind, body, slide) for kind, body, slide in made}.values())


def _earlier(topic: Topic, who: int, past: list[tuple[Talk, ...]]) -> Talk | None:
    """The latest talk of another township on the same topic."""
    found = [t for row in past for i, t in enumerate(row) if t.topic is topic and i != who]
    return found[-1] if found else None


def _entry(
    rng: random.Random,
    now: tuple[Talk, ...],
    kind: str,
    who: int,
    body: str,
    start: int,
    slide: str,
) -> Entry:
    minute = start + rng.randint(2, 12)
    others = [i for i in range(len(now)) if i != who]
    rng.shuffle(others)
    speakers = others[: rng.randint(0, 2)]
    lines = rng.sample(_SAME if kind == "problem" else _LEARN, len(speakers))
    replies = [
        Said(i, _fill(rng, line, now, i, who), minute + 3 + n)
        for n, (i, line) in enumerate(zip(speakers, lines, strict=True))
    ]
    if kind == "problem" and rng.random() < 0.7:
        body_of = _fill(rng, rng.choice(_NOTED), now, who, others[0])
        replies.append(Said(ORGANISER, body_of, minute + rng.randint(8, 15)))
    tried: tuple[Tried, ...] = ()
    if kind == "practice":
        tried = tuple(
            _tried(rng, now, i, minute)
            for i in others[2 : 2 + rng.randint(0, min(3, len(others) - 2))]
        )
    supports = tuple(others[: rng.randint(1, min(6, len(others)))])
    at = _slide_number(now[who], slide)
    return Entry(
        kind, who, body, minute, who, at, tuple(replies), supports, tried, _traditional(now, who)
    )


def _asked(rng: random.Random, now: tuple[Talk, ...], about: int, start: int) -> Entry:
    """A question from another township to the speaker, answered by the speaker."""
    talk, number = now[about], rng.randrange(2)
    who = rng.choice([i for i in range(len(now)) if i != about])
    minute = start + rng.randint(4, 9)
    body = f"请问{talk.place.name}：{talk.questions[number]}"
    reply = Said(about, talk.replies[number], minute + rng.randint(1, 4))
    slide = _slide_number(talk, "table")
    return Entry(
        "question", who, body, minute, about, slide, (reply,), (), (), _traditional(now, who)
    )


def _tried(rng: random.Random, now: tuple[Talk, ...], who: int, minute: int) -> Tried:
    status = rng.choice(("planned", "planned", "running", "done"))
    result = _fill(rng, rng.choice(_RESULTS), now, who, who) if status == "done" else ""
    return Tried(who, status, result, minute + rng.randint(5, 20))


def _fill(rng: random.Random, text: str, now: tuple[Talk, ...], who: int, other: int) -> str:
    place = now[who].place
    village, village2 = rng.sample(place.villages, 2)
    return text.format(
        place=place.name, other=now[other].place.name, village=village, village2=village2
    )


def _slide_number(talk: Talk, kind: str) -> int:
    """The number of the talk's slide with the problems, or of its first slide of a kind."""
    for number, slide in enumerate(talk.slides, 1):
        if slide.kind == kind or (kind == "problems" and slide.title.startswith("四、")):
            return number
    return 1


def _traditional(now: tuple[Talk, ...], who: int) -> bool:
    return now[who].place.key == _DIFFICULT_WRITER
