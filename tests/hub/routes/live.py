"""Rows of hands, polls, the check-in list and the hall's screen."""

from typing import Any

from board.hands import raise_hand
from board.polls import add_poll, change_poll
from meetings.attendance import check_in
from realtime.pairing import make_link

from ..matrix import Row, Thing, World

POLL = {"question": "同意吗？", "options": ["同意", "不同意"]}


def hand(world: World) -> Any:
    """The member's, in the live meeting."""
    return raise_hand(actor=world.actors["member"], meeting_id=world.live_meeting.pk)


def poll(world: World) -> Any:
    """One for each person, open."""
    organiser = world.actors["organiser"]
    made = add_poll(actor=organiser, meeting_id=world.live_meeting.pk, **POLL)  # type: ignore[arg-type]
    return change_poll(actor=organiser, poll_id=made.pk, state="open")


def came(world: World) -> Any:
    """Somebody the host wrote down."""
    return check_in(
        actor=world.actors["organiser"],
        meeting_id=world.live_meeting.pk,
        how="host",
        name="王委员",
        township_id=world.township.pk,
    )


def screen_key(world: World) -> Any:
    organiser = world.actors["organiser"]
    return make_link(actor=organiser, meeting_id=world.live_meeting.pk).screen_key


def choice(world: World) -> dict[str, Any]:
    from board.models import Poll

    option = Poll.objects.get(pk=world["poll"]).options.first()
    return {"option": str(option.pk) if option else None}


def person(world: World) -> dict[str, str]:
    return {"membership": str(world.actors["member"].membership_id)}


THINGS: dict[str, Thing] = {
    "hand": hand,
    "poll": poll,
    "came": came,
    "screen_key": screen_key,
}

LIVE = "/api/v1/meetings/{live_meeting}"
HOSTS = "200 403 403 403 403 403 401 404"
ROWS: list[Row] = [
    Row("GET", f"{LIVE}/hands", "200 200 200 200 200 200 401 404"),
    Row("POST", f"{LIVE}/hands", "201 201 201 201 403 201 401 404", {}),
    Row("POST", "/api/v1/meetings/{meeting}/hands", "409 409 409 409 403 404 401 404", {}),
    Row("PATCH", "/api/v1/hands/{hand}", "200 200 403 403 403 403 401 404", {"state": "withdrawn"}),
    Row("GET", f"{LIVE}/polls", "200 200 200 200 200 200 401 404"),
    Row("POST", f"{LIVE}/polls", "201 403 403 403 403 403 401 404", POLL),
    Row("PATCH", "/api/v1/polls/{poll}", HOSTS, {"state": "closed"}),
    Row("DELETE", "/api/v1/polls/{poll}", "204 403 403 403 403 403 401 404"),
    Row("PUT", "/api/v1/polls/{poll}/vote", "200 200 200 403 403 403 401 404", choice),
    Row("GET", "/api/v1/polls/{poll}/votes", HOSTS),
    Row("GET", f"{LIVE}/mine", "200 200 200 200 200 200 401 404"),
    Row("GET", f"{LIVE}/attendance", HOSTS),
    Row("POST", f"{LIVE}/attendance", HOSTS, person),
    Row("DELETE", f"{LIVE}/attendance/{{came}}", HOSTS),
    Row("GET", f"{LIVE}/screen/link", HOSTS),
    Row("POST", f"{LIVE}/screen/link", HOSTS),
    Row("DELETE", f"{LIVE}/screen/link", HOSTS),
    Row("GET", "/screen/", "200"),
    Row("POST", "/screen/", "302", {"code": "ABCDE-23456"}),
    Row(
        "GET", "/screen/{screen_key}/", "200 200 200 200 200 302 302 200"
    ),  # asked before signing out
    Row("POST", "/screen/{screen_key}/", "302"),
]
