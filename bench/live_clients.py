"""Many websockets in one process, as cheaply as Python allows: epoll, one recv per wake-up."""

import os
import select
import socket
import time
from collections.abc import Callable

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
NEW, ASKED, OPEN, CLOSED = range(4)


class Client:
    """One websocket. `seen` counts the events it got, `seq` is its cursor."""

    __slots__ = (
        "bad",
        "buffer",
        "bytes",
        "code",
        "fd",
        "frames",
        "greeted",
        "opened",
        "request",
        "seen",
        "seq",
        "socket",
        "state",
    )

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.state = NEW
        self.buffer = b""
        self.frames = self.seen = self.seq = self.bytes = self.bad = 0
        self.opened = 0.0
        self.greeted = False
        self.code = 0
        self.socket = socket.socket()
        self.fd = self.socket.fileno()


class Crowd:
    """N sockets and the loop that reads them. `on_frame(client, payload)` sees every data frame."""

    def __init__(self, on_frame: Callable[[Client, bytes], None]) -> None:
        self.on_frame = on_frame
        self.clients: dict[int, Client] = {}
        self.epoll = select.epoll()
        self.opened = self.lost = 0
        self.hindrance = (
            0.0  # seconds of useless work a frame, to see whether that changes anything
        )

    def add(self, port: int, path: str, headers: str = "") -> Client:
        """Start connecting one more."""
        request = (
            (
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n{headers}"
                f"Origin: http://127.0.0.1:{port}\r\nSec-WebSocket-Key: "
            ).encode()
            + KEY
            + b"\r\n\r\n"
        )
        client = Client(request)
        client.socket.setblocking(False)
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.socket.connect_ex(("127.0.0.1", port))
        self.clients[client.fd] = client
        self.epoll.register(client.fd, select.EPOLLOUT)
        return client

    def pump(
        self, done: Callable[[], bool], seconds: float, tick: Callable[[], None] | None = None
    ) -> bool:
        """Read until `done()`; False when it takes longer than `seconds`."""
        until = time.perf_counter() + seconds
        while not done():
            if time.perf_counter() > until:
                return False
            self.read(0.002 if tick else 0.05)
            if tick is not None:
                tick()
        return True

    def read(self, seconds: float) -> None:
        """Read what has come; wait for it at most so long."""
        for fd, mask in self.epoll.poll(seconds, 1024):
            self._handle(self.clients[fd], mask)

    def leave_unread(self, client: Client) -> None:
        """Stop reading this one: a stalled reader."""
        self.epoll.unregister(client.fd)

    def close(self) -> None:
        for client in self.clients.values():
            client.socket.close()
        self.epoll.close()
        self.clients.clear()

    def _handle(self, client: Client, mask: int) -> None:
        if client.state == NEW:
            try:
                client.socket.send(client.request)
            except OSError:
                self._end(client)
                return
            client.state = ASKED
            self.epoll.modify(client.fd, select.EPOLLIN)
            return
        try:
            data = client.socket.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end(client)
            return
        if client.buffer:
            data = client.buffer + data
            client.buffer = b""
        if client.state == ASKED:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                client.buffer = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._end(client)
                return
            client.state, client.opened = OPEN, time.perf_counter()
            self.opened += 1
        self._parse(client, data)

    def _parse(self, client: Client, data: bytes) -> None:
        start, end = 0, len(data)
        while end - start >= 2:
            length, at = data[start + 1], start + 2
            if length == 126:
                if end - start < 4:
                    break
                length, at = int.from_bytes(data[start + 2 : start + 4], "big"), start + 4
            elif length == 127:
                if end - start < 10:
                    break
                length, at = int.from_bytes(data[start + 2 : start + 10], "big"), start + 10
            if end - at < length:
                break
            kind = data[start] & 15
            if kind == 1:
                client.frames += 1
                client.bytes += length
                if self.hindrance:
                    self._waste()
                self.on_frame(client, data[at : at + length])
            elif kind == 8:
                client.code = int.from_bytes(data[at : at + 2], "big")
            elif kind == 9:
                self._pong(client, data[at : at + length])
            start = at + length
        client.buffer = data[start:] if start < end else b""

    def _waste(self) -> None:
        until = time.perf_counter() + self.hindrance
        while time.perf_counter() < until:
            pass

    def _pong(self, client: Client, payload: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        try:
            client.socket.send(bytes((0x8A, 0x80 | len(payload))) + mask + masked)
        except OSError:
            self._end(client)

    def _end(self, client: Client) -> None:
        if client.state != CLOSED:
            client.state = CLOSED
            self.lost += 1
            try:
                self.epoll.unregister(client.fd)
            except OSError:
                pass
