"""`make bench-pages`: the pages people open, against a bare Django view on the same server.

One daphne on the first core with the demo county; requests one after the other on kept connections
from another core, page and bare view in turn. Rates are requests per second of the server's CPU.
"""

import http.client
import os
import posixpath
import re
import statistics
import tempfile
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .live_world import DAPHNE, LOAD_CORE, Served, World
from .report import Report

LINKED = re.compile(r'(?:<link[^>]+href|<script[^>]+src|<img[^>]+src)="([^"]+)"')
IMPORTED = re.compile(r'(?:import|from)\s*"(\.[^"]+)"')
PICTURES = (".webp", ".png", ".jpg", ".jpeg")


@dataclass(slots=True)
class Target:
    """A page as somebody: its address, the session, and what was measured."""

    name: str
    path: str
    session: str
    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


def make_world(months: int) -> World:
    """A demo county, not converted (pictures would only slow the loading), and the environment."""
    folder = Path(tempfile.mkdtemp(prefix="lihui-bench-pages-"))
    for name in ("DATABASE_URL", "S3_BUCKET", "ORIGINS", "REDIS_URL"):
        os.environ.pop(name, None)
    environment = {
        "DATA_DIR": str(folder / "data"),
        "SECRET_KEY": "benchmarks only: 0123456789abcdefghijklmnopqrstuvwxyz",
        "DEBUG": "0",
        "HTTPS": "0",
        "DJANGO_SETTINGS_MODULE": "hub.settings",
    }
    os.environ.update(environment)
    os.sched_setaffinity(0, {LOAD_CORE})
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from archive.indexing import catch_up
    from hub.demo.load import load

    load(months=months)
    while catch_up():
        pass
    return World(folder, environment)


def session_of(username: str) -> str:
    """A session in which this person is signed in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from townships.models import User

    user = User.objects.get(username=username)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def targets() -> list[Target]:
    """The pages, as a member and as the organiser (readiness is the organiser's); sign-in as nobody."""
    from board.models import Case
    from hub.demo.places import LANXIU
    from meetings.models import Meeting

    live = Meeting.objects.get(status="live")
    closed = Meeting.objects.filter(status="closed", county=live.county).latest("starts_at")
    coming = Meeting.objects.filter(status="announced", county=live.county).earliest("starts_at")
    pages = {
        "home": "/",
        "meeting": f"/meetings/{coming.pk}/",
        "live room": f"/meetings/{live.pk}/room/",
        "archive year": f"/archive/{closed.starts_at.year}/",
        "archive meeting": f"/archive/meetings/{closed.pk}/",
        "archive overview": f"/archive/{closed.starts_at.year}/overview/",
        "practice catalogue": "/archive/practices/",
        "cases": "/cases/",
        "case": f"/cases/{Case.objects.filter(county=live.county).latest('created_at').pk}/",
        "search": "/search/?q=%E5%85%9A%E5%91%98",
    }
    people = {
        "member": session_of(LANXIU.places[0].members[0].user_name),
        "organiser": session_of(LANXIU.organiser.user_name),
    }
    found = [
        Target(f"{page}, {who}", path, key)
        for page, path in pages.items()
        for who, key in people.items()
    ]
    readiness = Target(
        "readiness, organiser", f"/meetings/{coming.pk}/readiness/", people["organiser"]
    )
    return [*found, readiness, Target("sign-in", "/accounts/login/", "")]


class Visitor:
    """A kept connection to a server."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, session: str = "") -> tuple[int, bytes, Any]:
        headers = {"Accept-Language": "zh-CN"}
        if session:
            headers["Cookie"] = f"sessionid={session}"
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read(), answer.headers


def rate(
    served: Served, visitor: Visitor, path: str, session: str, count: int
) -> tuple[float, list[float]]:
    """Requests per CPU second of the server, and each one's milliseconds."""
    times = []
    before = served.cpu()
    for _ in range(count):
        begun = time.perf_counter()
        status, _body, _headers = visitor.get(path, session)
        times.append((time.perf_counter() - begun) * 1000)
        if status != 200:
            raise RuntimeError(f"{path} answers {status}")
    return count / (served.cpu() - before), times


def weight(visitor: Visitor, target: Target) -> tuple[float, int, int]:
    """A first view: KB without pictures as they would be sent compressed by a proxy, requests, and
    requests to other hosts."""
    _status, body, _headers = visitor.get(target.path, target.session)
    seen: set[str] = set()
    foreign = 0
    total = len(zlib.compress(body, 6))
    waiting = [(target.path, link) for link in LINKED.findall(body.decode())]
    while waiting:
        base, link = waiting.pop()
        if link.startswith(("http:", "https:", "//")):
            foreign += 1
            continue
        path = (
            link
            if link.startswith("/")
            else posixpath.normpath(posixpath.join(posixpath.dirname(base), link))
        )
        path = path.partition("#")[0]
        if path in seen or path.startswith("data:"):
            continue
        seen.add(path)
        if path.partition("?")[0].endswith(PICTURES):
            continue
        status, content, _ = visitor.get(path, target.session)
        if status == 200:
            total += len(zlib.compress(content, 6))
            if path.endswith(".js"):
                waiting += [(path, found) for found in IMPORTED.findall(content.decode())]
    return total / 1024, 1 + len(seen), foreign


def at(values: list[float], share: float) -> float:
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def main(quick: bool = False) -> None:
    """Measure all pages; `quick` loads three months and takes fewer requests."""
    report = Report("pages")
    world = make_world(3 if quick else 24)
    try:
        pages = world.start("pages", DAPHNE)
        bare = world.start("bare", DAPHNE, DJANGO_SETTINGS_MODULE="bench.settings")
        visitor, plain = Visitor(pages.port), Visitor(bare.port)
        found, count, rounds = targets(), 10 if quick else 40, 2 if quick else 3
        bare_rates: list[float] = []
        bare_times: list[float] = []
        for target in found:
            rate(pages, visitor, target.path, target.session, 3)
        rate(bare, plain, "/template", "", 5)
        for _ in range(rounds):
            for target in found:
                each, times = rate(bare, plain, "/template", "", count)
                bare_rates.append(each)
                bare_times += times
                each, times = rate(pages, visitor, target.path, target.session, count)
                target.rates.append(each)
                target.times += times
        tell(report, found, bare_rates, bare_times, visitor)
    finally:
        world.close()
    report.finish()


def tell(
    report: Report,
    found: list[Target],
    bare_rates: list[float],
    bare_times: list[float],
    visitor: Visitor,
) -> None:
    limit = statistics.median(bare_rates)
    report.add("bare view with an empty template", limit, "req/CPU-s")
    report.add("bare view, p50", at(bare_times, 0.5), "ms")
    for target in found:
        mine = statistics.median(target.rates)
        report.add(target.name, mine, "req/CPU-s")
        report.add(f"{target.name} / bare view", mine / limit, "x", ">= 0.25")
        report.add(f"{target.name}, p50", at(target.times, 0.5), "ms")
        report.add(f"{target.name}, p99", at(target.times, 0.99), "ms")
        size, requests, foreign = weight(visitor, target)
        report.add(f"{target.name}, first view without pictures, compressed", size, "KB", "<= 150")
        report.add(f"{target.name}, requests", requests, "")
        report.add(f"{target.name}, requests to other hosts", foreign, "", "<= 0")
