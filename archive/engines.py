"""Two search engines behind one interface: SQLite FTS5 and PostgreSQL full text.

The index tables themselves are kept by the database (triggers on SQLite, a generated column on
PostgreSQL; see the migrations), so a row of `Entry` and its index never differ.

A search is one plain query for the facts of everything that matches (`hits`): what is needed to
count and to rank, nothing of the texts. Counting and paging happen in Python on those rows, which
costs less than a query for each count. Of more than `MOST` hits the newest are taken.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from meetings.models import Meeting
from townships.models import Township

from .models import Entry, Facet, Scope
from .query import Query, Term

TITLE_WEIGHT = 6.0
MOST = 5_000
TABLE, FACETS = Entry._meta.db_table, Facet._meta.db_table
RANK = "'{0.1, 0.2, 0.4, 1.0}'"


# A fact is a plain row, because there may be thousands: these are its columns. What a facet's number
# means never changes (`meanings`); a lower score is better.
Fact = tuple[Any, ...]
ID, FACET, SCORE = range(3)


@dataclass(slots=True)
class Where:
    """Conditions on entries `e` with their parameters."""

    parts: list[str]
    params: list[Any]

    def add(self, part: str, *params: Any) -> None:
        self.parts.append(part)
        self.params += params

    def __str__(self) -> str:
        return " AND ".join(self.parts)


def key(value: uuid.UUID | None) -> Any:
    """A UUID as the database keeps it."""
    return value.hex if value is not None and connection.vendor == "sqlite" else value


def within(scope: Scope, filters: dict[str, Any]) -> Where:
    """The scope, and the filters (column of a facet: value), as conditions."""
    # The plus keeps SQLite from seeking each hit in its covering index once for every status.
    plus = "+" if connection.vendor == "sqlite" else ""
    where = Where([f"{plus}e.county_id = %s"], [key(scope.county_id)])
    marks = ", ".join(["%s"] * len(scope.statuses))
    where.add(f"{plus}e.status IN ({marks})", *scope.statuses)
    if not scope.all_notes:
        where.add("(e.kind <> 'notes' OR e.township_id = %s)", key(scope.notes_of))
    if filters:
        parts = " AND ".join(f"f.{column} = %s" for column in filters)
        values = [key(v) if isinstance(v, uuid.UUID) else v for v in filters.values()]
        where.add(
            f"e.facet_id IN (SELECT f.id FROM {FACETS} f WHERE f.county_id = %s AND {parts})",  # noqa: S608
            key(scope.county_id),
            *values,
        )
    return where


def hits(query: Query, scope: Scope, filters: dict[str, Any] | None = None) -> list[Fact]:
    """The facts of everything that matches, the newest first, at most `MOST` (one query)."""
    if not scope.statuses or query.is_empty:
        return []
    where = within(scope, filters or {})
    sql, params = (sqlite_hits if connection.vendor == "sqlite" else postgresql_hits)(query, where)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def titles(query: Query, scope: Scope, most: int) -> list[int]:
    """The newest entries with the words in their titles, at most so many (one query).

    The newest, not the best: as somebody types, thousands may match a beginning.
    """
    if not scope.statuses or query.is_empty:
        return []
    where = within(scope, {})
    if connection.vendor == "sqlite":
        sql = (
            f"SELECT e.id FROM archive_fts CROSS JOIN {TABLE} e INDEXED BY archive_entry_facts"  # noqa: S608
            f" WHERE e.id = archive_fts.rowid AND archive_fts MATCH %s AND {where}"
            f" ORDER BY archive_fts.rowid DESC LIMIT {most}"
        )
        params = [f"title_tokens : ({fts5_query(query)})", *where.params]
    else:
        # GIN knows no weights: that a word stands in the title is seen in the row. So the rows that have
        # it anywhere come newest first, and no more are looked into than it takes.
        sql = (
            "SELECT id FROM (SELECT e.id, e.tsv"  # noqa: S608
            f" FROM {TABLE} e WHERE e.tsv @@ (to_tsquery('simple', %s) && %s::tsquery) AND {where}"
            " ORDER BY e.id DESC OFFSET 0) e"
            f" WHERE tsv @@ to_tsquery('simple', %s) LIMIT {most}"
        )
        token = county_token(scope.county_id)
        params = [ts_query(query), token, *where.params, ts_query(query, weight="A")]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


# --- SQLite ---------------------------------------------------------------------------------------


def fts5_term(term: Term) -> str:
    """A phrase for FTS5; every token is quoted, so nothing in it is an operator."""
    phrase = '"' + " ".join(token.replace('"', '""') for token in term.tokens) + '"'
    return f"{phrase}*" if term.prefix else phrase


def fts5_query(query: Query) -> str:
    """The whole query in FTS5's language."""
    text = " AND ".join("(" + " OR ".join(map(fts5_term, group)) + ")" for group in query.groups)
    for term in query.excluded:
        text = f"({text}) NOT {fts5_term(term)}"
    return text


def sqlite_hits(query: Query, where: Where) -> tuple[str, list[Any]]:
    """Reads the facts from their covering index, never the wide rows themselves."""
    sql = (
        "SELECT e.id, e.facet_id,"  # noqa: S608 - names are ours
        f" bm25(archive_fts, {TITLE_WEIGHT}, 1.0)"
        f" FROM archive_fts CROSS JOIN {TABLE} e INDEXED BY archive_entry_facts"
        f" WHERE e.id = archive_fts.rowid AND archive_fts MATCH %s AND {where}"
        f" ORDER BY archive_fts.rowid DESC LIMIT {MOST}"
    )
    return sql, [fts5_query(query), *where.params]


# --- PostgreSQL -------------------------------------------------------------------------------------


def tsquery_term(term: Term, weight: str = "") -> str:
    """A phrase for `to_tsquery`; every token is quoted, so nothing in it is an operator. `weight` "A":
    only in titles."""
    parts = ["'" + token.replace("\\", "\\\\").replace("'", "''") + "'" for token in term.tokens]
    ends = [""] * (len(parts) - 1) + ["*" if term.prefix else ""]
    parts = [
        f"{part}:{weight}{end}" if weight or end else part
        for part, end in zip(parts, ends, strict=True)
    ]
    return "(" + " <-> ".join(parts) + ")"


def ts_query(query: Query, weight: str = "") -> str:
    """The whole query in PostgreSQL's language."""
    parts = [
        "(" + " | ".join(tsquery_term(term, weight) for term in group) + ")"
        for group in query.groups
    ]
    parts += [f"!{tsquery_term(term)}" for term in query.excluded]
    return " & ".join(parts)


def county_token(county_id: uuid.UUID | None) -> str:
    """The token by which the index itself knows an entry's county (see the migration)."""
    return f"'county:{county_id}'"


def postgresql_hits(query: Query, where: Where) -> tuple[str, list[Any]]:
    """The county is part of the index, so other counties' hits are never read."""
    text = ts_query(query)
    county_id = where.params[0]
    sql = (
        "SELECT id, facet_id,"  # noqa: S608 - names are ours
        f" -ts_rank({RANK}, tsv, to_tsquery('simple', %s), 1)"
        " FROM (SELECT e.id, e.facet_id, e.tsv"
        f" FROM {TABLE} e WHERE e.tsv @@ (to_tsquery('simple', %s) && %s::tsquery) AND {where}"
        f" ORDER BY e.id DESC LIMIT {MOST}) e ORDER BY id DESC"
    )
    return sql, [text, text, county_token(county_id), *where.params]


# --- The entries themselves ---------------------------------------------------------------------------


class Found(NamedTuple):
    """An entry that was found, with what a hit shows of its meeting and township."""

    pk: int
    kind: str
    status: str
    source_id: uuid.UUID
    object_id: uuid.UUID
    number: int | None
    at: dt.datetime
    title: str
    text: str
    meeting_id: uuid.UUID
    meeting_title: str
    township_id: uuid.UUID | None
    township_name: str


FOUND = (
    "SELECT e.id, e.kind, e.status, e.source_id, e.object_id, e.number, e.at, e.title, e.text,"  # noqa: S608
    " e.meeting_id, m.title, e.township_id, coalesce(t.name, '')"
    f" FROM {TABLE} e JOIN {Meeting._meta.db_table} m ON m.id = e.meeting_id"
    f" LEFT JOIN {Township._meta.db_table} t ON t.id = e.township_id"
    " WHERE e.id IN ({})"
)


def entries(ids: list[int]) -> list[Found]:
    """These entries, in this order (one query; a plain one, because every search needs it)."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(FOUND.format(", ".join(["%s"] * len(ids))), ids)
        rows = {row[0]: row for row in cursor.fetchall()}
    made = from_sqlite if connection.vendor == "sqlite" else Found._make
    return [made(rows[pk]) for pk in ids if pk in rows]


def from_sqlite(row: tuple[Any, ...]) -> Found:
    """An entry as SQLite keeps it: UUIDs as hexadecimal digits, moments in UTC without saying so."""
    (
        pk,
        kind,
        status,
        source,
        entry,
        number,
        at,
        title,
        text,
        meeting,
        meeting_title,
        township,
        name,
    ) = row
    return Found(
        pk, kind, status, uuid_of(source), uuid_of(entry), number, at.replace(tzinfo=dt.UTC), title, text,
        uuid_of(meeting), meeting_title, uuid_of(township) if township else None, name,
    )  # fmt: skip


def uuid_of(digits: str) -> uuid.UUID:
    return uuid.UUID(int=int(digits, 16))
