"""The cache on Redis: the requests of a process share its connections."""

import os
from collections.abc import Callable, Iterator

import httpx
import pytest
import redis
from django.core.cache.backends.base import BaseCache

from hub.cache import ForgivingRedisCache
from meetings.models import Meeting
from tests.processes import Server
from tests.servers import Servers
from tests.stack import FULL
from townships.actors import Actor

pytestmark = pytest.mark.skipif(not FULL, reason="needs the stack's Redis: LIHUI_TEST_STACK=full")


@pytest.fixture
def own_redis() -> Iterator[str]:
    """The address of a Redis that nobody else connects to."""
    servers = Servers()
    try:
        yield servers._redis()["REDIS_URL"]
    finally:
        servers.stop()


def connections(address: str) -> int:
    """How many connections this Redis has taken so far, with the one that asks here."""
    with redis.Redis.from_url(address) as client:
        return int(client.info("stats")["total_connections_received"])


def post(http: httpx.Client, meeting: Meeting, number: int) -> int:
    body = {"kind": "problem", "body": f"第{number}条", "client_id": f"cache-{number}"}
    return http.post(f"/api/v1/meetings/{meeting.pk}/posts", json=body).status_code


def test_no_request_connects_to_redis_anew(
    start_server: Callable[..., Server], own_redis: str, live_meeting: Meeting, member: Actor
) -> None:
    """A post counts against its author's limit in the cache; six posts, and the only new connection is
    the one that asks here."""
    with start_server(REDIS_URL=own_redis).http(member) as http:
        assert [post(http, live_meeting, number) for number in range(3)] == [201] * 3
        before = connections(own_redis)
        assert [post(http, live_meeting, number) for number in range(3, 9)] == [201] * 6
        assert connections(own_redis) - before == 1


def test_caches_of_one_place_share_a_client_and_others_do_not() -> None:
    def made(address: str, **options: float) -> BaseCache:
        return ForgivingRedisCache(address, {"OPTIONS": options})

    here = os.environ["REDIS_URL"]
    first, second, other = made(here), made(here), made(here, socket_timeout=2)
    assert first._cache is second._cache
    assert first._cache is not other._cache
    first.set("shared", "一")
    assert (second.get("shared"), other.get("shared")) == ("一", "一")
