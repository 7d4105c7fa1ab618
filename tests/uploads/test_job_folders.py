"""Job folders: private, gone whatever happens, and never taken from the living."""

import contextlib
import fcntl
import threading
import time

import pytest

from uploads import claims


@pytest.fixture
def jobs(settings, tmp_path, db):
    settings.WORK_DIR = tmp_path
    return tmp_path / "jobs"


def test_a_folder_and_its_lock_go_together(jobs):
    with claims.locked_folder("a") as folder:
        assert folder == jobs / "a" / "files"
        assert (jobs / "a").stat().st_mode & 0o777 == 0o700
        assert (jobs / "a.lock").exists()
    assert list(jobs.iterdir()) == []


def test_the_folder_of_a_living_worker_is_no_leftover(jobs):
    with claims.locked_folder("a") as folder:
        assert claims.clear_leftovers() == 0
        assert folder.is_dir()


def test_what_a_dead_worker_left_is_removed(jobs):
    (jobs / "a" / "files").mkdir(parents=True)
    (jobs / "a.lock").touch()
    assert claims.clear_leftovers() == 1
    assert list(jobs.iterdir()) == []


def test_a_process_that_still_writes_for_a_moment_leaves_nothing(jobs):
    """The kernel ends what runs in a cage soon after the cage, not together with it."""
    ended = time.monotonic() + 0.4
    started = threading.Event()

    def write(folder):
        while time.monotonic() < ended:
            with contextlib.suppress(OSError):
                folder.mkdir(exist_ok=True)
                (folder / f"{time.monotonic_ns()}").touch()
            started.set()

    with claims.locked_folder("a") as folder:
        writer = threading.Thread(target=write, args=(folder / "profile",))
        writer.start()
        assert started.wait(5)
        while time.monotonic() < ended - 0.2:
            time.sleep(0.01)
    writer.join()
    claims.clear_leftovers()
    assert list(jobs.iterdir()) == []


def test_what_cannot_be_removed_keeps_its_lock_for_the_next_cleaning(jobs, tmp_path, monkeypatch):
    """A link in its place stands for a folder that does not go."""
    monkeypatch.setattr(claims, "REMOVE_SECONDS", 0.05)
    with claims.locked_folder("a"):
        (jobs / "a").rename(tmp_path / "elsewhere")
        (jobs / "a").symlink_to(tmp_path / "elsewhere")
    assert sorted(path.name for path in jobs.iterdir()) == ["a", "a.lock"]
    assert claims.clear_leftovers() == 0
    (jobs / "a").unlink()
    (tmp_path / "elsewhere").rename(jobs / "a")
    assert claims.clear_leftovers() == 1
    assert list(jobs.iterdir()) == []


def test_a_cleaner_that_looks_all_the_time_disturbs_nobody(jobs):
    """It may find the lock in the moment between its making and its holding."""
    ended = threading.Event()
    taken = 0

    def clean():
        nonlocal taken
        while not ended.is_set():
            for lock in jobs.glob("*.lock"):
                try:
                    with lock.open("rb") as held:
                        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        lock.unlink()
                        taken += 1
                except (BlockingIOError, FileNotFoundError):
                    continue

    cleaner = threading.Thread(target=clean)
    cleaner.start()
    try:
        for number in range(300):
            with claims.locked_folder(f"job-{number}") as folder:
                assert folder.is_dir()
                assert (jobs / f"job-{number}.lock").exists()
    finally:
        ended.set()
        cleaner.join()
    assert [path for path in jobs.iterdir() if path.is_dir()] == []
