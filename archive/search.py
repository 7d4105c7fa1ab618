"""Searching: from what was typed to hits that may be seen, with marked words and counts."""

import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field
from html import escape
from operator import itemgetter
from typing import Any

from django.core.paginator import Page as ResultPage
from django.core.paginator import Paginator
from django.utils.safestring import SafeString, mark_safe

from townships.actors import Actor
from townships.permissions import Action, require

from . import engines, indexing
from .engines import Fact, Found
from .folding import fold_with_positions, word_pattern
from .models import scope_of
from .query import Query, parse

PAGE_SIZE = 20
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

    def wanted(self) -> dict[str, Any]:
        """The filters that are set, by facet."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def columns(self) -> dict[str, Any]:
        """The filters that are set, by the column of an entry."""
        return {("township_id" if k == "township" else k): v for k, v in self.wanted().items()}


@dataclass(slots=True)
class Hit:
    """One result: the entry, and its title and snippet with the words marked (safe HTML)."""

    entry: Found
    title: SafeString
    snippet: SafeString


@dataclass(slots=True)
class Results:
    """`more`: there are so many hits that only the newest were counted and ranked."""

    query: Query
    page: ResultPage[Fact] | None = None
    hits: list[Hit] = field(default_factory=list)
    counts: dict[str, list[tuple[Any, int]]] = field(default_factory=dict)
    behind: bool = False
    more: bool = False

    @property
    def total(self) -> int:
        return self.page.paginator.count if self.page is not None else 0


def marks(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where the words stand in the text, as [start, end) in the original, without overlaps."""
    folded, positions = fold_with_positions(text)
    found: list[tuple[int, int]] = []
    for word in sorted(words, key=len, reverse=True):
        pattern = word_pattern(word)
        for hit in pattern.finditer(folded) if pattern else ():
            start, end = positions[hit.start()], positions[hit.end() - 1] + 1
            if all(end <= a or start >= b for a, b in found):
                found.append((start, end))
    return sorted(found)


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
    return mark_safe("".join(out))  # noqa: S308 - every part of the text is escaped above


COLUMNS = {
    "kind": engines.KIND,
    "year": engines.YEAR,
    "month": engines.MONTH,
    "township": engines.TOWNSHIP,
    "status": engines.STATUS,
}


def narrowed(facts: list[Fact], wanted: dict[str, Any], *, without: str = "") -> list[Fact]:
    """The hits within the filters, leaving out the filter named `without` (for its counts)."""
    for name, value in wanted.items():
        if name != without:
            column, raw = COLUMNS[name], engines.key(value) if name == "township" else value
            facts = [fact for fact in facts if fact[column] == raw]
    return facts


def counts_of(facts: list[Fact], wanted: dict[str, Any]) -> dict[str, list[tuple[Any, int]]]:
    """For each filter, its values and how many hits each has with the other filters applied."""
    counts: dict[str, list[tuple[Any, int]]] = {}
    for name, column in COLUMNS.items():
        counted = Counter(map(itemgetter(column), narrowed(facts, wanted, without=name)))
        counted.pop(None, None)
        if name in ("year", "month"):
            counts[name] = sorted(counted.items(), reverse=name == "year")
        else:
            counts[name] = counted.most_common()
    counts["township"] = [
        (value if isinstance(value, uuid.UUID) else uuid.UUID(value), n)
        for value, n in counts["township"]
    ]
    return counts


def ordered(facts: list[Fact], sort: str) -> list[Fact]:
    """By relevance (the newer first among equals), or by date. They come with the newest first."""
    if sort == "relevance":
        return sorted(facts, key=itemgetter(engines.SCORE))
    by_month = sorted(facts, key=itemgetter(engines.YEAR, engines.MONTH), reverse=True)
    return by_month if sort == "newest" else by_month[::-1]


def search(
    *,
    actor: Actor,
    text: str,
    filters: Filters | None = None,
    page: int = 1,
    sort: str = "relevance",
) -> Results:
    """Search the archive as `actor`. Raises `SignedOut`, `NotAllowed` or `QueryTooLong`.

    Three queries, whatever is found: is the index behind, what matches, the entries of one page.
    """
    require(actor, Action.ARCHIVE)
    query = parse(text)
    results = Results(query, behind=indexing.is_behind(actor.county_id))
    if query.is_empty:
        return results
    filters = filters or Filters()
    scope, wanted = scope_of(actor), filters.wanted()
    facts = engines.hits(query, scope)
    results.more = len(facts) >= engines.MOST
    results.counts = counts_of(facts, wanted)
    if results.more and wanted:
        found = engines.hits(query, scope, filters.columns())
    else:
        found = narrowed(facts, wanted)
    results.page = Paginator(ordered(found, sort), PAGE_SIZE).get_page(
        min(max(page, 1), DEEPEST_PAGE)
    )
    found_entries = engines.entries([fact[engines.ID] for fact in results.page])
    results.hits = [hit_of(entry, query.words) for entry in found_entries]
    return results


def hit_of(entry: Found, words: list[str]) -> Hit:
    text = entry.text if entry.text.strip() != entry.title.strip() else ""
    return Hit(entry, marked(entry.title, words), marked(text, words, around=SNIPPET))
