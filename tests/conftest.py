"""Fixtures for every test: one county with its people, a stranger's county, the real processes.

An actor fixture is a `townships.actors.Actor`; hand it to services, to `api(actor)` for the JSON
API, to `client_of(actor)` (tests/people.py) for pages, to `daphne_server.http(actor)` for the real
server, or to `browser(actor)` (tests/browser/) for Chromium.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django.apps
import django.conf
import pytest
from django.core.cache import cache
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.utils import translation
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from meetings.models import Meeting
from townships import throttle
from townships.actors import NOBODY, Actor
from townships.models import County, Role, Township

from . import stack
from .people import Api, make_guest, make_meeting, make_person
from .processes import Server, Worker, collect_static, wait_until

settings.register_profile(
    "lihui",
    print_blob=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("lihui")

POOLS = DatabaseWrapper._connection_pools


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no worker is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Put the tests' database where the real processes look for it, given the same DATA_DIR.

    Each xdist worker has its own data folder; on PostgreSQL its own database name.
    """
    for database in django.conf.settings.DATABASES.values():
        if database["ENGINE"].endswith("sqlite3"):
            database["TEST"]["NAME"] = str(database["NAME"])
        else:
            database["TEST"]["NAME"] = f"lihui_{stack.WORKER or 'main'}"


@pytest.fixture(scope="session")
def migrated(pytestconfig: pytest.Config) -> Path:
    """Where a SQLite database with today's migrations lies, or will: made once, then copied."""
    known = hashlib.sha256(f"{django.VERSION} {sqlite3.sqlite_version}".encode())
    for app in django.apps.apps.get_app_configs():
        for migration in sorted((Path(app.path) / "migrations").glob("*.py")):
            known.update(f"{app.label}/{migration.name}".encode() + migration.read_bytes())
    return pytestconfig.cache.mkdir("migrated") / f"{known.hexdigest()}.sqlite3"


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None, migrated: Path) -> bool:
    """Begin with a copy of the migrated database where there is one: migrating takes 15 s."""
    database = django.conf.settings.DATABASES["default"]
    if stack.FULL or not migrated.exists():
        return False
    shutil.copyfile(migrated, database["TEST"]["NAME"])
    return True


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, migrated: Path
) -> None:
    """The database of all tests; on SQLite a copy of it stays for the next run."""
    if stack.FULL or migrated.exists():
        return
    fresh = migrated.with_suffix(f".{os.getpid()}")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(fresh)])
    fresh.replace(migrated)


@pytest.fixture(autouse=True)
def fresh_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts with full allowances, within one window of the throttle, and in the default
    language: a page asked for in another one leaves it to the thread."""
    cache.clear()
    monkeypatch.setattr(throttle, "time", SimpleNamespace(time=lambda: 1_800_000_000.0))
    translation.deactivate()


@pytest.fixture(autouse=True)
def connections_come_back() -> Iterator[None]:
    """Whoever used a database connection gives it back to the pool: one that ends with its thread is
    lost to it, and a later test of the same process waits in vain. Two stay out, one of the test's
    thread and one of the thread that `sync_to_async` runs things in."""
    yield
    if stack.FULL:
        wait_until(lambda: all(taken(pool) <= 2 for pool in POOLS.values()), 10)


def taken(pool: Any) -> int:
    """How many of the pool's connections somebody has, or lost."""
    figures = pool.get_stats()
    return int(figures["pool_size"] - figures["pool_available"])


@pytest.fixture
def county(db: None) -> County:
    """云岭县, the county most tests play in."""
    return County.objects.create(name="云岭县")


@pytest.fixture
def other_county(db: None) -> County:
    """清河县, of which nobody in 云岭县 may learn anything."""
    return County.objects.create(name="清河县")


@pytest.fixture
def townships(county: County) -> list[Township]:
    """Three townships of the county, in their order."""
    names = ["青石镇", "白沙乡", "柳溪镇"]
    return [
        Township.objects.create(county=county, name=name, position=position)
        for position, name in enumerate(names, start=1)
    ]


@pytest.fixture
def township(townships: list[Township]) -> Township:
    """青石镇, the member's township."""
    return townships[0]


@pytest.fixture
def other_township(townships: list[Township]) -> Township:
    """白沙乡, the other member's township."""
    return townships[1]


@pytest.fixture
def organiser(county: County) -> Actor:
    return make_person(county, Role.ORGANISER, "organiser", name="组织者")


@pytest.fixture
def member(county: County, township: Township) -> Actor:
    return make_person(county, Role.MEMBER, "member", township, name="青石委员")


@pytest.fixture
def other_member(county: County, other_township: Township) -> Actor:
    """A member of another township of the same county."""
    return make_person(county, Role.MEMBER, "other_member", other_township, name="白沙委员")


@pytest.fixture
def observer(county: County) -> Actor:
    return make_person(county, Role.OBSERVER, "observer", name="列席")


@pytest.fixture
def archivist(county: County) -> Actor:
    return make_person(county, Role.ARCHIVIST, "archivist", name="档案员")


@pytest.fixture
def foreign_organiser(other_county: County) -> Actor:
    """An organiser of another county: for them nothing of the county exists."""
    return make_person(other_county, Role.ORGANISER, "foreign_organiser", name="外县组织者")


@pytest.fixture
def foreign_member(other_county: County) -> Actor:
    elsewhere = Township.objects.create(county=other_county, name="外乡镇", position=1)
    return make_person(other_county, Role.MEMBER, "foreign_member", elsewhere, name="外县委员")


@pytest.fixture
def nobody() -> Actor:
    """Somebody who is signed out."""
    return NOBODY


@pytest.fixture
def draft_meeting(county: County) -> Meeting:
    return make_meeting(county, "draft")


@pytest.fixture
def meeting(county: County) -> Meeting:
    """An announced meeting that starts in an hour."""
    return make_meeting(county, "announced")


@pytest.fixture
def live_meeting(county: County) -> Meeting:
    """A live meeting that lets guests in; its join code is ABC234."""
    return make_meeting(county, "live", allows_guests=True, join_code="ABC234")


@pytest.fixture
def closed_meeting(county: County) -> Meeting:
    return make_meeting(county, "closed")


@pytest.fixture
def guest(live_meeting: Meeting) -> Actor:
    """A guest of the live meeting."""
    return make_guest(live_meeting)


@pytest.fixture
def api(db: None) -> Callable[[Actor], Api]:
    """`api(member).post("/meetings", {...})`: the JSON API as that actor calls it."""
    return Api


@pytest.fixture(scope="session")
def shared_server(django_db_setup: None, django_db_blocker: object) -> Iterator[Server]:
    """The process behind `daphne_server`; started once, on first use."""
    collect_static()
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def daphne_server(transactional_db: None, shared_server: Server) -> Server:
    """The real server, on the tests' database (which is emptied after each such test)."""
    if not shared_server.alive:
        shared_server.start()
    return shared_server


@pytest.fixture
def start_server(transactional_db: None) -> Iterator[Callable[..., Server]]:
    """`start_server(SOCKETS_PER_ADDRESS="3")`: a server of the test's own, for killing it."""
    collect_static()
    started: list[Server] = []

    def start(**changes: str) -> Server:
        server = Server(f"server-{len(started)}", **changes)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Worker]:
    """A running `manage.py worker` on the tests' database; `worker.kill()`, `worker.start()`."""
    process = Worker()
    process.start()
    yield process
    process.stop()
