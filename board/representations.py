"""How entries and cases look outside: the same for the JSON API, the live feed and the pages.

They say nothing that depends on the reader but the audience (organisers, everyone); "mine" is found
out by comparing `mark`, a name for a person that means nothing outside its meeting.
"""

import uuid
from functools import lru_cache
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.crypto import salted_hmac

from townships.actors import Actor
from townships.models import Township
from uploads.models import Material

from .adoptions import LedgerRow
from .models import Adoption, Case, CaseDiscussion, Category, Post, Reply, Support


@lru_cache(maxsize=4096)
def mark_of(meeting_id: uuid.UUID, key: str) -> str:
    """A person's mark within one meeting (16 hex digits); "" for the hub itself."""
    if not key:
        return ""
    return salted_hmac("lihui.board.mark", f"{meeting_id}:{key}").hexdigest()[:16]


def _support_count(of: str, *, distinct: bool) -> Coalesce:
    counted = (
        Support.objects.filter(post=OuterRef("pk"))
        .order_by()
        .values("post")
        .annotate(n=Count(of, distinct=distinct))
        .values("n")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def posts_with_everything(queryset: QuerySet[Post]) -> QuerySet[Post]:
    """The entries with all that `post_dict` needs: four queries for any number of entries."""
    replies = Reply.objects.select_related("township")
    merged = Post.objects.only(
        "id",
        "merged_into_id",
        "merged_under_id",
        "meeting_id",
        "body",
        "author_key",
        "author_name",
        "author_unit",
        "hidden_at",
        "held_at",
    )
    adoptions = Adoption.objects.select_related("township", "evidence__meeting")
    return (
        queryset.select_related(
            "meeting",
            "township",
            "case",
            "category__parent",
            "page__version__material__township",
        )
        .defer("page__text", "page__notes", "page__version__findings")
        .annotate(
            people=_support_count("pk", distinct=False),
            supporting_townships=_support_count("township", distinct=True),
        )
        .prefetch_related(
            Prefetch("replies", queryset=replies),
            Prefetch("adoptions", queryset=adoptions),
            Prefetch("merged", queryset=merged),
        )
    )


def post_dict(post: Post, *, staff: bool = False) -> dict[str, Any]:
    """The entry as JSON-ready values. Constant queries only if `posts_with_everything` made it.

    `staff`: as organisers see it, with the replies that are hidden.
    """
    return {
        "id": str(post.pk),
        "client_id": post.client_id,
        "meeting": str(post.meeting_id),
        "kind": post.kind,
        "body": post.body,
        "status": post.status,
        "author": _author(post, post.meeting_id),
        "others": _others(post, staff),
        "township": _named(post.township),
        "category": _category(post.category),
        "case": _case_of(post),
        "page": _anchor(post),
        "supports": _supports(post),
        "replies": [
            _reply_dict(reply, post.meeting_id)
            for reply in post.replies.all()
            if staff or reply.hidden_at is None
        ],
        "adoptions": [_adoption_dict(adoption) for adoption in post.adoptions.all()],
        "pinned": post.pinned,
        "held": post.held_at is not None,
        "hidden": post.hidden_at is not None,
        "withdrawn": post.withdrawn_at is not None,
        "merged_into": str(post.merged_into_id) if post.merged_into_id else None,
        "created_at": post.created_at.isoformat(),
        "edited_at": post.edited_at.isoformat() if post.edited_at else None,
    }


def hides_something(post: Post) -> bool:
    """Whether organisers see more of it than everyone."""
    return any(reply.hidden_at for reply in post.replies.all()) or any(
        other.hidden_at or other.held_at for other in post.merged.all()
    )


def new_post_dict(post: Post) -> dict[str, Any]:
    """`post_dict` of an entry that was added just now: nobody has answered it yet (no query).

    Its author's unit is the township's name of this moment.
    """
    if post.township_id is not None:
        post.township = Township(pk=post.township_id, name=post.author_unit)
    post._prefetched_objects_cache = {"replies": [], "adoptions": [], "merged": []}  # type: ignore[attr-defined]
    post.people = post.supporting_townships = 0  # type: ignore[attr-defined]
    return post_dict(post)


def supported_ids(actor: Actor, meeting_id: uuid.UUID) -> list[str]:
    """The entries of a meeting that the actor supports (one query)."""
    if not actor.key:
        return []
    found = Support.objects.filter(post__meeting_id=meeting_id, supporter_key=actor.key)
    return [str(pk) for pk in found.values_list("post_id", flat=True)]


def _author(obj: Post | Reply, meeting_id: uuid.UUID) -> dict[str, str]:
    return {
        "name": obj.author_name,
        "unit": obj.author_unit,
        "mark": mark_of(meeting_id, obj.author_key),
    }


def _others(post: Post, staff: bool) -> list[dict[str, Any]]:
    """Who else raised it, each person once and not its author, with the entry that was merged; the
    words of one that is hidden or waits for approval are for organisers."""
    found: list[dict[str, Any]] = []
    seen = {post.author_key}
    for other in post.merged.all():
        if other.author_key and other.author_key in seen and not staff:
            continue
        seen.add(other.author_key)
        shown = staff or not (other.hidden_at or other.held_at)
        author: dict[str, Any] = _author(other, post.meeting_id)
        found.append(author | {"id": str(other.pk), "body": other.body if shown else ""})
    return found


def _category(category: Category | None) -> dict[str, str] | None:
    """`name` is of the category or aspect itself, `of` of the category an aspect belongs to."""
    if category is None:
        return None
    of = category.parent.name if category.parent is not None else ""
    return {"id": str(category.pk), "name": category.name, "of": of}


def _case_of(post: Post) -> dict[str, Any] | None:
    case = post.case
    if case is None:
        return None
    return {
        "id": str(case.pk),
        "status": case.status,
        "responsible": case.responsible_name,
        "responsible_id": str(case.responsible_id) if case.responsible_id else None,
        "due": case.due.isoformat() if case.due else None,
    }


def cases_with_everything(queryset: QuerySet[Case]) -> QuerySet[Case]:
    """The cases with all that `case_dict` needs: two queries for any number of cases."""
    lists = CaseDiscussion.objects.order_by("created_at", "pk")
    return queryset.select_related("township", "category__parent").prefetch_related(
        Prefetch("discussions", queryset=lists)
    )


def case_dict(case: Case) -> dict[str, Any]:
    """A case as JSON-ready values, with the ids of the meetings that have or had it on their list."""
    return {
        "id": str(case.pk),
        "kind": case.kind,
        "title": case.title,
        "status": case.status,
        "township": _named(case.township),
        "category": _category(case.category),
        "responsible": case.responsible_name,
        "responsible_id": str(case.responsible_id) if case.responsible_id else None,
        "due": case.due.isoformat() if case.due else None,
        "outcome": case.outcome,
        "opened_in": str(case.opened_in_id) if case.opened_in_id else None,
        "meetings": [str(one.meeting_id) for one in case.discussions.all()],
        "solved_by": str(case.solved_by_id) if case.solved_by_id else None,
        "created_at": case.created_at.isoformat(),
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
    }


def _named(obj: Any) -> dict[str, str] | None:
    return {"id": str(obj.pk), "name": obj.name} if obj is not None else None


def _anchor(post: Post) -> dict[str, Any] | None:
    """The slide the entry is about; None before the meeting opens, when nobody but its township may
    know that there is one, and for a material that was withdrawn."""
    page = post.page
    if page is None or not post.meeting.is_open:
        return None
    material = page.version.material
    if material.withdrawn_at is not None:
        return None
    return {
        "id": str(page.pk),
        "number": page.number,
        "title": page.title,
        "material": str(material.pk),
        "version": str(page.version_id),
        "township": material.township.name,
        "thumb": reverse("page_thumb", args=[page.pk]),
    }


def _supports(post: Post) -> dict[str, int]:
    people = getattr(post, "people", None)
    townships = getattr(post, "supporting_townships", None)
    if people is None or townships is None:
        people = post.supports.count()
        townships = post.supports.exclude(township=None).values("township").distinct().count()
    return {"people": people, "townships": townships}


def _reply_dict(reply: Reply, meeting_id: uuid.UUID) -> dict[str, Any]:
    return {
        "id": str(reply.pk),
        "client_id": reply.client_id,
        "body": reply.body,
        "author": _author(reply, meeting_id),
        "township": _named(reply.township),
        "hidden": reply.hidden_at is not None,
        "created_at": reply.created_at.isoformat(),
    }


def _adoption_dict(adoption: Adoption) -> dict[str, Any]:
    return {
        "id": str(adoption.pk),
        "township": _named(adoption.township),
        "status": adoption.status,
        "result": adoption.result,
        "evidence": _evidence(adoption.evidence),
        "changed_at": adoption.changed_at.isoformat(),
    }


def ledger_row_dict(row: LedgerRow) -> dict[str, Any]:
    """A township in the ledger of a practice."""
    return {
        "township": _named(row.township),
        "status": row.status,
        "result": row.result,
        "evidence": _evidence(row.evidence),
        "changed_at": row.changed_at.isoformat(),
    }


def _evidence(material: Material | None) -> dict[str, str] | None:
    """The material that shows a result, where everybody of the county may see it."""
    if material is None or material.withdrawn_at is not None or not material.meeting.is_open:
        return None
    return {
        "id": str(material.pk),
        "title": str(material.title),
        "url": reverse("material", args=[material.pk]),
    }
