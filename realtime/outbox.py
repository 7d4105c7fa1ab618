"""Writing to one socket without ever waiting for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Protocol

from .frames import Message

log = logging.getLogger("lihui.live")
Send = Callable[[Message], Awaitable[None]]


class Rest:
    """The rest of a coroutine that was stepped once by hand and waits for `future`."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], future: Any) -> None:
        self.coroutine, self.future = coroutine, future

    def __await__(self) -> Generator[Any, Any, None]:
        try:
            yield self.future
        except BaseException as error:
            self.coroutine.throw(error)
            return
        yield from self.coroutine.__await__()


class Line(Protocol):
    """A server's own way to a socket: no coroutine and no encoding per receiver."""

    def push(self, message: Message) -> bool:
        """Send; whether the line is full now."""

    async def drained(self) -> None:
        """Wait until the line is free."""


class Outbox:
    """One socket's way out.

    `push` uses the server's line where it offers one. Elsewhere it steps the server's `send` to its first
    real wait: as a rule it is done by then, without a task and without a turn of the loop. If it has to
    wait, the line is full: `blocked` is set, nothing more may be pushed, and `on_free` is called when
    the line is free again.
    """

    __slots__ = ("_line", "_send", "_task", "blocked", "broken", "on_free")

    def __init__(self, send: Send, line: Line | None, on_free: Callable[[], None]) -> None:
        self._send, self._line = send, line
        self._task: asyncio.Task[None] | None = None
        self.on_free = on_free
        self.blocked = False
        self.broken = False

    def push(self, message: Message) -> bool:
        """Send now, or start to; whether the line is full now. Must not be called while `blocked`."""
        if self.broken:
            return False
        if self._line is None:
            return self._step(message)
        if self._line.push(message):
            self._wait(self._line.drained())
            return True
        return False

    def _step(self, message: Message) -> bool:
        coroutine: Any = self._send(message)
        try:
            future = coroutine.send(None)
        except StopIteration:
            return False
        except Exception:
            self._break()
            return False
        self._wait(Rest(coroutine, future))
        return True

    def _wait(self, rest: Awaitable[None]) -> None:
        self.blocked = True
        self._task = asyncio.get_running_loop().create_task(self._finish(rest))

    async def _finish(self, rest: Awaitable[None]) -> None:
        try:
            await rest
        except asyncio.CancelledError:
            raise
        except Exception:
            self._break()
            return
        self._task = None
        self.blocked = False
        self.on_free()

    def _break(self) -> None:
        """The server refuses to send: the socket is gone, its reader will be told by `receive`."""
        self.broken = True
        log.debug("a socket went away while it was written to", exc_info=True)

    async def close(self, code: int, patience: float = 5.0) -> None:
        """Close with a code; give up on a line that stays full after `patience` seconds."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self.broken:
            return
        self.broken = True
        try:
            async with asyncio.timeout(patience):
                await self._send({"type": "websocket.close", "code": code})
        except Exception:
            log.debug("a socket could not be closed with %s", code, exc_info=True)
