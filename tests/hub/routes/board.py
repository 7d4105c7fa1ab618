"""Rows of `board/`."""

import secrets
from typing import Any

from board.models import Category, Post
from board.services import add_post, add_reply, merge_posts, open_case
from tests.people import make_meeting

from ..matrix import ORGANISERS_POST, Row, Thing, World

ENTRY = {"kind": "problem", "body": "名册太旧", "client_id": "matrix"}
ANSWER = {"body": "请看第三页", "client_id": "matrix"}


def post(world: World) -> Any:
    """A practice of the member in the live meeting."""
    return add_post(
        actor=world.actors["member"],
        meeting_id=world.live_meeting.pk,
        kind="practice",
        body="积分公示",
        client_id=secrets.token_hex(8),
    )


def merged_post(world: World) -> Any:
    """Merged into another one."""
    gone, kept = post(world), post(world)
    merge_posts(actor=world.actors["organiser"], post_id=gone.pk, into_id=kept.pk)
    return gone


def reply(world: World) -> Any:
    return add_reply(
        actor=world.actors["member"],
        post_id=post(world).pk,
        body="请看第三页",
        client_id=secrets.token_hex(8),
    )


def case(world: World) -> Any:
    """A case of the member's township."""
    return open_case(actor=world.actors["organiser"], post_id=post(world).pk)


def old_practice(world: World) -> Any:
    """A practice of a closed meeting."""
    return Post.objects.create(
        meeting=make_meeting(world.county, "closed"),
        kind="practice",
        body="积分公示",
        township=world.township,
        client_id=secrets.token_hex(8),
    )


def category(world: World) -> Any:
    return Category.objects.create(county=world.county, name=secrets.token_hex(8))


THINGS: dict[str, Thing] = {
    "post": post,
    "other_post": post,
    "merged_post": merged_post,
    "reply": reply,
    "case": case,
    "old_practice": old_practice,
    "category": category,
}

ASSIGNMENT = {"name": "县档案馆", "due": "2026-12-20"}
REPORT = {"status": "running", "result": "试点两个村"}
READERS_PAGE = "200 200 200 200 200 403 302 404"
MODERATORS = "200 403 403 403 403 403 401 404"

ROWS: list[Row] = [
    Row("GET", "/api/v1/meetings/{live_meeting}/posts", "200 200 200 200 200 200 401 404"),
    Row("GET", "/api/v1/meetings/{draft_meeting}/posts", "200 404 404 404 404 404 401 404"),
    Row("POST", "/api/v1/meetings/{live_meeting}/posts", "201 201 201 403 403 201 401 404", ENTRY),
    Row("POST", "/api/v1/meetings/{meeting}/posts", "201 201 201 403 403 404 401 404", ENTRY),
    Row(
        "POST", "/api/v1/meetings/{closed_meeting}/posts", "409 409 409 409 409 404 401 404", ENTRY
    ),
    Row("PATCH", "/api/v1/posts/{post}", "200 403 403 403 403 403 401 404", {"pinned": True}),
    Row("PATCH", "/api/v1/posts/{post}", "403 200 403 403 403 403 401 404", {"body": "改"}),
    Row("POST", "/api/v1/posts/{post}/replies", "201 201 201 201 403 403 401 404", ANSWER),
    Row("PUT", "/api/v1/posts/{post}/support", "200 200 200 403 403 200 401 404"),
    Row("DELETE", "/api/v1/posts/{post}/support", "200 200 200 403 403 200 401 404"),
    Row(
        "PUT",
        "/api/v1/posts/{post}/adoption",
        "400 200 200 403 403 403 401 404",  # an organiser says which township
        {"status": "planned"},
    ),
    Row(
        "POST",
        "/api/v1/posts/{post}/merge",
        "200 403 403 403 403 403 401 404",
        lambda world: {"into": str(world["other_post"])},
    ),
    Row("DELETE", "/api/v1/posts/{merged_post}/merge", MODERATORS),
    Row("PATCH", "/api/v1/replies/{reply}", MODERATORS, {"hidden": True}),
    Row("PATCH", "/api/v1/posts/{post}", MODERATORS, {"approved": False}),
    Row("PUT", "/api/v1/posts/{post}/assignment", MODERATORS, ASSIGNMENT),
    Row("DELETE", "/api/v1/posts/{post}/assignment", MODERATORS),
    Row("PUT", "/api/v1/posts/{post}/case", MODERATORS),
    Row("DELETE", "/api/v1/posts/{post}/case", MODERATORS),
    Row("GET", "/api/v1/posts/{post}/ledger", "200 200 200 200 200 200 401 404"),
    Row("POST", "/api/v1/posts/{old_practice}/ledger", "400 201 201 403 403 404 401 404", REPORT),
    Row("POST", "/api/v1/posts/{post}/ledger", "400 409 409 403 403 403 401 404", REPORT),
    # cases: the county's; guests are let into one meeting only
    Row("GET", "/api/v1/cases", "200 200 200 200 200 403 401 200"),
    Row("GET", "/api/v1/cases/{case}", "200 200 200 200 200 403 401 404"),
    Row("PATCH", "/api/v1/cases/{case}", "200 403 403 403 403 404 401 404", {"status": "running"}),
    Row("POST", "/api/v1/cases/{case}/notes", "201 201 403 403 403 404 401 404", {"text": "在办"}),
    Row("GET", "/cases/", "200 200 200 200 200 403 302 200"),
    Row("GET", "/cases/{case}/", READERS_PAGE),
    Row("POST", "/cases/{case}/", "200 403 403 403 403 403 401 404"),
    Row("POST", "/cases/{case}/note/", "302 302 403 403 403 404 401 404", {"text": "在办"}),
    Row("GET", "/practices/{post}/", "200 200 200 200 200 200 302 404"),
    Row("POST", "/practices/{old_practice}/", "400 302 302 403 403 404 401 404", REPORT),
    # categories: everybody reads them, organisers keep them
    Row("GET", "/api/v1/categories", "200 200 200 200 200 200 401 200"),
    Row("POST", "/api/v1/categories", "201 403 403 403 403 403 401 201", {"name": "新"}),
    Row(
        "PATCH", "/api/v1/categories/{category}", "200 403 403 403 403 403 401 404", {"name": "新"}
    ),
    Row("DELETE", "/api/v1/categories/{category}", "204 403 403 403 403 403 401 404"),
    Row("GET", "/categories/", "200 403 403 403 403 403 302 200"),
    Row("POST", "/categories/", "302 403 403 403 403 403 401 302", {"name": "新"}),
    Row("POST", "/categories/defaults/", "302 403 403 403 403 403 401 302"),
    Row("GET", "/categories/{category}/", "200 403 403 403 403 403 302 404"),
    Row("POST", "/categories/{category}/", ORGANISERS_POST, {"name": "新"}),
    Row("POST", "/categories/{category}/move/", ORGANISERS_POST, {"to": "0"}),
    Row("POST", "/categories/{category}/offer/", ORGANISERS_POST),
    Row("POST", "/categories/{category}/remove/", ORGANISERS_POST),
]
