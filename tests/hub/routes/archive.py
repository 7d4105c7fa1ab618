"""Rows of `archive/`."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from archive import retention
from archive.minutes.models import MinutesSave
from archive.minutes.services import draft_minutes
from archive.models import OldImport
from board.models import Category
from tests.archive.material import add_deck
from tests.people import make_person

from ..matrix import Row, Thing, World


def held(world: World) -> Any:
    """When the closed meeting was held, in the county's time."""
    return world.closed_meeting.starts_at.astimezone(ZoneInfo("Asia/Shanghai"))


def minuted(world: World) -> Any:
    """A closed meeting whose minutes are drafted, with slides for its digest."""
    draft_minutes(meeting_id=world.closed_meeting.pk)
    return world.closed_meeting


def kept(world: World) -> Any:
    """A text of the minutes that ran into another one."""
    section = minuted(world).minutes_text.sections.get(key="decisions")
    return MinutesSave.objects.create(section=section, body="另一份", at=timezone.now())


def deck_of_closed(world: World) -> Any:
    """A deck of the closed meeting with one slide."""
    return add_deck(world.closed_meeting, world.township, [{"title": "名册", "text": "登记"}])


def category(world: World) -> Any:
    return Category.objects.create(county=world.county, name="名册管理")


def asked(world: World) -> Any:
    """A removal that another organiser asked for."""
    second = make_person(world.county, "organiser", f"second-{uuid.uuid4().hex[:6]}")
    return retention.ask_removal(
        actor=second, what="material", object_id=deck_of_closed(world).pk, reason="保管期满"
    )


def old_import(world: World) -> Any:
    return OldImport.objects.create(
        county=world.county, name="旧.zip", source="imports/none/", size=9
    )


def old_planned(world: World) -> Any:
    return OldImport.objects.create(
        county=world.county, name="旧.zip", source="imports/none/", size=9, state="planned"
    )


DRAFT = "200 404 404 404 404 403 302 404"
WRITES_MINUTES = "302 403 403 403 403 404 401 404"
TAKES_PACK = "200 403 403 403 403 403 302 404"
MINUTES = "/archive/meetings/{minuted}/minutes/"
PACK = "/archive/meetings/{minuted}/pack/"

THINGS: dict[str, Thing] = {
    "minuted": minuted,
    "kept": kept,
    "closed_deck": deck_of_closed,
    "county_category": category,
    "removal": asked,
    "old_import": old_import,
    "old_planned": old_planned,
    "year": lambda world: held(world).year,
    "quarter": lambda world: (held(world).month + 2) // 3,
}

ROWS: list[Row] = [
    Row("GET", "/archive/", "200 200 200 200 200 403 302 200"),
    Row("GET", "/archive/1999/", "404 404 404 404 404 403 302 404"),
    Row("GET", "/archive/meetings/{closed_meeting}/", "200 200 200 200 200 403 302 404"),
    Row("GET", "/archive/townships/{township}/", "200 200 200 200 200 403 302 404"),
    Row("GET", "/archive/1999/overview/", "404 404 404 404 404 403 302 404"),
    Row("GET", "/archive/practices/", "200 200 200 200 200 403 302 200"),
    Row("GET", "/archive/categories/{county_category}/", "200 200 200 200 200 403 302 404"),
    Row("GET", "/archive/materials/{closed_deck}/", "200 200 200 200 200 403 302 404"),
    Row("GET", "/archive/retention/", "200 403 403 403 200 403 302 200"),
    Row(
        "POST",
        "/archive/retention/periods/",
        "302 403 403 403 302 403 401 302",
        body={"deck": "y30"},
    ),
    Row("POST", "/archive/retention/{removal}/", "302 403 403 403 302 403 401 404"),
    Row("GET", "/archive/remove/material/{closed_deck}/", "200 403 403 403 200 403 302 404"),
    Row("POST", "/archive/remove/material/{closed_deck}/", "400 403 403 403 400 403 401 404"),
    Row("GET", "/archive/old/", "200 403 403 403 200 403 302 200"),
    Row(
        "POST",
        "/archive/old/begin/",
        "201 403 403 403 201 403 401 201",
        body={"name": "旧.zip", "size": "9"},
    ),
    Row("GET", "/archive/old/{old_import}/", "200 403 403 403 200 403 302 404"),
    Row("POST", "/archive/old/{old_import}/pieces/?offset=5", "409 403 403 403 409 403 401 404"),
    Row("POST", "/archive/old/{old_planned}/confirm/", "302 403 403 403 302 403 401 404"),
    Row("POST", "/archive/old/{old_import}/drop/", "302 403 403 403 302 403 401 404"),
    Row("GET", "/search/suggest/?q=名册", "200 200 200 200 200 403 302 200"),
    Row("GET", "/search/", "200 200 200 200 200 403 302 200"),
    Row("GET", "/api/v1/search", "200 200 200 200 200 403 401 200"),
    Row("GET", "/archive/integrity/", "200 403 403 403 200 403 302 200"),
    Row("POST", "/archive/integrity/check/", "302 403 403 403 302 403 401 302"),
    Row("GET", "/archive/meetings/{closed_meeting}/correct/", "403 403 403 403 200 403 302 404"),
    Row("POST", "/archive/meetings/{closed_meeting}/correct/", "403 403 403 403 200 403 401 404"),
    Row("GET", "/archive/meetings/{closed_meeting}/package.zip", "403 403 403 403 200 403 302 404"),
    Row("GET", "/archive/{year}/package.zip", "403 403 403 403 200 403 302 403"),
    Row("GET", "/archive/{year}/q{quarter}/package.zip", "403 403 403 403 200 403 302 403"),
    Row(
        "GET",
        "/api/v1/meetings/{live_meeting}/similar?q=名册太旧了",
        "200 200 200 200 200 200 401 404",
    ),
    Row("GET", MINUTES, DRAFT),
    Row("GET", f"{MINUTES}state/", DRAFT),
    Row("GET", f"{MINUTES}minutes.docx", DRAFT),
    Row("GET", f"{MINUTES}minutes.pdf", "404 404 404 404 404 403 302 404"),
    Row("GET", f"{MINUTES}parts/decisions/history/", DRAFT),
    Row("POST", f"{MINUTES}parts/decisions/", WRITES_MINUTES, body={"body": "文字", "base": "1"}),
    Row("POST", f"{MINUTES}parts/agenda/again/", WRITES_MINUTES, body={"base": "1"}),
    Row("POST", MINUTES + "settle/{kept}/", WRITES_MINUTES, body={"body": "文字", "base": "1"}),
    Row("POST", f"{MINUTES}approve/", WRITES_MINUTES, body={"digest": "0"}),
    Row("GET", PACK, TAKES_PACK),
    Row("POST", PACK, "302 403 403 403 403 403 401 404"),
    Row("GET", f"{PACK}pack.zip", TAKES_PACK),
    Row("GET", f"{PACK}digest.pptx", TAKES_PACK),
    Row("GET", f"{PACK}problems.xlsx", TAKES_PACK),
    Row("GET", "/archive/numbers/", "200 200 200 200 200 403 302 200"),
    Row("GET", "/archive/numbers/1999/", "404 404 404 404 404 403 302 404"),
    Row("GET", "/archive/numbers/1999/all.xlsx", "404 404 404 404 404 403 302 404"),
    Row("GET", "/archive/meetings/{closed_meeting}/numbers/", "200 200 200 200 200 403 302 404"),
    Row(
        "GET",
        "/archive/meetings/{closed_meeting}/numbers/problems-by-township.csv",
        "200 200 200 200 200 403 302 404",
    ),
]
