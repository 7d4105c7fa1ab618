"""Claims of workers that stop, sleep or die: each version is converted once, or said to have failed.

Killing one at every stage is in `test_stages`.
"""

import os
import threading
import time
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

from tests.processes import Worker, wait_until
from tests.uploads.processing.builders import deck_bytes, need_converter
from uploads import files, services
from uploads.models import Page, Version


def send_deck(actor, meeting, township, deck):
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


def state_of(version) -> str:
    connection.close()
    return str(Version.objects.values_list("state", flat=True).get(pk=version.pk))


def pictures(version) -> int:
    connection.close()
    return Page.objects.filter(version=version).exclude(image="").count()


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_sigterm_gives_the_claim_back_and_leaves_nothing(
    transactional_db, organiser, meeting, township, tmp_path
):
    need_converter()
    deck = tmp_path / "汇报.pptx"
    deck.write_bytes(deck_bytes(24))
    version = send_deck(organiser, meeting, township, deck)
    worker = Worker()
    worker.start()
    wait_until(lambda: pictures(version) >= 1, 120, 0.05)
    assert psutil.Process(worker.child.pid).nice() > os.nice(0)  # a room goes first
    asked = time.monotonic()
    worker.child.terminate()
    worker.child.wait(15)
    assert time.monotonic() - asked < 10
    assert worker.child.returncode == 0, worker.output()
    version.refresh_from_db()
    assert (version.state, version.claimed_by, version.attempts) == ("received", "", 0)
    assert stored_pages(version) == set()
    assert no_leftovers()


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
