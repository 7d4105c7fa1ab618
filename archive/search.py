"""Searching: from what was typed to hits that may be seen, with marked words and counts."""

import heapq
import re
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from operator import itemgetter
from typing import Any

from django.core.paginator import Page as ResultPage
from django.core.paginator import Paginator
from django.utils.safestring import SafeString

from townships.actors import Actor
from townships.permissions import Action, require

from . import engines, facets, indexing
from .engines import Fact, Found
from .facets import Meaning
from .folding import fold_with_positions, word_pattern
from .models import scope_of
from .query import Query, parse

PAGE_SIZE = 20
OF_A_GROUP = 4
SNIPPET = 110
DEEPEST_PAGE = 50
SORTS = ("relevance", "newest", "oldest")


@dataclass(slots=True)
class Filters:
    """What narrows a search; None means all."""

    year: int | None = None
    month: int | None = None
    township: uuid.UUID | None = None
    kind: str | None = None
    status: str | None = None
    category: uuid.UUID | None = None
    series: uuid.UUID | None = None
    state: str | None = None

    def wanted(self) -> dict[str, Any]:
        """The filters that are set, by facet."""
        values = {name: getattr(self, name) for name in facets.COLUMNS}
        return {name: value for name, value in values.items() if value is not None}

    def columns(self) -> dict[str, Any]:
        """The filters that are set, by the column of a facet."""
        return {facets.COLUMNS[name]: value for name, value in self.wanted().items()}


@dataclass(slots=True)
class Hit:
    """One result: the entry, and its title and snippet with the words marked (safe HTML)."""

    entry: Found
    title: SafeString
    snippet: SafeString


@dataclass(slots=True)
class Group:
    """The hits of one kind: how many there are, and the best of them."""

    kind: str
    total: int
    hits: list[Hit]


@dataclass(slots=True)
class Results:
    """`groups`: by kind, where it was asked for, the kind of the best hit first. `more`: there are so many hits that only the newest were counted and ranked."""

    query: Query
    total: int = 0
    number: int = 1
    pages: int = 0
    hits: list[Hit] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    counts: dict[str, list[tuple[Any, int]]] = field(default_factory=dict)
    behind: bool = False
    more: bool = False

    @property
    def page(self) -> ResultPage[int] | None:
        """The place among the pages of results, for the design system's `pagination`."""
        if not self.pages or self.groups:
            return None
        return Paginator(range(min(self.total, DEEPEST_PAGE * PAGE_SIZE)), PAGE_SIZE).get_page(
            self.number
        )


def marks(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where the words stand in the text, as [start, end) in the original, without overlaps."""
    folded, positions = fold_with_positions(text)
    found: list[tuple[int, int]] = []
    for pattern in patterns(tuple(words)):
        for hit in pattern.finditer(folded):
            start, end = positions[hit.start()], positions[hit.end() - 1] + 1
            if all(end <= a or start >= b for a, b in found):
                found.append((start, end))
    return sorted(found)


@lru_cache(maxsize=512)
def patterns(words: tuple[str, ...]) -> list[re.Pattern[str]]:
    """What to look for, the longest word first."""
    found = (word_pattern(word) for word in sorted(words, key=len, reverse=True))
    return [pattern for pattern in found if pattern is not None]


def marked(text: str, words: list[str], *, around: int | None = None) -> SafeString:
    """The text as safe HTML with `<mark>`; cut to about `around` characters at the first hit."""
    places = marks(text, words)
    start, end = 0, len(text)
    if around is not None and len(text) > around:
        first = places[0][0] if places else 0
        start = max(0, min(first - around // 4, len(text) - around))
        end = start + around
    out, at = ["…"] if start else [], start
    for a, b in places:
        if a < start or b > end:
            continue
        out += [escape(text[at:a]), "<mark>", escape(text[a:b]), "</mark>"]
        at = b
    out.append(escape(text[at:end]))
    if end < len(text):
        out.append("…")
    return SafeString("".join(out))  # every part of the text is escaped above


def best(facts: list[Fact], known: dict[int, Meaning], sort: str, first: int) -> list[Fact]:
    """The hits of one page: the `PAGE_SIZE` after the first ones, by relevance (the newer first among
    equals) or by date. They come with the newest first."""
    last = first + PAGE_SIZE
    if sort == "relevance":
        return heapq.nsmallest(last, facts, key=itemgetter(engines.SCORE))[first:]
    by_month = sorted(
        facts,
        key=lambda fact: (known[fact[engines.FACET]].year, known[fact[engines.FACET]].month),
        reverse=True,
    )
    return (by_month if sort == "newest" else by_month[::-1])[first:last]


def by_kind(facts: list[Fact], known: dict[int, Meaning]) -> list[tuple[str, int, list[Fact]]]:
    """Each kind with its number of hits and the best of them, the kind of the best hit first. Where all
    hits fit on a page, none is left out."""
    kinds = {pk: meaning.kind for pk, meaning in known.items()}
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(kinds[fact[engines.FACET]], []).append(fact)
    most = PAGE_SIZE if len(facts) <= PAGE_SIZE else OF_A_GROUP
    score = itemgetter(engines.SCORE)
    groups = [
        (kind, len(held), heapq.nsmallest(most, held, key=score)) for kind, held in found.items()
    ]
    return sorted(groups, key=lambda group: score(group[2][0]))


def search(
    *,
    actor: Actor,
    text: str,
    filters: Filters | None = None,
    page: int = 1,
    sort: str = "relevance",
    grouped: bool = False,
) -> Results:
    """Search the archive as `actor`. Raises `SignedOut`, `NotAllowed` or `QueryTooLong`.

    `grouped`: the best of each kind instead of pages of all, unless there is but one kind.

    Three queries, whatever is found: is the index behind, what matches, the entries of one page
    (one more where a process meets facets for the first time).
    """
    require(actor, Action.ARCHIVE)
    query = parse(text)
    results = Results(query, behind=indexing.is_behind(actor.county_id))
    if query.is_empty:
        return results
    filters = filters or Filters()
    scope, wanted = scope_of(actor), filters.wanted()
    facts = engines.hits(query, scope)
    met = list(map(itemgetter(engines.FACET), facts))
    known = facets.meanings(met)
    results.more = len(facts) >= engines.MOST
    results.counts = facets.counts(met, known, wanted)
    if results.more and wanted:
        facts = engines.hits(query, scope, filters.columns())
        known = facets.meanings(fact[engines.FACET] for fact in facts)
    elif wanted:
        inside = facets.allowed(known, wanted)
        facts = [fact for fact in facts if fact[engines.FACET] in inside]
    results.total = len(facts)
    results.pages = min(max(1, -(-len(facts) // PAGE_SIZE)), DEEPEST_PAGE)
    results.number = min(max(page, 1), results.pages)
    groups = by_kind(facts, known) if grouped else []
    if len(groups) > 1:
        chosen = [fact for _kind, _total, held in groups for fact in held]
    else:
        groups, chosen = [], best(facts, known, sort, (results.number - 1) * PAGE_SIZE)
    found = engines.entries([fact[engines.ID] for fact in chosen])
    words = query.words
    results.hits = [hit_of(entry, words) for entry in found]
    results.groups = [
        Group(kind, total, [hit for hit in results.hits if hit.entry.kind == kind])
        for kind, total, _held in groups
    ]
    return results


def hit_of(entry: Found, words: list[str]) -> Hit:
    text = entry.text if entry.text.strip() != entry.title.strip() else ""
    return Hit(entry, marked(entry.title, words), marked(text, words, around=SNIPPET))
