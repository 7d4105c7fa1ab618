"""What searches are counted and narrowed by, as numbers that never change their meaning.

A facet's number is the beginning of the SHA-256 of what it says, so every process may keep those it
has met in memory (a county has a few thousand after ten years).
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable
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


def meanings(ids: Iterable[int]) -> dict[int, Meaning]:
    """What these facets mean (no query for those met before; else one)."""
    wanted = set(ids)
    missing = list(wanted - _known.keys())
    if missing:
        if len(_known) > KEPT:
            _known.clear()
            missing = list(wanted)
        for start in range(0, len(missing), 900):
            found = Facet.objects.filter(pk__in=missing[start : start + 900])
            for pk, *values in found.values_list(*FIELDS):
                _known[pk] = Meaning(*values)
    return {pk: _known[pk] for pk in wanted if pk in _known}


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
    met: Counter[int], known: dict[int, Meaning], wanted: dict[str, Any]
) -> dict[str, list[tuple[Any, int]]]:
    """For each filter, its values and how many hits each has with the other filters applied."""
    out: dict[str, list[tuple[Any, int]]] = {}
    everything = None if wanted else list(known.items())
    for name in COLUMNS:
        place = Meaning._fields.index(name)
        if everything is None:
            inside = allowed(known, wanted, without=name)
            rows = [(pk, known[pk]) for pk in inside]
        else:
            rows = everything
        counted: Counter[Any] = Counter()
        for pk, meaning in rows:
            counted[meaning[place]] += met[pk]
        counted.pop(None, None)
        counted.pop("", None)
        if name in ("year", "month"):
            out[name] = sorted(counted.items(), reverse=name == "year")
        else:
            out[name] = counted.most_common()
    return out
