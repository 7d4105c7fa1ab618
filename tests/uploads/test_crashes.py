"""Nothing that was acknowledged is lost: kill -9 of the server and of the worker, full disk, races."""

import base64
import hashlib
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psutil
import pytest
from django.conf import settings
from django.db import connection
from tusclient.client import TusClient

from tests.processes import ROOT, Worker, child_environment, wait_until
from tests.uploads.tus_client import BYTES_TYPE, UPLOADS, Tus, metadata
from uploads import files, services
from uploads.models import Page, Upload, Version

CORPUS = Path(settings.BASE_DIR) / ".." / "shared" / "corpus"
DECK = CORPUS / "decks" / "2411-Performance_Up.pptx"
on_s3 = bool(settings.S3_BUCKET)
needs_corpus = pytest.mark.skipif(
    not DECK.exists() and os.environ.get("CI") != "true", reason="the corpus is not here"
)


def random_bytes(size: int, seed: int = 7) -> bytes:
    return b"PK\x03\x04" + random.Random(seed).randbytes(size - 4)


def begin(http, meeting, length: int, filename: str = "大文件.pptx") -> str:
    header = metadata(filename=filename, meeting=meeting.pk, kind="deck")
    answer = http.post(
        UPLOADS,
        headers={
            "Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": header,
        },
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def chunk(http, location: str, offset: int, body: bytes):
    return http.patch(
        location,
        content=body,
        headers={
            "Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), "Content-Type": BYTES_TYPE,
        },
    )  # fmt: skip


def offset_of(http, location: str) -> int:
    answer = http.head(location, headers={"Tus-Resumable": "1.0.0"})
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def test_the_official_client_uploads_through_the_real_server(
    daphne_server, member, meeting, tmp_path
):
    """tuspy as it is: creation, chunks, resuming by URL, checksums."""
    deck = tmp_path / "汇报.pptx"
    data = random_bytes(9_000_000)
    deck.write_bytes(data)
    http = daphne_server.http(member)
    headers = {"X-CSRFToken": http.headers["X-CSRFToken"], "Origin": daphne_server.url}
    headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in http.cookies.items())
    client = TusClient(f"{daphne_server.url}{UPLOADS}", headers=headers)
    facts = {"filename": "汇报.pptx", "meeting": str(meeting.pk), "kind": "deck"}
    first = client.uploader(str(deck), chunk_size=2_000_000, metadata=facts, upload_checksum=True)
    first.upload_chunk()
    second = client.uploader(str(deck), chunk_size=3_000_000, url=first.url)
    assert second.offset == 2_000_000
    second.upload()
    version = Version.objects.get()
    assert version.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.timeout(300)
def test_kill_9_of_the_server_at_every_chunk_loses_nothing(start_server, member, meeting):
    """After each kill, HEAD's offset is what was acknowledged or later, and the hash is right."""
    data = random_bytes(3_500_000)
    size = 500_000
    server = start_server()
    location = begin(server.http(member), meeting, len(data))
    acknowledged = 0
    for round_ in range(4):
        with server.http(member, timeout=5) as http:
            killer = threading.Timer(0.02 * round_, server.kill)
            killer.start()
            try:
                while True:
                    answer = chunk(http, location, acknowledged, data[acknowledged:][:size])
                    assert answer.status_code == 204, answer.text
                    acknowledged = int(answer.headers["Upload-Offset"])
                    if acknowledged == len(data):
                        break
            except httpx.HTTPError:
                pass  # killed in the middle of it
            killer.join()
        server.start()
        with server.http(member) as http:
            assert offset_of(http, location) >= acknowledged
            acknowledged = offset_of(http, location)
    with server.http(member) as http:
        wait_until(lambda: go_on(http, location, data, size), 60, 0.5)
    assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()


def go_on(http, location: str, data: bytes, size: int) -> bool:
    """Send what is missing; False when the upload is still held by the one that was killed."""
    offset = offset_of(http, location)
    while True:
        answer = chunk(http, location, offset, data[offset:][:size])
        if answer.status_code == 423:
            return False
        assert answer.status_code == 204, answer.text
        offset = int(answer.headers["Upload-Offset"])
        if offset == len(data):
            return True


@pytest.mark.skipif(on_s3, reason="about the file on disk")
def test_bytes_behind_the_offset_are_thrown_away(member, meeting):
    """A writer that died after writing and before its answer: its bytes do not count."""
    tus, data = Tus(member), random_bytes(1000)
    location = tus.created(meeting, 1000)
    assert tus.patch(location, 0, data[:100]).status_code == 204
    part = Path(settings.WORK_DIR) / "uploads" / Upload.objects.get().pk.hex
    with part.open("ab") as torn:
        torn.write(b"torn" * 50)
    assert tus.offset(location) == 100
    assert tus.patch(location, 100, data[100:]).status_code == 204
    assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()


CRASH = """
import os, sys, uuid, django
django.setup()
point, upload_id = sys.argv[1], uuid.UUID(sys.argv[2])
from uploads import files, services
from uploads.tus import incoming, parts, parts_s3
from uploads.models import Upload
import uploads.tus.incoming as module
def die(*a, **k): os.kill(os.getpid(), 9)
upload = Upload.objects.select_related("meeting", "township").get(pk=upload_id)
store = parts.part_store()
kind = type(store)
if point == "before moving":
    kind.finish = die
elif point == "after moving":
    original = kind.finish
    def finish(self, *a):
        original(self, *a); die()
    kind.finish = finish
elif point == "inside the transaction":
    original = module.add_version
    def add(**k):
        original(**k); die()
    module.add_version = add
elif point == "after the transaction":
    kind.forget = die
with incoming.writing(upload, store) as writer:
    incoming.finish(upload, store, writer)
"""


@pytest.mark.parametrize(
    "point",
    ["before moving", "after moving", "inside the transaction", "after the transaction"],
)
def test_a_crash_while_finishing_makes_exactly_one_version(
    transactional_db, member, meeting, point
):
    """kill -9 at each step of finishing; the worker's periodic step completes it, once."""
    from uploads.tus import steps

    data = random_bytes(6_000_000)
    tus = Tus(member)
    location = tus.created(meeting, len(data))
    assert tus.patch(location, 0, data[:5_500_000]).status_code == 204
    upload = Upload.objects.get()
    whole_but_unfinished(upload, data[5_500_000:])
    done = subprocess.run(
        [sys.executable, "-c", CRASH, point, str(upload.pk)],
        cwd=ROOT,
        env=child_environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == -9, done.stderr
    Upload.objects.update(writer_until="2020-01-01T00:00Z")  # half a minute later
    steps.finish_whole()
    steps.finish_whole()
    version = Version.objects.get()
    assert version.sha256 == hashlib.sha256(data).hexdigest()
    with files.open_stored(version.original) as stored:
        assert hashlib.sha256(stored.read()).hexdigest() == version.sha256
    assert tus.offset(location) == len(data)


def whole_but_unfinished(upload: Upload, rest: bytes) -> None:
    """Append the last chunk as `incoming.append` does, and stop there."""
    import io

    from uploads.tus import incoming, parts
    from uploads.tus.protocol import Chunk

    store = parts.part_store()
    with incoming.writing(upload, store) as writer:
        incoming._append(upload, store, Chunk(io.BytesIO(rest).read, len(rest)), writer)


def test_two_writers_of_one_upload_one_wins(daphne_server, member, meeting):
    """Eight at once send the same chunk: one 204, the others 409 or 423, and the hash is right."""
    data = random_bytes(4_000_000)
    with daphne_server.http(member) as http:
        location = begin(http, meeting, len(data))
    for offset in (0, 2_000_000):
        codes: list[int] = []

        def write(own, offset=offset, codes=codes):
            with own:
                codes.append(chunk(own, location, offset, data[offset:][:2_000_000]).status_code)

        clients = [daphne_server.http(member) for _ in range(8)]
        threads = [threading.Thread(target=write, args=[own]) for own in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert codes.count(204) >= 1
        assert set(codes) <= {204, 409, 423}
        if offset == 0:
            assert codes.count(204) == 1
    assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()


def test_the_quota_holds_in_a_race(start_server, member, meeting):
    """Ten begin 300 KB each at once with 1 MB left: three get in."""
    server = start_server(COUNTY_QUOTA_BYTES="1000000")
    codes: list[int] = []

    def create(http):
        with http:
            header = metadata(filename="a.pptx", meeting=meeting.pk, kind="deck")
            codes.append(
                http.post(
                    UPLOADS,
                    headers={
                        "Tus-Resumable": "1.0.0", "Upload-Length": "300000",
                        "Upload-Metadata": header,
                    },
                ).status_code
            )  # fmt: skip

    clients = [server.http(member, timeout=60) for _ in range(10)]
    threads = [threading.Thread(target=create, args=[http]) for http in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [201] * 3 + [413] * 7


@pytest.mark.skipif(on_s3 or os.geteuid() != 0, reason="mounts a tiny file system (root, disk)")
def test_a_full_disk_is_507_loses_nothing_and_recovers(start_server, member, meeting, tmp_path):
    work = Path(settings.WORK_DIR) / "uploads"
    work.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(work)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        server = start_server()
        data = random_bytes(4_000_000)
        with server.http(member) as http:
            location = begin(http, meeting, len(data))
            assert chunk(http, location, 0, data[:2_000_000]).status_code == 204
            full = chunk(http, location, 2_000_000, data[2_000_000:])
            assert (full.status_code, full.json()["code"]) == (507, "storage_full")
            assert offset_of(http, location) == 2_000_000
            assert http.get("/health/").status_code == 200
            subprocess.run(["mount", "-o", "remount,size=20m", str(work)], check=True)
            assert chunk(http, location, 2_000_000, data[2_000_000:]).status_code == 204
        assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()
    finally:
        subprocess.run(["umount", "-l", str(work)], check=False)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_large_upload_adds_little_memory(start_server, member, meeting):
    """200 MB in 8 MiB chunks: the web process grows by less than 64 MB."""
    server = start_server()
    piece = random_bytes(8 * 1024 * 1024)
    total = 25 * len(piece)
    process = psutil.Process(server.pid)
    with server.http(member, timeout=60) as http:
        small = begin(http, meeting, len(piece))
        assert chunk(http, small, 0, piece).status_code == 204
        before = process.memory_info().rss
        location = begin(http, meeting, total)
        highest = 0
        for n in range(25):
            assert chunk(http, location, n * len(piece), piece).status_code == 204
            highest = max(highest, process.memory_info().rss)
    assert highest - before < 64 * 1024**2
    assert Version.objects.filter(size=total).exists()


# --- The worker --------------------------------------------------------------------------------------


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
    from uploads import claims, tasks

    deck = tmp_path / "a.pptx"
    deck.write_bytes(b"PK\x03\x04")
    version = send_deck(organiser, meeting, township, deck)
    for _ in range(3):
        assert claims.claim_next() is not None
        Version.objects.update(claimed_until="2020-01-01T00:00Z")
    assert claims.claim_next() is None
    tasks.fail_exhausted()
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


def test_the_checksum_header_of_tuspy_is_understood():
    """sha1 in base64, as the official clients send it."""
    from uploads.tus.protocol import checksum

    digest = base64.b64encode(hashlib.sha1(b"x").digest()).decode()
    assert checksum(f"sha1 {digest}").algorithm == "sha1"
