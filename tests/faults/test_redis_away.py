"""Redis hangs, then dies: people sign in and write as before, only news between processes is later."""

import signal
import time
from collections.abc import Callable

import httpx
import pytest

from board.models import Post
from meetings.models import Meeting
from tests.people import PASSWORD
from tests.processes import Server
from tests.servers import Servers
from tests.stack import FULL
from townships.actors import Actor

SECONDS = 6.0  # for a sign-in or a post: a few waits of a second, never Redis's own patience


def sign_in(server: Server, username: str) -> tuple[int, float]:
    """The status of the answer to the form, and how long it took."""
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as http:
        http.get("/accounts/login/")
        begin = time.perf_counter()
        form = {"login": username, "password": PASSWORD}
        form["csrfmiddlewaretoken"] = http.cookies["csrftoken"]
        answer = http.post("/accounts/login/", data=form, headers={"Origin": server.url})
        return answer.status_code, time.perf_counter() - begin


def post(server: Server, meeting: Meeting, actor: Actor, number: int) -> tuple[int, float]:
    """The same for a post."""
    body = {"kind": "problem", "body": f"第{number}条", "client_id": f"redis-away-{number:020}"}
    with server.http(actor) as http:
        http.timeout = httpx.Timeout(30)
        begin = time.perf_counter()
        answer = http.post(f"/api/v1/meetings/{meeting.pk}/posts", json=body)
        return answer.status_code, time.perf_counter() - begin


@pytest.mark.skipif(not FULL, reason="needs a Redis of its own: LIHUI_TEST_STACK=full")
def test_a_hanging_and_a_dead_redis_stop_nobody(
    start_server: Callable[..., Server], live_meeting: Meeting, member: Actor
) -> None:
    servers = Servers()
    try:
        server = start_server(**servers._redis())
        (redis,) = servers.children
        for number, end in enumerate((None, signal.SIGSTOP, signal.SIGKILL)):
            if end is not None:
                redis.send_signal(end)
            for status, seconds, expected in (
                (*sign_in(server, "member"), 302),
                (*post(server, live_meeting, member, number), 201),
            ):
                assert status == expected, end
                assert seconds < SECONDS, (end, seconds)
        assert Post.objects.filter(meeting=live_meeting).count() == 3
    finally:
        for child in servers.children:
            child.kill()
        servers.stop()
