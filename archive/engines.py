"""Two search engines behind one interface: SQLite FTS5 and PostgreSQL full text.

The index tables themselves are kept by the database (triggers on SQLite, a generated column on
PostgreSQL; see the migration), so a row of `Entry` and its index never differ.
"""

from django.db import connection
from django.db.models import FloatField
from django.db.models.expressions import RawSQL

from .models import Entry, EntryQuerySet
from .query import Query, Term

TITLE_WEIGHT = 6.0


def match(entries: EntryQuerySet, query: Query) -> EntryQuerySet:
    """Those of the entries that match, with `score`: lower is better."""
    engine = {"sqlite": match_sqlite, "postgresql": match_postgresql}[connection.vendor]
    return engine(entries, query)


def fts5_term(term: Term) -> str:
    """A phrase for FTS5; every token is quoted, so nothing in it is an operator."""
    phrase = '"' + " ".join(token.replace('"', '""') for token in term.tokens) + '"'
    return f"{phrase}*" if term.prefix else phrase


def fts5_query(query: Query) -> str:
    """The whole query in FTS5's language."""
    text = " AND ".join(
        "(" + " OR ".join(map(fts5_term, group)) + ")" for group in query.groups
    )
    for term in query.excluded:
        text = f"({text}) NOT {fts5_term(term)}"
    return text


def match_sqlite(entries: EntryQuerySet, query: Query) -> EntryQuerySet:
    table = Entry._meta.db_table
    return entries.extra(  # noqa: S610 - names are ours, values are parameters
        tables=["archive_fts"],
        where=[f"archive_fts.rowid = {table}.id", "archive_fts MATCH %s"],
        params=[fts5_query(query)],
    ).annotate(
        score=RawSQL(f"bm25(archive_fts, {TITLE_WEIGHT}, 1.0)", [], FloatField())  # noqa: S611
    )


def tsquery_term(term: Term) -> str:
    """A phrase for `to_tsquery`; every token is quoted, so nothing in it is an operator."""
    parts = ["'" + token.replace("\\", "\\\\").replace("'", "''") + "'" for token in term.tokens]
    if term.prefix:
        parts[-1] += ":*"
    return "(" + " <-> ".join(parts) + ")"


def ts_query(query: Query) -> str:
    """The whole query in PostgreSQL's language."""
    parts = ["(" + " | ".join(map(tsquery_term, group)) + ")" for group in query.groups]
    parts += [f"!{tsquery_term(term)}" for term in query.excluded]
    return " & ".join(parts)


def match_postgresql(entries: EntryQuerySet, query: Query) -> EntryQuerySet:
    text = ts_query(query)
    table = Entry._meta.db_table
    return entries.extra(  # noqa: S610 - names are ours, values are parameters
        where=[f"{table}.tsv @@ to_tsquery('simple', %s)"], params=[text]
    ).annotate(
        score=RawSQL(  # noqa: S611
            f"-ts_rank_cd('{{0.1, 0.2, 0.4, 1.0}}', {table}.tsv, to_tsquery('simple', %s), 1)",
            [text],
            FloatField(),
        )
    )
