"""Rows of reminders, the readiness board and attendance."""

import uuid
from typing import Any

from meetings.check_in import code_now
from meetings.models import Attendance, ChatGroup, Leave
from townships.models import Membership
from uploads.models import Material

from ..matrix import ORGANISERS_PAGE, ORGANISERS_POST, Row, Thing, World

MEETING_PAGE = "200 403 403 403 403 404 302 404"
MEETING_POST = "302 403 403 403 403 404 401 404"
LIVE_PAGE = "200 403 403 403 403 403 302 404"


def attendance(world: World) -> Any:
    return Attendance.objects.create(meeting=world.live_meeting, name="某人", how="host")


def leave(world: World) -> Any:
    person = Membership.objects.get(pk=world.actors["member"].membership_id)
    return Leave.objects.create(
        meeting=world.meeting, township=person.township, user=person.user, reason="病"
    )


def late_material(world: World) -> Any:
    return Material.objects.create(meeting=world.meeting, township=world.township, kind="deck")


def hall_code(world: World) -> Any:
    return code_now(world.live_meeting.pk)[0]


def chat(world: World) -> Any:
    """Its address is allowed no longer, so nothing goes out."""
    return ChatGroup.objects.create(county=world.county, name="群", address="json://127.0.0.1:9/")


THINGS: dict[str, Thing] = {
    "attendance": attendance,
    "leave": leave,
    "late_material": late_material,
    "hall_code": hall_code,
    "chat": chat,
}

PLAN = {"number_1": "7", "unit_1": "1440", "active": "on", "by_mail": "on"}
CHAT = {"name": "群", "address": "ntfys://lihui-test", "language": "zh-hans"}
CHOICE = {"mail": "last", "calendar": "last"}

ROWS: list[Row] = [
    Row("GET", "/meetings/{meeting}/readiness/", MEETING_PAGE),
    Row(
        "POST",
        "/meetings/{meeting}/readiness/remind/",
        MEETING_POST,
        body={"click": str(uuid.uuid4())},
    ),
    Row("POST", "/meetings/{meeting}/readiness/deadline/", MEETING_POST, body={"deadline": ""}),
    Row("POST", "/materials/{late_material}/extension/", "302 403 404 404 404 404 401 404"),
    Row("GET", "/reminders/", ORGANISERS_PAGE),
    Row("POST", "/reminders/", "302 403 403 403 403 403 401 302", body=CHAT),
    Row("GET", "/reminders/plan/", ORGANISERS_PAGE),
    Row("POST", "/reminders/plan/", "302 403 403 403 403 403 401 302", body=PLAN),
    Row("GET", "/reminders/plan/{series}/", "200 403 403 403 403 403 302 404"),
    Row("POST", "/reminders/plan/{series}/", ORGANISERS_POST, body=PLAN),
    Row("GET", "/reminders/chats/{chat}/", "200 403 403 403 403 403 302 404"),
    Row("POST", "/reminders/chats/{chat}/", ORGANISERS_POST, body={**CHAT, "address": ""}),
    Row("POST", "/reminders/chats/{chat}/try/", ORGANISERS_POST),
    Row("POST", "/reminders/chats/{chat}/remove/", ORGANISERS_POST),
    Row("GET", "/account/reminders/", "200 200 200 200 200 404 302 200"),
    Row("POST", "/account/reminders/", "302 302 302 302 302 404 401 302", body=CHOICE),
    Row("GET", "/meetings/{live_meeting}/attendance/", "200 200 200 200 200 403 302 404"),
    Row("GET", "/meetings/{meeting}/attendance/", MEETING_PAGE),
    Row(
        "POST",
        "/meetings/{live_meeting}/attendance/",
        "302 403 403 403 403 403 401 404",
        body={"name": "某人"},
    ),
    Row("GET", "/meetings/{live_meeting}/attendance/print/", "200 200 200 200 200 403 302 404"),
    Row("GET", "/meetings/{live_meeting}/attendance/sheet.xlsx", "200 200 200 200 200 403 302 404"),
    Row("GET", "/attendance/", "200 200 200 200 200 403 302 200"),
    Row("GET", "/attendance/year.xlsx", "200 200 200 200 200 403 302 200"),
    Row("POST", "/attendance/{attendance}/undo/", "302 403 403 403 403 403 401 404"),
    Row("POST", "/attendance/{attendance}/left/", "302 403 403 403 403 403 401 404"),
    Row("GET", "/meetings/{live_meeting}/check-in/", "403 403 403 403 403 403 302 404"),
    Row("POST", "/meetings/{live_meeting}/check-in/", "403 403 403 403 403 403 302 404"),
    Row("GET", "/meetings/{live_meeting}/check-in/screen/", LIVE_PAGE),
    Row("GET", "/meetings/{live_meeting}/check-in/code/", LIVE_PAGE),
    Row("GET", "/meetings/{live_meeting}/check-in/{hall_code}/", "302"),
    Row("GET", "/meetings/{meeting}/leave/", "403 200 200 403 403 404 302 404"),
    Row(
        "POST",
        "/meetings/{meeting}/leave/",
        "403 302 302 403 403 404 401 404",
        body={"reason": "病"},
    ),
    Row("POST", "/leave/{leave}/answer/", ORGANISERS_POST, body={"granted": "1"}),
]
