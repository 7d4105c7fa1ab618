"""The judged set: 200 queries over a year of the demo county, and what each of them must find.

The queries and what they must find were fixed in `judged_queries.json` before any search was scored,
and do not depend on the search: 60 written by hand, 40 titles of talks, 100 that take two phrases of one
chosen slide or entry; a third in traditional characters. Each row:

- `typed`: what is typed;
- `words`: what a right result contains, in simplified characters (all of them), compared as plain text;
- `source`: for the hundred, the very text they were taken from (the start of its SHA-256).

Recall@10: the share of the right results among the first ten (of ten, where more are right).
The reciprocal rank is that of the *best* result: the source itself (or a word-for-word copy of it), else
one with all the words in its title where there is one, else any right one.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opencc import OpenCC

from archive.models import Entry
from archive.search import search
from hub.demo.conversation import entries
from hub.demo.places import LANXIU
from hub.demo.topics import calendar, compose
from townships.actors import Actor
from townships.models import County, Township

from .material import add_deck, add_entry, index, month

MONTHS = 12
TEN = 10
FIXED = Path(__file__).with_name("judged_queries.json")


@dataclass(slots=True)
class Judged:
    """One query, and the simplified words that a right entry contains."""

    typed: str
    words: list[str]
    source: str = ""


@dataclass(slots=True)
class Scores:
    recall: list[float] = field(default_factory=list)
    precision: list[float] = field(default_factory=list)
    rank: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def recall_at_10(self) -> float:
        return sum(self.recall) / len(self.recall)

    @property
    def mrr(self) -> float:
        return sum(self.rank) / len(self.rank)


def build(county: County) -> None:
    """A year of the demo county's decks and boards, indexed."""
    from tests.people import make_meeting

    towns = [
        Township.objects.create(county=county, name=place.name, position=number)
        for number, place in enumerate(LANXIU.places)
    ]
    for number, row in enumerate(calendar(LANXIU, MONTHS)):
        meeting = make_meeting(
            county, "closed", **month(2025, number + 1), title=f"{number + 1}月例会"
        )
        for place, town, (topic, phase) in zip(LANXIU.places, towns, row, strict=True):
            talk = compose(LANXIU, place, topic, phase, 2025, number + 1)
            add_deck(meeting, town, [{"title": s.title, "text": s.text} for s in talk.slides])
        for said in entries(LANXIU, MONTHS, (2025, 1), number, brief=True):
            if said.who >= 0:
                add_entry(meeting, towns[said.who], said.body, kind=said.kind)
    index()


def plain(text: str) -> str:
    """Simplified and without line breaks, by other means than the search's own folding."""
    return OpenCC("t2s").convert(text)


def judged_set() -> list[Judged]:
    """The 200 queries as they were fixed."""
    return [Judged(**row) for row in json.loads(FIXED.read_text())]


def name_of(row: tuple[str, str, str]) -> str:
    """The name of a text: the start of the SHA-256 of its kind, title and words."""
    return hashlib.sha256("\n".join(row).encode()).hexdigest()[:12]


def best_of(query: Judged, right: list[Any]) -> list[Any]:
    """Which of the right results have to come first."""
    if query.source:
        return [row for row in right if name_of(row) == query.source]
    titled = [row for row in right if all(word in row[1] for word in query.words)]
    return titled or right


def judge(actor: Actor, county: County) -> Scores:
    """Search each query and compare with what was fixed. Fails when a query has nothing to find."""
    rows = [
        (kind, plain(title), plain(text))
        for kind, title, text in Entry.objects.filter(county=county).values_list(
            "kind", "title", "text"
        )
    ]
    scores = Scores()
    for query in judged_set():
        right = [row for row in rows if all(w in row[1] or w in row[2] for w in query.words)]
        best = best_of(query, right)
        assert best, f"{query.typed} has nothing to find: the demo's texts have changed"
        hits = [
            (hit.entry.kind, plain(hit.entry.title), plain(hit.entry.text))
            for hit in search(actor=actor, text=query.typed).hits[:TEN]
        ]
        score(scores, query, hits, right, best)
    return scores


def score(
    scores: Scores, query: Judged, hits: list[Any], right: list[Any], first: list[Any]
) -> None:
    """Recall and precision of the first ten, and the reciprocal rank of the first best one."""
    good = sum(hit in right for hit in hits)
    scores.recall.append(good / min(TEN, len(right)) if right else float(not hits))
    scores.precision.append(good / len(hits) if hits else 1.0)
    scores.rank.append(next((1 / place for place, hit in enumerate(hits, 1) if hit in first), 0.0))
    if scores.recall[-1] < 1 or scores.rank[-1] < 0.5 or scores.precision[-1] < 1:
        scores.failed.append(
            f"{query.typed}: recall {scores.recall[-1]:.2f}, precision {scores.precision[-1]:.2f}, "
            f"rank {scores.rank[-1]:.2f}, {len(right)} right"
        )
