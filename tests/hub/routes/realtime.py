"""Rows of `realtime/`."""

from typing import Any

from uploads.models import Material, Version

from ..matrix import Row, Thing, World
from . import live
from .board import ENTRY


def shown_material(world: World) -> Any:
    """A ready deck of the live meeting."""
    material = Material.objects.create(
        meeting=world.live_meeting, township=world.township, kind="deck"
    )
    material.current = Version.objects.create(
        material=material,
        number=1,
        state="ready",
        filename="a.pptx",
        size=1,
        sha256="0" * 64,
        original="a",
    )
    material.save()
    return material


THINGS: dict[str, Thing] = {
    "shown_material": shown_material,
    "join_code": lambda world: world.live_meeting.join_code,
    **live.THINGS,
}

ROWS: list[Row] = [
    Row("GET", "/api/v1/meetings/{meeting}/events", "200 200 200 200 200 404 401 404"),
    Row("GET", "/api/v1/meetings/{live_meeting}/events", "200 200 200 200 200 200 401 404"),
    Row("GET", "/api/v1/meetings/{live_meeting}/screen", "200 200 200 200 200 200 401 404"),
    Row(
        "PUT",
        "/api/v1/meetings/{live_meeting}/screen",
        "200 403 403 403 403 403 401 404",
        {"mode": "board"},
    ),
    Row(
        "POST",
        "/api/v1/meetings/{live_meeting}/screen/step",
        "409 403 403 403 403 403 401 404",  # no slide was chosen yet
        {"by": 1},
    ),
    Row("GET", "/api/v1/meetings/{live_meeting}/decks", "200 200 200 200 200 200 401 404"),
    Row(
        "GET",
        "/api/v1/meetings/{live_meeting}/decks/{shown_material}",
        "200 200 200 200 200 200 401 404",
    ),
    Row("GET", "/meetings/{meeting}/room/", "200 200 200 200 200 404 302 404"),
    Row("GET", "/meetings/{live_meeting}/room/", "200 200 200 200 200 200 302 404"),
    Row("POST", "/meetings/{live_meeting}/room/", "302 302 302 403 403 302 401 404", ENTRY),
    Row("GET", "/meetings/{live_meeting}/cockpit/", "200 403 403 403 403 403 302 404"),
    Row(
        "POST",
        "/meetings/{live_meeting}/cockpit/",
        "302 403 403 403 403 403 401 404",
        {"action": "close"},
    ),
    Row("GET", "/meetings/{live_meeting}/projector/", "200 200 200 200 200 200 302 404"),
    Row("GET", "/meetings/{live_meeting}/join.svg", "200 200 200 200 200 200 302 404"),
    Row("GET", "/join/", "200"),
    Row("POST", "/join/", "302", {"code": "ABC 234"}),
    Row("GET", "/join/{join_code}/", "302 302 302 302 302 302 200 200"),
    Row(
        "POST",
        "/join/{join_code}/",
        "302 302 302 302 302 302 302 200",  # a stranger's account is no guest
        {"name": "王老师", "unit": "党校"},
    ),
    Row("WS", "/ws/meetings/{meeting}/", "101 101 101 101 101 4403 4401 4403"),
    Row("WS", "/ws/meetings/{live_meeting}/", "101 101 101 101 101 101 4401 4403"),
    Row("WS", "/ws/meetings/{draft_meeting}/", "101 4403 4403 4403 4403 4403 4401 4403"),
    Row("WS", "/ws/elsewhere/", "403"),
    *live.ROWS,
]
