"""Starts the hub's real processes for tests: the server on a free port, the worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.db import connection

from hub.supervisor import serving_command, worker_command
from townships.actors import Actor

from .people import cookies_of
from .servers import die_with_parent, free_ports, wait_for_port

ROOT = Path(__file__).resolve().parent.parent


def child_environment(**changes: str) -> dict[str, str]:
    """The environment of a process that works on this test's database, files and Redis.

    Like production (DEBUG off), but without TLS. `changes` win.
    """
    environment = os.environ | {
        "DEBUG": "0",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "hub.settings",
    }
    database = connection.settings_dict
    # On SQLite the same DATA_DIR leads to the same file.
    if connection.vendor == "postgresql":
        environment["DATABASE_URL"] = (
            f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}"
            f"/{database['NAME']}"
        )
    return environment | changes


class Process:
    """One child process with its output in a file; ended with everything it started."""

    def __init__(self, command: list[str], name: str, environment: Mapping[str, str]) -> None:
        self.command, self.environment = command, dict(environment)
        self.log = Path(settings.DATA_DIR) / f"{name}.log"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(),
            )

    @property
    def pid(self) -> int:
        assert self.child is not None
        return self.child.pid

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def kill(self) -> None:
        """kill -9 of the process itself, nothing else."""
        assert self.child is not None
        self.child.kill()
        self.child.wait()

    def stop(self, seconds: float = 10) -> None:
        """Ask it to stop as a person would (SIGTERM), insist after `seconds`."""
        if self.child is None:
            return
        if self.alive:
            self.child.terminate()
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()

    def output(self) -> str:
        """All it has printed so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Server(Process):
    """The real server on a free port. `url` is http://127.0.0.1:port, without a slash.

    `command(host, port)` starts it: ours, or another server that carries the same application.
    """

    def __init__(
        self,
        name: str = "server",
        *,
        command: Callable[[str, int], list[str]] = serving_command,
        **changes: str,
    ) -> None:
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        changes.setdefault("ORIGINS", self.url)
        super().__init__(command("127.0.0.1", self.port), name, child_environment(**changes))

    def start(self) -> None:
        super().start()
        if not wait_for_port(self.port, 30, lambda: self.alive):
            raise AssertionError(f"the server did not start:\n{self.output()[-4000:]}")

    def ws(self, path: str) -> str:
        """The address of a websocket route."""
        return f"ws://127.0.0.1:{self.port}{path}"

    def headers(self, actor: Actor) -> dict[str, str]:
        """Cookie and Origin headers of the actor's browser, for a websocket client."""
        cookies = "; ".join(f"{name}={value}" for name, value in cookies_of(actor).items())
        return {"Origin": self.url} | ({"Cookie": cookies} if cookies else {})

    def live_figures(self) -> dict[str, float]:
        """What this web process says of its live rooms in /metrics, by name and labels."""
        with httpx.Client(trust_env=False, timeout=20) as http:
            lines = http.get(f"{self.url}/metrics").text.splitlines()
        pairs = (line.rpartition(" ") for line in lines if line.startswith("lihui_live_"))
        return {name: float(value) for name, _, value in pairs}

    def http(self, actor: Actor, **options: Any) -> httpx.Client:
        """A client signed in as the actor that passes CSRF as a browser of this origin does."""
        token = "0123456789abcdefghijklmnopqrstuv"
        return httpx.Client(
            base_url=self.url,
            cookies=cookies_of(actor) | {settings.CSRF_COOKIE_NAME: token},
            headers={"X-CSRFToken": token, "Origin": self.url},
            timeout=options.pop("timeout", 20),
            **options,
        )


class Worker(Process):
    """`manage.py worker` on this test's database and files."""

    def __init__(self, name: str = "worker", **changes: str) -> None:
        super().__init__(worker_command(), name, child_environment(**changes))


def collect_static() -> None:
    """Make the static files of DEBUG=0 once per data folder."""
    if (Path(settings.DATA_DIR) / "static" / "staticfiles.json").exists():
        return
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=ROOT,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        check=True,
    )


def wait_until(condition: Any, seconds: float = 10, every: float = 0.05) -> Any:
    """Call `condition` until it gives something true, and return that; fail after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        assert time.monotonic() < until, f"did not happen within {seconds} s"
        time.sleep(every)
