"""Slides and entries as the design system's components take them."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from board.adoptions import LedgerRow
from board.models import Post
from uploads.models import Page

Ledgers = Mapping[uuid.UUID, list[LedgerRow]]


def slide_items(material_id: uuid.UUID, pages: list[Page]) -> list[dict[str, Any]]:
    """Thumbnails that open the deck at their page."""
    address = reverse("archive:deck", args=[material_id])
    return [
        {
            "id": page.pk,
            "number": page.number,
            "thumb": reverse("page_thumb", args=[page.pk]) if page.thumb else "",
            "url": f"{address}?page={page.number}",
            "title": page.title,
            "hidden": page.hidden,
        }
        for page in pages
    ]


def anchor_of(post: Post) -> dict[str, Any] | None:
    """The slide an entry is about; None where its material was withdrawn or removed."""
    page = post.page
    if page is None or page.version.material.withdrawn_at is not None:
        return None
    address = reverse("archive:deck", args=[page.version.material_id])
    return {
        "id": page.pk,
        "number": page.number,
        "title": page.title,
        "thumb": reverse("page_thumb", args=[page.pk]) if page.thumb else "",
        "url": f"{address}?page={page.number}",
    }


def post_item(
    post: Post, ledgers: Ledgers | None = None, *, with_meeting: bool = False
) -> dict[str, Any]:
    """An entry as the design system's `{% post %}` shows it, with its case and who adopted it.

    Needs `posts_with_everything`; the ledgers tell what was said after the meeting, too.
    """
    adopted: list[Any] = list((ledgers or {}).get(post.pk, [])) or list(post.adoptions.all())
    return {
        "id": post.pk,
        "kind": post.kind,
        "state": "" if post.status == Post.Status.WAITING else post.status,
        "body": post.body,
        "author": post.author_name,
        "township": post.township.name if post.township else post.author_unit,
        "created": post.created_at,
        "supports": post.people,  # type: ignore[attr-defined]
        "townships": post.supporting_townships,  # type: ignore[attr-defined]
        "pinned": post.pinned,
        "page": anchor_of(post),
        "replies": [
            {
                "author": reply.author_name,
                "township": reply.author_unit,
                "body": reply.body,
                "created": reply.created_at,
            }
            for reply in post.replies.all()
            if reply.hidden_at is None
        ],
        "meeting": post.meeting if with_meeting else None,
        "case": post.case,
        "category": str(post.category) if post.category else "",
        "adoptions": adopted,
    }
