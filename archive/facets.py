"""What searches are counted and narrowed by, as numbers that never change their meaning.

A facet's number is the beginning of the SHA-256 of what it says, so every process may keep those it
has met in memory (a county has a few thousand after ten years).
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable
from threading import Lock
from typing import Any, NamedTuple

from .models import Facet

KEPT = 200_000


class Meaning(NamedTuple):
    """What a facet says. Ids of townships, categories and series are UUIDs."""

    county: uuid.UUID
    kind: str
    year: int
    month: int
    township: uuid.UUID | None
    category: uuid.UUID | None
    series: uuid.UUID | None
    status: str
    state: str

    @property
    def number(self) -> int:
        """60 bits of its hash: two of a million facets are the same with a chance of 1 to 2 million."""
        return int(hashlib.sha256("|".join(map(str, self)).encode()).hexdigest()[:15], 16)


COLUMNS = {
    "kind": "kind",
    "year": "year",
    "month": "month",
    "township": "township_id",
    "category": "category_id",
    "series": "series_id",
    "status": "status",
    "state": "state",
}
FIELDS = [
    "pk", "county_id", "kind", "year", "month", "township_id", "category_id", "series_id", "status",
    "state",
]  # fmt: skip
WRITTEN = {"county": "county_id", **COLUMNS}
_known: dict[int, Meaning] = {}

# Every value has a number of its own, so that counting thousands needs no comparing of UUIDs.
_number: dict[Any, int] = {}
_value: dict[int, Any] = {}
_numbers: dict[int, tuple[int, ...]] = {}  # of a facet, in the order of `COLUMNS`
_lock = Lock()


def meanings(ids: Iterable[int]) -> dict[int, Meaning]:
    """What these facets mean (no query for those met before; else one)."""
    wanted = set(ids)
    missing = [pk for pk in wanted if pk not in _known]
    if missing:
        if len(_known) > KEPT:
            _known.clear()
            _numbers.clear()
            missing = list(wanted)
        for start in range(0, len(missing), 900):
            found = Facet.objects.filter(pk__in=missing[start : start + 900])
            for pk, *values in found.values_list(*FIELDS):
                learn(pk, Meaning(*values))
    return {pk: _known[pk] for pk in wanted if pk in _known}


def learn(pk: int, meaning: Meaning) -> None:
    """Keep what a facet's number means."""
    with _lock:
        numbers = []
        for name in COLUMNS:
            value = getattr(meaning, name) or None
            number = _number.setdefault(value, len(_number))
            _value[number] = value
            numbers.append(number)
        _numbers[pk] = tuple(numbers)
        _known[pk] = meaning


def make_sure(wanted: Iterable[Meaning]) -> None:
    """Write the facets that are not there yet (one query, two with new ones)."""
    by_number = {meaning.number: meaning for meaning in wanted}
    ids = list(by_number)
    for start in range(0, len(ids), 900):
        here = Facet.objects.filter(pk__in=ids[start : start + 900])
        for pk in here.values_list("pk", flat=True):
            del by_number[pk]
    rows = [
        Facet(pk=pk, **{column: getattr(m, name) for name, column in WRITTEN.items()})
        for pk, m in by_number.items()
    ]
    Facet.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def allowed(known: dict[int, Meaning], wanted: dict[str, Any], *, without: str = "") -> set[int]:
    """The facets within the filters, leaving out the filter named `without` (for its counts)."""
    tests = [(name, value) for name, value in wanted.items() if name != without]
    if not tests:
        return set(known)
    return {
        pk
        for pk, meaning in known.items()
        if all(getattr(meaning, name) == value for name, value in tests)
    }


def counts(
    met: list[int], known: dict[int, Meaning], wanted: dict[str, Any]
) -> dict[str, list[tuple[Any, int]]]:
    """For each filter, its values and how many hits each has with the other filters applied. `met`:
    the facet of every hit."""
    inside = allowed(known, wanted)
    columns = columns_of([pk for pk in met if pk in inside] if wanted else met)
    out: dict[str, list[tuple[Any, int]]] = {}
    for place, name in enumerate(COLUMNS):
        column = columns[place]
        if name in wanted:
            chosen = allowed(known, wanted, without=name)
            column = columns_of([pk for pk in met if pk in chosen])[place]
        counted = Counter(column).most_common()
        rows = [(_value[n], count) for n, count in counted if _value[n] is not None]
        if name in ("year", "month"):
            rows.sort(reverse=name == "year")
        out[name] = rows
    return out


def columns_of(met: list[int]) -> list[tuple[int, ...]]:
    """The numbers of the values of all hits, column by column."""
    rows = [row for row in map(_numbers.get, met) if row is not None]
    return list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
