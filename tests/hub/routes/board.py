"""Rows of `board/`."""

import secrets
from typing import Any

from board.services import add_post

from ..matrix import Row, Thing, World

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


THINGS: dict[str, Thing] = {
    "post": post,
    "other_post": post,
}

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
]
