"""S3 slow, cut or gone in every step of an upload: 503 says so, nothing acknowledged is lost, and it goes on."""

import hashlib
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.proxy import Line
from tests.uploads.test_crashes import begin, chunk, offset_of, random_bytes
from tests.uploads.tus_client import UPLOADS, metadata
from uploads import files
from uploads.models import Upload, Version

pytestmark = [
    pytest.mark.skipif(not settings.S3_BUCKET, reason="needs S3: LIHUI_TEST_STACK=full"),
    pytest.mark.timeout(300),
]
MB = 1_000_000


@pytest.fixture
def line() -> Iterator[Line]:
    port = urlsplit(os.environ["S3_ENDPOINT_URL"]).port
    assert port
    proxy = Line(port)
    yield proxy
    proxy.close()


@pytest.fixture
def server(start_server, line):
    """A web process that reaches S3 only over the line."""
    return start_server(S3_ENDPOINT_URL=line.url)


def test_gone_while_a_chunk_is_sent(server, line, member, meeting):
    """503 with its own code; the offset has not moved; the same chunk is taken afterwards."""
    data = random_bytes(12 * MB)
    with server.http(member, timeout=120) as http:
        location = begin(http, meeting, len(data))
        assert chunk(http, location, 0, data[: 6 * MB]).status_code == 204
        line.set_down(True)
        answer = chunk(http, location, 6 * MB, data[6 * MB : 7 * MB])
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_down")
        assert offset_of(http, location) == 6 * MB
        assert http.get("/health/").status_code in (200, 503)
        line.set_down(False)
        assert chunk(http, location, 6 * MB, data[6 * MB : 7 * MB]).status_code == 204
        assert chunk(http, location, 7 * MB, data[7 * MB :]).status_code == 204
    assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()


def test_gone_when_an_upload_is_begun(server, line, member, meeting):
    line.set_down(True)
    header = metadata(filename="a.pptx", meeting=meeting.pk, kind="deck")
    with server.http(member, timeout=120) as http:
        answer = http.post(
            UPLOADS,
            headers={"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": header},
        )
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_down")
    assert not Upload.objects.exists()


def test_gone_when_the_last_chunk_is_whole(server, line, member, meeting):
    """The bytes are kept, the material is made of them later by the worker's step."""
    from uploads.tus import steps

    data = random_bytes(6 * MB)
    with server.http(member, timeout=120) as http:
        location = begin(http, meeting, len(data))
        # the part itself passes, what completes the file does not
        line.cut_after, line.cuts = 6 * MB, 1
        answer = chunk(http, location, 0, data)
        line.cut_after = 0
        assert answer.status_code in (204, 503)
        if offset_of(http, location) < len(data):
            assert chunk(http, location, 0, data).status_code == 204
    steps.finish_whole()
    version = Version.objects.get()
    assert version.sha256 == hashlib.sha256(data).hexdigest()
    assert files.hash_stored(version.original) == (len(data), version.sha256)


def test_cut_again_and_again_in_the_middle(server, line, member, meeting):
    """The line to S3 breaks five times; the client repeats what was not acknowledged."""
    data = random_bytes(20 * MB)
    line.cut_after, line.cuts = 2 * MB, 5
    with server.http(member, timeout=120) as http:
        location = begin(http, meeting, len(data))
        offset = tries = 0
        while offset < len(data):
            tries += 1
            assert tries < 60
            answer = chunk(http, location, offset, data[offset : offset + 6 * MB])
            assert answer.status_code in (204, 409, 423, 503), answer.text
            now = offset_of(http, location)
            assert now >= offset, "an acknowledged byte went back"
            offset = now
    assert line.done >= 1
    assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()


def test_a_slow_store_only_takes_longer(server, line, member, meeting):
    line.delay = 0.02
    data = random_bytes(6 * MB)
    with server.http(member, timeout=120) as http:
        location = begin(http, meeting, len(data))
        assert chunk(http, location, 0, data).status_code == 204
    assert Version.objects.get().sha256 == hashlib.sha256(data).hexdigest()


def test_downloads_are_signed_for_the_address_that_browsers_use(
    start_server, line, organiser, live_meeting, township
):
    """S3_PUBLIC_URL: another address than the hub's own way to S3, also in the page's CSP."""
    import io

    import httpx

    from uploads import services

    data = random_bytes(1000)
    version = services.receive(
        actor=organiser, meeting_id=live_meeting.pk, township_id=township.pk, kind="deck",
        filename="汇报.pptx", source=io.BytesIO(data),
    )  # fmt: skip
    server = start_server(S3_PUBLIC_URL=line.url)
    with server.http(organiser) as http:
        answer = http.get(f"/versions/{version.pk}/original")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(line.url + "/")
        policy = http.get("/meetings/").headers["Content-Security-Policy"]
        assert line.url in policy
    fetched = httpx.get(answer.headers["Location"], trust_env=False)
    assert fetched.content == data
    assert "attachment" in fetched.headers["Content-Disposition"]
