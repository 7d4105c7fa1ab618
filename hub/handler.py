"""Django's ASGI handler for this hub: bodies are not copied, full disks are said, threads are kept.

Django writes a body of more than 2.5 MB to a temporary file before any view is asked and reads it
back from there; of a chunk of an upload that is a third of the work. The server has it in memory
anyway (it takes no more than 9 MiB a request), so its pieces are handed on as they are and forgotten
as they are read. What is longer still (another server without a cap) goes the usual way, and is
answered with 507 where there is no room for it.

Middleware and views are synchronous here. Django's own handler gives each request a thread that ends
with it, and with the thread its database connection, so that SQLite reads the whole schema anew
for each request; and it goes through the event loop once more between middleware and view. Here a
request runs from end to end in one thread, which then waits for the next with its connection open
(`CONN_MAX_AGE`; PostgreSQL's connections go back to their pool).
"""

import errno
import io
import json
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections, connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

FULL = {errno.ENOSPC, errno.EDQUOT}
KEPT_BYTES = 9 * 1024 * 1024
KEPT_THREADS = 16


class NoRoom(Exception):
    """The body could not be kept."""


class Body(io.RawIOBase):
    """A request's body as the pieces that came; each is forgotten once it has been read."""

    def __init__(self, pieces: deque[bytes]) -> None:
        self._pieces = pieces

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes; fewer only at the end."""
        left = -1 if size is None or size < 0 else size
        taken: list[bytes] = []
        while self._pieces and left:
            piece = self._pieces.popleft()
            if 0 <= left < len(piece):
                self._pieces.appendleft(piece[left:])
                piece = piece[:left]
            left -= len(piece) if left > 0 else 0
            taken.append(piece)
        return taken[0] if len(taken) == 1 else b"".join(taken)


class Handler(ASGIHandler):
    """Runs each request in a kept thread; answers `storage_full` when its body cannot be kept."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)  # ASGIHandler's own loads middleware for the event loop
        self.load_middleware(is_async=False)
        self.spare: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        thread = self.spare.pop() if self.spare else ThreadPoolExecutor(max_workers=1)
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            # Behind whatever it still does: the view of a client who went away runs to its end.
            thread.submit(self._give_back, thread)

    def _give_back(self, thread: ThreadPoolExecutor) -> None:
        """In the thread itself: it waits for the next request, or ends with its connections."""
        close_old_connections()  # of a request that was cancelled Django did not hear the end
        if len(self.spare) < KEPT_THREADS:
            self.spare.append(thread)
        else:
            connections.close_all()
            thread.shutdown(wait=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)

    async def read_body(self, receive: Any) -> Any:
        pieces: deque[bytes] = deque()
        size, more = 0, True
        while more and size <= KEPT_BYTES:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            more = message.get("more_body", False)
        if not more:
            return Body(pieces)

        async def again() -> Any:
            if pieces:
                return {"type": "http.request", "body": pieces.popleft(), "more_body": True}
            return await receive()

        try:
            return await super().read_body(again)
        except OSError as error:
            if error.errno in FULL:
                raise NoRoom from error
            raise

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().handle(scope, receive, send)
        except NoRoom:
            await _answer(send)


async def _answer(send: Any) -> None:
    from uploads.problems import StorageFull

    body = json.dumps(StorageFull().as_dict(), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/problem+json; charset=utf-8",
        "Content-Length": str(len(body)),
        "Tus-Resumable": "1.0.0",
        "Cache-Control": "no-store",
    }
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": StorageFull.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
