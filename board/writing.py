"""How every write on the board begins: lock the meeting, see the entry, judge the actor.

The meeting's row is locked first, so everything is decided on the state that the write will change.
"""

import uuid

from django.conf import settings

from meetings import events
from meetings.models import Meeting
from meetings.problems import MeetingClosed
from townships.actors import Actor
from townships.permissions import Action, can, require
from townships.prepared import by_ids
from townships.problems import NotFound, SignedOut

from .models import Post
from .problems import EditTimeOver

POSTS = by_ids(lambda ids: Post.objects.filter(pk__in=ids))


def lock_meeting(actor: Actor, meeting_id: uuid.UUID) -> Meeting:
    """The locked meeting, if it exists for the actor. Raises `SignedOut` or `NotFound`."""
    if not actor.signed_in:
        raise SignedOut
    meeting = events.lock(meeting_id)
    require(actor, Action.SEE_MEETING, meeting)
    return meeting


def judge(actor: Actor, action: Action, obj: Meeting | Post, meeting: Meeting) -> None:
    """Raise `MeetingClosed` for a closed meeting, `NotAllowed` where the role has no such right."""
    if meeting.is_closed:
        raise MeetingClosed
    if (
        action is Action.EDIT_POST
        and isinstance(obj, Post)
        and obj.author_key == actor.key
        and not can(actor, action, obj)
    ):
        raise EditTimeOver(minutes=settings.EDIT_MINUTES)
    require(actor, action, obj)


def lock_post(actor: Actor, action: Action, post_id: uuid.UUID) -> Post:
    """The entry with its `meeting`, both locked for this transaction, for an allowed action.

    Raises `NotFound` for a missing, foreign, hidden or withdrawn entry (organisers see those).
    """
    post = lock_unjudged(actor, post_id)
    judge_post(actor, action, post)
    return post


def lock_unjudged(actor: Actor, post_id: uuid.UUID) -> Post:
    """The entry with its locked `meeting`, before anything is allowed: `judge_post` comes next.

    Raises `NotFound` for a missing or foreign entry.
    """
    for found in POSTS.fetch([(post_id,)]):
        meeting = lock_meeting(actor, found.meeting_id)
        (post,) = POSTS.fetch([(post_id,)])  # anew: what was read before the lock may have changed
        post.meeting = meeting
        return post
    raise (NotFound if actor.signed_in else SignedOut)


def judge_post(actor: Actor, action: Action, post: Post) -> None:
    """Raise `NotFound` for an entry hidden from the actor, else what `judge` raises."""
    not_yet = post.held_at is not None and post.author_key != actor.key
    if not actor.is_staff and (post.hidden_at or post.withdrawn_at or not_yet):
        raise NotFound
    judge(actor, action, post, post.meeting)
