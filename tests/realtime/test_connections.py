"""What the server knows of its connections: it forgets those that ended, and finds those that died."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from .test_server import serve

PING_SECONDS, PATIENCE_SECONDS = 1, 2


@pytest.fixture
def port(db: None) -> Iterator[int]:
    options = ["--ping-interval", str(PING_SECONDS), "--ping-timeout", str(PATIENCE_SECONDS)]
    yield from serve("realtime.server", *options)


async def known(port: int) -> int:
    """How many connections the server knows, the one that asks left out: its request and its socket."""
    async with connect(f"ws://127.0.0.1:{port}/known", proxy=None) as ws:
        return int(await ws.recv()) - 2


async def comes_to_know(port: int, number: int) -> None:
    """Wait, at most 10 s, until the server knows so many; fail with how many it knows else."""
    until = time.monotonic() + 10
    while (now := await known(port)) != number:
        assert time.monotonic() < until, f"the server knows {now}"
        await asyncio.sleep(1.1)


async def test_who_left_and_whose_application_failed_are_forgotten(port: int) -> None:
    """Thirty readers: ten say goodbye, ten are cut off, ten make the application fail."""
    readers = [await connect(f"ws://127.0.0.1:{port}/wait", proxy=None) for _ in range(30)]
    await comes_to_know(port, 30)
    for number, reader in enumerate(readers):
        if number % 3 == 0:
            await reader.close()
        elif number % 3 == 1:
            reader.transport.abort()
        else:
            await reader.send("fail")
            with contextlib.suppress(ConnectionClosed):
                await asyncio.wait_for(reader.recv(), 10)
            assert reader.close_code == 1011
    await comes_to_know(port, 0)


async def test_who_answers_pings_stays(port: int) -> None:
    """Longer than the server waits for an answer."""
    async with connect(f"ws://127.0.0.1:{port}/wait", proxy=None, ping_interval=None) as reader:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.recv(), 3 * (PING_SECONDS + PATIENCE_SECONDS))
    await comes_to_know(port, 0)


def shake_hands(port: int) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port), timeout=20)
    plain.sendall(
        b"GET /wait HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    got = b""
    while b"\r\n\r\n" not in got:
        got += plain.recv(1)
    return plain


def test_who_is_silent_is_pinged_and_closed(port: int) -> None:
    """A half-open connection: nobody answers the ping, so it ends."""
    with shake_hands(port) as plain:
        assert plain.recv(1) == b"\x89", "a ping"
        with contextlib.suppress(ConnectionResetError):
            while plain.recv(1000):
                pass


def test_who_is_heard_is_not_pinged(port: int) -> None:
    """Each word of a reader shows that it is there, so no ping is spent on it."""
    word = b"\x81\x82\0\0\0\0hi"
    with shake_hands(port) as plain:
        plain.settimeout(PING_SECONDS / 4)
        until = time.monotonic() + 3 * (PING_SECONDS + PATIENCE_SECONDS)
        while time.monotonic() < until:
            plain.sendall(word)
            with pytest.raises(TimeoutError):
                plain.recv(1)
