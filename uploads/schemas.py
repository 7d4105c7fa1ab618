"""The shapes of materials in the JSON API."""

import datetime as dt
import uuid
from typing import Literal

from ninja import Schema

Kind = Literal["deck", "manuscript"]


class Reason(Schema):
    code: str
    sentence: str


class ProgressOut(Schema):
    done: int
    total: int


class Approved(Schema):
    """When the township and the organiser said "I have looked at it, it is right"."""

    owner: str | None
    organiser: str | None


class VersionOut(Schema):
    """`late`, `label`, `approved`, `uploaded_by`, `progress`, `reason` and `notice` are for those who see its way."""

    id: str
    number: int
    state: Literal["received", "inspecting", "converting", "ready", "refused", "failed"]
    filename: str
    size: int
    sha256: str
    uploaded_at: str
    pages: int
    original: str
    pdf: str | None
    label: str | None = None
    late: bool | None = None
    approved: Approved | None = None
    uploaded_by: str | None = None
    progress: ProgressOut | None = None
    reason: Reason | None = None
    notice: Reason | None = None


class TownshipRef(Schema):
    id: str
    name: str


class MaterialOut(Schema):
    id: str
    meeting: str
    township: TownshipRef
    kind: Kind
    title: str
    state: str
    withdrawn: bool
    url: str
    current: VersionOut | None
    newest: VersionOut | None = None
    extended_until: str | None = None
    extension_asked_at: str | None = None
    extension_reason: str | None = None


class FindingOut(Schema):
    code: str
    slide: int | None
    sentence: str
    advice: str


class MaterialDetail(MaterialOut):
    """With every version and the findings of the one shown."""

    versions: list[VersionOut] = []
    findings: list[FindingOut] = []


class MaterialList(Schema):
    materials: list[MaterialOut]


class MediaOut(Schema):
    url: str
    type: str
    size: int
    name: str


class PageOut(Schema):
    """`notes` only for the own township and organisers."""

    id: str
    number: int
    title: str
    text: str
    hidden: bool
    image: str | None
    thumb: str | None
    width: int
    height: int
    media: list[MediaOut] = []
    notes: str | None = None


class PageList(Schema):
    material: str
    version: str | None
    state: str
    pages: list[PageOut]


class UploadOut(Schema):
    id: str
    filename: str
    length: int
    offset: int
    kind: Kind
    fingerprint: str
    url: str
    uploaded_by: str
    mine: bool
    last_byte_at: str
    quiet_seconds: int
    created_at: str
    expires_at: str


class UploadList(Schema):
    uploads: list[UploadOut]


class ExtensionAsk(Schema):
    kind: Kind
    reason: str
    township: uuid.UUID | None = None


class ExtensionGrant(Schema):
    kind: Kind
    township: uuid.UUID
    until: dt.datetime


class VersionName(Schema):
    label: str


class PieceOut(Schema):
    op: Literal["same", "added", "removed", "gap"]
    text: str


class ChangeOut(Schema):
    """A slide: its number before and after; `picture`: whether it looks different (null: unknown)."""

    state: Literal["same", "changed", "added", "removed", "moved"]
    before: int | None
    after: int | None
    title: str
    picture: bool | None
    text: list[PieceOut]
    notes: list[PieceOut]
    hidden: bool


class ChangeList(Schema):
    material: str
    before: int
    after: int
    counts: dict[str, int]
    changes: list[ChangeOut]


class BaseDeckOut(Schema):
    filename: str
    size: int
    sha256: str
