"""`GET /meetings/{id}/similar`: what was said before, asked by the composer while somebody writes."""

import uuid
from typing import Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from townships.pages import actor_of

from .similar import similar

router = Router(tags=["archive"])


class SimilarIn(Schema):
    q: str = Field("", description="What is being written; the first 400 characters count")
    kind: Literal["problem", "practice", "question", ""] = ""


class SimilarEntry(Schema):
    """`here`: of this meeting; `solved`: what solved it; `share`: from 0 to 1."""

    id: str
    kind: str
    body: str
    township: str
    here: bool
    meeting: str
    when: str
    case: str | None
    solved: str
    url: str
    share: float


class SimilarOut(Schema):
    entries: list[SimilarEntry]


@router.get(
    "/meetings/{uuid:meeting_id}/similar", response=SimilarOut, operation_id="similar_entries"
)
def similar_entries(
    request: HttpRequest, meeting_id: uuid.UUID, wanted: Query[SimilarIn]
) -> dict[str, object]:
    """Earlier problems and practices like what is being written, with what solved them."""
    found = similar(actor=actor_of(request), meeting_id=meeting_id, text=wanted.q, kind=wanted.kind)
    return {"entries": found}
