"""`GET /search`: the archive for programs."""

import uuid
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from meetings.models import Meeting

from .models import Entry
from .search import Filters, Results, search

router = Router(tags=["archive"])


class SearchIn(Schema):
    """What to search for and what narrows it."""

    q: str = Field(
        "", description="Words; quotes keep them together, minus excludes, OR accepts either"
    )
    year: int | None = Field(None, ge=1900, le=9999)
    month: int | None = Field(None, ge=1, le=12)
    township: uuid.UUID | None = None
    kind: Entry.Kind | None = None
    status: Meeting.Status | None = Field(None, description="of the meeting")
    state: Entry.State | None = Field(None, description="of the entry, or of its case")
    category: uuid.UUID | None = None
    series: uuid.UUID | None = None
    sort: Literal["relevance", "newest", "oldest"] = "relevance"
    page: int = Field(1, description="20 hits each; out of range is taken as the nearest")


class HitOut(Schema):
    """One hit. `title` and `snippet` are HTML: escaped text with `<mark>` around the words found."""

    kind: str
    id: uuid.UUID = Field(description="the page, post or meeting that was found")
    source: uuid.UUID = Field(description="the material, post or meeting it belongs to")
    number: int | None = Field(description="the slide or page number")
    title: str
    snippet: str
    meeting: uuid.UUID
    meeting_title: str
    township: uuid.UUID | None
    township_name: str
    at: str


class CountOut(Schema):
    value: str
    count: int


class SearchOut(Schema):
    total: int
    page: int
    pages: int
    more: bool = Field(description="there are more; only the newest 5,000 were counted and ranked")
    behind: bool = Field(description="whether very recent changes are still being indexed")
    hits: list[HitOut]
    counts: dict[str, list[CountOut]]


def hits_of(results: Results) -> list[dict[str, Any]]:
    """The hits of one page of results as the API tells them."""
    return [
        {
            "kind": hit.entry.kind,
            "id": hit.entry.object_id,
            "source": hit.entry.source_id,
            "number": hit.entry.number,
            "title": hit.title,
            "snippet": hit.snippet,
            "meeting": hit.entry.meeting_id,
            "meeting_title": hit.entry.meeting_title,
            "township": hit.entry.township_id,
            "township_name": hit.entry.township_name,
            "at": hit.entry.at.isoformat(),
        }
        for hit in results.hits
    ]


@router.get("/search", response=SearchOut, operation_id="search", summary="Search the archive")
def search_archive(request: HttpRequest, wanted: Query[SearchIn]) -> dict[str, Any]:
    results = search(
        actor=request.actor,  # type: ignore[attr-defined]
        text=wanted.q,
        filters=Filters(
            wanted.year,
            wanted.month,
            wanted.township,
            wanted.kind,
            wanted.status,
            wanted.category,
            wanted.series,
            wanted.state,
        ),
        page=wanted.page,
        sort=wanted.sort,
    )
    return {
        "total": results.total,
        "page": results.number,
        "pages": results.pages,
        "more": results.more,
        "behind": results.behind,
        "hits": hits_of(results),
        "counts": {
            name: [{"value": str(value), "count": n} for value, n in rows]
            for name, rows in results.counts.items()
        },
    }
