"""Rows of `meetings/`."""

from typing import Any

from meetings.models import Series

from ..matrix import ORGANISERS_PAGE, ORGANISERS_POST, Row, Thing, World

MEETING_POST = "302 403 403 403 403 404 401 404"
LIVE_POST = "302 403 403 403 403 403 401 404"
MEETING = {
    "title": "例会",
    "starts_at": "2026-12-25T09:00",
    "ends_at": "2026-12-25T12:00",
}
MEETING_FORM = {**MEETING, "venue": "", "note": "", "deadline": ""}
SERIES = {
    "name": "每月例会",
    "rule": "FREQ=MONTHLY;BYMONTHDAY=25",
    "starts_on": "2026-01-01",
    "time": "09:00",
}
SERIES_FORM = {
    "name": "每月例会",
    "kind": "day",
    "day": "25",
    "weekend": "stay",
    "starts_on": "2026-01-01",
    "time": "09:00",
    "minutes": "180",
    "deadline_days": "2",
}


def series(world: World) -> Any:
    return Series.objects.create(
        county=world.county,
        name="每月例会",
        rule="FREQ=MONTHLY;BYMONTHDAY=25",
        starts_on="2026-01-25",
    )


THINGS: dict[str, Thing] = {
    "meeting": lambda world: world.meeting,
    "live_meeting": lambda world: world.live_meeting,
    "draft_meeting": lambda world: world.draft_meeting,
    "closed_meeting": lambda world: world.closed_meeting,
    "item": lambda world: world.item,
    "series": series,
}

ROWS: list[Row] = [
    Row("GET", "/api/v1/meetings", "200 200 200 200 200 200 401 200"),
    Row("GET", "/api/v1/meetings/{meeting}", "200 200 200 200 200 404 401 404"),
    Row("GET", "/api/v1/meetings/{draft_meeting}", "200 404 404 404 404 404 401 404"),
    Row("GET", "/api/v1/meetings/{live_meeting}", "200 200 200 200 200 200 401 404"),
    Row("POST", "/api/v1/meetings/{draft_meeting}/announce", "200 404 404 404 404 404 401 404"),
    Row("POST", "/api/v1/meetings/{meeting}/open", "200 403 403 403 403 404 401 404"),
    Row("POST", "/api/v1/meetings/{live_meeting}/close", "200 403 403 403 403 403 401 404"),
    Row("POST", "/api/v1/meetings", "201 403 403 403 403 403 401 201", body=MEETING),
    Row(
        "PATCH",
        "/api/v1/meetings/{meeting}",
        "200 403 403 403 403 404 401 404",
        body={"venue": "礼堂"},
    ),
    Row("POST", "/api/v1/meetings/{live_meeting}/join-code", "200 403 403 403 403 403 401 404"),
    Row("GET", "/api/v1/meetings/{meeting}/agenda", "200 200 200 200 200 404 401 404"),
    Row("GET", "/api/v1/meetings/{draft_meeting}/agenda", "200 404 404 404 404 404 401 404"),
    Row(
        "POST",
        "/api/v1/meetings/{meeting}/agenda",
        "201 403 403 403 403 404 401 404",
        body={"kind": "other"},
    ),
    Row("PATCH", "/api/v1/agenda/{item}", "200 403 403 403 403 404 401 404", body={"minutes": 5}),
    Row("DELETE", "/api/v1/agenda/{item}", "204 403 403 403 403 404 401 404"),
    Row("POST", "/api/v1/agenda/{item}/start", "409 403 403 403 403 404 401 404"),
    Row("GET", "/api/v1/series", "200 403 403 403 403 403 401 200"),
    Row("POST", "/api/v1/series", "201 403 403 403 403 403 401 201", body=SERIES),
    Row("POST", "/api/v1/series/{series}/meetings", "201 403 403 403 403 403 401 404", body={}),
    Row("GET", "/meetings/", "200 200 200 200 200 200 302 200"),
    Row("GET", "/meetings/new/", ORGANISERS_PAGE),
    Row("POST", "/meetings/new/", "302 403 403 403 403 403 401 302", body=MEETING_FORM),
    Row("GET", "/meetings/{meeting}/edit/", "200 403 403 403 403 404 302 404"),
    Row("POST", "/meetings/{meeting}/edit/", MEETING_POST, body=MEETING_FORM),
    Row("POST", "/meetings/{draft_meeting}/announce/", "302 404 404 404 404 404 401 404"),
    Row("POST", "/meetings/{meeting}/open/", MEETING_POST),
    Row("POST", "/meetings/{live_meeting}/close/", LIVE_POST),
    Row("POST", "/meetings/{live_meeting}/join-code/", LIVE_POST),
    Row("POST", "/meetings/{draft_meeting}/discard/", "302 404 404 404 404 404 401 404"),
    Row("GET", "/meetings/{meeting}/agenda/", "200 403 403 403 403 404 302 404"),
    Row(
        "POST",
        "/meetings/{meeting}/agenda/",
        MEETING_POST,
        body={"kind": "other", "minutes": "5"},
    ),
    Row("GET", "/meetings/{meeting}/agenda/print/", "200 200 200 200 200 404 302 404"),
    Row("POST", "/meetings/{meeting}/agenda/several/", "400 403 403 403 403 404 401 404"),
    Row("POST", "/meetings/{meeting}/agenda/take-over/", MEETING_POST),
    Row("GET", "/agenda/{item}/", "200 403 403 403 403 404 302 404"),
    Row("POST", "/agenda/{item}/", MEETING_POST, body={"kind": "other", "minutes": "5"}),
    Row("POST", "/agenda/{item}/move/", MEETING_POST, body={"by": "1"}),
    Row("POST", "/agenda/{item}/remove/", MEETING_POST),
    Row("GET", "/series/", ORGANISERS_PAGE),
    Row("GET", "/series/new/", ORGANISERS_PAGE),
    Row("POST", "/series/new/", "302 403 403 403 403 403 401 302", body=SERIES_FORM),
    Row("GET", "/series/{series}/", "200 403 403 403 403 403 302 404"),
    Row("POST", "/series/{series}/", ORGANISERS_POST, body=SERIES_FORM),
    Row("POST", "/series/{series}/next/", ORGANISERS_POST),
    Row("POST", "/series/{series}/pause/", ORGANISERS_POST),
]
