"""Pytest plugin, loaded before Django: chooses what the tests run on, and starts it.

`LIHUI_TEST_STACK=full` means PostgreSQL, Redis and S3, started here once per run; anything else
means the embedded default (SQLite, in-process channel layer, files on disk). Each xdist worker has
its own data folder, database and bucket on the same servers.

A server that cannot be started skips the run with the reason; with CI=true it fails the run.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.servers import Servers, Unavailable, create_bucket

FULL = os.environ.get("LIHUI_TEST_STACK") == "full"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
SERVER_VARIABLES = (
    "DATABASE_URL",
    "REDIS_URL",
    "S3_BUCKET",
    "S3_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
)
_run: dict[str, object] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds nothing; being a plugin with this hook makes pytest load the module early."""


def prepare() -> None:
    """Set the environment that hub/settings.py reads, before Django is imported."""
    os.environ.setdefault("LIHUI_TEST_DATA", tempfile.mkdtemp(prefix="lihui-tests-"))
    root = Path(os.environ["LIHUI_TEST_DATA"])
    if not WORKER:
        atexit.register(shutil.rmtree, root, ignore_errors=True)
        if not FULL:
            for name in SERVER_VARIABLES:
                os.environ.pop(name, None)
        else:
            servers = Servers()
            servers.start()
            _run["servers"] = servers
            os.environ.update(servers.environment)
    data = root / (WORKER or "main")
    (data / "static").mkdir(parents=True, exist_ok=True)
    os.environ.update(
        DATA_DIR=str(data),
        SECRET_KEY="tests only, never a secret: 0123456789abcdefghijklmnopqrstuvwxyz",
        DEBUG="1",
        HTTPS="0",
        ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
        EMAIL_URL="console:",
        LANGUAGE_CODE="zh-hans",
        TIME_ZONE="Asia/Shanghai",
    )
    for name in ("ORIGINS", "PROXIES", "CAGE"):
        os.environ.pop(name, None)
    if FULL:
        # A Redis database of its own, so that a test may empty the cache.
        number = int(WORKER.removeprefix("gw") or "0") if WORKER else 0
        os.environ["REDIS_URL"] = os.environ["REDIS_URL"].rpartition("/")[0] + f"/{number}"
        os.environ["S3_BUCKET"] = f"lihui-{WORKER or 'main'}"
        create_bucket(dict(os.environ), os.environ["S3_BUCKET"])


def servers() -> Servers | None:
    """The real servers of this run, where this very process started them."""
    found = _run.get("servers")
    return found if isinstance(found, Servers) else None


try:
    prepare()
except Unavailable as reason:
    if os.environ.get("CI") == "true":
        raise
    pytest.exit(f"Skipped on PostgreSQL, Redis and S3: {reason}", returncode=0)


def pytest_report_header() -> str:
    """Name the stack in pytest's first lines."""
    where = "PostgreSQL, Redis and S3" if FULL else "SQLite, in-process layer, files on disk"
    return f"stack: {where}; data in {os.environ['DATA_DIR']}"


def pytest_unconfigure() -> None:
    """Stop the servers as soon as the run ends."""
    servers = _run.pop("servers", None)
    if isinstance(servers, Servers):
        servers.stop()
