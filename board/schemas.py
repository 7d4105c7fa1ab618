"""The shapes of the board in the JSON API."""

import uuid
from typing import Literal

from ninja import Schema

Status = Literal["waiting", "on_screen", "answered", "carried"]


class PostIn(Schema):
    kind: Literal["problem", "practice", "question"]
    body: str
    client_id: str
    page: uuid.UUID | None = None


class PostPatch(Schema):
    """`body` and `withdrawn` for the author; the rest for organisers. One change or several."""

    body: str | None = None
    withdrawn: Literal[True] | None = None
    hidden: bool | None = None
    pinned: bool | None = None
    status: Status | None = None


class ReplyIn(Schema):
    body: str
    client_id: str


class AdoptionIn(Schema):
    """`status` null takes the adoption back; `township` is for organisers."""

    status: Literal["planned", "running", "done"] | None
    result: str = ""
    township: uuid.UUID | None = None


class MergeIn(Schema):
    into: uuid.UUID


class Named(Schema):
    id: str
    name: str


class Author(Schema):
    """`mark` names the person within this meeting only."""

    name: str
    unit: str
    mark: str


class Anchor(Schema):
    id: str
    number: int
    title: str
    material: str
    version: str
    township: str
    thumb: str


class Supports(Schema):
    people: int
    townships: int


class ReplyOut(Schema):
    id: str
    client_id: str
    body: str
    author: Author
    township: Named | None
    created_at: str


class AdoptionOut(Schema):
    id: str
    township: Named
    status: str
    result: str
    changed_at: str


class PostOut(Schema):
    """`client_id` lets the sender's other pages know that it has arrived."""

    id: str
    client_id: str
    meeting: str
    kind: str
    body: str
    status: str
    author: Author
    others: list[Author]
    township: Named | None
    page: Anchor | None
    supports: Supports
    replies: list[ReplyOut]
    adoptions: list[AdoptionOut]
    pinned: bool
    hidden: bool
    withdrawn: bool
    merged_into: str | None
    created_at: str
    edited_at: str | None


class PostWithMine(PostOut):
    supported: bool
    mine: bool


class PostList(Schema):
    """`seq`: the entries are at least as new as this event."""

    seq: int
    mark: str
    posts: list[PostWithMine]
