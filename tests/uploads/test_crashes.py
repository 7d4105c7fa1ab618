"""Nothing that was acknowledged is lost: kill -9 of the server, a full disk, races."""

import base64
import hashlib
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import psutil
import pytest
from django.conf import settings
from tusclient.client import TusClient

from tests.processes import ROOT, child_environment, wait_until
from tests.uploads.tus_client import BYTES_TYPE, UPLOADS, Tus, metadata
from uploads import files
from uploads.models import Upload, Version

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
    for round_ in range(3):
        with server.http(member, timeout=5) as http:
            killer = threading.Timer(0.03 * round_, server.kill)
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


def test_46_the_quota_holds_in_a_race(start_server, member, meeting):
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


def test_the_checksum_header_of_tuspy_is_understood():
    """sha1 in base64, as the official clients send it."""
    from uploads.tus.protocol import checksum

    digest = base64.b64encode(hashlib.sha1(b"x").digest()).decode()
    assert checksum(f"sha1 {digest}").algorithm == "sha1"
