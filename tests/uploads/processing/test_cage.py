"""The cage: nothing gets out, nothing stays behind."""

import os
import threading
import time
from pathlib import Path

import psutil
import pytest

from uploads.processing import cage
from uploads.processing.cage import CageOptions
from uploads.processing.errors import ConversionFailed

from ...processes import wait_until
from .builders import need_cage


@pytest.fixture(autouse=True)
def _caged() -> None:
    need_cage()


def _run(tmp_path: Path, script: str, **options: int) -> cage.Finished:
    return cage.run(["/bin/sh", "-c", script], tmp_path, CageOptions(**options))  # type: ignore[arg-type]


def test_only_the_jobs_folder_can_be_written(tmp_path: Path) -> None:
    other = tmp_path.parent / "other"
    other.mkdir(exist_ok=True)
    finished = _run(
        tmp_path, f"echo in > inside; echo out > {other}/outside; touch /usr/x; ls {other}"
    )
    assert (tmp_path / "inside").read_text() == "in\n"
    assert list(other.iterdir()) == []
    assert "No such file" in finished.output


def test_neither_network_nor_the_servers_files_nor_its_environment(tmp_path: Path) -> None:
    os.environ["LIHUI_TEST_SECRET"] = "visible"
    try:
        finished = _run(tmp_path, "cat /etc/passwd; env; ls /root /home; cat /proc/net/dev")
    finally:
        del os.environ["LIHUI_TEST_SECRET"]
    assert "root:" not in finished.output
    assert "visible" not in finished.output
    assert "eth0" not in finished.output


def test_processes_outside_cannot_be_seen(tmp_path: Path) -> None:
    finished = _run(tmp_path, "ls -d /proc/[0-9]* | wc -l")
    assert int(finished.output.strip()) < 10


def test_time_is_bounded_and_everything_inside_dies(tmp_path: Path) -> None:
    started = time.monotonic()
    finished = _run(tmp_path, "sleep 987654 & sleep 987654", seconds=1)
    assert finished.timed_out
    assert time.monotonic() - started < 10
    assert _sleepers() == []


def test_a_stop_kills_everything_inside(tmp_path: Path) -> None:
    stop = threading.Event()
    threading.Timer(0.8, stop.set).start()
    started = time.monotonic()
    finished = cage.run(
        ["/bin/sh", "-c", "setsid sleep 987655 & sleep 987655"], tmp_path, CageOptions(), stop=stop
    )
    assert finished.status != 0
    assert time.monotonic() - started < 5
    assert _sleepers("987655") == []


def test_the_cage_dies_with_its_parent(tmp_path: Path) -> None:
    """A worker killed with -9 leaves nothing behind."""
    child = os.fork()
    if child == 0:
        try:
            cage.run(["/bin/sh", "-c", "sleep 987656"], tmp_path, CageOptions())
        finally:
            os._exit(0)
    deadline = time.monotonic() + 10
    while not _sleepers("987656") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _sleepers("987656")
    os.kill(child, 9)
    os.waitpid(child, 0)
    deadline = time.monotonic() + 5
    while _sleepers("987656") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _sleepers("987656") == []


def test_nothing_stays_when_it_dies_while_it_is_being_made(tmp_path: Path) -> None:
    """At any moment of its first 10 ms: before the kernel knows whom to end together with it, and after."""
    for quarter_ms in range(40):
        process = cage.start(["sleep", "987658"], tmp_path, CageOptions())
        time.sleep(quarter_ms / 4000)
        process.kill()
        cage.kill_group(process)
    wait_until(lambda: not [line for line in _command_lines() if "987658" in line])


def test_whoever_reads_its_output_does_not_wait_for_what_a_kill_left_of_it(tmp_path: Path) -> None:
    """Killed in its first 5 ms by somebody else (the kernel, short of memory), it may leave behind what
    holds the other end of its output: about one time in ten, so it is done often enough to happen."""
    for tenth_ms in range(50):
        process = cage.start(["sleep", "60"], tmp_path, CageOptions())
        watch = cage.Watch(process, 60, None)
        time.sleep(tenth_ms / 10_000)
        process.kill()
        assert process.stdout is not None
        reader = threading.Thread(target=process.stdout.read, daemon=True)
        reader.start()
        reader.join(10)
        assert not reader.is_alive()
        watch.end()
        cage.kill_group(process)


def test_written_files_and_memory_are_bounded(tmp_path: Path) -> None:
    _run(tmp_path, "head -c 5000000 /dev/zero > big", output=1_000_000)
    assert (tmp_path / "big").stat().st_size <= 1_000_000
    finished = _run(
        tmp_path, "head -c 300000000 /dev/zero | tail -c 290000000 | wc -c", memory=100_000_000
    )
    assert finished.output.strip() != "290000000"


def test_without_a_cage_nothing_runs_where_it_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConversionFailed) as caught:
        cage.run(["/bin/true"], tmp_path, CageOptions(require_cage=True))
    assert caught.value.code == "cage_missing"
    assert "bubblewrap" in cage.available()
    assert "libreoffice-impress" in cage.available()
    finished = cage.run(["/bin/true"], tmp_path, CageOptions(require_cage=False))
    assert finished.status == 0


def _command_lines() -> list[list[str]]:
    return [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]


def _sleepers(number: str = "987654") -> list[int]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if "sleep" in (process.info["cmdline"] or [""])[0] and number in process.info["cmdline"]:
            found.append(process.pid)
    return found


def test_what_runs_inside_gives_way_to_the_room(tmp_path: Path) -> None:
    """Ten steps nicer than whoever started it."""
    finished = _run(tmp_path, "nice")
    assert int(finished.output) == min(19, os.nice(0) + CageOptions().niceness)
