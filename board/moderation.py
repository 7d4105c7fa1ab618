"""The organiser's hand on the board: hide, pin, put on screen, mark answered, merge."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from meetings import events
from townships.actors import Actor
from townships.permissions import Action

from .models import Post
from .problems import BadStatus, CannotMerge, PostGone
from .writing import lock_post


def hide_post(*, actor: Actor, post_id: uuid.UUID) -> Post:
    """Take an entry off everybody's board but the organisers'."""
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.hidden_at is None:
            _change(post, actor, events.POST_HIDDEN, hidden_at=timezone.now())
    return post


def show_post(*, actor: Actor, post_id: uuid.UUID) -> Post:
    """Undo `hide_post`."""
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.hidden_at is not None:
            _change(post, actor, events.POST_SHOWN, hidden_at=None)
    return post


def pin_post(*, actor: Actor, post_id: uuid.UUID, pinned: bool) -> Post:
    """Keep an entry at the top of the board, or no longer."""
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.pinned != pinned:
            _change(post, actor, events.POST_CHANGED, pinned=pinned)
    return post


def mark_post(*, actor: Actor, post_id: uuid.UUID, status: str) -> Post:
    """Set what became of an entry: waiting, on screen, answered, carried forward.

    One entry is on the screen at a time: the one that was there waits again. Raises `BadStatus`.
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
        _change(post, actor, events.POST_CHANGED, status=status)
    return post


def merge_posts(*, actor: Actor, post_id: uuid.UUID, into_id: uuid.UUID) -> Post:
    """Merge an entry into another one of the same meeting; returns that one.

    Its supporters and replies move over, each person counted once; it stays in the database as
    `merged`, so its author is still named with the entry that now speaks for both. Merging the
    same again changes nothing. Raises `CannotMerge`.
    """
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        into = Post.objects.filter(pk=into_id, meeting=post.meeting).first()
        if into is None or into.pk == post.pk:
            raise CannotMerge
        into.meeting = post.meeting
        if post.merged_into_id == into.pk:
            return into
        gone = into.merged_into_id or into.withdrawn_at or into.hidden_at
        if gone or post.merged_into_id or post.withdrawn_at:
            raise CannotMerge
        _move_everything(post, into)
        _change(
            post,
            actor,
            events.POST_MERGED,
            status=Post.Status.MERGED,
            merged_into=into,
            pinned=False,
        )
        events.record(into.meeting, events.POST_CHANGED, into, actor, merged=str(post.pk))
    return into


def _move_everything(post: Post, into: Post) -> None:
    """Supporters, replies, adoptions and what was merged into `post` earlier go to `into`."""
    there = list(into.supports.values_list("supporter_key", flat=True))
    post.supports.filter(supporter_key__in=there).delete()
    post.supports.update(post=into)
    for reply in post.replies.all():
        if not into.replies.filter(author_key=reply.author_key, client_id=reply.client_id).exists():
            reply.post = into
            reply.save(update_fields=["post"])
    if into.kind == Post.Kind.PRACTICE:
        adopting = list(into.adoptions.values_list("township_id", flat=True))
        post.adoptions.exclude(township_id__in=adopting).update(post=into)
    post.merged.update(merged_into=into)


def _change(post: Post, actor: Actor, kind: events.Kind, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(post, name, value)
    post.save(update_fields=list(fields))
    facts: dict[str, Any] = {
        name: value for name, value in fields.items() if isinstance(value, str | bool)
    }
    events.record(post.meeting, kind, post, actor, **facts)
