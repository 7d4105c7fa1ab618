"""Django's ASGI handler, which says 507 where a request's body finds no room.

Django keeps a body of more than 2.5 MB in a temporary file before any view is asked; its own
handler would end such a request without a word when the disk is full.
"""

import errno
import json
import tempfile
from typing import Any

from django.core.handlers.asgi import ASGIHandler

FULL = {errno.ENOSPC, errno.EDQUOT}


class NoRoom(Exception):
    """The body could not be kept."""


class Handler(ASGIHandler):
    """Answers `storage_full` when a request's body cannot be kept; nothing was changed then."""

    async def read_body(self, receive: Any) -> "tempfile.SpooledTemporaryFile[bytes]":
        try:
            return await super().read_body(receive)
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
