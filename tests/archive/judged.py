"""The judged set: 200 queries over a year of the demo county, and what each of them must find.

How the expectations came about: eighty queries are written by hand, in both scripts, with the words
that a right result contains (`judged_queries.json`). A hundred and twenty are made by `generated`, a
generator with a fixed seed: it takes any entry and types pieces of it as people do, without asking
whether anything else holds them too. None of them is stored, chosen or left out by hand; when the
demo's texts change they are made anew. The generator and the rules below were written before the
first of these queries was scored, and know nothing of the search: texts are compared as plain
simplified text (OpenCC by phrases, not the search's own folding).

- *Right* is every entry that holds the words, within the asked kind: of each group at least one word,
  and none of those excluded.
- *Grades*: 3 where each group has a word in the title, 2 where one sentence holds a word of each, 1
  where they are scattered. The *best* results are those of the highest grade there is.

Recall@10 is the share of the right results among the first ten (of ten, where more are right), the
reciprocal rank that of the first best one.
"""

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from opencc import OpenCC

from archive.models import Entry
from archive.search import Filters, search
from hub.demo.conversation import entries
from hub.demo.places import LANXIU
from hub.demo.topics import calendar, compose
from townships.actors import Actor
from townships.models import County, Township

from .material import add_deck, add_entry, index, month

MONTHS = 12
TEN = 10
SEED = "judged"
BY_HAND = Path(__file__).with_name("judged_queries.json")
CLAUSE = re.compile(r"[\u4e00-\u9fff]+")
SENTENCE = re.compile(r"[。！？；\n]")


@dataclass(slots=True)
class Judged:
    """One query, and the simplified words of a right entry: one of each group of `words`, none of
    `without`; `kind` is the filter that is set."""

    typed: str
    words: list[list[str]]
    without: list[str] = field(default_factory=list)
    kind: str = ""


@dataclass(slots=True)
class Text:
    """An entry as the judge reads it."""

    pk: int
    kind: str
    title: str
    text: str


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


@cache
def simplifier() -> OpenCC:
    return OpenCC("t2s")


def plain(text: str) -> str:
    """Simplified, by other means than the search's own folding."""
    return simplifier().convert(text)


def texts_of(county: County) -> list[Text]:
    """What can be found, in an order that does not depend on numbers or the search."""
    found = Entry.objects.filter(county=county)
    rows = [
        Text(pk, kind, plain(title), plain(text))
        for pk, kind, title, text in found.values_list("pk", "kind", "title", "text")
    ]
    return sorted(rows, key=lambda row: (row.kind, row.title, row.text, row.pk))


# --- The queries ------------------------------------------------------------------------------------


def judged_set(texts: list[Text]) -> list[Judged]:
    """The 200 queries: by hand, and made of these texts."""
    by_hand = [Judged(**row) for row in json.loads(BY_HAND.read_text())]
    return by_hand + generated(texts)


def generated(texts: list[Text]) -> list[Judged]:
    """120 queries as people type them; every third in traditional characters."""
    rng = random.Random(SEED)
    styles: list[tuple[int, Callable[[random.Random, list[Text]], Judged]]] = [
        (20, a_title), (25, a_phrase), (25, two_words), (10, three_words),
        (15, a_word), (8, either), (8, excluding), (9, of_a_kind),
    ]  # fmt: skip
    made = [style(rng, texts) for count, style in styles for _ in range(count)]
    traditional = OpenCC("s2t").convert
    for query in made[::3]:
        query.typed = traditional(query.typed)
    return made


def clauses(text: str, least: int) -> list[str]:
    """The runs of Chinese between punctuation, of at least so many characters, each once."""
    return [clause for clause in dict.fromkeys(CLAUSE.findall(text)) if len(clause) >= least]


def begin_of(rng: random.Random, text: Text, shortest: int, longest: int, count: int) -> list[str]:
    """The beginnings or ends of so many different clauses of a text (fewer where there are fewer)."""
    found = clauses(f"{text.title}\n{text.text}", shortest)
    pieces = []
    for clause in rng.sample(found, min(count, len(found))):
        length = min(rng.randint(shortest, longest), len(clause))
        pieces.append(clause[:length] if rng.random() < 0.7 else clause[-length:])
    return pieces


def pieces_of(
    rng: random.Random, texts: list[Text], shortest: int, longest: int, count: int
) -> tuple[Text, list[str]]:
    """Any text that has so many clauses, and a piece of each."""
    while True:
        text = rng.choice(texts)
        pieces = begin_of(rng, text, shortest, longest, count)
        if len(set(pieces)) == count:
            return text, pieces


def a_title(rng: random.Random, texts: list[Text]) -> Judged:
    """The first clause of a title."""
    while True:
        found = clauses(rng.choice(texts).title, 3)
        if found:
            return Judged(found[0][:12], [[found[0][:12]]])


def a_phrase(rng: random.Random, texts: list[Text]) -> Judged:
    _text, (piece,) = pieces_of(rng, texts, 4, 8, 1)
    return Judged(piece, [[piece]])


def a_word(rng: random.Random, texts: list[Text]) -> Judged:
    _text, (piece,) = pieces_of(rng, texts, 2, 3, 1)
    return Judged(piece, [[piece]])


def two_words(rng: random.Random, texts: list[Text]) -> Judged:
    _text, pieces = pieces_of(rng, texts, 2, 4, 2)
    return Judged(" ".join(pieces), [[piece] for piece in pieces])


def three_words(rng: random.Random, texts: list[Text]) -> Judged:
    _text, pieces = pieces_of(rng, texts, 2, 3, 3)
    return Judged(" ".join(pieces), [[piece] for piece in pieces])


def either(rng: random.Random, texts: list[Text]) -> Judged:
    """Pieces of two texts, one of them is enough."""
    (_text, (one,)), (_text, (other,)) = (pieces_of(rng, texts, 3, 4, 1) for _ in range(2))
    return Judged(f"{one} OR {other}", [[one, other]])


def excluding(rng: random.Random, texts: list[Text]) -> Judged:
    """A piece of one text, and not a word of another."""
    text, (piece,) = pieces_of(rng, texts, 2, 4, 1)
    while True:
        _other, (word,) = pieces_of(rng, texts, 2, 3, 1)
        if word not in text.title and word not in text.text:
            return Judged(f"{piece} -{word}", [[piece]], [word])


def of_a_kind(rng: random.Random, texts: list[Text]) -> Judged:
    """A piece of a text, among those of its kind."""
    text, (piece,) = pieces_of(rng, texts, 2, 4, 1)
    return Judged(piece, [[piece]], [], text.kind)


# --- Judging ----------------------------------------------------------------------------------------


def holds(query: Judged, text: Text) -> bool:
    """Whether a text is right for the query."""
    if query.kind and text.kind != query.kind:
        return False

    def has(word: str) -> bool:
        return word in text.title or word in text.text

    return all(any(map(has, group)) for group in query.words) and not any(map(has, query.without))


def grade(query: Judged, text: Text) -> int:
    """How well a right text fits (see above)."""

    def together(part: str) -> bool:
        return all(any(word in part for word in group) for group in query.words)

    if together(text.title):
        return 3
    return 2 if any(map(together, SENTENCE.split(text.text))) else 1


def grades_of(query: Judged, texts: list[Text]) -> dict[int, int]:
    """Every right text and its grade."""
    return {text.pk: grade(query, text) for text in texts if holds(query, text)}


def results(actor: Actor, queries: list[Judged]) -> Iterator[list[Any]]:
    for query in queries:
        filters = Filters(kind=query.kind or None)
        yield search(actor=actor, text=query.typed, filters=filters).hits


def judge(actor: Actor, county: County) -> Scores:
    """Search each query and compare. Fails when a query has nothing to find."""
    texts = texts_of(county)
    queries = judged_set(texts)
    scores = Scores()
    for query, hits in zip(queries, results(actor, queries), strict=True):
        right = grades_of(query, texts)
        assert right, f"{query.typed} has nothing to find: the demo's texts have changed"
        score(scores, query, [hit.entry.pk for hit in hits[:TEN]], right)
    return scores


def score(scores: Scores, query: Judged, hits: list[int], right: dict[int, int]) -> None:
    """Recall and precision of the first ten, and the reciprocal rank of the first best one."""
    good, highest = sum(hit in right for hit in hits), max(right.values())
    best = [place for place, hit in enumerate(hits, 1) if right.get(hit) == highest]
    scores.recall.append(good / min(TEN, len(right)))
    scores.precision.append(good / len(hits) if hits else 1.0)
    scores.rank.append(1 / best[0] if best else 0.0)
    if scores.recall[-1] < 1 or scores.rank[-1] < 1 or scores.precision[-1] < 1:
        scores.failed.append(
            f"{query.typed}: recall {scores.recall[-1]:.2f}, precision {scores.precision[-1]:.2f}, "
            f"rank {scores.rank[-1]:.2f}, {len(right)} right, highest grade {highest}"
        )
