"""What pages and the API read about cases and practices; each function says how many queries it needs."""

import uuid
from typing import Any

from django.db.models import F, Prefetch, QuerySet

from townships.actors import Actor
from townships.permissions import Action, require
from townships.problems import NotFound

from .models import Case, CaseStep, Post
from .representations import cases_with_everything


def cases_for(
    actor: Actor,
    *,
    status: str = "active",
    kind: str = "",
    township: uuid.UUID | None = None,
    category: uuid.UUID | None = None,
    meeting: uuid.UUID | None = None,
    mine: bool = False,
) -> QuerySet[Case]:
    """The cases the actor may see, those due first on top (two queries when read).

    `status`: one of a case's, "active" (open or being worked on) or "all"; `mine`: those the actor
    sees to or the own township raised.
    """
    require(actor, Action.SEE_CASE)
    found = Case.objects.visible_to(actor)
    if status == "active":
        found = found.still_open()
    elif status != "all":
        found = found.filter(status=status)
    if kind:
        found = found.filter(kind=kind)
    if township is not None:
        found = found.filter(township=township)
    if category is not None:
        found = found.filter(category=category) | found.filter(category__parent=category)
    if meeting is not None:
        found = found.filter(discussions__meeting=meeting)
    if mine:
        own = found.filter(responsible=actor.user_id)
        found = own | found.filter(township=actor.township_id) if actor.township_id else own
    order: list[Any] = [F("due").asc(nulls_last=True), "-created_at", "pk"]
    if status in (Case.Status.SOLVED, Case.Status.DROPPED):
        order = [F("closed_at").desc(nulls_last=True), "pk"]
    return cases_with_everything(found.order_by(*order))


def case_for(actor: Actor, case_id: uuid.UUID) -> Case:
    """One case with its history and the meetings it was or will be discussed at (five queries).

    Meetings the actor may not know of (drafts) are left out. Raises `NotFound`.
    """
    require(actor, Action.SEE_CASE)
    steps = CaseStep.objects.select_related("meeting", "post").order_by("created_at", "pk")
    found = Case.objects.visible_to(actor).filter(pk=case_id)
    case = (
        cases_with_everything(found)
        .select_related(
            "county", "township", "category__parent", "opened_in", "solved_by__township",
            "solved_by__meeting",
        )
        .prefetch_related(Prefetch("steps", queryset=steps))
        .first()
    )  # fmt: skip
    if case is None:
        raise NotFound
    return case


def practice_for(actor: Actor, post_id: uuid.UUID) -> Post:
    """A practice the actor may see, with its meeting (one query). Raises `NotFound`."""
    require(actor, Action.SEE_MEETING)
    post = (
        Post.objects.visible_to(actor)
        .filter(pk=post_id, kind=Post.Kind.PRACTICE)
        .select_related("meeting__county", "township", "category__parent", "merged_into", "case")
        .first()
    )
    if post is None:
        raise NotFound
    return post
