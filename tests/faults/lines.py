"""A bad line: a TCP proxy that leads to one of several web processes and cuts connections.

A share of all connections is cut after a random number of bytes, wherever that is: in a request, in an
answer, in the middle of a frame. Both ends get a reset, as from a network that is gone.
"""

import asyncio
import contextlib
import random
import struct

SHARE = 0.2  # of connections that are cut
PIECE = 65_536
RESET = struct.pack("ii", 1, 0)


class Life:
    """How many bytes a connection has left; None: it is not cut."""

    def __init__(self, left: int | None) -> None:
        self.left = left

    def spend(self, piece: bytes) -> bytes:
        """What of a piece still goes through."""
        if self.left is None:
            return piece
        passed = piece[: self.left]
        self.left -= len(passed)
        return passed

    @property
    def over(self) -> bool:
        return self.left == 0


class BadLine:
    """Listens on `port`. Of `led` connections `doomed` were to be cut, and `cuts` lived to it: some end
    by themselves before. `calm` lets everything through from now on."""

    def __init__(self, chance: random.Random, targets: list[int], farthest: int) -> None:
        """`targets`: ports of this machine, tried in random order. A connection that is cut is cut
        within its first `farthest` bytes, counted in both directions."""
        self._chance, self._targets, self._farthest = chance, targets, farthest
        self.led = self.doomed = self.cuts = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.calm = False

    async def open(self) -> int:
        """Begin to listen; the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(asyncio.CancelledError):
            await self._lead(reader, writer)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end or to its cut."""
        far = await self._reach()
        if far is None:
            self._reset(writer)
            return
        doomed = not self.calm and self._chance.random() < SHARE
        self.led += not self.calm
        self.doomed += doomed
        life = Life(self._chance.randint(1, self._farthest) if doomed else None)

        async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            await self._pass(source, sink, life)
            if life.over:
                self._reset(writer)
                self._reset(far_writer)

        far_reader, far_writer = far
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))
        self.cuts += life.over
        for each in (writer, far_writer):
            each.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection to one of the web processes that are there."""
        for port in self._chance.sample(self._targets, len(self._targets)):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    @staticmethod
    async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter, life: Life) -> None:
        """Pass bytes on until the source ends or the connection's life does."""
        with contextlib.suppress(OSError):
            while not life.over and (piece := await source.read(PIECE)):
                sink.write(life.spend(piece))
                await sink.drain()
        if not life.over:
            with contextlib.suppress(OSError, RuntimeError):
                sink.write_eof()

    @staticmethod
    def _reset(writer: asyncio.StreamWriter) -> None:
        """As a line that is cut: RST, no goodbye."""
        with contextlib.suppress(OSError):
            plain = writer.get_extra_info("socket")
            plain.setsockopt(1, 13, RESET)  # SOL_SOCKET, SO_LINGER: nothing is sent any more
        writer.transport.abort()
