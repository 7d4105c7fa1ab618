"""The screen over the JSON API."""

import uuid
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Router, Schema

from meetings.models import Meeting
from meetings.queries import visible_meeting
from townships.pages import actor_of
from townships.problems import NotFound
from uploads.models import Material, Version

from . import pairing, services
from .screen import deck_dict, screen_dict, showable_decks

router = Router(tags=["screen"])


class ScreenIn(Schema):
    """`material` and `page` only for `slide`; without them the slide shown last. `poll` for `poll`."""

    mode: Literal["slide", "board", "join", "check", "blank", "poll"]
    material: uuid.UUID | None = None
    page: int | None = None
    poll: uuid.UUID | None = None


class StepIn(Schema):
    """`seen`: the number up to which the caller knows the log; where the screen was changed since, it
    stays as it is."""

    by: Literal[1, -1]
    seen: int | None = Field(None, ge=0, le=2**31 - 1)


class PageOut(Schema):
    id: str
    number: int
    title: str
    hidden: bool
    image: str | None
    thumb: str | None
    width: int
    height: int
    text: str | None = None
    notes: str | None = None


class ScreenOut(Schema):
    """`seq`: the number of the log at which this was so."""

    seq: int
    mode: str
    material: str | None
    version: str | None
    number: int | None
    poll: str | None
    total: int
    township: str
    kind: str
    title: str
    page: PageOut | None
    next: PageOut | None


class LinkOut(Schema):
    """`address` opens the projector page without signing in; both are empty where there is no link."""

    code: str
    address: str


class DeckCard(Schema):
    """A material that can be put on the screen, with its first slide."""

    material: str
    version: str
    township: str
    township_id: str
    kind: str
    title: str
    total: int
    first: PageOut | None


class DeckOut(Schema):
    material: str
    version: str
    township: str
    kind: str
    title: str
    pages: list[PageOut]


def answer(meeting: Meeting) -> dict[str, Any]:
    return {"seq": meeting.last_seq, **screen_dict(meeting)}


@router.get("/meetings/{uuid:meeting_id}/screen", response=ScreenOut)
def get_screen(request: HttpRequest, meeting_id: uuid.UUID) -> dict[str, Any]:
    """What the hall sees now."""
    actor = actor_of(request)
    return answer(visible_meeting(actor, meeting_id))


@router.put("/meetings/{uuid:meeting_id}/screen", response=ScreenOut)
def put_screen(request: HttpRequest, meeting_id: uuid.UUID, data: ScreenIn) -> dict[str, Any]:
    """Set what the hall sees: a slide, the board, the join code or nothing."""
    meeting = services.set_screen(
        actor=actor_of(request),
        meeting_id=meeting_id,
        mode=data.mode,
        material_id=data.material,
        page=data.page,
        poll_id=data.poll,
    )
    return answer(meeting)


@router.post("/meetings/{uuid:meeting_id}/screen/step", response=ScreenOut)
def post_step(request: HttpRequest, meeting_id: uuid.UUID, data: StepIn) -> dict[str, Any]:
    """One slide on or back; hidden slides are stepped over."""
    meeting = services.step_screen(
        actor=actor_of(request),
        meeting_id=meeting_id,
        by=data.by,
        seen=data.seen,
    )
    return answer(meeting)


@router.get(
    "/meetings/{uuid:meeting_id}/decks/{uuid:material_id}",
    response=DeckOut,
    exclude_unset=True,
)
def get_deck(request: HttpRequest, meeting_id: uuid.UUID, material_id: uuid.UUID) -> dict[str, Any]:
    """All slides of a material for browsing: of the version on the screen, else the newest."""
    actor = actor_of(request)
    meeting = visible_meeting(actor, meeting_id)
    material = (
        Material.objects.visible_to(actor)
        .select_related("township", "meeting")
        .filter(pk=material_id, meeting=meeting)
        .first()
    )
    if material is None:
        raise NotFound
    version_id = material.current_id
    if meeting.screen_material_id == material.pk and meeting.screen_version_id:
        version_id = meeting.screen_version_id
    version = Version.objects.filter(pk=version_id, material=material).first()
    if version is None:
        raise NotFound
    version.material = material
    return deck_dict(actor, version)


@router.get("/meetings/{uuid:meeting_id}/decks", response=list[DeckCard])
def list_decks(request: HttpRequest, meeting_id: uuid.UUID) -> list[dict[str, Any]]:
    """The materials with slides that the reader may see, in the order of the agenda."""
    actor = actor_of(request)
    return showable_decks(actor, visible_meeting(actor, meeting_id))


def link_answer(request: HttpRequest, key: str) -> dict[str, str]:
    """The link as it is typed: in groups, so that it can be read out."""
    code = f"{key[:5]}-{key[5:]}" if key else ""
    address = request.build_absolute_uri(reverse("screen_key", args=[code])) if key else ""
    return {"code": code, "address": address}


@router.get("/meetings/{uuid:meeting_id}/screen/link", response=LinkOut)
def get_link(request: HttpRequest, meeting_id: uuid.UUID) -> dict[str, str]:
    """The link that makes a computer the hall's screen; for organisers."""
    return link_answer(request, pairing.link_of(actor_of(request), meeting_id))


@router.post("/meetings/{uuid:meeting_id}/screen/link", response=LinkOut)
def make_link(request: HttpRequest, meeting_id: uuid.UUID) -> dict[str, str]:
    """A new link; screens that came by the old one are sent away."""
    meeting = pairing.make_link(actor=actor_of(request), meeting_id=meeting_id)
    return link_answer(request, meeting.screen_key)


@router.delete("/meetings/{uuid:meeting_id}/screen/link", response=LinkOut)
def end_link(request: HttpRequest, meeting_id: uuid.UUID) -> dict[str, str]:
    """Take the link back."""
    meeting = pairing.end_link(actor=actor_of(request), meeting_id=meeting_id)
    return link_answer(request, meeting.screen_key)
