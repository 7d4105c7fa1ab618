"""Merging entries and taking it back: every author stays named, every supporter counts once.

Nothing is deleted and nothing copied. A support, reply or adoption that moves to the entry that
speaks for all remembers where it was given (`origin`); one that would count somebody twice stays
where it is. `settle` puts every row where it belongs now, so any order of merging and unmerging
ends with each row at home again.
"""

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction

from meetings import events
from townships.actors import Actor
from townships.permissions import Action

from .models import Adoption, Post, Reply, Support
from .problems import CannotMerge, NotMerged
from .writing import lock_post

Said = Support | Reply | Adoption


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
        gone = into.merged_into_id or into.withdrawn_at or into.hidden_at or into.held_at
        if gone or post.merged_into_id or post.withdrawn_at:
            raise CannotMerge
        post.status_before, post.status = post.status, Post.Status.MERGED
        post.merged_into = post.merged_under = into
        post.save(update_fields=["status", "status_before", "merged_into", "merged_under"])
        post.merged.update(merged_into=into)
        settle(into)
        events.record(post.meeting, events.POST_MERGED, post, actor, into=str(into.pk))
        events.record(into.meeting, events.POST_CHANGED, into, actor, merged=str(post.pk))
    return into


def unmerge_post(*, actor: Actor, post_id: uuid.UUID) -> Post:
    """Undo `merge_posts`: the entry stands for itself again, with all it had; returns it.

    What had been merged into it before comes back with it. Raises `NotMerged`.
    """
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        root = post.merged_into
        if root is None:
            raise NotMerged
        root.meeting = post.meeting
        below = _below(post, root)
        post.status = post.status_before or Post.Status.WAITING
        post.status_before, post.merged_into, post.merged_under = "", None, None
        post.save(update_fields=["status", "status_before", "merged_into", "merged_under"])
        Post.objects.filter(pk__in=below).update(merged_into=post)
        for model, _key in KEYS:
            _send_home(model.objects.filter(origin__in=[post.pk, *below]))
        settle(root)
        settle(post)
        events.record(post.meeting, events.POST_UNMERGED, post, actor, root=str(root.pk))
        events.record(root.meeting, events.POST_CHANGED, root, actor, unmerged=str(post.pk))
    return post


def _below(post: Post, root: Post) -> list[uuid.UUID]:
    """What was merged into `post` by hand, and into those, among all that `root` speaks for."""
    under = dict(root.merged.values_list("pk", "merged_under_id"))
    found: list[uuid.UUID] = []
    seen = {post.pk}
    while more := [pk for pk, parent in under.items() if parent in seen and pk not in seen]:
        seen.update(more)
        found += more
    return found


def settle(root: Post) -> None:
    """Put every support, reply and adoption of `root` and of what it speaks for where it belongs.

    Each is at `root` or at home. For each person (or township, or message) the oldest row counts, but
    one given to `root` itself before all others. Replies to what not everybody may read stay there.
    """
    below = root.merged.values_list("pk", "hidden_at", "held_at")
    members = {pk: bool(hidden or held) for pk, hidden, held in below}
    if not members:
        return
    for model, key in KEYS:
        if model is Adoption and root.kind != Post.Kind.PRACTICE:
            continue
        rows: list[Any] = list(model.objects.filter(post__in=[root.pk, *members]))
        may_stand = [row for row in rows if model is not Reply or not members.get(_home(row))]
        chosen = _chosen(root, may_stand, key)
        for row in rows:
            if row.pk not in chosen:
                _send_home([row])
        for row in rows:
            if row.post_id != root.pk and row.pk in chosen:
                row.origin_id, row.post_id = row.origin_id or row.post_id, root.pk
                row.save(update_fields=["origin", "post"])


def _chosen(root: Post, rows: list[Any], key: Callable[[Any], Any]) -> set[Any]:
    """The rows that stand at `root`: one a key. An author does not support the own entry."""

    def order(row: Any) -> tuple[bool, Any, str]:
        when = row.at if isinstance(row, Support) else row.created_at
        return (_home(row) != root.pk, when, str(row.pk))

    best: dict[Any, Any] = {}
    for row in sorted(rows, key=order):
        own = isinstance(row, Support) and row.supporter_key == root.author_key != ""
        if own and _home(row) != root.pk:
            continue
        best.setdefault(key(row), row.pk)
    return set(best.values())


def _home(row: Any) -> uuid.UUID:
    home: uuid.UUID = row.origin_id or row.post_id
    return home


def _send_home(rows: Iterable[Any]) -> None:
    for row in rows:
        if row.origin_id is not None:
            row.post_id, row.origin_id = row.origin_id, None
            row.save(update_fields=["origin", "post"])


KEYS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Support, lambda row: row.supporter_key),
    (Adoption, lambda row: row.township_id),
    (Reply, lambda row: (row.author_key, row.client_id)),
)
