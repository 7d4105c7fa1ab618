"""The event feed over HTTP: the same events, rules and cursor as the socket."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from meetings.queries import visible_meeting

from .feed import audience_of, page_of_events

router = Router(tags=["live"])

MOST_PER_PAGE = 1_000
LARGEST_SEQ = 2**63 - 1


class EventOut(Schema):
    """One event as this reader may see it: `data` is the object's state now."""

    seq: int
    kind: str
    at: str
    data: dict[str, Any]


class EventPage(Schema):
    """`seq` is the cursor to ask with next; `more`: ask again at once; `resync`: load all anew."""

    seq: int
    more: bool
    resync: bool
    events: list[EventOut]


class CursorIn(Schema):
    after: int = Field(0, ge=0, le=LARGEST_SEQ)


@router.get("/meetings/{uuid:meeting_id}/events", response=EventPage)
def get_events(
    request: HttpRequest, meeting_id: uuid.UUID, cursor: Query[CursorIn]
) -> HttpResponse:
    """What happened after a number; see docs/protocol.md."""
    actor = request.actor  # type: ignore[attr-defined]
    meeting = visible_meeting(actor, meeting_id)
    page = page_of_events(meeting, cursor.after, audience_of(actor), MOST_PER_PAGE)
    return HttpResponse(page, content_type="application/json; charset=utf-8")
