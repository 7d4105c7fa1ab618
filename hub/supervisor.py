"""`make run`: brings the database up to date, then keeps the server and the worker running.

Stopping (Ctrl-C, SIGTERM, a closed terminal) ends both and everything they started. The children
have sessions of their own, so a Ctrl-C reaches only this process; the kernel tells them when this
process is killed; and orphans of theirs (a conversion) become children of this process, which ends
them too.
"""

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from hub.addresses import network_addresses

ROOT = Path(__file__).resolve().parent.parent
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
GRACE_SECONDS = 10.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0  # a child that ran this long starts again without a pause


def say(text: str = "") -> None:
    """Print one line at once."""
    print(text, flush=True)


def serving_command(host: str, port: int) -> list[str]:
    """The command that serves the hub: daphne with the room's fast path.

    The backlog lets a hall full of phones come back at once after a restart.
    """
    endpoint = f"tcp:port={port}:backlog=4096:interface={host}"
    return [sys.executable, "-m", "realtime.server", "-v", "0", "-e", endpoint, "asgi:application"]


def worker_command() -> list[str]:
    """The command that turns uploaded files into pages."""
    return [sys.executable, "manage.py", "worker"]


class Child:
    """One process that is kept running."""

    def __init__(self, name: str, command: list[str], niceness: int = 0) -> None:
        self.name, self.command, self.niceness = name, command, niceness
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_after = 0.0
        self.pause = 0.0

    def start(self) -> None:
        """Start it in a session of its own; the kernel ends it when this process is gone."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_before_start(os.getpid(), self.niceness),
        )

    def ended(self, status: int) -> None:
        """It is gone: say so, and start it again after a pause that grows while it keeps failing."""
        assert self.process is not None
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if time.monotonic() - self.started_at > STEADY_SECONDS:
            self.pause = 0.0
        how = self.process.returncode
        reason = signal.Signals(-how).name if how < 0 else f"exit status {how}"
        again = f"in {self.pause:.0f} s" if self.pause else "now"
        say(f"The {self.name} stopped by itself ({reason}); it starts again {again}.")
        self.start_after = time.monotonic() + self.pause
        self.pause = min(max(self.pause * 2, 1.0), LONGEST_PAUSE)
        self.process = None

    def signal_group(self, kind: signal.Signals) -> None:
        """Send a signal to it and to what it started."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, kind)
        except ProcessLookupError:
            pass


def _before_start(parent: int, niceness: int) -> Callable[[], None]:
    """What the child does between fork and exec."""

    def prepare() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != parent:
            os._exit(1)
        if niceness:
            os.nice(niceness)

    return prepare


class Supervisor:
    """Keeps its children running until it is told to stop."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self.stops_asked = 0

    def run(self, on_start: Callable[[], bool]) -> int:
        """Start all; call `on_start` until it is true (all is up); watch; return the exit status."""
        if LIBC is not None:
            LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)
        for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(kind, self._ask_to_stop)
        up = False
        while not self.stops_asked:
            self._reap()
            for child in self.children:
                if child.process is None and time.monotonic() >= child.start_after:
                    child.start()
            up = up or on_start()
            time.sleep(0.1)
        self._stop()
        return 0

    def _ask_to_stop(self, *_: object) -> None:
        self.stops_asked += 1

    def _reap(self) -> bool:
        """Take note of children that ended, orphans included. False when there are none at all."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return True
            for child in self.children:
                if child.process is not None and child.process.pid == pid:
                    if self.stops_asked:
                        child.process = None
                    else:
                        child.ended(status)

    def _stop(self) -> None:
        """End everything: politely first, then (or at a second Ctrl-C) by force."""
        say("\nStopping ...")
        groups = [child.process.pid for child in self.children if child.process]
        for child in self.children:
            child.signal_group(signal.SIGTERM)
        until = time.monotonic() + GRACE_SECONDS
        while self._reap() and time.monotonic() < until and self.stops_asked < 2:
            if not any(child.process for child in self.children):
                break  # only orphans are left, and nobody waits for their result
            time.sleep(0.05)
        for group in groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                pass
        while self._reap():
            for pid in children_of(os.getpid()):
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        say("Stopped.")


def children_of(parent: int) -> list[int]:
    """Process ids whose parent is `parent` (Linux only; none elsewhere)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if after_name and after_name[0] != "Z" and int(after_name[1]) == parent:
            found.append(int(entry.parent.name))
    return found


def check_port(host: str, port: int) -> None:
    """End with a plain sentence when somebody else has the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                sys.exit(
                    f"Port {port} is taken by another program. Stop that one, or choose another "
                    f"port: PORT={port + 1} make run"
                )
            sys.exit(f"Port {port} cannot be used: {problem.strerror}")


def prepare_database() -> None:
    """Bring the tables up to date; where it is wanted, load the demo county at the first start."""
    call_command("migrate", verbosity=0, interactive=False)
    from townships.models import County

    if settings.DEMO and not County.objects.exists():
        say("First start: loading the demo county ...")
        began = time.monotonic()
        call_command("demo", months=settings.DEMO_MONTHS)
        say(f"    done in {time.monotonic() - began:.0f} s; conversions go on in the background")
    if not settings.DEBUG:
        call_command("collectstatic", verbosity=0, interactive=False)
    for connection in connections.all(initialized_only=True):
        connection.close()
        if getattr(connection, "pool", None):
            connection.close_pool()  # type: ignore[attr-defined]


def greet(host: str, port: int) -> None:
    """Print where the hub is and, while it holds the demo county, who can sign in."""
    say("\nLihui 例会 is running. Stop it with Ctrl-C.\n")
    say(f"  On this machine:      http://localhost:{port}/")
    if host not in ("127.0.0.1", "localhost"):
        for address in network_addresses():
            say(f"  Phones and others:    http://{address}:{port}/")
    if demo_is_loaded():
        from hub.demo import signins

        say("\n  Demo sign-ins:")
        rows = [("", "user name", "password"), *signins()]
        for label, name, password in rows:
            say(f"    {_padded(label, 30)} {_padded(name, 18)} {password}")
    say()


def demo_is_loaded() -> bool:
    """Is the demo county in the database?"""
    from hub.demo.places import LANXIU
    from townships.models import County

    try:
        return County.objects.filter(name=LANXIU.name).exists()
    finally:
        connections["default"].close()


def _padded(text: str, columns: int) -> str:
    """Fill up to `columns` screen columns; a Chinese character takes two."""
    wide = sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
    return text + " " * max(columns - wide, 1)


def is_answering(port: int) -> bool:
    """Does the server take connections?"""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> int:
    """Start the hub and stay until it is told to stop."""
    host, port = settings.HOST, settings.PORT
    check_port(host, port)
    for kind in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, signal.default_int_handler)
    try:
        django.setup()
        prepare_database()
    except KeyboardInterrupt:
        # Migrations and the demo are one transaction each: nothing is left half-written.
        say("\nStopped before the hub was up; the next start begins this step anew.")
        return 130
    supervisor = Supervisor(
        [
            Child("server", serving_command(host, port)),
            Child("worker", worker_command(), niceness=10),
        ]
    )

    def on_start() -> bool:
        if not is_answering(port):
            return False
        greet(host, port)
        return True

    return supervisor.run(on_start)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
    sys.exit(main())
