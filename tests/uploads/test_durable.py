"""Nothing is told before it is durable: the order of steps on the disk, and a kill -9 at each of them."""

import errno
import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings
from django.db import connection

from tests.processes import ROOT, child_environment
from tests.uploads.test_crashes import begin, chunk, random_bytes
from tests.uploads.tus_client import Tus, id_of
from uploads import files
from uploads.models import Upload, Version
from uploads.problems import StorageDown
from uploads.tus import parts

on_s3 = bool(settings.S3_BUCKET)
CHUNK = 700_000


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done to disk and database, in order: "fsync <name>", "rename", and the database's writes."""
    done: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        fsync(descriptor)
        done.append(f"fsync {Path(os.readlink(f'/proc/self/fd/{descriptor}')).name}")

    def noted_rename(self: Path, target: Any) -> Path:
        done.append(f"rename {self.name} {Path(target).name}")
        return rename(self, target)

    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("UPDATE", "INSERT")) and "uploads_" in sql:
            verb, table = sql.split('"')[0].split()[0], sql.split('"')[1]
            done.append(f"{verb} {table}" + (" offset" if '"offset" =' in sql else ""))
        return execute(sql, params, many, context)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_rename)
    with connection.execute_wrapper(noted):
        yield done


@pytest.mark.skipif(on_s3, reason="about files on disk")
def test_the_disk_comes_before_the_row(member, meeting, steps):
    """A chunk is fsynced before the offset moves; a file's name too, in the folder it left and in the one it came
    to, before a version names it; the file of a new upload before its address is told."""
    tus, data = Tus(member), random_bytes(2 * CHUNK)
    location = tus.created(meeting, len(data))
    part = id_of(location).hex
    assert steps[-3:-1] == [f"fsync {part}", "fsync uploads"]

    steps.clear()
    assert tus.patch(location, 0, data[:CHUNK]).status_code == 204
    assert steps == [f"fsync {part}", "UPDATE uploads_upload offset"]

    steps.clear()
    assert tus.patch(location, CHUNK, data[CHUNK:]).status_code == 204
    assert steps[:2] == [f"fsync {part}", "UPDATE uploads_upload offset"]
    moved = steps.index(f"rename {part} original.pptx")
    version = steps.index("INSERT uploads_version")
    folder = Path(Version.objects.get().original).parent.name
    assert {f"fsync {folder}", "fsync uploads"} <= set(steps[moved:version])
    assert steps.index("INSERT uploads_material") > moved


@pytest.mark.skipif(on_s3, reason="about files on disk")
@pytest.mark.parametrize(
    ("most", "uploads"), [(16 * 1024**2, 64), (100_000, 64), (16 * 1024**2, 1)]
)
def test_what_was_read_back_on_the_way_is_not_read_again(
    member, meeting, monkeypatch, most, uploads
):
    """Two files side by side, each chunk hashed while the next one is stored, as far as one request may read
    and one process remembers; what it does not know is read at the end. The checksum is that of the file."""
    monkeypatch.setattr(parts, "_read", {})  # a process that has just begun
    monkeypatch.setattr(parts, "READ_BYTES", most)
    monkeypatch.setattr(parts, "READ_UPLOADS", uploads)
    tus, read = Tus(member), dict[str, int]()
    contents = {
        name: random_bytes(3 * CHUNK, seed) for seed, name in enumerate(["一.pptx", "二.pptx"])
    }
    locations = {name: tus.created(meeting, 3 * CHUNK, filename=name) for name in contents}
    for offset in range(0, 3 * CHUNK, CHUNK):
        for name, location in locations.items():
            part = contents[name][offset : offset + CHUNK]
            if offset == 2 * CHUNK:
                before = parts._read.get(id_of(location))
                read[name] = before.size if before else 0
            assert tus.patch(location, offset, part).status_code == 204
    expected = {(16 * 1024**2, 64): CHUNK, (100_000, 64): 100_000, (16 * 1024**2, 1): 0}
    assert read["一.pptx"] == expected[most, uploads]
    assert parts._read == {}
    for version in Version.objects.all():
        assert version.sha256 == hashlib.sha256(contents[version.filename]).hexdigest()


@pytest.mark.skipif(on_s3, reason="about files on disk")
@pytest.mark.parametrize("queued", [False, True], ids=["is read", "waits for a reader"])
def test_a_chunk_that_failed_spoils_no_checksum(member, meeting, monkeypatch, queued):
    """The disk refuses a chunk while what came before is still read back, or waits to be: the one sent again
    has a reading of its own, and the checksum is that of the file."""
    tus, data = Tus(member), random_bytes(3 * CHUNK)
    location = tus.created(meeting, len(data))
    assert tus.patch(location, 0, data[:CHUNK]).status_code == 204
    held, let_go, update, fsync = Event(), Event(), files.Hashed.update, os.fsync
    readers_free = Event()
    for _ in range(parts._readers._max_workers if queued else 0):
        parts._readers.submit(readers_free.wait, 20)

    def slow(self: files.Hashed, piece: bytes) -> None:
        if not held.is_set():
            held.set()
            assert let_go.wait(20)
        update(self, piece)

    def full(descriptor: int) -> None:
        assert queued or held.wait(20)
        monkeypatch.setattr(os, "fsync", fsync)
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(files.Hashed, "update", slow)
    monkeypatch.setattr(os, "fsync", full)
    assert tus.patch(location, CHUNK, data[CHUNK : 2 * CHUNK]).status_code == 507
    readers_free.set()
    assert held.wait(20)
    assert tus.patch(location, CHUNK, data[CHUNK : 2 * CHUNK]).status_code == 204
    let_go.set()
    assert tus.patch(location, 2 * CHUNK, data[2 * CHUNK :]).status_code == 204
    assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()


KILLED = """
import io, os, sys, uuid, django
django.setup()
point, upload_id, source = sys.argv[1], uuid.UUID(sys.argv[2]), open(sys.argv[3], "rb")
from uploads.models import Upload
from uploads.tus import incoming, parts, protocol
def die(*a, **k): os.kill(os.getpid(), 9)
upload = Upload.objects.select_related("meeting", "township").get(pk=upload_id)
store = parts.part_store()
kind = type(store)
pieces = protocol.Chunk.__iter__
def half(self):
    for number, piece in enumerate(pieces(self)):
        yield piece
        if number == 1: die()
if point == "with half of it written": protocol.Chunk.__iter__ = half
if point == "before it is durable": os.fsync = die
if point == "before the row says so":
    append = kind.append
    def then(self, *a):
        append(self, *a); die()
    kind.append = then
if point == "before the answer": kind.saved = die
source.seek(upload.offset)
chunk = protocol.Chunk(io.BytesIO(source.read(int(sys.argv[4]))).read, int(sys.argv[4]))
with incoming.writing(upload, store) as writer:
    incoming._append(upload, store, chunk, writer)
"""


@pytest.mark.parametrize(
    "point",
    [
        "with half of it written",
        pytest.param("before it is durable", marks=pytest.mark.skipif(on_s3, reason="disk")),
        "before the row says so",
        "before the answer",
    ],
)
def test_killed_at_every_chunk_the_offset_never_tells_more_than_is_kept(
    transactional_db, member, meeting, tmp_path, point
):
    """Each chunk is lost once to a kill -9, then sent again from the offset that is told."""
    tus, data = Tus(member), random_bytes(3 * CHUNK)
    source = tmp_path / "source"
    source.write_bytes(data)
    location = tus.created(meeting, len(data))
    upload = Upload.objects.get()
    killed = 0
    while tus.offset(location) < len(data) - CHUNK:
        before = tus.offset(location)
        done = subprocess.run(
            [sys.executable, "-c", KILLED, point, str(upload.pk), str(source), str(CHUNK)],
            cwd=ROOT, env=child_environment(), capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == -9, done.stderr
        killed += 1
        Upload.objects.update(writer_until="2020-01-01T00:00Z")  # half a minute later
        told = tus.offset(location)
        assert told == (before + CHUNK if point == "before the answer" else before)
        assert kept(Upload.objects.get()).startswith(data[:told])
        if told == before:
            assert tus.patch(location, told, data[told : told + CHUNK]).status_code == 204
    assert killed == 2
    rest = tus.offset(location)
    assert tus.patch(location, rest, data[rest:]).status_code == 204
    assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()


def kept(upload: Upload) -> bytes:
    """The bytes of an unfinished upload that are in storage: the file, or the tail of the bucket (less than a
    part's 5 MiB are one object)."""
    if not on_s3:
        return (Path(settings.WORK_DIR) / "uploads" / upload.pk.hex).read_bytes()
    tail = upload.parts.get("tail")
    if not tail:
        return b""
    with files.open_stored(tail["key"]) as stored:
        return stored.read()


@contextmanager
def spoilt(call: str, body: bytes) -> Iterator[None]:
    """The bucket holds `body` instead of what was sent, from the moment that `call` has been answered."""
    client, bucket = files.bucket_client()
    event = f"after-call.s3.{call}"

    def spoil(**_answer: Any) -> None:
        client.meta.events.unregister(event, spoil)
        (key,) = files.keys_below("originals/")
        client.put_object(Bucket=bucket, Key=key, Body=body)

    client.meta.events.register(event, spoil)
    try:
        yield
    finally:
        client.meta.events.unregister(event, spoil)


SENT = b"PK\x03\x04" + bytes(range(256)) * 2000
SPOILT = pytest.mark.parametrize(
    "body",
    [SENT[:-1] + b"?", SENT[:-1], SENT + b"?", b""],
    ids=["damaged", "short", "long", "empty"],
)


@pytest.fixture
def empty_bucket() -> None:
    files.delete(files.keys_below("originals/"))


@SPOILT
@pytest.mark.skipif(not on_s3, reason="needs S3: LIHUI_TEST_STACK=full")
def test_an_object_that_is_not_what_was_sent_ends_its_upload(member, meeting, empty_bucket, body):
    """Spoilt in the bucket before it was read back: its sender is told to send it again."""
    tus = Tus(member)
    location = tus.created(meeting, len(SENT))
    with spoilt("CompleteMultipartUpload", body):
        answer = tus.patch(location, 0, SENT)
    assert (answer.status_code, answer.json()["code"]) == (410, "upload_gone")
    assert not Version.objects.exists()
    assert Upload.objects.get().state == Upload.State.REMOVED
    assert files.keys_below("originals/") == []


@SPOILT
@pytest.mark.skipif(not on_s3, reason="needs S3: LIHUI_TEST_STACK=full")
def test_an_object_that_is_not_what_was_stored_is_not_called_stored(empty_bucket, body):
    with spoilt("PutObject", body), pytest.raises(StorageDown):
        files.store(io.BytesIO(SENT), files.new_original_key(".pptx"))
    assert files.keys_below("originals/") == []


@pytest.mark.skipif(not on_s3, reason="needs S3: LIHUI_TEST_STACK=full")
def test_web_processes_on_two_machines_share_nothing_but_database_redis_and_bucket(
    start_server, member, meeting, tmp_path
):
    """Each with a data folder of its own: one begins, the other goes on and ends, the first gives it out, under
    its Chinese name."""
    servers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        servers.append(start_server(DATA_DIR=str(tmp_path / name)))
    data = random_bytes(7_000_000)
    with servers[0].http(member) as one, servers[1].http(member) as two:
        location = begin(one, meeting, len(data))
        assert chunk(one, location, 0, data[:1_000_000]).status_code == 204
        assert chunk(two, location, 1_000_000, data[1_000_000:6_500_000]).status_code == 204
        assert chunk(one, location, 6_500_000, data[6_500_000:]).status_code == 204
        version = Version.objects.get()
        answer = two.get(f"/versions/{version.pk}/original", follow_redirects=False)
        assert answer.status_code == 302
        found = httpx.get(answer.headers["Location"])
    assert hashlib.sha256(found.content).hexdigest() == hashlib.sha256(data).hexdigest()
    named = found.headers["Content-Disposition"]
    assert named.startswith("attachment")
    assert "filename*=utf-8''" + quote("大文件.pptx") in named
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size > 10_000]
    assert [path for path in left if "uploads" in path.parts or "originals" in path.parts] == []
