"""Full disks: wherever a request's bytes pass on their way, 507 loses nothing and it goes on afterwards."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.uploads.test_crashes import begin, chunk, offset_of, random_bytes
from townships.models import PeopleImport
from uploads.models import Upload, Version

MB = 1_000_000


def missing(reason: str) -> None:
    """On a developer's machine the test is left out; with CI=true the machine is not fit for it."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own; `resize(path, "20m")` gives it room."""
    if os.geteuid() != 0:
        missing("tiny file systems are mounted by root only")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        missing("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def resize(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def test_no_room_for_a_request_on_its_way_is_507(start_server, member, meeting, small_disk):
    """The web server keeps a long body in the temporary folder until it is whole."""
    server = start_server(TMPDIR=str(small_disk))
    data = random_bytes(6 * MB)
    with server.http(member) as http:
        location = begin(http, meeting, len(data))
        assert chunk(http, location, 0, data[:MB]).status_code == 204
        full = chunk(http, location, MB, data[MB : 5 * MB])
        assert full.status_code == 507
        assert full.headers["Tus-Resumable"] == "1.0.0"
    with server.http(member) as http:
        assert offset_of(http, location) == MB
        assert http.get("/health/").status_code == 200
        resize(small_disk, "40m")
        assert chunk(http, location, MB, data[MB:]).status_code == 204
    assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()
    assert not list(small_disk.iterdir())


@pytest.mark.skipif(not settings.S3_BUCKET, reason="needs S3: LIHUI_TEST_STACK=full")
def test_with_s3_no_web_process_needs_room_for_the_whole_file(
    start_server, member, meeting, small_disk
):
    """All folders of the process together hold two requests and a little; the file is twice as long."""
    resize(small_disk, "14m")
    server = start_server(TMPDIR=str(small_disk), DATA_DIR=str(small_disk / "data"))
    data = random_bytes(30 * MB)
    with server.http(member) as http:
        location = begin(http, meeting, len(data))
        for offset in range(0, len(data), 6 * MB):
            assert chunk(http, location, offset, data[offset : offset + 6 * MB]).status_code == 204
    assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()


def test_no_room_for_a_file_in_a_form_is_507_and_nothing_stays_behind(
    start_server, organiser, small_disk
):
    """A form's body (1 MiB at most) goes through the same folder; the same form is read once there is room."""
    server = start_server(TMPDIR=str(small_disk))
    filler = small_disk / "filler"
    filler.write_bytes(bytes(3 * MB))
    form = {"files": {"file": ("名单.xlsx", bytes(900_000))}}
    with server.http(organiser) as http:
        assert http.post("/people/import/", **form).status_code == 507
    with server.http(organiser) as http:
        assert http.get("/health/").status_code == 200
        filler.unlink()
        answer = http.post("/people/import/", **form)
        assert answer.status_code == 400  # read, and found to be no list of people
    assert not list(small_disk.iterdir())
    assert not PeopleImport.objects.exists()


async def test_on_a_server_without_a_cap_a_long_body_is_507_too(small_disk, monkeypatch):
    """More than 9 MiB is kept by Django in the temporary folder."""
    import tempfile

    from hub.handler import Handler

    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    sent: list[dict] = []
    left = 20

    async def receive():
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": b"x" * MB, "more_body": left > 0}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    await Handler()(scope, receive, send)
    assert sent[0]["status"] == 507
    assert b"storage_full" in sent[1]["body"]


def test_a_body_is_read_in_the_pieces_asked_for():
    from collections import deque

    from hub.handler import Body

    body = Body(deque([b"abc", b"", b"defgh", b"i"]))
    assert [body.read(2), body.read(4), body.read(0), body.read(100), body.read()] == [
        b"ab", b"cdef", b"", b"ghi", b"",
    ]  # fmt: skip
    assert Body(deque([b"one\ntwo\n", b"three"])).readlines() == [b"one\n", b"two\n", b"three"]
    assert Body(deque()).read() == b""


@pytest.mark.skipif(bool(settings.S3_BUCKET), reason="about files on disk")
def test_no_room_for_a_chunk_is_507_loses_nothing_and_goes_on(
    start_server, member, meeting, small_disk
):
    work = Path(settings.WORK_DIR) / "uploads"
    work.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--bind", str(small_disk), str(work)], check=True)
    try:
        server = start_server()
        data = random_bytes(4 * MB)
        with server.http(member) as http:
            location = begin(http, meeting, len(data))
            assert chunk(http, location, 0, data[: 2 * MB]).status_code == 204
            full = chunk(http, location, 2 * MB, data[2 * MB :])
            assert (full.status_code, full.json()["code"]) == (507, "storage_full")
            assert offset_of(http, location) == 2 * MB
            assert http.get("/health/").status_code == 200
            resize(small_disk, "20m")
            assert chunk(http, location, 2 * MB, data[2 * MB :]).status_code == 204
        assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()
    finally:
        subprocess.run(["umount", "-l", str(work)], check=False)


@pytest.mark.skipif(bool(settings.S3_BUCKET), reason="about files on disk")
def test_no_room_for_the_whole_file_is_507_and_it_is_finished_later(
    start_server, member, meeting, small_disk
):
    """Uploads and files on two disks: the last chunk is kept, only the file has no room yet. The
    worker finishes it by itself once there is some."""
    from uploads.tus import steps

    originals = Path(settings.FILES_DIR) / "originals"
    originals.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--bind", str(small_disk), str(originals)], check=True)
    try:
        server = start_server()
        data = random_bytes(5 * MB)
        with server.http(member) as http:
            location = begin(http, meeting, len(data))
            assert chunk(http, location, 0, data[: 3 * MB]).status_code == 204
            full = chunk(http, location, 3 * MB, data[3 * MB :])
            assert (full.status_code, full.json()["code"]) == (507, "storage_full")
            assert offset_of(http, location) == len(data)
            assert not Version.objects.exists()
            assert not any(path.is_file() for path in small_disk.rglob("*"))
            resize(small_disk, "20m")
        assert steps.finish_whole() == 1
        version = Version.objects.get()
        assert version.sha256 == hashlib.sha256(data).hexdigest()
        assert Upload.objects.get().state == "complete"
    finally:
        subprocess.run(["umount", "-l", str(originals)], check=False)


@pytest.mark.skipif(bool(settings.S3_BUCKET), reason="about files on disk")
def test_no_room_for_pictures_is_tried_again_and_then_said(
    transactional_db, member, meeting, township, small_disk
):
    """A conversion that finds no room gives back what it took; the deck's original is untouched."""
    import io
    import threading

    from tests.uploads.processing.builders import deck_bytes, need_converter
    from uploads import files, services, worker

    need_converter()
    pages = Path(settings.FILES_DIR) / "pages"
    pages.mkdir(parents=True, exist_ok=True)
    resize(small_disk, "16k")
    subprocess.run(["mount", "--bind", str(small_disk), str(pages)], check=True)
    try:
        version = services.receive(
            actor=member, meeting_id=meeting.pk, township_id=township.pk, kind="deck",
            filename="a.pptx", source=io.BytesIO(deck_bytes(2)),
        )  # fmt: skip
        for state, attempts in (("received", 1), ("received", 2), ("failed", 3)):
            assert worker.convert_one(threading.Event())
            version.refresh_from_db()
            assert (version.state, version.attempts) == (state, attempts)
            Version.objects.update(not_before=None)
        assert version.reason_code == "disk_full"
        assert not any(path.is_file() for path in small_disk.rglob("*"))
        resize(small_disk, "20m")
        services.retry_version(actor=member, version_id=version.pk)
        assert worker.convert_one(threading.Event())
        version.refresh_from_db()
        assert version.state == "ready"
        assert files.hash_stored(version.original) == (version.size, version.sha256)
    finally:
        subprocess.run(["umount", "-l", str(pages)], check=False)
