"""The shapes of the board in the JSON API."""

import datetime as dt
import uuid
from typing import Any, Literal

from ninja import Schema

Status = Literal["waiting", "on_screen", "answered", "carried"]


class PostIn(Schema):
    kind: Literal["problem", "practice", "question"]
    body: str
    client_id: str
    page: uuid.UUID | None = None
    category: uuid.UUID | None = None


class PostPatch(Schema):
    """`body` and `withdrawn` for the author; the rest for organisers. One change or several.

    `approved` false makes an entry wait again; `category` null files it under none.
    """

    body: str | None = None
    withdrawn: Literal[True] | None = None
    hidden: bool | None = None
    pinned: bool | None = None
    status: Status | None = None
    approved: bool | None = None
    category: uuid.UUID | None = None


class ReplyPatch(Schema):
    hidden: bool


class AssignmentIn(Schema):
    """`user` (a person of the county) or a `name`; `due` is a date."""

    user: uuid.UUID | None = None
    name: str = ""
    due: dt.date | None = None


class CasePatch(Schema):
    """Only what is sent is changed; `note` says why, in the history. `responsible` null: nobody."""

    title: str = ""
    status: Literal["open", "running", "solved", "dropped"] = "open"
    outcome: str = ""
    due: dt.date | None = None
    responsible: uuid.UUID | None = None
    responsible_name: str = ""
    solved_by: uuid.UUID | None = None
    category: uuid.UUID | None = None
    note: str = ""


class NoteIn(Schema):
    text: str


class CategoryIn(Schema):
    name: str
    parent: uuid.UUID | None = None


class CategoryPatch(Schema):
    """`position` among its neighbours, 0 is the first; `archived` ones are offered no more."""

    name: str | None = None
    position: int | None = None
    archived: bool | None = None


class ReplyIn(Schema):
    body: str
    client_id: str


class AdoptionIn(Schema):
    """`status` null takes the adoption back; `township` is for organisers."""

    status: Literal["planned", "running", "done"] | None
    result: str = ""
    township: uuid.UUID | None = None
    evidence: uuid.UUID | None = None


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


class Other(Author):
    """Who else raised it, and the entry that was merged (`body` "" where it is not to be read)."""

    id: str
    body: str


class CategoryOut(Schema):
    """`of`: the category that an aspect belongs to, "" for a category."""

    id: str
    name: str
    of: str


class CaseOfPost(Schema):
    id: str
    status: str
    responsible: str
    responsible_id: str | None
    due: str | None


class CaseOut(Schema):
    """`meetings`: where it is or was on the list."""

    id: str
    kind: str
    title: str
    status: str
    township: Named | None
    category: CategoryOut | None
    responsible: str
    responsible_id: str | None
    due: str | None
    outcome: str
    opened_in: str | None
    meetings: list[str]
    solved_by: str | None
    created_at: str
    closed_at: str | None


class CaseList(Schema):
    total: int
    cases: list[CaseOut]


class StepOut(Schema):
    kind: str
    text: str
    data: dict[str, Any]
    actor: str
    meeting: str | None
    post: str | None
    created_at: str


class CaseDetail(CaseOut):
    steps: list[StepOut]


class Evidence(Schema):
    id: str
    title: str
    url: str


class LedgerRowOut(Schema):
    """A township in the ledger of a practice, as it is now."""

    township: Named
    status: str
    result: str
    evidence: Evidence | None
    changed_at: str


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
    hidden: bool
    created_at: str


class AdoptionOut(Schema):
    id: str
    township: Named
    status: str
    result: str
    evidence: Evidence | None
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
    others: list[Other]
    township: Named | None
    category: CategoryOut | None
    case: CaseOfPost | None
    page: Anchor | None
    supports: Supports
    replies: list[ReplyOut]
    adoptions: list[AdoptionOut]
    pinned: bool
    held: bool
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
