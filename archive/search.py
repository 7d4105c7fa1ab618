"""Searching: from what was typed to hits that may be seen, with marked words and counts."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page as ResultPage
from django.core.paginator import Paginator
from django.db.models import Count
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from townships.actors import Actor
from townships.permissions import Action, require

from . import engines, indexing
from .folding import fold, fold_with_positions
from .models import Entry, EntryQuerySet
from .query import Query, parse

PAGE_SIZE = 20
SNIPPET = 110
DEEPEST_PAGE = 50


@dataclass(slots=True)
class Filters:
    """What narrows a search; None means all."""

    year: int | None = None
    month: int | None = None
    township: Any = None
    kind: str | None = None

    def apply(self, entries: EntryQuerySet, *, without: str = "") -> EntryQuerySet:
        """The entries within the filters, leaving out the one named `without` (for its counts)."""
        wanted = {
            "year": self.year,
            "month": self.month,
            "township": self.township,
            "kind": self.kind,
        }
        wanted.pop(without, None)
        for name, value in wanted.items():
            if value is not None:
                field_name = "township_id" if name == "township" else name
                entries = entries.filter(**{field_name: value})
        return entries


@dataclass(slots=True)
class Hit:
    """One result: the entry, and its title and snippet with the words marked (safe HTML)."""

    entry: Entry
    title: SafeString
    snippet: SafeString


@dataclass(slots=True)
class Results:
    query: Query
    page: ResultPage[Entry] | None = None
    hits: list[Hit] = field(default_factory=list)
    counts: dict[str, list[tuple[Any, int]]] = field(default_factory=dict)
    behind: bool = False

    @property
    def total(self) -> int:
        return self.page.paginator.count if self.page is not None else 0


def marks(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where the words stand in the text, as [start, end) in the original, without overlaps."""
    folded, positions = fold_with_positions(text)
    found: list[tuple[int, int]] = []
    for word in sorted({fold(word).strip() for word in words}, key=len, reverse=True):
        if not word:
            continue
        for hit in re.finditer(re.escape(word), folded):
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


def counts_of(found: EntryQuerySet, filters: Filters) -> dict[str, list[tuple[Any, int]]]:
    """For each filter, its values and how many hits each has with the other filters applied."""
    counts = {}
    for name, column in [("kind", "kind"), ("year", "year"), ("township", "township_id")]:
        rows = filters.apply(found, without=name).order_by().values_list(column)
        counted = rows.annotate(n=Count("pk")).order_by("-n", column)
        counts[name] = [(value, n) for value, n in counted if value is not None]
    counts["year"].sort(reverse=True)
    return counts


def search(*, actor: Actor, text: str, filters: Filters | None = None, page: int = 1) -> Results:
    """Search the archive as `actor`. Raises `SignedOut`, `NotAllowed` or `QueryTooLong`."""
    require(actor, Action.ARCHIVE)
    filters = filters or Filters()
    query = parse(text)
    results = Results(query, behind=bool(indexing.behind()))
    if query.is_empty:
        return results
    found = engines.match(Entry.objects.visible_to(actor), query)
    results.counts = counts_of(found, filters)
    wanted = filters.apply(found).select_related("meeting", "township").order_by("score", "-at")
    pages = Paginator(wanted, PAGE_SIZE)
    results.page = pages.get_page(min(max(page, 1), DEEPEST_PAGE))
    for entry in results.page:
        text_part = entry.text if entry.text.strip() != entry.title.strip() else ""
        results.hits.append(
            Hit(
                entry,
                marked(entry.title, query.words),
                marked(text_part, query.words, around=SNIPPET),
            )
        )
    return results
