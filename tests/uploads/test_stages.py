"""The worker and LibreOffice killed at every stage of a version: nothing lost, doubled, half-made or left over."""

import contextlib
import io
import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

from meetings.models import Event
from tests.processes import Worker, wait_until
from tests.uploads.processing.builders import deck_bytes, need_converter
from tests.uploads.test_worker_killed import (
    named_pages,
    no_leftovers,
    pictures,
    state_of,
    stored_pages,
)
from uploads import claims, services
from uploads.models import Version

SLIDES = 12  # converted in parts
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def making_archive_copy(version) -> bool:
    connection.close()
    return Version.objects.filter(pk=version.pk, pdfa_until__isnull=False).exists()


STAGES = {
    "waiting": lambda version: True,
    "inspecting": lambda version: state_of(version) != "received",
    "converting": lambda version: state_of(version) == "converting",
    "first picture": lambda version: pictures(version) >= 1,
    "the rest": lambda version: pictures(version) >= 4,
    "last picture": lambda version: pictures(version) >= SLIDES,
    "ready": lambda version: state_of(version) == "ready",
    "archive copy": making_archive_copy,
}


#: Killed twice on one way, for three attempts are all there are; every stage comes once.
CHAINS = [
    ("waiting", "inspecting", "last picture"),
    ("converting", "the rest", "ready"),
    ("first picture", "archive copy"),
]


def test_every_stage_is_in_a_chain():
    assert sorted(stage for chain in CHAINS for stage in chain) == sorted(STAGES)


def send(actor, meeting, township):
    return services.receive(
        actor=actor, meeting_id=meeting.pk, township_id=township.pk, kind="deck",
        filename="汇报.pptx", source=io.BytesIO(deck_bytes(SLIDES)),
    )  # fmt: skip


def assert_whole(version) -> None:
    """One set of pages with both pictures, one event, no file that no row names."""
    version.refresh_from_db()
    assert version.state == "ready"
    assert list(version.pages.values_list("number", flat=True)) == list(range(1, SLIDES + 1))
    assert not version.pages.filter(image="").exists()
    assert stored_pages(version) == named_pages(version)
    assert Event.objects.filter(kind="material.ready").count() == 1


@pytest.mark.parametrize("stages", CHAINS, ids=" then ".join)
def test_kill_9_of_the_worker(transactional_db, organiser, meeting, township, stages):
    """Each next worker takes over at once; an archive copy on its way is made later."""
    need_converter()
    version = send(organiser, meeting, township)
    worker = Worker()
    worker.start()
    try:
        for stage in stages:
            wait_until(lambda stage=stage: STAGES[stage](version), 120, 0.005)
            worker.kill()
            worker.start()
        killed = time.monotonic()
        wait_until(lambda: state_of(version) == "ready", 150, 0.1)
        assert time.monotonic() - killed < 100
        # An attempt begins anew only after a kill, and never for what came after "ready".
        assert 1 <= Version.objects.get(pk=version.pk).attempts <= 1 + len(stages)
    finally:
        worker.stop()
    assert_whole(version)
    claims.clear_leftovers()  # what the next worker does first
    wait_until(no_leftovers, 10)


def children_named(worker: Worker, *words: str) -> list[psutil.Process]:
    found = []
    for process in psutil.Process(worker.pid).children(recursive=True):
        try:
            line = " ".join(process.cmdline())
        except psutil.NoSuchProcess:
            continue
        if any(word in line for word in words):
            found.append(process)
    return found


#: What is killed, from which stage on, and for how many seconds (or until the version has ended).
VICTIMS = [
    ("soffice.bin", "waiting", 3),
    ("soffice.bin", "inspecting", 3),
    ("soffice.bin", "converting", 3),
    ("soffice.bin", "first picture", 3),
    ("pdf_tool.py", "converting", 150),
]
REASONS = {
    "soffice.bin": {"conversion_failed", "conversion_timeout"},  # the kernel ends it alike (137)
    "pdf_tool.py": {"render_failed"},
}


def ended(version) -> bool:
    return state_of(version) in ("failed", "ready")


def kill_at(stage: str, worker: Worker, victim: str, seconds: float, version) -> tuple[str, str]:
    """Kill every victim from a stage on; how the version then ended: state and reason."""
    wait_until(lambda: STAGES[stage](version), 120, 0.005)
    until = time.monotonic() + seconds
    while time.monotonic() < until and not ended(version):
        for process in children_named(worker, victim):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.01)
    wait_until(lambda: ended(version), 150, 0.05)
    version.refresh_from_db()
    if version.state == "failed":
        wait_until(lambda: stored_pages(version) == set(), 10)  # after the state was told
    return version.state, version.reason_code


def test_kill_9_of_what_the_worker_started(transactional_db, organiser, meeting, township):
    """A killed LibreOffice or renderer costs at most a retry: the reason is a sentence, the worker lives,
    nothing of the attempt stays, and tried again it becomes whole."""
    need_converter()
    version = send(organiser, meeting, township)
    worker = Worker()
    worker.start()
    ways = []
    try:
        for victim, stage, seconds in VICTIMS:
            state, reason = kill_at(stage, worker, victim, seconds, version)
            ways.append((victim, stage, state, reason))
            if state == "failed":
                assert reason in REASONS[victim], ways
                services.retry_version(actor=organiser, version_id=version.pk)
            else:
                assert_whole(version)
                Event.objects.filter(kind="material.ready").delete()
                version = send(organiser, meeting, township)
        last = version
        assert ways[-1][2:] == ("failed", "render_failed"), ways
        wait_until(lambda: ended(last), 150, 0.1)
        assert worker.alive
    finally:
        worker.stop()
    assert_whole(last)
    wait_until(no_leftovers, 10)


def test_killed_again_and_again_at_any_moment(transactional_db, organiser, meeting, township):
    """Two kills at moments drawn by chance (the seed is printed), then it is left alone: ready, whole."""
    need_converter()
    seed = int(os.environ.get("LIHUI_SEED", time.time_ns() % 1_000_000))
    print(f"seed {seed}")
    chance = random.Random(seed)
    version = send(organiser, meeting, township)
    worker = Worker()
    try:
        for _ in range(2):
            worker.start()
            time.sleep(chance.uniform(1, 9))
            os.kill(worker.pid, signal.SIGKILL)
            worker.child.wait()
        worker.start()
        wait_until(lambda: state_of(version) in ("ready", "failed"), 150, 0.1)
    finally:
        worker.stop()
    assert_whole(version)
    claims.clear_leftovers()
    wait_until(no_leftovers, 10)
    assert not any((Path(settings.WORK_DIR) / "jobs").iterdir())
