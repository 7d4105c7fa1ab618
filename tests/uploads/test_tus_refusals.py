"""tus: what is refused is refused loudly, in the protocol's own words."""

import hashlib

import pytest

from tests.uploads.tus_client import UPLOADS, Tus
from uploads.models import Version

DATA = b"PK\x03\x04" + bytes(range(256)) * 40


def test_bytes_behind_the_end_are_413_and_the_file_stays_as_it_is(member, meeting):
    """Also once the file is whole: nothing that was sent is taken in silence."""
    tus = Tus(member)
    location = tus.created(meeting, len(DATA))
    tus.patch(location, 0, DATA[:100])
    for offset in (100, len(DATA)):
        answer = tus.patch(location, offset, DATA[offset:] + b"x")
        assert (answer.status_code, answer.json()["code"]) == (413, "chunk_too_long")
        assert tus.offset(location) == offset
        tus.patch(location, 100, DATA[100:])
    assert Version.objects.get().sha256 == hashlib.sha256(DATA).hexdigest()


def test_one_request_carries_eight_mebibytes_at_most(member, meeting):
    tus = Tus(member)
    location = tus.created(meeting, 9 * 1024**2)
    answer = tus.patch(location, 0, bytes(8 * 1024**2 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "chunk_too_long")
    assert tus.patch(location, 0, bytes(8 * 1024**2)).status_code == 204


UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", UPLOADS, 405),
        ("PUT", UPLOADS, 405),
        ("PUT", f"{UPLOADS}/{UNKNOWN}", 405),
        ("HEAD", f"{UPLOADS}/{UNKNOWN}", 404),
        ("PATCH", f"{UPLOADS}/{UNKNOWN}", 415),
        ("HEAD", f"{UPLOADS}/no-id", 404),
        ("PATCH", f"{UPLOADS}/a/b/c", 404),
    ],
)
def test_every_refusal_names_the_version_of_the_protocol(member, method, path, status):
    """MUST: Tus-Resumable in every answer, whoever gives it."""
    answer = Tus(member).send(method, path)
    assert (answer.status_code, answer["Tus-Resumable"]) == (status, "1.0.0")
