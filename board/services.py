"""Writing on the board: entries, replies, support, adoption. Moderation is in `moderation.py`.

Every write locks the meeting, so entries have one order; sending the same thing again (same
`client_id`) answers the same entry and changes nothing.
"""

import datetime as dt
import uuid
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from meetings import events
from meetings.models import Meeting
from townships.actors import Actor
from townships.models import Township
from townships.permissions import Action, require
from townships.problems import NotFound
from townships.throttle import spend
from uploads.models import Material, Page

from .models import Adoption, Post, Reply, Support
from .moderation import hide_post, mark_post, merge_posts, pin_post, show_post
from .problems import (
    BadKind,
    BadStatus,
    ClientIdReused,
    NotAPractice,
    PostGone,
    WhichTownship,
)
from .text import checked_client_id, clean_body, fingerprint
from .writing import judge, judge_post, lock_meeting, lock_post, lock_unjudged

Sent = TypeVar("Sent", Post, Reply)

__all__ = [
    "add_post",
    "add_reply",
    "edit_post",
    "hide_post",
    "mark_post",
    "merge_posts",
    "pin_post",
    "set_adoption",
    "set_support",
    "show_post",
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
    at: dt.datetime | None = None,
) -> Post:
    """Put an entry on the board. Sent again with the same `client_id`, it is the same entry.

    `page_id` anchors it to a slide of that meeting. The returned entry has `was_added`: whether
    this call wrote it. Raises `ClientIdReused` when the id was used for another text, `TooMany`,
    `MeetingClosed`, and what `clean_body` raises.
    """
    if kind not in Post.Kind.values:
        raise BadKind
    body, client_id = clean_body(body), checked_client_id(client_id)
    mark = fingerprint(kind, body)
    with transaction.atomic():
        meeting = lock_meeting(actor, meeting_id)
        sent = Post.objects.filter(
            meeting=meeting, author_key=actor.key, client_id=client_id
        ).first()
        if sent is not None:
            return _sent_before(sent, mark, meeting)
        judge(actor, Action.POST, meeting, meeting)
        if at is None:
            spend("post", actor.key, limit=settings.POSTS_PER_MINUTE)
        post = Post.objects.create(
            meeting=meeting,
            kind=kind,
            body=body,
            page=_page(actor, meeting, page_id) if page_id else None,
            **_authorship(actor, client_id, mark, at),
        )
        events.record(meeting, events.POST_ADDED, post, actor, at=at)
    post.was_added = True
    return post


def edit_post(*, actor: Actor, post_id: uuid.UUID, body: str) -> Post:
    """Change one's own text within five minutes. Raises `EditTimeOver`."""
    body = clean_body(body)
    with transaction.atomic():
        post = lock_post(actor, Action.EDIT_POST, post_id)
        if post.withdrawn_at or post.merged_into_id:
            raise PostGone
        if post.body != body:
            post.body, post.edited_at = body, timezone.now()
            post.save(update_fields=["body", "edited_at"])
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
    *, actor: Actor, post_id: uuid.UUID, supported: bool, at: dt.datetime | None = None
) -> Post:
    """Say (or take back) “my township has this too”: once per person, however often it is sent."""
    with transaction.atomic():
        post = lock_post(actor, Action.SUPPORT, post_id)
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
            mine.delete()
        events.record(post.meeting, events.SUPPORT_CHANGED, post, actor, at=at, supported=supported)
    return post


def set_adoption(
    *,
    actor: Actor,
    post_id: uuid.UUID,
    status: str | None,
    township_id: uuid.UUID | None = None,
    result: str = "",
    at: dt.datetime | None = None,
) -> Adoption | None:
    """Say that a township tries a practice, and how far it is; `status=None` takes it back.

    Members speak for their own township; organisers name one of the county. Raises `NotAPractice`,
    `WhichTownship`, `BadStatus`.
    """
    if status is not None and status not in Adoption.Status.values:
        raise BadStatus
    result = clean_body(result, required=False)
    township_id = township_id or actor.township_id
    with transaction.atomic():
        post = lock_post(actor, Action.SEE_MEETING, post_id)
        require(actor, Action.ADOPT, Adoption(post=post, township_id=township_id))
        if township_id is None:
            raise WhichTownship
        if not Township.objects.filter(pk=township_id, county_id=post.county_id).exists():
            raise NotFound
        if post.kind != Post.Kind.PRACTICE:
            raise NotAPractice
        _require_on_board(post)
        return _write_adoption(actor, post, township_id, status, result, at or timezone.now())


def _write_adoption(
    actor: Actor,
    post: Post,
    township_id: uuid.UUID,
    status: str | None,
    result: str,
    at: dt.datetime,
) -> Adoption | None:
    old = post.adoptions.filter(township_id=township_id).first()
    if status is None:
        if old is None:
            return None
        old.delete()
        adoption = None
    elif old is not None and (old.status, old.result) == (status, result):
        return old
    else:
        adoption = old or Adoption(post=post, township_id=township_id, created_at=at)
        adoption.status, adoption.result, adoption.changed_at = status, result, at
        adoption.save()
    events.record(
        post.meeting,
        events.ADOPTION_CHANGED,
        post,
        actor,
        at=at,
        township=str(township_id),
        status=status,
    )
    return adoption


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
    """Raise `PostGone` for an entry that was withdrawn, hidden or merged."""
    if post.withdrawn_at or post.hidden_at or post.merged_into_id:
        raise PostGone
