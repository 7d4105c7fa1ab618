"""How an entry looks outside: the same for the JSON API, the live feed and the pages.

It says nothing that depends on the reader but the audience (organisers, everyone); "mine" is found
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

from .models import Adoption, Post, Reply, Support


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
    replies = Reply.objects.filter(hidden_at__isnull=True).select_related("township")
    merged = Post.objects.only(
        "id", "merged_into_id", "meeting_id", "author_key", "author_name", "author_unit"
    )
    return (
        queryset.select_related("meeting", "township", "page__version__material__township")
        .defer("page__text", "page__notes", "page__version__findings")
        .annotate(
            people=_support_count("pk", distinct=False),
            supporting_townships=_support_count("township", distinct=True),
        )
        .prefetch_related(
            Prefetch("replies", queryset=replies),
            Prefetch("adoptions", queryset=Adoption.objects.select_related("township")),
            Prefetch("merged", queryset=merged),
        )
    )


def post_dict(post: Post) -> dict[str, Any]:
    """The entry as JSON-ready values. Constant queries only if `posts_with_everything` made it."""
    return {
        "id": str(post.pk),
        "client_id": post.client_id,
        "meeting": str(post.meeting_id),
        "kind": post.kind,
        "body": post.body,
        "status": post.status,
        "author": _author(post, post.meeting_id),
        "others": [_author(other, post.meeting_id) for other in post.merged.all()],
        "township": _named(post.township),
        "page": _anchor(post),
        "supports": _supports(post),
        "replies": [_reply_dict(reply, post.meeting_id) for reply in _replies(post)],
        "adoptions": [_adoption_dict(adoption) for adoption in post.adoptions.all()],
        "pinned": post.pinned,
        "hidden": post.hidden_at is not None,
        "withdrawn": post.withdrawn_at is not None,
        "merged_into": str(post.merged_into_id) if post.merged_into_id else None,
        "created_at": post.created_at.isoformat(),
        "edited_at": post.edited_at.isoformat() if post.edited_at else None,
    }


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


def _replies(post: Post) -> list[Reply]:
    return [reply for reply in post.replies.all() if reply.hidden_at is None]


def _reply_dict(reply: Reply, meeting_id: uuid.UUID) -> dict[str, Any]:
    return {
        "id": str(reply.pk),
        "client_id": reply.client_id,
        "body": reply.body,
        "author": _author(reply, meeting_id),
        "township": _named(reply.township),
        "created_at": reply.created_at.isoformat(),
    }


def _adoption_dict(adoption: Adoption) -> dict[str, Any]:
    return {
        "id": str(adoption.pk),
        "township": _named(adoption.township),
        "status": adoption.status,
        "result": adoption.result,
        "changed_at": adoption.changed_at.isoformat(),
    }
