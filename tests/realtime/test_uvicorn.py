"""The hub runs on uvicorn as it does on daphne: the same events in order, the same refusals."""

import asyncio
import sys
from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from meetings.models import Meeting
from tests.processes import Server, collect_static
from tests.realtime.live import awrite_post, follow, headers_of
from townships.actors import Actor

OPTIONS = ["--ws", "websockets-sansio", "--ws-per-message-deflate", "false"]
LIMITS = ["--ws-max-size", "65536", "--backlog", "4096"]


def uvicorn_command(host: str, port: int) -> list[str]:
    """As docs/operations.md has it."""
    place = ["--host", host, "--port", str(port)]
    return [sys.executable, "-m", "uvicorn", "asgi:application", *OPTIONS, *LIMITS, *place]


@pytest.fixture
def uvicorn(transactional_db: None) -> Iterator[Server]:
    collect_static()
    server = Server("uvicorn", command=uvicorn_command)
    server.start()
    yield server
    server.stop()


async def test_a_reader_follows_and_comes_back_to_what_it_missed(
    uvicorn: Server, live_meeting: Meeting, member: Actor, organiser: Actor
) -> None:
    host, headers = [await headers_of(uvicorn, actor) for actor in (organiser, member)]
    await awrite_post(live_meeting.pk, 3)
    async with (
        follow(uvicorn, live_meeting, headers, 1) as me,
        follow(uvicorn, live_meeting, host) as other,
    ):
        await me.reach(3)
        assert me.seqs == [2, 3]
        await asyncio.gather(*(awrite_post(live_meeting.pk, 5) for _ in range(4)))
        await me.reach(23)
        await other.reach(23)
        assert other.seqs == list(range(1, 24))
        assert me.seqs == other.seqs[1:]
    await awrite_post(live_meeting.pk, 40)
    async with follow(uvicorn, live_meeting, headers, 23) as back:
        await back.reach(63)
        assert back.seqs == list(range(24, 64))


async def test_what_is_wrong_at_the_door_or_in_a_frame_is_refused_alike(
    uvicorn: Server, live_meeting: Meeting, foreign_member: Actor, member: Actor
) -> None:
    headers = await headers_of(uvicorn, member)
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            uvicorn.ws(f"/ws/meetings/{live_meeting.pk}/"),
            additional_headers=headers | {"Origin": "https://elsewhere.example"},
            proxy=None,
        )
    assert refused.value.response.status_code == 403
    for frame in ("hello", '{"type": "after", "seq": -1}', "[" * 30_000):
        async with follow(uvicorn, live_meeting, headers) as me:
            await me.socket.send(frame)
            assert await me.close_code() == 4400
    address = uvicorn.ws(f"/ws/meetings/{live_meeting.pk}/?after=0")
    for other, code in (
        (headers | {"Cookie": "sessionid=none"}, 4401),
        (await headers_of(uvicorn, foreign_member), 4403),
    ):
        async with connect(address, additional_headers=other, proxy=None) as socket:
            await socket.wait_closed()
            assert socket.close_code == code


async def test_who_is_signed_out_is_closed(
    uvicorn: Server, live_meeting: Meeting, member: Actor
) -> None:
    headers = await headers_of(uvicorn, member)
    async with follow(uvicorn, live_meeting, headers) as me:
        await Session.objects.all().adelete()
        assert await me.close_code(5.0) == 4401


def test_pages_and_writes_are_answered(
    uvicorn: Server, live_meeting: Meeting, member: Actor
) -> None:
    with uvicorn.http(member) as http:
        assert http.get(f"/meetings/{live_meeting.pk}/room/").status_code == 200
        body = {"kind": "problem", "body": "名册没有更新", "client_id": "uvicorn"}
        answer = http.post(f"/api/v1/meetings/{live_meeting.pk}/posts", json=body)
        assert (answer.status_code, answer.json()["body"]) == (201, "名册没有更新")
