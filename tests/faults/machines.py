"""The machines of a run and what befalls them: processes killed, Redis and PostgreSQL away, readers stalled.

Each fault breaks something, waits, and mends it. Faults of different machines overlap; those of one
machine follow one another. Which, when and how long is decided by the run's seed.
"""

import asyncio
import random
import signal
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import OperationalError, connections
from websockets.asyncio.client import connect

from meetings.models import Meeting
from tests.processes import Process, Server, Worker
from tests.realtime.live import Reader, write_post
from tests.servers import Servers, _wait_until_postgres_answers, wait_for_port

from .people import ORIGIN

BURST, IN_ONE_GO = 120, 40  # entries a stalled reader does not read, and in one transaction
LONG_TEXT = "a long text, " * 4_000
TOO_SLOW = 4008
CUT_OFF = 1006  # what it sees that does not even read its 4008 within ten seconds
DROPPED_SECONDS = 45.0  # 30 of them a reader may stay with a full line

Fault = Callable[[], Awaitable[None]]


class Machines:
    """`faults` counts what has befallen them. Everything runs in the main thread but the waiting: the
    kernel ends a child with the thread that started it."""

    def __init__(
        self,
        webs: list[Server],
        worker: Worker,
        servers: Servers | None,
        stalled: tuple[Meeting, dict[str, str]],
        chance: random.Random,
    ) -> None:
        """`stalled`: a meeting of its own for readers that do not read, and a member's cookies."""
        self.webs, self.worker, self.servers, self.stalled = webs, worker, servers, stalled
        self._chance = chance
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.faults: Counter[str] = Counter()

    def kinds(self) -> list[Fault]:
        """What can befall them: without real servers only what concerns the hub's own processes."""
        own: list[Fault] = [self.kill_web, self.kill_worker, self.stall_reader]
        if self.servers is None:
            return own
        return [
            *own,
            self.kill_all_webs,
            self.kill_redis,
            self.hang_redis,
            self.empty_redis,
            self.restart_postgres,
        ]

    # --- the hub's own processes -----------------------------------------------------------------

    async def kill_web(self) -> None:
        """kill -9 of one web process, without a word to anybody."""
        number = self._chance.randrange(len(self.webs))
        async with self._locks[f"web {number}"]:
            self.faults["kill -9 web"] += 1
            self.webs[number].kill()
            await self._away(0, 1.5)
            await self._start(self.webs[number])

    async def kill_all_webs(self) -> None:
        """The machine with all web processes loses power."""
        async with self._locks["web 0"], self._locks["web 1"]:
            self.faults["kill -9 all webs"] += 1
            for web in self.webs:
                web.kill()
            await self._away(0, 1)
            await asyncio.gather(*(self._start(web) for web in self.webs))

    async def kill_worker(self) -> None:
        async with self._locks["worker"]:
            self.faults["kill -9 worker"] += 1
            self.worker.kill()
            await self._away(0, 2)
            self.worker.start()

    async def _start(self, web: Server) -> None:
        """Start it as the supervisor does: again when it ends at once, e.g. without a database."""
        while True:
            Process.start(web)
            if await asyncio.to_thread(wait_for_port, web.port, 60, lambda: web.alive):
                return
            await asyncio.sleep(0.5)

    # --- the servers behind them -----------------------------------------------------------------

    async def kill_redis(self) -> None:
        """Redis dies and comes back empty: subscriptions, throttles and cache are gone."""
        assert self.servers is not None
        async with self._locks["redis"]:
            self.faults["kill -9 redis"] += 1
            self.servers.child("redis").kill()
            self.servers.child("redis").wait()
            await self._away(0, 4)
            self.servers.start_again("redis")
            port = urlsplit(settings.REDIS_URL).port or 0
            child = self.servers.child("redis")
            assert await asyncio.to_thread(wait_for_port, port, 20, lambda: child.poll() is None)

    async def hang_redis(self) -> None:
        """Redis answers nothing for a while, with all connections open."""
        assert self.servers is not None
        async with self._locks["redis"]:
            self.faults["redis hangs"] += 1
            self.servers.child("redis").send_signal(signal.SIGSTOP)
            await self._away(0.5, 4)
            self.servers.child("redis").send_signal(signal.SIGCONT)

    async def empty_redis(self) -> None:
        """Redis forgets everything and throws everybody out."""
        from redis.asyncio import Redis

        async with self._locks["redis"], Redis.from_url(settings.REDIS_URL) as redis:
            self.faults["redis emptied"] += 1
            await redis.flushall()
            await redis.client_kill_filter(_type="pubsub", skipme=True)

    async def restart_postgres(self) -> None:
        """PostgreSQL is stopped: orderly, or at once, so that it has to recover."""
        assert self.servers is not None
        async with self._locks["postgres"]:
            how = self._chance.choice((signal.SIGINT, signal.SIGQUIT))
            self.faults["postgres restarted"] += 1
            child = self.servers.child("postgres")
            child.send_signal(how)
            await asyncio.to_thread(child.wait)
            await self._away(0, 1)
            self.servers.start_again("postgres")
            await asyncio.to_thread(self._wait_for_postgres)

    @staticmethod
    def _wait_for_postgres() -> None:
        from django.db import connection

        port = int(connection.settings_dict["PORT"])
        assert wait_for_port(port, 30, lambda: True)
        _wait_until_postgres_answers(port)

    # --- readers -----------------------------------------------------------------------------------

    async def stall_reader(self) -> None:
        """A reader stops reading while 6 MB are told: it is closed with 4008, and gets everything when
        it comes back with its cursor."""
        number = self._chance.randrange(len(self.webs))
        async with self._locks[f"web {number}"], self._locks["postgres"]:
            self.faults["reader stalled"] += 1
            web, (meeting, cookies) = self.webs[number], self.stalled
            meeting = await asyncio.to_thread(stored, _again, meeting)
            cursor = meeting.last_seq
            address = web.ws(f"/ws/meetings/{meeting.pk}/?after=")
            headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
            headers["Origin"] = ORIGIN
            options = {
                "additional_headers": headers,
                "proxy": None,
                "max_size": None,
                "ping_interval": None,
                "open_timeout": 30,
            }
            plain = _narrow_socket(web.port)
            async with connect(f"{address}{cursor}", sock=plain, max_queue=1, **options) as socket:  # type: ignore[arg-type]
                reader = Reader(socket, cursor)
                await reader.step(10)
                before = await _dropped(web)
                last = await asyncio.to_thread(_write_burst, meeting)
                await _until_dropped(web, before)
                assert await reader.close_code(20) in (TOO_SLOW, CUT_OFF)
            async with connect(f"{address}{reader.seq}", **options) as socket:  # type: ignore[arg-type]
                back = Reader(socket, reader.seq)
                await back.reach(last, 60)
                got = [event["seq"] for event in reader.events + back.events]
                assert got == list(range(cursor + 1, last + 1)), "a stalled reader misses nothing"

    def mend(self) -> None:
        """Leave the servers running, however the run ended: other tests need them."""
        if self.servers is None:
            return
        self.servers.child("redis").send_signal(signal.SIGCONT)
        for name in ("redis", "postgres"):
            if self.servers.child(name).poll() is not None:
                self.servers.start_again(name)
        self._wait_for_postgres()

    async def _away(self, least: float, most: float) -> None:
        await asyncio.sleep(self._chance.uniform(least, most))


def _narrow_socket(port: int) -> socket.socket:
    """A connection whose receiver takes hardly anything while nobody reads."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", port))
    plain.setblocking(False)
    return plain


async def _dropped(web: Server) -> float:
    """How many readers this web process has closed for being too slow."""
    figures = await asyncio.to_thread(web.live_figures)
    return figures.get(f'lihui_live_dropped_total{{code="{TOO_SLOW}"}}', 0.0)


async def _until_dropped(web: Server, before: float) -> None:
    """Until it was closed for being too slow; on a slow machine the server's ping, which it does not
    answer either, may end it first."""
    until = time.monotonic() + DROPPED_SECONDS
    while await _dropped(web) <= before and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.2)


def stored(ask: Callable[..., Any], *what: object) -> Any:
    """What `ask` finds out in the database. To be called in a thread; tries again while the database is
    away, and leaves no connection behind."""
    until = time.monotonic() + 30
    while True:
        try:
            connections.close_all()
            return ask(*what)
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        finally:
            connections.close_all()


def _again(meeting: Meeting) -> Meeting:
    return Meeting.objects.get(pk=meeting.pk)


def _write_some(meeting: Meeting) -> int:
    return write_post(meeting.pk, IN_ONE_GO, LONG_TEXT)


def _write_burst(meeting: Meeting) -> int:
    """The number of the burst's last event."""
    return max(stored(_write_some, meeting) for _ in range(BURST // IN_ONE_GO))
