"""Database work of the live room: in a thread of its own, on a connection that stays open.

Under ASGI every synchronous call may land in another thread with another connection; a room that reads
the log many times a second must not pay for that each time.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import Error, connection

from . import metrics

log = logging.getLogger("lihui.live")
T = TypeVar("T")


def _count(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    metrics.QUERIES.inc()
    return execute(sql, params, many, context)


class DatabaseThread:
    """Runs functions one after the other in one thread with one database connection."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """The function's result. A database error closes the connection, so that the next call
        gets a new one, and is raised."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._guarded, function, args)

    @staticmethod
    def _guarded(function: Callable[..., T], args: tuple[object, ...]) -> T:
        if connection.execute_wrappers == []:
            connection.execute_wrappers.append(_count)
        try:
            return function(*args)
        except Error:
            connection.close()
            raise
