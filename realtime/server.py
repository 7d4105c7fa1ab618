"""`python -m realtime.server`: daphne, with what a live room needs.

Through daphne's own extension points (`server_class`, `WebSocketFactory.protocol`):

- **Ready frames.** The scope's extension `lihui.line` takes frames that are encoded already and writes
  them straight to the socket when nothing is queued before them: daphne's own way through autobahn and
  the reactor costs ten times as much. With compression or TLS in this process it takes that way.
- **Back-pressure.** `send` waits while more than 64 KiB are queued for a socket or a download. Daphne
  never waits, and buffers without bound for a reader that does not read.
- **Limits**: request bodies by their announced and their real length before anything is parsed, 5 s for
  a request's headers, 64 KiB for a websocket message, a listen backlog and handshake limits that
  let a whole hall come back at once.
"""

# ruff: noqa: N802, N803, N815 - the names are Twisted's and autobahn's

import asyncio
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

import daphne.server
from autobahn.websocket import protocol as autobahn_protocol
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import tcp
from twisted.internet.interfaces import IPushProducer, ISSLTransport
from zope.interface import implementer

READY, LINE = "lihui.ready", "lihui.line"  # as in realtime.frames, which needs Django set up
BODY_BYTES = 9 * 1024 * 1024  # a tus chunk of 8 MiB and its manners
FORM_BYTES = 1024 * 1024  # multipart and urlencoded forms: Django parses them part by part
PIECE_BYTES = 256 * 1024
HEADER_SECONDS = 5
CHECK_SECONDS, CHECK_TURNS = 2.0, 20  # between two looks for timeouts, and the turns each takes
FRAME_BYTES = 65_536
FULL = b"507 Insufficient Storage\r\nTus-Resumable: 1.0.0"

# It formats everything about a connection for a debug line: 29 % of a handshake.
autobahn_protocol.pformat = str  # type: ignore[attr-defined, assignment]


class Paced:
    """Something that is told when its line is full, so that its writers can wait."""

    free: asyncio.Event | None = None  # set when the line is free again; None while it is

    def pauseProducing(self) -> None:
        self.free = asyncio.Event()

    def resumeProducing(self) -> None:
        if self.free is not None:
            self.free.set()
            self.free = None

    stopProducing = resumeProducing

    async def drained(self) -> None:
        """Wait until the line is free."""
        if self.free is not None:
            await self.free.wait()


@implementer(IPushProducer)
class Protocol(Paced, WebSocketProtocol):
    """A websocket that takes encoded frames and tells its writers when its line is full."""

    plain = False  # nothing between us and the socket: no compression, no TLS in this process

    def onOpen(self) -> None:
        super().onOpen()
        self.closeHandshakeTimeout = 10
        self.failByDrop = False  # say 1009 or 1007, then close
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        self.plain = self._perMessageCompress is None and type(self.transport) is tcp.Server

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        self.resumeProducing()
        super().onClose(wasClean, code, reason)

    def push(self, message: dict[str, Any]) -> bool:
        """Send a `websocket.send` message with its encoded frame; whether the line is full now.

        Straight to the socket when nothing waits before it, else behind what waits.
        """
        if self.plain and self.state == self.STATE_OPEN:
            self._write(message[READY])
        elif self.state == self.STATE_OPEN:
            self.handle_reply(message)
        return self.free is not None

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """Pings and answers to pings take the short way too."""
        if (
            self.plain
            and self.state == self.STATE_OPEN
            and not (sync or chopsize or self.send_queue)
        ):
            self._write(data)
        else:
            super().sendData(data, sync, chopsize)

    def _write(self, frame: bytes) -> None:
        transport = self.transport
        if transport._tempDataLen or transport.dataBuffer or self.send_queue:
            transport.write(frame)
            return
        try:
            sent = transport.socket.send(frame)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            sent = 0  # the reactor finds out, and says so
        if sent < len(frame):
            transport.write(frame[sent:])


class Server(daphne.server.Server):
    """Daphne that offers `push` to the application and whose `send` waits while a line is full.

    Bodies go to the application in pieces of 256 KiB: with daphne's 8 KiB, a chunk of an upload is a
    thousand messages, which cost as much as all else about it.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"request_buffer_size": PIECE_BYTES} | options)
        self.connections: dict[Any, dict[str, Any]] = {}
        self._ending: set[Any] = set()  # connections whose reader or whose application is done
        self._unchecked: list[Any] = []  # for timeouts, in this look
        self._share = 0  # of them, a turn

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, Protocol):
            scope["extensions"] = {LINE: protocol}
            scope["scheme"] = "wss" if ISSLTransport.providedBy(protocol.transport) else "ws"
        queue = super().create_application(protocol, scope)
        application = self.connections.get(protocol, {}).get("application_instance")
        if application is not None:
            application.add_done_callback(lambda _: self._ending.add(protocol))
        return queue

    def protocol_disconnected(self, protocol: Any) -> None:
        super().protocol_disconnected(protocol)
        self._ending.add(protocol)

    def application_checker(self) -> None:
        """Daphne's look every second for connections to clear away: only at those that end."""
        everybody = self.connections
        ending = {one: everybody[one] for one in self._ending if one in everybody}
        self.connections = ending.copy()
        try:
            super().application_checker()
        finally:
            for one in ending.keys() - self.connections.keys():
                del everybody[one]
            self._ending = set(self.connections)
            self.connections = everybody

    def timeout_checker(self) -> None:
        """Daphne's look every two seconds for timeouts and pings that are due, spread over these seconds:
        sockets that came together, as a hall does, are not pinged in one go that holds up the room."""
        if not self._unchecked:
            self._unchecked = list(self.connections)
            self._share = len(self._unchecked) // CHECK_TURNS + 1
        part, self._unchecked = self._unchecked[: self._share], self._unchecked[self._share :]
        daphne.server.reactor.callLater(CHECK_SECONDS / CHECK_TURNS, self.timeout_checker)
        for protocol in part:
            if protocol in self.connections:
                protocol.check_timeouts()

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, Paced) and protocol.free is not None:
            await protocol.drained()


@implementer(IPushProducer)
class Request(Paced, WebRequest):
    """A request whose body is refused (413) while it arrives, long before anything parses it, and
    whose answer is written no faster than it is read."""

    received = 0
    refused = False

    def __init__(self, *args: Any, **options: Any) -> None:
        """Twisted would parse forms, in memory and in the loop, before the application is asked."""
        super().__init__(*args, **options | {"parsePOSTFormSubmission": False})

    def gotLength(self, length: int | None) -> None:
        self.channel.headers_complete = True
        super().gotLength(0 if length is not None and length > self._limit() else length)
        if length is not None and length > self._limit():
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        self.received += len(data)
        if self.received > self._limit():
            self._refuse()
        elif not self.refused:
            try:
                super().handleContentChunk(data)
            except OSError:  # Twisted keeps what is long in a temporary file: the disk is full
                self._refuse(FULL)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        try:
            self.content.flush()
        except OSError:
            self._refuse(FULL)
        if not self.refused:
            super().requestReceived(command, path, version)

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and self.channel is not None:
            self.channel.registerProducer(self, True)
        super().handle_reply(message)

    def finish(self) -> None:
        if self.channel is not None:
            self.channel.unregisterProducer()
        self.resumeProducing()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self.resumeProducing()
        super().connectionLost(reason)

    def _limit(self) -> int:
        kinds = self.requestHeaders.getRawHeaders(b"content-type", [b""])
        is_form = kinds[0].lower().startswith((b"multipart/", b"application/x-www-form-urlencoded"))
        return FORM_BYTES if is_form else BODY_BYTES

    def _refuse(self, status: bytes = b"413 Content Too Large") -> None:
        """Answer, then read and forget for a while: a client that is cut off hears no answer."""
        if self.refused:
            return
        self.refused = True
        transport = self.channel.transport
        transport.write(b"HTTP/1.1 %b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % status)
        transport.loseWriteConnection()
        transport.reactor.callLater(HEADER_SECONDS, transport.abortConnection)


class Factory(HTTPFactory):
    """Gives each connection HEADER_SECONDS for its first request's headers."""

    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        self.reactor.callLater(HEADER_SECONDS, self._check, protocol._channel)
        return protocol

    @staticmethod
    def _check(channel: Any) -> None:
        if not getattr(channel, "headers_complete", False) and channel.transport is not None:
            channel.transport.abortConnection()


class CommandLine(CommandLineInterface):
    """Daphne's command line, with the hub's application and limits as defaults."""

    server_class = Server

    def __init__(self) -> None:
        super().__init__()
        for action in self.parser._actions:
            if action.dest == "application":
                action.nargs = "?"
                action.required = False
        self.parser.set_defaults(
            application="asgi:application",
            verbosity=0,
            websocket_connect_timeout=60,
            websocket_max_message_size=FRAME_BYTES,
            websocket_max_frame_size=FRAME_BYTES,
            ping_interval=25,
            ping_timeout=20,
            server_name="",
        )

    def run(self, args: list[str]) -> None:
        """Serve; a plain `--port`/`--bind` becomes an endpoint with a backlog of 4096."""
        given = self.parser.parse_args(args)
        if not (given.socket_strings or given.unix_socket or given.file_descriptor is not None):
            host = (given.host or "127.0.0.1").strip("[]").replace(":", r"\:")
            endpoint = f"tcp:port={given.port or 8000}:interface={host}:backlog=4096"
            args = [*_without_address(args), "-e", endpoint]
        super().run(args)


def _without_address(args: list[str]) -> list[str]:
    kept, skip = [], False
    for arg in args:
        if skip:
            skip = False
        elif arg in ("-p", "--port", "-b", "--bind"):
            skip = True
        elif not arg.startswith(("--port=", "--bind=")):
            kept.append(arg)
    return kept


def main() -> None:
    WebSocketFactory.protocol = Protocol
    daphne.server.HTTPFactory = Factory
    CommandLine().run(sys.argv[1:])


if __name__ == "__main__":
    main()
