"""One engine's part of `make bench-search`: `python -m bench.search_engine MONTHS CROWD REPEATS`
(the environment says which empty database). Prints its figures as one JSON line.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

Figures = dict[str, Any]


def timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return (time.perf_counter() - begun) * 1000


def bare(text: str, county: Any, *, whole: bool = True) -> Callable[[], object]:
    """The engine query alone, through a plain cursor. No counts by filter, no marks, no snippets, no
    rights of the reader (the conditions of a member stand in the query), no ORM, one round trip.

    Two peers are measured:
    - `whole`: what one query can give of what a person needs at least: match, rank, the twenty best
      rows with their texts, the names of their meetings and townships, and how many hits there are.
      The target (service <= 2x) is against this one, because a page of results without the total or
      without saying which meeting a hit is from would be no page of results.
    - the barest: match, rank, the twenty best rows. It is told, without a target.
    """
    from django.db import connection

    from archive.query import parse
    from bench.search_bare import bare_query

    query = parse(text)
    if query.is_empty:
        return lambda: None
    sql, params = bare_query(query, county, whole=whole)

    def run() -> object:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall()

    return run


def measure(archive: Any, repeats: int) -> Figures:
    """Times of every query, service and bare engine in turn: milliseconds by class."""
    from archive.search import search
    from bench.search_world import queries, reader

    actor = reader(archive)
    classes = queries(random.Random("queries"))
    found: Figures = {}
    for name, texts in classes.items():
        times: dict[str, list[float]] = {"bare": [], "barest": [], "service": []}
        totals = []
        for text in texts:
            runs: dict[str, Callable[[], object]] = {
                "bare": bare(text, archive.county.pk),
                "barest": bare(text, archive.county.pk, whole=False),
                "service": lambda: search(actor=actor, text=text),  # noqa: B023
            }
            for turn in range(repeats + 1):
                for whose, run in runs.items():
                    took = timed(run)
                    if turn:  # the first fills the caches of the engine and of the process
                        times[whose].append(took)
            totals.append(search(actor=actor, text=text).total)
        found[name] = {**times, "hits": sum(totals) / len(totals)}
        print(f"{name}: measured", file=sys.stderr, flush=True)
    return found


def as_typed(archive: Any, repeats: int) -> list[float]:
    """Times of the suggestions under the search field, asked with every letter: milliseconds."""
    from archive.suggest import suggestions
    from bench.search_world import queries, reader

    actor = reader(archive)
    classes = queries(random.Random("queries"))
    words = [text for name in ("topic", "township", "word of two") for text in classes[name][:4]]
    found = []
    for word in words:
        for end in range(1, len(word) + 1):
            for _ in range(repeats):
                found.append(timed(lambda: suggestions(actor=actor, text=word[:end])))  # noqa: B023
    return found


def index_size() -> int:
    """Bytes of the index, without the texts themselves."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sum(length(block)) FROM archive_fts_data")
        else:
            cursor.execute("SELECT pg_relation_size('archive_entry_tsv')")
        return int(cursor.fetchone()[0])


def grow(months: int, repeats: int, crowd: int) -> Figures:
    """Build an archive in an empty database, index it, measure it."""
    from django.db import connection

    from archive.indexing import catch_up
    from archive.models import Entry
    from bench.search_world import Builder

    begun = time.perf_counter()
    archive = Builder(months, crowd).build()
    built = time.perf_counter() - begun
    begun = time.perf_counter()
    while catch_up():
        pass
    seconds = time.perf_counter() - begun
    entries = Entry.objects.filter(county=archive.county).count()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    figures: Figures = {
        "decks": archive.decks,
        "slides": archive.slides,
        "posts": archive.posts,
        "entries": entries,
        "built": built,
        "rate": entries / seconds,
        "bytes": index_size() / entries,
        "classes": measure(archive, repeats),
        "typed": as_typed(archive, repeats),
    }
    return figures


def judged() -> Figures:
    """The judged set of the tests, in a county of its own."""
    from tests.archive.judged import build, judge
    from townships.actors import Actor
    from townships.models import County

    county = County.objects.create(name="judged")
    build(county)
    scores = judge(Actor(role="observer", county_id=county.pk), county)
    return {"recall": scores.recall_at_10, "mrr": scores.mrr}


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    months, crowd, repeats = map(int, sys.argv[1:4])
    figures = grow(months, repeats, crowd)
    if "--judged" in sys.argv:
        figures["judged"] = judged()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
