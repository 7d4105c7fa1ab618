"""What `make bench-search` compares the service with: what an engine does alone, as one plain query."""

import uuid
from typing import Any

from django.db import connection

from archive.engines import (
    RANK,
    TABLE,
    TITLE_WEIGHT,
    county_token,
    fts5_query,
    key,
    ts_query,
)
from archive.query import Query
from meetings.models import Meeting
from townships.models import Township


def bare_query(query: Query, county_id: uuid.UUID, *, whole: bool = True) -> tuple[str, list[Any]]:
    """The county's twenty best rows of all matches, as a member may find them: SQL and parameters.

    `whole`: with the least a person needs beside them, as one query can give it: how many hits there
    are, and the names of their meetings and townships. Every match is ranked, there is no limit.
    """
    text, sqlite = ts_query(query), connection.vendor == "sqlite"
    if sqlite:
        inner = (
            f"SELECT e.id, bm25(archive_fts, {TITLE_WEIGHT}, 1.0) AS score FROM archive_fts"
            f" CROSS JOIN {TABLE} e INDEXED BY archive_entry_facts"
            " WHERE e.id = archive_fts.rowid AND archive_fts MATCH %s"
        )
        params = [fts5_query(query)]
    else:
        inner = (
            f"SELECT e.id, -ts_rank({RANK}, e.tsv, to_tsquery('simple', %s), 1) AS score"
            f" FROM {TABLE} e WHERE e.tsv @@ (to_tsquery('simple', %s) && %s::tsquery)"
        )
        params = [text, text, county_token(county_id)]
    plus = "+" if sqlite else ""
    inner += f" AND {plus}e.county_id = %s AND {plus}e.status = 'closed' AND e.kind <> 'notes'"
    params.append(key(county_id))
    columns = "e.id, e.kind, e.number, e.title, e.text, e.meeting_id, e.township_id"
    if not whole:
        return (
            f"SELECT {columns} FROM ({inner} ORDER BY score LIMIT 20) b"
            f" JOIN {TABLE} e ON e.id = b.id ORDER BY b.score",
            params,
        )
    return (
        f"WITH found AS MATERIALIZED ({inner})"
        f" SELECT {columns}, m.title, t.name, (SELECT count(*) FROM found)"
        f" FROM (SELECT * FROM found ORDER BY score LIMIT 20) b JOIN {TABLE} e ON e.id = b.id"
        f" JOIN {Meeting._meta.db_table} m ON m.id = e.meeting_id"
        f" LEFT JOIN {Township._meta.db_table} t ON t.id = e.township_id ORDER BY b.score",
        params,
    )
