"""What is wrong at the door or in a frame gets its close code, and never anything else (47-64)."""

import asyncio
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from meetings.models import Meeting
from tests.processes import Server
from tests.realtime.live import Reader, follow, headers_of
from townships.actors import Actor

# No address at all: the server itself answers 400.
UNREADABLE = {
    "",
    "http://127.0.0.1:{port}:{port}",
    "http://[::1",
    "127.0.0.1:{port}",
    "http://127.0.0.1:99999",
}


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "",
        "https://elsewhere.example",
        "http://127.0.0.1:1",
        "https://127.0.0.1:{port}",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}/path",
        "http://127.0.0.1:{port}:{port}",
        "http://user@127.0.0.1:{port}",
        "http://[::1",
        "127.0.0.1:{port}",
        "javascript://127.0.0.1:{port}",
        "http://127.0.0.1:99999",
    ],
)
async def test_a_foreign_origin_is_refused_before_anything_else(
    daphne_server: Server, live_meeting: Meeting, member: Actor, origin: str | None
) -> None:
    """47-49: no, null, foreign or malformed Origin, the right host with a wrong port or scheme: 403
    (400 where the server itself cannot read the header)."""
    headers = await headers_of(daphne_server, member)
    del headers["Origin"]
    if origin is not None:
        headers["Origin"] = origin.format(port=daphne_server.port)
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            daphne_server.ws(f"/ws/meetings/{live_meeting.pk}/"),
            additional_headers=headers,
            proxy=None,
        ):
            pass
    unreadable = origin in UNREADABLE
    assert refused.value.response.status_code == (400 if unreadable else 403)


BAD_FRAMES = {
    "not JSON": "hello",
    "empty": "",
    "an array": "[]",
    "nested 30,000 deep": "[" * 30_000,
    "objects nested 10,000 deep": '{"a":' * 10_000,
    "no type": "{}",
    "type is a number": '{"type": 1}',
    "no seq": '{"type": "after"}',
    "NaN": '{"type": "after", "seq": NaN}',
    "1e999": '{"type": "after", "seq": 1e999}',
    "a fraction": '{"type": "after", "seq": 1.0}',
    "negative": '{"type": "after", "seq": -1}',
    "2^63": '{"type": "after", "seq": 9223372036854775808}',
    "a string": '{"type": "after", "seq": "1"}',
    "true": '{"type": "after", "seq": true}',
    "null": '{"type": "after", "seq": null}',
    "5,000 digits": '{"type": "after", "seq": ' + "1" * 5000 + "}",
    "binary": b'{"type": "after", "seq": 0}',
}


@pytest.mark.parametrize(
    "other", ['prefs={"a":1, "b":2}', "a b=1", "nameless", "[x]=1", 'q="open', "=", ""]
)
async def test_the_strange_cookie_of_another_program_signs_nobody_out(
    daphne_server: Server, live_meeting: Meeting, member: Actor, other: str
) -> None:
    """An office portal on the same host sets cookies of its own; pages read past them, and so does the
    socket."""
    headers = await headers_of(daphne_server, member)
    headers["Cookie"] = f"{other}; {headers['Cookie']}"
    async with follow(daphne_server, live_meeting, headers) as me:
        assert me.hello is not None


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES)
async def test_a_bad_frame_closes_with_4400(
    daphne_server: Server, live_meeting: Meeting, member: Actor, frame: str | bytes
) -> None:
    """53-55, 57."""
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        await me.socket.send(frame)
        assert await me.close_code() == 4400


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=1.0", "after=NaN", "after=", "after=%D9%A1", "after=9223372036854775808",
     "after=" + "1" * 5000, "after=1&after=2", "after=true", "after=+1", "after=%00", "beside=2", "beside=1&beside=1"],
)  # fmt: skip
async def test_a_bad_cursor_in_the_address_closes_with_4400(
    daphne_server: Server, live_meeting: Meeting, member: Actor, query: str
) -> None:
    headers = await headers_of(daphne_server, member)
    address = daphne_server.ws(f"/ws/meetings/{live_meeting.pk}/?{query}")
    async with connect(address, additional_headers=headers, proxy=None) as socket:
        assert await Reader(socket, 0).close_code() == 4400


async def test_a_frame_over_64_kib_is_closed(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """50."""
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        await me.socket.send('{"type": "after", "seq": 0, "x": "' + "x" * 70_000 + '"}')
        assert await me.close_code() in (1009, 4400)


async def test_endless_fragments_are_closed(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """51."""
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:

        async def endless():
            for _ in range(1000):
                yield "x" * 1000

        with suppress(ConnectionClosed):
            await me.socket.send(endless())
        assert await me.close_code() in (1009, 1006, 4400)


async def test_invalid_utf8_is_closed(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """52."""
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        await me.socket.send(b'{"type": "\xff\xfe"}', text=True)
        assert await me.close_code() in (1007, 4400)


async def test_an_unknown_type_gets_an_error_frame_and_stays(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """58."""
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        await me.socket.send('{"type": "post", "body": "x"}')
        await me.until(lambda: me.others)
        assert me.others == [{"type": "error", "code": "unknown_type"}]
        await me.socket.send('{"type": "after", "seq": 0}')
        await me.until(lambda: me.seq == 0)


async def test_a_cursor_in_the_future_in_a_heartbeat_is_told_to_start_anew(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """56."""
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        await me.socket.send('{"type": "after", "seq": 9223372036854775807}')
        assert await me.close_code() == 1000
        assert me.others == [{"type": "resync", "seq": 0}]


async def test_a_flood_closes_with_4429(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """59: more than 60 frames in a minute."""
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        for _ in range(70):
            await me.socket.send('{"type": "after", "seq": 0}')
        assert await me.close_code() == 4429


async def test_one_person_may_hold_five_sockets(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """61: the sixth is closed with 4429, the five stay."""
    headers = await headers_of(daphne_server, member)
    address = daphne_server.ws(f"/ws/meetings/{live_meeting.pk}/")
    sockets = [await connect(address, additional_headers=headers, proxy=None) for _ in range(5)]
    for socket in sockets:
        await Reader(socket, 0).step()
    async with connect(address, additional_headers=headers, proxy=None) as sixth:
        assert await Reader(sixth, 0).close_code() == 4429
    for socket in sockets:
        assert socket.state.name == "OPEN"
        await socket.close()
    async with follow(daphne_server, live_meeting, headers) as again:
        assert again.hello is not None


@pytest.mark.timeout(60)
async def test_sockets_are_capped_per_address_and_http_stays_alive(
    start_server, live_meeting: Meeting, member: Actor
) -> None:
    """61: an address at its cap is closed with 4429; pages still answer."""
    server = await asyncio.to_thread(start_server, SOCKETS_PER_ADDRESS="3")
    headers = {"Origin": server.url}
    codes = []
    member_headers = await headers_of(server, member)
    address = server.ws(f"/ws/meetings/{live_meeting.pk}/")
    held = [await connect(address, additional_headers=member_headers, proxy=None) for _ in range(3)]
    for socket in held:
        await Reader(socket, 0).step()
    for _ in range(20):
        async with connect(address, additional_headers=headers, proxy=None) as socket:
            codes.append(await Reader(socket, 0).close_code())
    assert codes == [4429] * 20
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /health/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
    assert (await _.readline()).split()[1] == b"200"
    writer.close()
    for socket in held:
        await socket.close()


@pytest.mark.parametrize(
    "path", ["/ws/meetings/abc/", "/ws/meetings/", "/ws/", "/ws/meetings/%0a/"]
)
async def test_an_address_that_is_no_room_is_refused(
    daphne_server: Server, member: Actor, path: str
) -> None:
    """64: text that is not a UUID never reaches the channel layer."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            daphne_server.ws(path),
            additional_headers=await headers_of(daphne_server, member),
            proxy=None,
        ):
            pass
    assert refused.value.response.status_code in (400, 403)


async def test_a_foreign_and_a_missing_room_answer_alike(
    daphne_server: Server, live_meeting: Meeting, foreign_member: Actor, nobody: Actor
) -> None:
    """63: 4403 for both; 4401 for somebody who is signed out."""
    missing = "00000000-0000-4000-8000-000000000000"
    for actor, expected in ((foreign_member, 4403), (nobody, 4401)):
        for room in (str(live_meeting.pk), missing):
            async with connect(
                daphne_server.ws(f"/ws/meetings/{room}/"),
                additional_headers=await headers_of(daphne_server, actor),
                proxy=None,
            ) as socket:
                assert await Reader(socket, 0).close_code() == expected


async def test_a_handshake_that_stalls_is_cut_off(daphne_server: Server) -> None:
    """62: half a request is given five seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", daphne_server.port)
    writer.write(b"GET /ws/meetings/x/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: web")
    begun = asyncio.get_running_loop().time()
    try:
        assert await asyncio.wait_for(reader.read(100), 12) == b""
    except ConnectionResetError:
        pass
    assert asyncio.get_running_loop().time() - begun < 8
    writer.close()
