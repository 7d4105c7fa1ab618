"""Writing on the board: entries, replies, support; and the door to all other services of the board.

Every write locks the meeting, so entries have one order; sending the same thing again (same
`client_id`) answers the same entry and changes nothing.
"""

import datetime as dt
import uuid
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from meetings import events
from meetings.models import Meeting
from townships.actors import Actor
from townships.permissions import Action
from townships.prepared import Prepared
from townships.problems import NotFound
from townships.throttle import spend
from uploads.models import Material, Page

from .adoptions import report_adoption, set_adoption
from .carrying import carry_open_cases
from .cases import add_note, assign_post, change_case, open_case, unassign_post, unfollow_post
from .categories import (
    add_default_categories,
    change_category,
    choosable,
    create_category,
    remove_category,
)
from .merging import merge_posts, unmerge_post
from .models import Post, Reply, Support
from .moderation import (
    approve_post,
    file_post,
    hide_post,
    hide_reply,
    mark_post,
    pin_post,
    show_post,
)
from .problems import (
    BadKind,
    ClientIdReused,
    PostGone,
)
from .text import checked_client_id, clean_body, fingerprint
from .wishes import Heard, is_late
from .writing import judge, judge_post, lock_meeting, lock_post, lock_unjudged

Sent = TypeVar("Sent", Post, Reply)

# What a person sent with a client id before.
SENT = Prepared(
    lambda keys: Post.objects.filter(
        Q.create(
            [
                Q(meeting_id=meeting, author_key=author, client_id=client_id)
                for meeting, author, client_id in keys
            ],
            connector=Q.OR,
        )
    ),
    [uuid.UUID, str, str],
)

__all__ = [
    "add_default_categories",
    "add_note",
    "add_post",
    "add_reply",
    "approve_post",
    "assign_post",
    "carry_open_cases",
    "change_case",
    "change_category",
    "create_category",
    "edit_post",
    "file_post",
    "hide_post",
    "hide_reply",
    "mark_post",
    "merge_posts",
    "open_case",
    "pin_post",
    "remove_category",
    "report_adoption",
    "set_adoption",
    "set_support",
    "show_post",
    "unassign_post",
    "unfollow_post",
    "unmerge_post",
    "withdraw_post",
]


def add_post(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    kind: str,
    body: str,
    client_id: str,
    page_id: uuid.UUID | None = None,
    category_id: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> Post:
    """Put an entry on the board. Sent again with the same `client_id`, it is the same entry.

    `page_id` anchors it to a slide of that meeting, `category_id` files it under a category of the
    county. Where entries wait for approval, only organisers' own do not. The returned entry has `was_added`: whether
    this call wrote it. Raises `ClientIdReused` when the id was used for another text, `TooMany`,
    `MeetingClosed`, and what `clean_body` raises.
    """
    if kind not in Post.Kind.values:
        raise BadKind
    body, client_id = clean_body(body), checked_client_id(client_id)
    mark = fingerprint(kind, body)
    with transaction.atomic():
        meeting = lock_meeting(actor, meeting_id)
        for sent in SENT.fetch([(meeting_id, actor.key, client_id)]):
            return _sent_before(sent, mark, meeting)
        judge(actor, Action.POST, meeting, meeting)
        if at is None:
            spend("post", actor.key, limit=settings.POSTS_PER_MINUTE)
        post = Post.objects.create(
            meeting=meeting,
            kind=kind,
            body=body,
            page=_page(actor, meeting, page_id) if page_id else None,
            category=choosable(meeting.county_id, category_id) if category_id else None,
            held_at=_held(actor, meeting, at),
            **_authorship(actor, client_id, mark, at),
        )
        events.record(meeting, events.POST_ADDED, post, actor, at=at)
    post.was_added = True
    return post


def edit_post(*, actor: Actor, post_id: uuid.UUID, body: str) -> Post:
    """Change one's own text within five minutes; where entries wait for approval, it waits again.

    Raises `EditTimeOver`.
    """
    body = clean_body(body)
    with transaction.atomic():
        post = lock_post(actor, Action.EDIT_POST, post_id)
        if post.withdrawn_at or post.merged_into_id:
            raise PostGone
        if post.body != body:
            post.body, post.edited_at = body, timezone.now()
            post.held_at = _held(actor, post.meeting, None) or post.held_at
            post.save(update_fields=["body", "edited_at", "held_at"])
            events.record(post.meeting, events.POST_CHANGED, post, actor)
    return post


def withdraw_post(*, actor: Actor, post_id: uuid.UUID) -> Post:
    """Take one's own entry off the board within five minutes. Raises `EditTimeOver`."""
    with transaction.atomic():
        post = lock_post(actor, Action.EDIT_POST, post_id)
        if post.withdrawn_at is None:
            post.withdrawn_at = timezone.now()
            post.save(update_fields=["withdrawn_at"])
            events.record(post.meeting, events.POST_WITHDRAWN, post, actor)
    return post


def add_reply(
    *,
    actor: Actor,
    post_id: uuid.UUID,
    body: str,
    client_id: str,
    at: dt.datetime | None = None,
) -> Reply:
    """Answer an entry; idempotent by `client_id` like `add_post` (and has `was_added`)."""
    body, client_id = clean_body(body), checked_client_id(client_id)
    mark = fingerprint("reply", body)
    with transaction.atomic():
        post = lock_unjudged(actor, post_id)
        sent = post.replies.filter(author_key=actor.key, client_id=client_id).first()
        if sent is not None:
            return _sent_before(sent, mark, post.meeting)
        judge_post(actor, Action.REPLY, post)
        _require_on_board(post)
        if at is None:
            spend("post", actor.key, limit=settings.POSTS_PER_MINUTE)
        reply = Reply.objects.create(
            post=post, body=body, **_authorship(actor, client_id, mark, at)
        )
        events.record(post.meeting, events.REPLY_ADDED, post, actor, at=at, reply=str(reply.pk))
    reply.was_added = True
    return reply


def set_support(
    *,
    actor: Actor,
    post_id: uuid.UUID,
    supported: bool,
    heard: Heard | None = None,
    at: dt.datetime | None = None,
) -> Post:
    """Say (or take back) “my township has this too”: once per person, however often it is sent.

    `heard`: the wish's place among those of its device; a late one changes nothing.
    """
    with transaction.atomic():
        post = lock_post(actor, Action.SUPPORT, post_id)
        if is_late(actor, post.meeting, post.pk, heard):
            return post
        if supported:
            _require_on_board(post)
        mine = Support.objects.filter(post=post, supporter_key=actor.key)
        if mine.exists() is supported:
            return post
        if at is None:
            spend("support", actor.key, limit=settings.SUPPORTS_PER_MINUTE)
        if supported:
            Support.objects.create(
                post=post,
                supporter_key=actor.key,
                township_id=actor.township_id,
                at=at or timezone.now(),
            )
        else:
            kept = Support.objects.filter(post__merged_into=post, supporter_key=actor.key)
            (mine | kept).delete()
        events.record(post.meeting, events.SUPPORT_CHANGED, post, actor, at=at, supported=supported)
    return post


def _sent_before(sent: Sent, mark: str, meeting: Meeting) -> Sent:
    """The entry of an earlier send. Raises `ClientIdReused` when another text was sent."""
    if sent.fingerprint != mark:
        raise ClientIdReused
    if isinstance(sent, Post):
        sent.meeting = meeting
    sent.was_added = False
    return sent


def _authorship(actor: Actor, client_id: str, mark: str, at: dt.datetime | None) -> dict[str, Any]:
    return {
        "township_id": actor.township_id,
        "author_id": actor.membership_id,
        "author_key": actor.key,
        "author_name": actor.name[:100],
        "author_unit": actor.unit[:100],
        "client_id": client_id,
        "fingerprint": mark,
        "created_at": at or timezone.now(),
    }


def _held(actor: Actor, meeting: Meeting, at: dt.datetime | None) -> dt.datetime | None:
    """Since when an entry written now waits for approval; None where it does not."""
    return (at or timezone.now()) if meeting.approve_first and not actor.is_staff else None


def _page(actor: Actor, meeting: Meeting, page_id: uuid.UUID) -> Page:
    """The page, with its deck. Raises `NotFound` unless it is one of this meeting's that the actor
    may see."""
    materials = Material.objects.visible_to(actor).filter(meeting_id=meeting.pk)
    page = (
        Page.objects.filter(pk=page_id, version__material__in=materials)
        .select_related("version__material__township")
        .first()
    )
    if page is None:
        raise NotFound
    return page


def _require_on_board(post: Post) -> None:
    """Raise `PostGone` for an entry that was withdrawn, hidden or merged, or that nobody sees yet."""
    if post.withdrawn_at or post.hidden_at or post.merged_into_id or post.held_at:
        raise PostGone
