"""Following up over the JSON API: undoing, assigning, cases, categories, the ledger of practices.

The operations are on the router of `api`: one address has one home.
"""

import uuid
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema
from pydantic import Field

from meetings.models import Meeting
from townships.actors import Actor
from townships.pages import actor_of

from . import queries, services
from .adoptions import ledger_of
from .api import answer, current, router, said
from .categories import offered
from .models import Case, CaseStep, Category
from .representations import case_dict, ledger_row_dict
from .schemas import (
    AdoptionIn,
    AssignmentIn,
    CaseDetail,
    CaseList,
    CaseOut,
    CasePatch,
    CategoryIn,
    CategoryPatch,
    LedgerRowOut,
    NoteIn,
    PostOut,
    ReplyPatch,
)

__all__ = ["router"]


@router.delete("/posts/{uuid:post_id}/merge", response=PostOut)
def unmerge(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Undo the merging of this entry; answers it as it stands for itself again."""
    actor = actor_of(request)
    services.unmerge_post(actor=actor, post_id=post_id)
    return answer(current(post_id, actor))


@router.patch("/replies/{uuid:reply_id}", response=PostOut)
def patch_reply(request: HttpRequest, reply_id: uuid.UUID, data: ReplyPatch) -> HttpResponse:
    """Hide a reply, or show it again; answers its entry."""
    actor = actor_of(request)
    reply = services.hide_reply(actor=actor, reply_id=reply_id, hidden=data.hidden)
    return answer(current(reply.post_id, actor))


@router.put("/posts/{uuid:post_id}/assignment", response=PostOut)
def assign(request: HttpRequest, post_id: uuid.UUID, data: AssignmentIn) -> HttpResponse:
    """Say who sees to an entry and until when; its case is opened by that."""
    actor = actor_of(request)
    services.assign_post(
        actor=actor,
        post_id=post_id,
        responsible_id=data.user,
        responsible_name=data.name,
        due=data.due,
    )
    return answer(current(post_id, actor))


@router.delete("/posts/{uuid:post_id}/assignment", response=PostOut)
def unassign(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Nobody sees to it any more; a case that was opened by assigning alone is gone again."""
    actor = actor_of(request)
    services.unassign_post(actor=actor, post_id=post_id)
    return answer(current(post_id, actor))


@router.put("/posts/{uuid:post_id}/case", response=PostOut)
def follow(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Follow a problem or practice from meeting to meeting. Again: the same case."""
    actor = actor_of(request)
    services.open_case(actor=actor, post_id=post_id)
    return answer(current(post_id, actor))


@router.delete("/posts/{uuid:post_id}/case", response=PostOut)
def unfollow(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Undo that, unless the case was worked on."""
    actor = actor_of(request)
    services.unfollow_post(actor=actor, post_id=post_id)
    return answer(current(post_id, actor))


class CasesIn(Schema):
    """What narrows the list; `status` "active" is open and being worked on."""

    status: str = Field("active", pattern="^(active|open|running|solved|dropped|all)$")
    kind: str = Field("", pattern="^(problem|practice|)$")
    township: uuid.UUID | None = None
    category: uuid.UUID | None = None
    meeting: uuid.UUID | None = None
    limit: int = Field(100, ge=1, le=500)
    offset: int = Field(0, ge=0, le=100_000)


@router.get("/cases", response=CaseList, operation_id="list_cases")
def list_cases(request: HttpRequest, wanted: Query[CasesIn]) -> HttpResponse:
    """The county's cases, those due first on top."""
    actor = actor_of(request)
    found = queries.cases_for(
        actor,
        status=wanted.status,
        kind=wanted.kind,
        township=wanted.township,
        category=wanted.category,
        meeting=wanted.meeting,
    )
    page = found[wanted.offset : wanted.offset + wanted.limit]
    return answer({"total": found.count(), "cases": without_drafts(actor, page)})


def without_drafts(actor: Actor, cases: Iterable[Case]) -> list[dict[str, Any]]:
    """The cases as JSON-ready values, without the meetings the reader may not know of (one query)."""
    rows = [case_dict(case) for case in cases]
    listed = {pk for row in rows for pk in row["meetings"]}
    seen = Meeting.objects.visible_to(actor).filter(pk__in=listed).values_list("pk", flat=True)
    known = {str(pk) for pk in seen}
    for row in rows:
        row["meetings"] = [pk for pk in row["meetings"] if pk in known]
    return rows


def with_steps(actor: Actor, case: Case) -> dict[str, Any]:
    """A case with its history; a step at a meeting in preparation does not name it to others."""
    (row,) = without_drafts(actor, [case])
    steps = [step_dict(step) for step in case.steps.all()]
    for step in steps:
        step["meeting"] = step["meeting"] if step["meeting"] in row["meetings"] else None
    return row | {"steps": steps}


@router.get("/cases/{uuid:case_id}", response=CaseDetail)
def get_case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """One case with its history."""
    actor = actor_of(request)
    return answer(with_steps(actor, queries.case_for(actor, case_id)))


def step_dict(step: CaseStep) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "text": step.text,
        "data": step.data,
        "actor": step.actor_name,
        "meeting": str(step.meeting_id) if step.meeting_id else None,
        "post": str(step.post_id) if step.post_id else None,
        "created_at": step.created_at.isoformat(),
    }


NAMES = {"responsible": "responsible_id", "solved_by": "solved_by_id", "category": "category_id"}


@router.patch("/cases/{uuid:case_id}", response=CaseOut)
def patch_case(request: HttpRequest, case_id: uuid.UUID, data: CasePatch) -> HttpResponse:
    """Change a case; organisers."""
    actor = actor_of(request)
    changes = {NAMES.get(k, k): v for k, v in data.dict(exclude_unset=True).items()}
    if changes.get("responsible_id"):
        changes.pop("responsible_name", None)
    services.change_case(actor=actor, case_id=case_id, **changes)
    return answer(case_dict(queries.case_for(actor, case_id)))


@router.post("/cases/{uuid:case_id}/notes", response={201: CaseDetail})
def add_note(request: HttpRequest, case_id: uuid.UUID, data: NoteIn) -> HttpResponse:
    """Say how it goes: organisers, the case's township, whoever sees to it."""
    actor = actor_of(request)
    services.add_note(actor=actor, case_id=case_id, text=data.text)
    return answer(with_steps(actor, queries.case_for(actor, case_id)), 201)


@router.get("/categories", response=list[dict[str, Any]])
def list_categories(request: HttpRequest) -> HttpResponse:
    """The county's categories that are offered, each with its aspects."""
    return answer(offered(actor_of(request).county_id))


def category_dict(category: Category) -> dict[str, Any]:
    return {
        "id": str(category.pk),
        "name": category.name,
        "parent": str(category.parent_id) if category.parent_id else None,
        "position": category.position,
        "archived": category.archived_at is not None,
    }


@router.post("/categories", response={201: dict[str, Any]})
def add_category(request: HttpRequest, data: CategoryIn) -> HttpResponse:
    """A new category, or with `parent` a new aspect of one; organisers."""
    actor = actor_of(request)
    made = services.create_category(actor=actor, name=data.name, parent_id=data.parent)
    return answer(category_dict(made), 201)


@router.patch("/categories/{uuid:category_id}", response=dict[str, Any])
def patch_category(
    request: HttpRequest, category_id: uuid.UUID, data: CategoryPatch
) -> HttpResponse:
    """Rename, move, archive a category, or offer it again; organisers."""
    actor = actor_of(request)
    given = data.dict(exclude_none=True)
    changed = services.change_category(actor=actor, category_id=category_id, **given)
    return answer(category_dict(changed))


@router.delete("/categories/{uuid:category_id}", response={204: None})
def delete_category(request: HttpRequest, category_id: uuid.UUID) -> HttpResponse:
    """Take a category away: deleted where nothing is filed under it, archived otherwise."""
    services.remove_category(actor=actor_of(request), category_id=category_id)
    return HttpResponse(status=204)


@router.get("/posts/{uuid:post_id}/ledger", response=list[LedgerRowOut])
def get_ledger(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """Which townships try a practice, how far each is, with result and evidence."""
    post = queries.practice_for(actor_of(request), post_id)
    rows = ledger_of([post.pk]).get(post.pk, [])
    return answer([ledger_row_dict(row) for row in rows])


@router.post("/posts/{uuid:post_id}/ledger", response={201: list[LedgerRowOut]})
def report(request: HttpRequest, post_id: uuid.UUID, data: AdoptionIn) -> HttpResponse:
    """Report on a practice after its meeting has closed: a new line in its ledger."""
    actor = actor_of(request)
    services.report_adoption(actor=actor, post_id=post_id, **said(data))
    rows = ledger_of([post_id]).get(post_id, [])
    return answer([ledger_row_dict(row) for row in rows], 201)
