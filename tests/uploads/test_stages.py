"""The worker and LibreOffice killed at every stage of a version: nothing lost, doubled, half-made or left over."""

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
from tests.uploads.test_worker_killed import named_pages, no_leftovers, state_of, stored_pages
from uploads import claims, services
from uploads.models import Page, Version

SLIDES = 14  # converted in parts
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def pictures(version) -> int:
    connection.close()
    return Page.objects.filter(version=version).exclude(image="").count()


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


@pytest.mark.parametrize("stage", STAGES)
def test_kill_9_of_the_worker(transactional_db, organiser, meeting, township, stage):
    """The next worker takes over at once; an archive copy on its way is made later."""
    need_converter()
    version = send(organiser, meeting, township)
    worker = Worker()
    worker.start()
    try:
        wait_until(lambda: STAGES[stage](version), 120, 0.005)
        worker.kill()
        worker.start()
        wait_until(lambda: state_of(version) == "ready", 150, 0.1)
        if stage != "archive copy":
            assert Version.objects.get(pk=version.pk).attempts <= 2
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


@pytest.mark.parametrize("stage", ["waiting", "inspecting", "converting", "first picture"])
def test_kill_9_of_soffice(transactional_db, organiser, meeting, township, stage):
    """A killed LibreOffice costs at most a retry; the reason is a sentence, never a broken deck."""
    need_converter()
    version = send(organiser, meeting, township)
    worker = Worker()
    worker.start()
    try:
        wait_until(lambda: STAGES[stage](version), 120, 0.005)
        until = time.monotonic() + 3
        while time.monotonic() < until and state_of(version) not in ("failed", "ready"):
            for process in children_named(worker, "soffice.bin"):
                process.kill()
            time.sleep(0.01)
        wait_until(lambda: state_of(version) in ("failed", "ready"), 150, 0.1)
        if state_of(version) == "failed":
            version.refresh_from_db()
            assert version.reason_code in ("conversion_failed", "conversion_timeout")
            wait_until(lambda: stored_pages(version) == set(), 10)  # after the state was told
            services.retry_version(actor=organiser, version_id=version.pk)
            wait_until(lambda: state_of(version) == "ready", 150, 0.1)
    finally:
        worker.stop()
    assert_whole(version)
    wait_until(no_leftovers, 10)


def test_the_renderer_killed_is_a_clear_failure(transactional_db, organiser, meeting, township):
    """Pictures are drawn in a process of their own: its death fails the version, not the worker."""
    need_converter()
    version = send(organiser, meeting, township)
    worker = Worker()
    worker.start()
    try:

        def kill() -> bool:
            for process in children_named(worker, "pdf_tool.py"):
                process.kill()
            return state_of(version) in ("failed", "ready")

        wait_until(kill, 150, 0.01)
        version.refresh_from_db()
        assert (version.state, version.reason_code) == ("failed", "render_failed")
        services.retry_version(actor=organiser, version_id=version.pk)
        wait_until(lambda: state_of(version) == "ready", 150, 0.1)
    finally:
        worker.stop()
    assert_whole(version)


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
