"""`make run` started for real: it serves, restarts what crashes, and leaves nothing behind."""

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.processes import wait_until
from tests.servers import die_with_parent, free_ports

ROOT = Path(__file__).resolve().parents[2]
SECRET = "kP3v9sYw2mQz7nRt5xLb8cJd4fGh6aVeU1iOoTqWyEu0ZrXsNM"


class Hub:
    """A supervisor with its own data folder and port."""

    def __init__(self, data_dir: Path, **changes: str) -> None:
        (self.port,) = free_ports(1)
        self.changes = changes
        self.data_dir = data_dir
        self.log = data_dir / "output.log"

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.supervisor = psutil.Popen(
                [sys.executable, "-m", "hub.supervisor"],
                cwd=ROOT,
                env={
                    "PATH": os.environ["PATH"],
                    "DATA_DIR": str(self.data_dir),
                    "SECRET_KEY": SECRET,
                    "HTTPS": "0",
                    "HOST": "127.0.0.1",
                    "PORT": str(self.port),
                    **self.changes,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(),
            )

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until_up(self) -> None:
        wait_until(lambda: "is running" in self.output() or self.supervisor.poll() is not None, 60)
        assert self.supervisor.poll() is None, self.output()
        assert httpx.get(f"http://127.0.0.1:{self.port}/health/").status_code == 200

    def children(self) -> list[psutil.Process]:
        """Server, worker and everything they started."""
        return list(self.supervisor.children(recursive=True))

    def child(self, word: str) -> psutil.Process | None:
        """The direct child whose command line contains the word."""
        for each in self.supervisor.children():
            if any(word in part for part in each.cmdline()):
                return each
        return None


@pytest.fixture
def hub(
    tmp_path: Path, request: pytest.FixtureRequest, django_db_setup: None, migrated: Path
) -> Iterator[Hub]:
    """A hub that has its tables (made once for all tests) and nothing in them."""
    if migrated.exists():
        shutil.copyfile(migrated, tmp_path / "lihui.sqlite3")
    hub = Hub(tmp_path, **getattr(request, "param", {}))
    hub.start()
    yield hub
    everything = [*hub.children(), hub.supervisor] if hub.supervisor.is_running() else []
    for process in everything:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    hub.supervisor.wait(10)


def all_gone(processes: list[psutil.Process]) -> bool:
    """Is none of them running any more (a zombie does not run)?"""
    return not any(
        each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes
    )


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_no_process_behind(hub: Hub, kind: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end server and worker; the supervisor ends well and says so."""
    hub.wait_until_up()
    wait_until(lambda: hub.child("worker"))
    children = hub.children()
    hub.supervisor.send_signal(kind)
    assert hub.supervisor.wait(20) == 0
    assert all_gone(children)
    assert hub.output().rstrip().endswith("Stopped.")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", hub.port)) != 0


@pytest.mark.parametrize("hub", [{"DEMO": "1", "DEMO_MONTHS": "1"}], indirect=True)
@pytest.mark.timeout(300)
def test_the_first_start_loads_the_demo_and_the_second_keeps_what_is_there(hub: Hub) -> None:
    """The sign-ins are printed by both; the second start loads nothing anew."""
    words = ("zuzhi", "heshu", "dangan", "liexi", "lihui-demo-2026")

    def signins() -> str:
        return hub.output().partition("Demo sign-ins")[2]

    wait_until(
        lambda: all(word in signins() for word in words) or not hub.supervisor.is_running(), 200
    )
    assert all(word in signins() for word in words), hub.output()
    assert "First start: loading the demo county" in hub.output()
    with sqlite3.connect(hub.data_dir / "lihui.sqlite3") as database:
        posts = database.execute("SELECT id FROM board_post ORDER BY id").fetchall()
    assert len(posts) > 10
    hub.supervisor.send_signal(signal.SIGINT)
    assert hub.supervisor.wait(20) == 0
    hub.log.unlink()
    hub.start()
    hub.wait_until_up()
    wait_until(lambda: "zuzhi" in hub.output())
    assert "First start" not in hub.output()
    with sqlite3.connect(hub.data_dir / "lihui.sqlite3") as database:
        assert database.execute("SELECT id FROM board_post ORDER BY id").fetchall() == posts


def test_a_killed_supervisor_takes_its_children_along(hub: Hub) -> None:
    """kill -9 of the supervisor: the kernel tells server and worker to stop."""
    hub.wait_until_up()
    wait_until(lambda: hub.child("worker"))
    children = hub.children()
    hub.supervisor.kill()
    hub.supervisor.wait(10)
    wait_until(lambda: all_gone(children), 20)


def test_a_crashed_server_starts_again(hub: Hub) -> None:
    """kill -9 of the server: the supervisor says so and starts another one on the same port."""
    hub.wait_until_up()
    first = hub.child("asgi:application")
    assert first is not None
    first.kill()

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{hub.port}/health/").status_code == 200
        except httpx.HTTPError:
            return False

    wait_until(answers, 30)
    second = hub.child("asgi:application")
    assert second is not None
    assert second.pid != first.pid
    assert "The server stopped by itself (SIGKILL); it starts again now." in hub.output()


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    """Somebody else listens there: one sentence with the way out, before anything is changed."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        hub = Hub(tmp_path)
        hub.port = other.getsockname()[1]
        hub.start()
        assert hub.supervisor.wait(30) == 1
    assert hub.output() == (
        f"Port {hub.port} is taken by another program. Stop that one, or choose another port: "
        f"PORT={hub.port + 1} make run\n"
    )
    assert not (tmp_path / "lihui.sqlite3").exists()


def test_orphans_of_a_child_are_ended_too(tmp_path: Path) -> None:
    """A conversion that left its worker's session, and lost its parent, is still found and ended."""
    orphan, parent, script = (tmp_path / name for name in ("orphan.py", "parent.py", "run.py"))
    orphan.write_text(
        "import os, time\nos.setsid()\nprint('orphan', os.getpid(), flush=True)\ntime.sleep(600)\n"
    )
    parent.write_text(
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, {str(orphan)!r}])\n"
        "time.sleep(600)\n"
    )
    script.write_text(
        "import sys\n"
        "from hub.supervisor import Child, Supervisor\n"
        f"child = Child('parent', [sys.executable, {str(parent)!r}])\n"
        "sys.exit(Supervisor([child]).run(lambda: True))\n"
    )
    with subprocess.Popen(
        [sys.executable, str(script)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        preexec_fn=die_with_parent(),
    ) as supervisor:
        assert supervisor.stdout is not None
        words = supervisor.stdout.readline().split()
        assert words[0] == "orphan"
        process = psutil.Process(int(words[1]))
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(20) == 0
        assert all_gone([process])


def test_stopping_during_set_up_is_no_crash(tmp_path: Path) -> None:
    """SIGTERM while the tables are made: a sentence and exit status 130, no traceback."""
    hub = Hub(tmp_path)
    hub.start()
    wait_until((tmp_path / "lihui.sqlite3").exists, 60)
    hub.supervisor.send_signal(signal.SIGTERM)
    assert hub.supervisor.wait(20) in (0, 130)
    assert "Traceback" not in hub.output()
    assert hub.output().rstrip().endswith(("begins this step anew.", "Stopped."))
