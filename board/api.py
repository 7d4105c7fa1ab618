"""The board over the JSON API."""

import json
import uuid
from typing import Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from meetings.queries import visible_meeting
from townships.actors import Actor
from townships.pages import actor_of
from townships.problems import Invalid, NotFound

from . import services
from .models import Post
from .representations import (
    mark_of,
    new_post_dict,
    post_dict,
    posts_with_everything,
    supported_ids,
)
from .schemas import (
    AdoptionIn,
    MergeIn,
    PostIn,
    PostList,
    PostOut,
    PostPatch,
    ReplyIn,
    ReplyOut,
)
from .wishes import Heard

router = Router(tags=["board"])


def answer(data: Any, status: int = 200) -> HttpResponse:
    """JSON made by our own representations: it needs no second validation."""
    return HttpResponse(
        json.dumps(data, ensure_ascii=False),
        status=status,
        content_type="application/json; charset=utf-8",
    )


def current(post_id: uuid.UUID, actor: Actor) -> dict[str, Any]:
    """The entry as it is now for its reader, after a write that was allowed."""
    found = posts_with_everything(Post.objects.filter(pk=post_id)).get()
    return post_dict(found, staff=actor.is_staff)


@router.get("/meetings/{uuid:meeting_id}/posts", response=PostList)
def list_posts(
    request: HttpRequest,
    meeting_id: uuid.UUID,
    kind: Literal["problem", "practice", "question"] | None = None,
    limit: int = Query(500, ge=1, le=500),
    offset: int = Query(0, ge=0, le=100_000),
) -> HttpResponse:
    """The entries of a meeting that the reader may see, oldest first."""
    actor = actor_of(request)
    meeting = visible_meeting(actor, meeting_id)
    posts = Post.objects.visible_to(actor).filter(meeting=meeting)
    if kind:
        posts = posts.filter(kind=kind)
    supported = set(supported_ids(actor, meeting_id))
    mark = mark_of(meeting_id, actor.key)
    found = [
        post_dict(post, staff=actor.is_staff)
        for post in posts_with_everything(posts)[offset : offset + limit]
    ]
    for post in found:
        post["supported"] = post["id"] in supported
        post["mine"] = bool(mark) and post["author"]["mark"] == mark
    return answer({"seq": meeting.last_seq, "mark": mark, "posts": found})


@router.post("/meetings/{uuid:meeting_id}/posts", response={201: PostOut, 200: PostOut})
def add_post(request: HttpRequest, meeting_id: uuid.UUID, data: PostIn) -> HttpResponse:
    """Put an entry on the board. 201; the same `client_id` again: 200 and the same entry.

    `held` in the answer: it waits for the organiser's approval and only its author sees it.
    """
    actor = actor_of(request)
    post = services.add_post(
        actor=actor,
        meeting_id=meeting_id,
        kind=data.kind,
        body=data.body,
        client_id=data.client_id,
        page_id=data.page,
        category_id=data.category,
    )
    if post.was_added:
        return answer(new_post_dict(post), 201)
    return answer(current(post.pk, actor))


def change_post(actor: Actor, post_id: uuid.UUID, given: dict[str, Any]) -> None:
    """Each change by its service; the caller makes them all or none."""
    if "body" in given:
        services.edit_post(actor=actor, post_id=post_id, body=given["body"])
    if "hidden" in given:
        change = services.hide_post if given["hidden"] else services.show_post
        change(actor=actor, post_id=post_id)
    if "pinned" in given:
        services.pin_post(actor=actor, post_id=post_id, pinned=given["pinned"])
    if "status" in given:
        services.mark_post(actor=actor, post_id=post_id, status=given["status"])
    if "approved" in given:
        services.approve_post(actor=actor, post_id=post_id, approved=given["approved"])
    if "category" in given:
        services.file_post(actor=actor, post_id=post_id, category_id=given["category"])
    if "withdrawn" in given:
        services.withdraw_post(actor=actor, post_id=post_id)


@router.patch("/posts/{uuid:post_id}", response=PostOut)
def patch_post(request: HttpRequest, post_id: uuid.UUID, data: PostPatch) -> HttpResponse:
    """Edit or withdraw one's own entry; as organiser: approve, hide, pin, file, set the status."""
    actor, sent = actor_of(request), data.dict(exclude_unset=True)
    given = {name: value for name, value in sent.items() if value is not None or name == "category"}
    if not given:
        raise Invalid
    with transaction.atomic():
        change_post(actor, post_id, given)
    return answer(current(post_id, actor))


@router.post("/posts/{uuid:post_id}/replies", response={201: ReplyOut, 200: ReplyOut})
def add_reply(request: HttpRequest, post_id: uuid.UUID, data: ReplyIn) -> HttpResponse:
    """Answer an entry; idempotent by `client_id` like entries are."""
    actor = actor_of(request)
    reply = services.add_reply(
        actor=actor, post_id=post_id, body=data.body, client_id=data.client_id
    )
    post = current(reply.post_id, actor)
    found = next((item for item in post["replies"] if item["id"] == str(reply.pk)), None)
    if found is None:
        raise NotFound
    return answer(found, 201 if reply.was_added else 200)


@router.put("/posts/{uuid:post_id}/support", response=PostOut)
def support(request: HttpRequest, post_id: uuid.UUID, wish: str = "") -> HttpResponse:
    """“My township has this too.” Sending it again changes nothing. `wish`: `<device>-<number>`, so
    that a copy that arrives late never undoes a newer wish of the same device."""
    actor, heard = actor_of(request), Heard.parse(wish)
    services.set_support(actor=actor, post_id=post_id, supported=True, heard=heard)
    return answer(current(post_id, actor))


@router.delete("/posts/{uuid:post_id}/support", response=PostOut)
def unsupport(request: HttpRequest, post_id: uuid.UUID, wish: str = "") -> HttpResponse:
    """Take the support back; `wish` as above."""
    actor, heard = actor_of(request), Heard.parse(wish)
    services.set_support(actor=actor, post_id=post_id, supported=False, heard=heard)
    return answer(current(post_id, actor))


def said(data: AdoptionIn) -> dict[str, Any]:
    """What a township says about a practice, as the services take it."""
    return {
        "status": data.status,
        "township_id": data.township,
        "result": data.result,
        "evidence_id": data.evidence,
    }


@router.put("/posts/{uuid:post_id}/adoption", response=PostOut)
def adopt(request: HttpRequest, post_id: uuid.UUID, data: AdoptionIn) -> HttpResponse:
    """Say that a township tries a practice, and how far it is; answers the entry."""
    actor = actor_of(request)
    services.set_adoption(actor=actor, post_id=post_id, **said(data))
    return answer(current(post_id, actor))


@router.post("/posts/{uuid:post_id}/merge", response=PostOut)
def merge(request: HttpRequest, post_id: uuid.UUID, data: MergeIn) -> HttpResponse:
    """Merge the entry into another one; answers that one."""
    actor = actor_of(request)
    into = services.merge_posts(actor=actor, post_id=post_id, into_id=data.into)
    return answer(current(into.pk, actor))
