"""A reader that does not read disturbs nobody, costs little, is cut off, and comes back to everything."""

import asyncio
import socket
from collections.abc import Callable

import psutil
import pytest

from meetings.models import Meeting
from tests.processes import Server
from tests.realtime.live import awrite_post, follow, headers_of
from townships.actors import Actor

BODY = "很长的一段话" * 300


@pytest.mark.timeout(240)
async def test_a_stalled_reader_is_closed_and_replays_on_return(
    daphne_server: Server, live_meeting: Meeting, member: Actor, other_member: Actor
) -> None:
    """Five sockets that never read are closed with 4008, and what was held for them is let go, though
    they still do not read; the one that reads gets everything in time; memory stays, and who comes
    back misses nothing."""
    dropped = await _dropped(daphne_server)
    stalled = [await _silent_socket(daphne_server, live_meeting, member) for _ in range(5)]
    process = psutil.Process(daphne_server.pid)
    assert _held(process, stalled) == 5
    before = process.memory_info().rss
    headers = await headers_of(daphne_server, other_member)
    async with follow(daphne_server, live_meeting, headers) as me:
        last = 0
        for _ in range(40):
            last = await awrite_post(live_meeting.pk, 40, BODY)
            if _ % 10 == 9:
                await me.reach(last, 20)
        await me.reach(last, 20)
        assert me.seqs[:last] == list(range(1, last + 1))  # whoever stays is on the sheet: one more
        grown = (process.memory_info().rss - before) / 1e6
        await _comes_to(lambda: _readers(daphne_server), (1, 0))
        await _comes_to(lambda: _held(process, stalled), 0)
    assert grown < 40, grown  # the meeting's own 1,600 events of 6 KB are in it
    assert await _dropped(daphne_server) - dropped == 5
    for one in stalled:
        one.close()
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as back:
        await back.reach(last, 60)
        assert back.seqs[:last] == list(range(1, last + 1))


async def _dropped(server: Server) -> float:
    """How many readers the server closed because they were too slow."""
    figures = await asyncio.to_thread(server.live_figures)
    return figures.get('lihui_live_dropped_total{code="4008"}', 0.0)


def _readers(server: Server) -> tuple[float, float]:
    """How many readers the server says it has, and how many of them do not keep up."""
    figures = server.live_figures()
    return figures["lihui_live_sockets"], figures["lihui_live_sockets_behind"]


def _held(process: psutil.Process, stalled: list[socket.socket]) -> int:
    """How many of these, whose ends here are open, the server still has a connection to."""
    ports = {one.getsockname()[1] for one in stalled}
    return sum(
        bool(one.raddr) and one.raddr.port in ports for one in process.net_connections("tcp")
    )


async def _comes_to(look: Callable[[], object], expected: object) -> None:
    """A look at the server comes to show this."""
    seen = await asyncio.to_thread(look)
    for _ in range(150):
        if seen == expected:
            break
        await asyncio.sleep(0.2)
        seen = await asyncio.to_thread(look)
    assert seen == expected


async def _silent_socket(server: Server, meeting: Meeting, actor: Actor) -> socket.socket:
    """A websocket that greets and then never reads, with a small window."""
    headers = await headers_of(server, actor)
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", server.port))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    plain.sendall(
        f"GET /ws/meetings/{meeting.pk}/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n".encode()
    )
    await asyncio.sleep(0.3)
    return plain


async def test_a_burst_comes_in_frames_that_every_client_takes(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """Many clients close at 1 MiB a frame (1009); a burst of 2 MB reaches one that takes 256 KiB."""
    headers = await headers_of(daphne_server, member)
    async with follow(daphne_server, live_meeting, headers) as me:
        me.socket.protocol.max_message_size = 256 * 1024
        last = await awrite_post(live_meeting.pk, 300, BODY)
        await me.reach(last, 20)
        assert me.seqs == list(range(1, last + 1))
