"""What every change of a case is made of: the case itself, its history, its locks, its events."""

import datetime as dt
import uuid
from typing import Any

from django.db.models import Max
from django.utils import timezone

from meetings import events
from meetings.models import Meeting
from townships.actors import Actor
from townships.permissions import Action, require
from townships.problems import NotFound

from .models import Case, CaseDiscussion, CaseStep, Post
from .problems import NotFollowed

TITLE_LIMIT = 80


def make_case(post: Post, actor: Actor, *, at: dt.datetime | None = None) -> Case:
    """The case of an entry, with its first line of history; the caller records the events."""
    if post.kind == Post.Kind.QUESTION:
        raise NotFollowed
    moment = at or timezone.now()
    case = Case.objects.create(
        county_id=post.meeting.county_id,
        township_id=post.township_id,
        category_id=post.category_id,
        kind=post.kind,
        title=title_of(post.body),
        opened_in=post.meeting,
        created_at=moment,
    )
    post.case = case
    post.save(update_fields=["case"])
    CaseDiscussion.objects.create(case=case, meeting=post.meeting, created_at=moment)
    add_step(case, CaseStep.Kind.OPENED, actor, meeting=post.meeting, post=post, at=at)
    return case


def title_of(body: str) -> str:
    """The first sentence of an entry, at most 80 characters."""
    first = body.strip().splitlines()[0] if body.strip() else ""
    for mark in "。！？!?":
        first = first.split(mark)[0]
    return first if len(first) <= TITLE_LIMIT else first[: TITLE_LIMIT - 1] + "…"


def add_step(case: Case, kind: str, actor: Actor, *, at: dt.datetime | None = None, **fields: Any) -> CaseStep:  # fmt: skip
    """A line of the case's history (`meeting`, `post`, `text`, `data`), after all that are there."""
    moment = at or timezone.now()
    newest = case.steps.aggregate(newest=Max("created_at"))["newest"]
    if newest is not None and newest >= moment:
        moment = newest + dt.timedelta(microseconds=1)
    return CaseStep.objects.create(
        case=case,
        kind=kind,
        actor_name=actor.label[:200],
        created_at=moment,
        **fields,
    )


def lock_case(actor: Actor, action: Action, case_id: uuid.UUID) -> tuple[Case, list[Meeting]]:
    """The case, and the open meetings that have it on their list, all locked in the order of time
    (closing a meeting locks in the same order). Raises `NotFound`, `NotAllowed`."""
    case = Case.objects.filter(pk=case_id).first()
    if case is None:
        require(actor, Action.SEE_CASE)
        raise NotFound
    require(actor, action, case)
    on_list = Meeting.objects.filter(discussions__case=case).exclude(status="closed")
    ids = list(on_list.order_by("starts_at", "pk").values_list("pk", flat=True))
    meetings = [events.lock(pk) for pk in ids]
    case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    return case, [meeting for meeting in meetings if not meeting.is_closed]


def tell(case: Case, meetings: list[Meeting], actor: Actor, *, at: dt.datetime | None = None) -> None:  # fmt: skip
    """The events of a changed case: in each open meeting the case, and its entries there."""
    for meeting in meetings:
        events.record(meeting, events.CASE_CHANGED, case, actor, at=at)
        for post in Post.objects.filter(case=case, meeting=meeting):
            events.record(meeting, events.POST_CHANGED, post, actor, at=at, case=str(case.pk))
