"""A worker killed at any stage neither loses a version nor converts it twice, and leaves nothing."""

import os
import threading
import time
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

from tests.processes import Worker, wait_until
from uploads import files, services
from uploads.models import Page, Version

CORPUS = Path(settings.BASE_DIR) / ".." / "shared" / "corpus"
DECK = CORPUS / "decks" / "2411-Performance_Up.pptx"
on_s3 = bool(settings.S3_BUCKET)
needs_corpus = pytest.mark.skipif(
    not DECK.exists() and os.environ.get("CI") != "true", reason="the corpus is not here"
)


def send_deck(actor, meeting, township, deck=DECK):
    return services.receive(
        actor=actor, meeting_id=meeting.pk, township_id=township.pk, kind="deck",
        filename=deck.name, source=deck,
    )  # fmt: skip


def office_processes() -> set[int]:
    found = set()
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if str(settings.WORK_DIR) in line:
            found.add(process.pid)
    return found


def no_leftovers() -> bool:
    jobs = Path(settings.WORK_DIR) / "jobs"
    return not office_processes() and not (jobs.is_dir() and any(jobs.iterdir()))


def stored_pages(version) -> set[str]:
    return set(files.keys_below(f"pages/{version.pk}/"))


def named_pages(version) -> set[str]:
    version.refresh_from_db()
    rows = version.pages.values_list("image", "thumb")
    return {key for pair in rows for key in pair} | {version.pdf}


@needs_corpus
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("stage", ["inspecting", "converting", "pictures"])
def test_kill_9_of_the_worker_neither_loses_nor_doubles(
    transactional_db, organiser, meeting, township, stage
):
    """The next worker takes over within seconds; one set of pages, no orphan of any kind."""
    from meetings.models import Event

    version = send_deck(organiser, meeting, township)
    worker = Worker()
    worker.start()
    try:
        wait_until(lambda: reached(version, stage), 120, 0.02)
        worker.kill()
        killed = time.monotonic()
        worker.start()
        wait_until(lambda: state_of(version) == "ready", 200, 0.2)
        took = time.monotonic() - killed
    finally:
        worker.stop()
    version.refresh_from_db()
    assert version.attempts == 2
    assert list(version.pages.values_list("number", flat=True)) == list(range(1, 49))
    assert version.pages.exclude(image="").count() == 48
    assert stored_pages(version) == named_pages(version)
    assert Event.objects.filter(kind="material.ready").count() == 1
    assert took < 200
    wait_until(no_leftovers, 10)


def state_of(version) -> str:
    connection.close()
    return str(Version.objects.values_list("state", flat=True).get(pk=version.pk))


def reached(version, stage: str) -> bool:
    connection.close()
    if stage == "pictures":
        return Page.objects.filter(version=version).exclude(image="").exists()
    return state_of(version) in {"inspecting": ("inspecting", "converting")}.get(stage, (stage,))


@needs_corpus
@pytest.mark.slow
@pytest.mark.timeout(200)
def test_sigterm_gives_the_claim_back_and_leaves_nothing(
    transactional_db, organiser, meeting, township
):
    version = send_deck(organiser, meeting, township)
    worker = Worker()
    worker.start()
    wait_until(lambda: reached(version, "pictures"), 120, 0.05)
    asked = time.monotonic()
    worker.child.terminate()
    worker.child.wait(15)
    assert time.monotonic() - asked < 10
    assert worker.child.returncode == 0, worker.output()
    version.refresh_from_db()
    assert (version.state, version.claimed_by, version.attempts) == ("received", "", 0)
    assert stored_pages(version) == set()
    assert no_leftovers()


@needs_corpus
@pytest.mark.slow
@pytest.mark.timeout(200)
def test_soffice_killed_is_a_clear_failure_and_can_be_tried_again(
    worker, organiser, meeting, township
):
    deck = CORPUS / "decks" / "layouts.pptx"
    version = send_deck(organiser, meeting, township, deck)

    def kill_office():
        for process in psutil.process_iter(["name", "cmdline"]):
            line = " ".join(process.info["cmdline"] or ())
            if "soffice.bin" in line and str(settings.WORK_DIR) in line:
                process.kill()
        return state_of(version) in ("failed", "ready")

    wait_until(kill_office, 120, 0.05)
    version.refresh_from_db()
    if version.state == "failed":
        # `timeout -k` and the kernel end a process alike (137)
        assert version.reason_code in ("conversion_failed", "conversion_timeout")
        services.retry_version(actor=organiser, version_id=version.pk)
        wait_until(lambda: state_of(version) == "ready", 100, 0.2)
    version.refresh_from_db()
    assert version.pages_total == 10


def test_a_stalled_workers_late_writes_do_nothing(organiser, meeting, township, tmp_path):
    """A worker that slept through its lease finds its claim lost at its next write."""
    from uploads import claims

    deck = tmp_path / "a.pptx"
    deck.write_bytes(b"PK\x03\x04")
    version = send_deck(organiser, meeting, township, deck)
    first = claims.claim_next()
    assert first is not None
    assert claims.claim_next() is None
    Version.objects.filter(pk=version.pk).update(claimed_until="2020-01-01T00:00Z")
    second = claims.claim_next()
    assert second is not None
    assert (second.attempt, second.version_id) == (2, version.pk)
    assert not first.renew()
    with pytest.raises(claims.ClaimLost), first.writing():
        raise AssertionError("never entered")
    first.release(used=True)
    version.refresh_from_db()
    assert version.claimed_by == second.token


def test_three_dead_workers_make_it_failed(organiser, meeting, township, tmp_path):
    from uploads import claims, endings

    deck = tmp_path / "a.pptx"
    deck.write_bytes(b"PK\x03\x04")
    version = send_deck(organiser, meeting, township, deck)
    for _ in range(3):
        assert claims.claim_next() is not None
        Version.objects.update(claimed_until="2020-01-01T00:00Z")
    assert claims.claim_next() is None
    endings.fail_exhausted()
    version.refresh_from_db()
    assert (version.state, version.reason_code) == ("failed", "stopped")


def test_four_workers_at_once_claim_each_version_once(
    transactional_db, organiser, meeting, county, tmp_path
):
    from townships.models import Township
    from uploads import claims

    deck = tmp_path / "a.pptx"
    deck.write_bytes(b"PK\x03\x04")
    for n in range(12):
        place = Township.objects.create(county=county, name=f"镇{n}", position=n)
        send_deck(organiser, meeting, place, deck)
    taken: list[object] = []

    def take():
        try:
            while claim := claims.claim_next():
                taken.append(claim.version_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 12
