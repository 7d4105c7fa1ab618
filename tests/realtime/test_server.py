"""The server: daphne with the room's fast way, limits on bodies, and the same bytes on the wire."""

import socket
import sys
import time
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect

from tests.processes import ROOT, Process, Server, child_environment
from tests.realtime.line_app import TEXTS
from tests.servers import free_ports, wait_for_port


def serve(module: str, *options: str) -> Iterator[int]:
    (port,) = free_ports(1)
    command = [sys.executable, "-m", module, "-e", f"tcp:port={port}:interface=127.0.0.1"]
    process = Process(
        [*command, *options, "tests.realtime.line_app:application"],
        f"server-{module}",
        child_environment(PYTHONPATH=str(ROOT)),
    )
    process.start()
    assert wait_for_port(port, 30, lambda: process.alive), process.output()
    yield port
    process.stop()


@pytest.fixture
def ours(db: None) -> Iterator[int]:
    yield from serve("realtime.server")


@pytest.fixture
def stock(db: None) -> Iterator[int]:
    yield from serve("daphne")


def raw_bytes(port: int) -> bytes:
    """All that the server writes after the handshake, until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        plain.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        got = b""
        while b"\x88\x02\x0f\xa8" not in got[-4:]:
            part = plain.recv(1 << 16)
            assert part, f"closed after {len(got)} bytes"
            got += part
    return got.partition(b"\r\n\r\n")[2]


def test_the_bytes_are_those_of_stock_daphne(ours: int, stock: int) -> None:
    """Frames of every length, in order, then the close frame: byte for byte."""
    assert raw_bytes(ours) == raw_bytes(stock)


async def test_compression_is_not_negotiated(ours: int) -> None:
    """A client that offers it gets plain frames."""
    async with connect(f"ws://127.0.0.1:{ours}/", max_size=None, proxy=None) as ws:
        assert ws.protocol.extensions == []
        assert [await ws.recv() for _ in TEXTS[1:]] == TEXTS[1:]


def ask(port: int, head: str, body: bytes = b"") -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=15) as plain:
        plain.sendall(f"POST /x HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode())
        try:
            plain.sendall(body)
        except OSError:
            pass
        return plain.recv(100)


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 9437185\r\nContent-Type: application/offset+octet-stream",
        "Content-Length: 104857600\r\nContent-Type: multipart/form-data; boundary=x",
        "Content-Length: 2097153\r\nContent-Type: application/x-www-form-urlencoded",
        "Content-Length: 99999999999999999999\r\nContent-Type: text/plain",
    ],
)
def test_a_body_that_is_too_long_is_refused_before_it_comes(
    daphne_server: Server, head: str
) -> None:
    """413 for the announced length alone: nothing of the body is sent."""
    assert ask(daphne_server.port, head).startswith(b"HTTP/1.1 413")


def test_a_body_that_does_not_say_its_length_is_counted(daphne_server: Server) -> None:
    """Chunked: 413 once it is over the limit."""
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    head = "Transfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=x"
    assert ask(daphne_server.port, head, chunk * 40).startswith(b"HTTP/1.1 413")


def test_a_body_within_the_limit_reaches_the_application(daphne_server: Server) -> None:
    body = b"x" * 1_000_000
    head = f"Content-Length: {len(body)}\r\nContent-Type: application/octet-stream"
    assert b" 40" in ask(daphne_server.port, head, body)[:20]


def test_forms_are_not_parsed_by_the_server(daphne_server: Server) -> None:
    """A form that nobody could parse is the application's to answer, not refused by the loop's own parser."""
    head = "Content-Length: 3\r\nContent-Type: multipart/form-data"
    with socket.create_connection(("127.0.0.1", daphne_server.port), timeout=15) as plain:
        plain.sendall(f"POST /x HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\nabc".encode())
        got = b""
        while b"\r\n\r\n" not in got:
            part = plain.recv(1000)
            assert part, got
            got += part
    assert b"content-security-policy" in got.lower()


def test_a_multipart_bomb_does_not_stop_the_server(daphne_server: Server) -> None:
    """Security finding 1: a form of 110,000 parts is not parsed by the server's loop."""
    body = b"--x\r\n\r\n\r\n" * 110_000
    with socket.create_connection(("127.0.0.1", daphne_server.port), timeout=15) as plain:
        plain.sendall(
            f"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        )
        plain.sendall(body)
        assert _answering(daphne_server.port) < 10


def _answering(port: int) -> float:
    """Seconds until an answer that needs the server's loop only: a websocket that is refused."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=15) as plain:
        plain.sendall(
            b"GET /ws/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert b"403" in plain.recv(100)
    return time.monotonic() - begun
