"""What townships talk about: the topics of `texts/` and the talks a seeded generator makes of them.

A `Talk` is what one township brings to one meeting: slides, a manuscript, problems, practices and
questions. Pure: no database, no clock; the same arguments give the same talk.
"""

from __future__ import annotations

import random
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hub.demo.places import Land, Place, villager

TEXTS = Path(__file__).parent / "texts"
PHASES = ("摸底起步", "推进情况", "阶段成效")
_RANGE = re.compile(r"\{(\d+)(?:-(\d+))?\}")


@dataclass(frozen=True)
class Metric:
    """A number a topic reports: label, unit, and the range it lies in."""

    label: str
    unit: str
    low: int
    high: int


@dataclass(frozen=True)
class Measure:
    """Something a township did: a heading and its points."""

    title: str
    points: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """One topic as written in `texts/`; sentences may hold `{village}`, `{who}` and `{8-20}`."""

    key: str
    category: str
    title: str
    why: tuple[str, ...]
    measures: tuple[Measure, ...]
    numbers: tuple[Metric, ...]
    story: str
    problems: tuple[str, ...]
    practices: tuple[str, ...]
    questions: tuple[str, ...]
    replies: tuple[str, ...]
    lesson: str
    plan: tuple[str, ...]


@dataclass(frozen=True)
class Slide:
    """One slide: `kind` is cover, toc, bullets, columns, table, chart, flow, story, or end."""

    kind: str
    title: str
    bullets: tuple[str, ...] = ()
    notes: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    series: tuple[tuple[str, int], ...] = ()
    unit: str = ""
    callout: str = ""
    hidden: bool = False

    @property
    def text(self) -> str:
        """The words on the slide, one line each, as a reader would find them."""
        cells = [" ".join(row) for row in self.rows]
        labels = (
            [f"{label} {value}" for label, value in self.series] if self.kind == "chart" else []
        )
        callout = [self.callout] if self.callout else []
        return "\n".join([self.title, *self.bullets, *callout, *cells, *labels])


@dataclass(frozen=True)
class Talk:
    """What a township brings to a meeting."""

    topic: Topic
    county: str
    place: Place
    year: int
    month: int
    phase: int
    title: str
    slides: tuple[Slide, ...]
    paragraphs: tuple[tuple[str, str], ...] = field(repr=False)
    problems: tuple[str, ...]
    practices: tuple[str, ...]
    questions: tuple[str, ...]
    replies: tuple[str, ...]
    seed: int

    @property
    def date(self) -> str:
        """The month as written on covers, e.g. 2026年3月."""
        return f"{self.year}年{self.month}月"

    @property
    def file_name(self) -> str:
        """The deck's file name as a township would call it."""
        return f"{self.place.name}-{self.topic.category}-{self.year}{self.month:02d}.pptx"


def _metric(text: str) -> Metric:
    label, unit, span = text.split("｜")
    low, high = span.split("-")
    return Metric(label, unit, int(low), int(high))


def _measure(text: str) -> Measure:
    title, *points = text.split("｜")
    return Measure(title, tuple(points))


@cache
def topics() -> tuple[Topic, ...]:
    """Every topic, ordered by key."""
    made = []
    for path in sorted(TEXTS.glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["topic"]:
            plain: dict[str, Any] = {
                key: tuple(v) if isinstance(v, list) else v for key, v in row.items()
            }
            plain["measures"] = tuple(_measure(text) for text in row["measures"])
            plain["numbers"] = tuple(_metric(text) for text in row["numbers"])
            made.append(Topic(**plain))
    return tuple(sorted(made, key=lambda topic: topic.key))


@cache
def calendar(land: Land, months: int, seed: int = 7) -> tuple[tuple[tuple[Topic, int], ...], ...]:
    """For each month and each township of the county: its topic and how far it has come.

    A township stays with a topic for one to three months (phase 0, 1, 2), then takes up another;
    it takes none twice before it had them all, and no two townships start the same one together.
    """
    columns: list[list[tuple[Topic, int]]] = []
    started: set[tuple[int, str]] = set()
    for place in land.places:
        rng = random.Random(f"{seed}/{land.key}/{place.key}")
        column: list[tuple[Topic, int]] = []
        waiting: list[Topic] = []
        while len(column) < months:
            if not waiting:
                waiting = rng.sample(topics(), len(topics()))
            clash = next(
                (i for i, t in enumerate(waiting) if (len(column), t.key) not in started), 0
            )
            topic = waiting.pop(clash)
            started.add((len(column), topic.key))
            column += [(topic, phase) for phase in range(rng.choice((1, 2, 2, 3)))]
        columns.append(column[:months])
    return tuple(tuple(column[month] for column in columns) for month in range(months))


class _Filler:
    """Fills a topic's blanks for one township: the same blank of a sentence gets the same number."""

    def __init__(self, place: Place, topic: Topic, phase: int, seed: int) -> None:
        self.rng = random.Random(f"{seed}/{place.key}/{topic.key}")
        self.place, self.growth = place, 1 + 0.18 * phase
        self.village, self.village2 = self.rng.sample(place.villages, 2)
        self.who = villager(self.rng)

    def __call__(self, text: str) -> str:
        rng = random.Random(f"{self.place.key}/{text}")

        def number(match: re.Match[str]) -> str:
            low, high = int(match[1]), int(match[2] or match[1])
            return str(rng.randint(low, high))

        filled = _RANGE.sub(number, text)
        words = {"township": self.place.name, "village": self.village}
        return filled.format(**words, village2=self.village2, who=self.who)

    def all(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self(text) for text in texts)


def compose(land: Land, place: Place, topic: Topic, phase: int, year: int, month: int) -> Talk:
    """The talk of `place` on `topic` in that month; `phase` 0-2 says how far the work has come."""
    from hub.demo.outline import manuscript, slides  # the two layouts of one set of facts

    fill = _Filler(place, topic, phase, 7)
    seed = random.Random(f"{land.key}/{place.key}/{topic.key}/{year}/{month}").randrange(2**31)
    facts = Facts(land, place, topic, phase, year, month, fill, _figures(topic, fill, phase, month))
    return Talk(
        topic=topic, county=land.name, place=place, year=year, month=month, phase=phase,
        title=f"{topic.title}（{PHASES[phase]}）", slides=slides(facts), paragraphs=manuscript(facts),
        problems=fill.all(topic.problems), practices=fill.all(topic.practices),
        questions=fill.all(topic.questions), replies=fill.all(topic.replies), seed=seed,
    )  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """Everything a layout needs: who, when, the topic, its filler, and its figures."""

    land: Land
    place: Place
    topic: Topic
    phase: int
    year: int
    month: int
    fill: _Filler
    figures: tuple[tuple[Metric, int, int], ...]


def _figures(
    topic: Topic, fill: _Filler, phase: int, month: int
) -> tuple[tuple[Metric, int, int], ...]:
    """Each metric with last month's and this month's value: growing by phase, within its range."""
    made = []
    share = random.Random(f"{fill.place.key}/{topic.key}/share").uniform(0.15, 0.5)
    for metric in topic.numbers:
        wobble = random.Random(f"{fill.place.key}/{metric.label}/{month}").uniform(-0.03, 0.03)
        now = metric.low + (metric.high - metric.low) * min(1, share + 0.2 * phase + wobble)
        before = metric.low + (metric.high - metric.low) * max(0, share + 0.2 * phase - 0.15)
        made.append((metric, round(before), round(now)))
    return tuple(made)
