"""The hall's screens tell what they show, and the host hears it at once; nobody else counts as one."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from meetings.models import Meeting
from realtime.consumers import BAD_FRAME, BadFrame, parse_frame
from realtime.pairing import end_link, make_link
from realtime.screens import Screens, Shown
from tests.people import make_screen
from tests.processes import Server
from tests.realtime.live import Reader, follow, headers_of
from townships.actors import Actor


def screens_of(reader: Reader) -> list[dict[str, Any]] | None:
    told = [frame for frame in reader.others if frame["type"] == "screens"]
    return told[-1]["screens"] if told else None


async def show(reader: Reader, view: str, visible: bool = True) -> None:
    frame = {"type": "shown", "seq": reader.seq, "view": view, "visible": visible}
    await reader.socket.send(json.dumps(frame))


@pytest.fixture
def paired(live_meeting: Meeting, organiser: Actor) -> Actor:
    return make_screen(make_link(actor=organiser, meeting_id=live_meeting.pk))


async def test_the_host_hears_what_a_paired_screen_shows_and_when_it_is_gone(
    daphne_server: Server, live_meeting: Meeting, organiser: Actor, paired: Actor
) -> None:
    async with follow(
        daphne_server, live_meeting, await headers_of(daphne_server, organiser)
    ) as host:
        await host.until(lambda: screens_of(host) == [])
        async with follow(
            daphne_server, live_meeting, await headers_of(daphne_server, paired)
        ) as hall:
            await show(hall, "board")
            await host.until(lambda: screens_of(host), 2)
            (screen,) = screens_of(host) or []
            assert screen["paired"] is True
            assert (screen["view"], screen["visible"]) == ("board", True)
            await show(hall, "board", visible=False)
            await host.until(lambda: not (screens_of(host) or [{}])[0].get("visible", True), 2)
        await host.until(lambda: screens_of(host) == [], 5)
        await host.until(lambda: host.presence and host.presence[-1]["people"] == 1, 5)


async def test_what_a_member_claims_to_show_is_told_to_nobody(
    daphne_server: Server, live_meeting: Meeting, organiser: Actor, member: Actor
) -> None:
    async with (
        follow(daphne_server, live_meeting, await headers_of(daphne_server, organiser)) as host,
        follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as other,
    ):
        await show(other, "board")
        await host.nothing(3)
        assert screens_of(host) == []
        await other.nothing(0.5)
        assert screens_of(other) is None


async def test_a_link_that_is_taken_back_closes_the_screen_within_5_seconds(
    daphne_server: Server, live_meeting: Meeting, organiser: Actor, paired: Actor
) -> None:
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, paired)) as hall:
        await sync_to_async(end_link)(actor=organiser, meeting_id=live_meeting.pk)
        assert await hall.close_code(5) == 4403


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "shown"},
        {"type": "shown", "seq": 1},
        {"type": "shown", "seq": -1, "view": "board"},
        {"type": "shown", "seq": 1, "view": "x" * 11},
        {"type": "shown", "seq": 1, "view": "slide:" + "a" * 37},
        {"type": "shown", "seq": 1, "view": "<script>"},
        {"type": "shown", "seq": 1, "view": 7},
        {"type": "shown", "seq": 1, "view": "board", "visible": "yes"},
    ],
)
def test_what_is_no_view_is_a_bad_frame(frame: dict[str, Any]) -> None:
    with pytest.raises(BadFrame):
        parse_frame(json.dumps(frame))


async def test_a_bad_view_closes_the_socket(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        await show(me, "not a view")
        assert await me.close_code() == BAD_FRAME


def test_other_processes_screens_are_told_too_and_forgotten_when_silent(
    monkeypatch: pytest.MonkeyPatch, organiser: Actor
) -> None:
    screens, now = Screens(), [1000.0]
    monkeypatch.setattr("realtime.screens.time.monotonic", lambda: now[0])
    assert screens.show("seat", organiser, Shown("board", 3, True)) is True
    assert screens.show("seat", organiser, Shown("board", 3, True)) is False
    assert screens.hear("other", [{"view": "join"}]) is True
    assert screens.hear("other", [{"view": "join"}]) is False
    views = [screen["view"] for screen in json.loads(screens.frame()["text"])["screens"]]
    assert views == ["board", "join"]
    now[0] += 61
    assert screens.forget_silent() is True
    assert screens.remove("seat") is True
    assert json.loads(screens.frame()["text"]) == {"type": "screens", "screens": []}


@pytest.mark.skipif(not settings.REDIS_URL, reason="needs Redis (full stack)")
@pytest.mark.timeout(180)
async def test_the_host_hears_of_a_screen_on_another_process_and_when_it_is_gone(
    start_server, live_meeting: Meeting, organiser: Actor, paired: Actor
) -> None:
    one = await asyncio.to_thread(start_server)
    two = await asyncio.to_thread(start_server)
    async with (
        follow(one, live_meeting, await headers_of(one, organiser)) as host,
        follow(two, live_meeting, await headers_of(two, paired)) as hall,
    ):
        await asyncio.sleep(2)
        await show(hall, "join")
        await host.until(lambda: screens_of(host), 5)
        assert (screens_of(host) or [])[0]["view"] == "join"
        await hall.socket.close()
        await host.until(lambda: screens_of(host) == [], 5)
