"""The organiser's hand on the board: approve, hide, pin, put on screen, mark answered, file.

Each of these can be undone by its opposite. Merging is in `merging`, assigning in `cases`.
"""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from meetings import events
from townships.actors import Actor
from townships.permissions import Action
from townships.problems import NotFound, SignedOut

from .cases import open_for, take_back
from .categories import choosable
from .merging import settle
from .models import Post, Reply
from .problems import BadStatus, PostGone
from .writing import lock_post


def hide_post(*, actor: Actor, post_id: uuid.UUID) -> Post:
    """Take an entry off everybody's board but the organisers'."""
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.hidden_at is None:
            _change(post, actor, events.POST_HIDDEN, hidden_at=timezone.now())
            _settle_above(post, actor)
    return post


def show_post(*, actor: Actor, post_id: uuid.UUID) -> Post:
    """Undo `hide_post`."""
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.hidden_at is not None:
            _change(post, actor, events.POST_SHOWN, hidden_at=None)
            _settle_above(post, actor)
    return post


def _settle_above(post: Post, actor: Actor) -> None:
    """What was said under a merged entry goes and comes with it from the one that speaks for both."""
    root = post.merged_into
    if root is not None:
        root.meeting = post.meeting
        settle(root)
        events.record(root.meeting, events.POST_CHANGED, root, actor)


def pin_post(*, actor: Actor, post_id: uuid.UUID, pinned: bool) -> Post:
    """Keep an entry at the top of the board, or no longer."""
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.pinned != pinned:
            _change(post, actor, events.POST_CHANGED, pinned=pinned)
    return post


def mark_post(
    *, actor: Actor, post_id: uuid.UUID, status: str, at: dt.datetime | None = None
) -> Post:
    """Set what became of an entry: waiting, on screen, answered, carried forward.

    One entry is on the screen at a time: the one that was there waits again. What goes on the
    screen is approved by that. Carrying forward opens a case; setting another status afterwards
    takes it back, unless it was worked on. Raises `BadStatus`, `NotFollowed` for a question.
    """
    if status not in Post.Status.values or status == Post.Status.MERGED:
        raise BadStatus
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.merged_into_id or post.withdrawn_at:
            raise PostGone
        if post.status == status:
            return post
        if status == Post.Status.ON_SCREEN:
            shown = Post.objects.filter(meeting=post.meeting, status=Post.Status.ON_SCREEN)
            for other in shown.exclude(pk=post.pk):
                other.meeting = post.meeting
                _change(other, actor, events.POST_CHANGED, status=Post.Status.WAITING)
            if post.held_at is not None:
                _change(post, actor, events.POST_APPROVED, held_at=None)
        if status == Post.Status.CARRIED:
            open_for(post, actor, at=at)
        elif post.status == Post.Status.CARRIED:
            take_back(post, actor)
        _change(post, actor, events.POST_CHANGED, at=at, status=status)
    return post


def approve_post(*, actor: Actor, post_id: uuid.UUID, approved: bool) -> Post:
    """Let an entry that waits for approval onto the board, or (undo) make it wait again."""
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.withdrawn_at or post.merged_into_id:
            raise PostGone
        if approved and post.held_at is not None:
            _change(post, actor, events.POST_APPROVED, held_at=None)
        elif not approved and post.held_at is None:
            _change(post, actor, events.POST_HELD, held_at=timezone.now())
    return post


def file_post(*, actor: Actor, post_id: uuid.UUID, category_id: uuid.UUID | None) -> Post:
    """File an entry under a category of the county, or under none. Raises `NotFound`."""
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.category_id != category_id:
            category = choosable(post.county_id, category_id) if category_id else None
            _change(post, actor, events.POST_CHANGED, category=category)
    return post


def hide_reply(*, actor: Actor, reply_id: uuid.UUID, hidden: bool) -> Reply:
    """Take a reply off everybody's board but the organisers', or (undo) show it again."""
    with transaction.atomic():
        post_id = Reply.objects.filter(pk=reply_id).values_list("post_id", flat=True).first()
        if post_id is None:
            raise (NotFound if actor.signed_in else SignedOut)
        post = lock_post(actor, Action.MODERATE, post_id)
        reply = post.replies.filter(pk=reply_id).first()
        if reply is None:
            raise NotFound
        if (reply.hidden_at is not None) is hidden:
            return reply
        reply.hidden_at = timezone.now() if hidden else None
        reply.save(update_fields=["hidden_at"])
        kind = events.REPLY_HIDDEN if hidden else events.REPLY_SHOWN
        events.record(post.meeting, kind, post, actor, reply=str(reply.pk))
    return reply


def _change(
    post: Post, actor: Actor, kind: events.Kind, *, at: dt.datetime | None = None, **fields: Any
) -> None:
    for name, value in fields.items():
        setattr(post, name, value)
    post.save(update_fields=list(fields))
    facts: dict[str, Any] = {
        name: value for name, value in fields.items() if isinstance(value, str | bool)
    }
    events.record(post.meeting, kind, post, actor, at=at, **facts)
