"""A request runs from end to end in one thread, which then waits for the next with its connection open."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.urls import path

from hub.handler import KEPT_THREADS, Handler
from tests.processes import wait_until
from townships.models import County

GO_ON = threading.Event()
BEGUN: list[threading.Thread] = []
USED: list[Any] = []


def who(request: HttpRequest) -> HttpResponse:
    """The thread that answers, and its connection to the database."""
    County.objects.count()
    return HttpResponse(f"{threading.get_ident()} {id(connection.connection)}")


def slow(request: HttpRequest) -> HttpResponse:
    if connection.vendor == "sqlite":  # PostgreSQL's pool has fewer than there are requests here
        County.objects.count()
        USED.append(connection.connection)
    BEGUN.append(threading.current_thread())
    GO_ON.wait(20)
    return HttpResponse("done")


urlpatterns = [path("who", who), path("slow", slow)]


@pytest.fixture
def handler(transactional_db, settings) -> Iterator[Handler]:
    settings.ROOT_URLCONF = __name__
    settings.ALLOWED_HOSTS = ["*"]
    GO_ON.clear()
    BEGUN.clear()
    USED.clear()
    made = Handler()
    yield made
    GO_ON.set()
    for thread in made.spare:
        thread.submit(connections.close_all).result()
        thread.shutdown()


def asked(handler: Handler, where: str) -> ApplicationCommunicator:
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": where, "query_string": b"",
        "headers": [(b"host", b"localhost")], "server": ("localhost", 80),
    }  # fmt: skip
    return ApplicationCommunicator(handler, scope)


async def answer(handler: Handler, where: str) -> str:
    request = asked(handler, where)
    await request.send_input({"type": "http.request", "body": b""})
    begun = await request.receive_output(20)
    assert begun["status"] == 200
    body = (await request.receive_output(20))["body"]
    await request.wait(20)
    return body.decode()


async def become(true: Callable[[], bool]) -> None:
    assert await asyncio.to_thread(wait_until, true, 20)


async def test_requests_one_after_the_other_share_a_thread_and_its_connection(handler):
    answers = set()
    for _ in range(3):
        answers.add(await answer(handler, "/who"))
        await become(lambda: len(handler.spare) == 1)
    threads = {text.split()[0] for text in answers}
    assert len(threads) == 1
    if connection.vendor == "sqlite":  # PostgreSQL's come from a pool
        assert len(answers) == 1


async def test_requests_at_once_have_a_thread_each_and_few_are_kept(handler):
    count = KEPT_THREADS + 4
    running = [asyncio.create_task(answer(handler, "/slow")) for _ in range(count)]
    await become(lambda: len(BEGUN) == count)
    assert len(set(BEGUN)) == count
    assert handler.spare == []
    GO_ON.set()
    assert await asyncio.gather(*running) == ["done"] * count
    await become(lambda: len(handler.spare) == KEPT_THREADS)
    await become(lambda: sum(not thread.is_alive() for thread in BEGUN) == 4)
    if connection.vendor == "sqlite":  # theirs are closed, not only forgotten; nobody uses one now
        assert sum(is_closed(one) for one in USED) == 4


def is_closed(raw: sqlite3.Connection) -> bool:
    try:
        raw.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


async def test_the_thread_of_a_client_who_went_away_is_lent_again_when_its_view_has_ended(handler):
    gone = asked(handler, "/slow")
    await gone.send_input({"type": "http.request", "body": b""})
    await become(lambda: len(BEGUN) == 1)
    await gone.send_input({"type": "http.disconnect"})
    other = await answer(handler, "/who")
    await become(lambda: len(handler.spare) == 1)
    GO_ON.set()
    await gone.wait(20)
    await become(lambda: len(handler.spare) == 2)
    assert int(other.split()[0]) != BEGUN[0].ident
