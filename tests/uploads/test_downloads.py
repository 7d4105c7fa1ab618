"""Large downloads over the real server: whole, and never held in its memory."""

import contextlib
import hashlib
import time
from pathlib import Path

import pytest
from django.conf import settings

from meetings.models import Meeting
from tests.processes import Server, wait_until
from tests.uploads.ready import make_ready
from townships.actors import Actor
from townships.models import Township

MIB = 1024 * 1024
pytestmark = pytest.mark.skipif(bool(settings.S3_BUCKET), reason="S3 sends its files itself")


def megabytes(process: Server) -> int:
    """The resident memory of a process."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1024


def open_files(process: Server) -> list[str]:
    """The names of the files that a process holds open."""
    names = []
    for each in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            names.append(str(each.readlink()))
    return names


@pytest.mark.django_db(transaction=True)
def test_a_slow_reader_does_not_fill_the_servers_memory(
    daphne_server: Server, organiser: Actor, live_meeting: Meeting, township: Township
) -> None:
    """It stops reading after 1 MiB of 64; the server waits, and then sends the rest."""
    data = b"PK\x03\x04" + bytes(range(256)) * 4096 * 64
    version = make_ready(organiser, live_meeting, township, data=data)
    http = daphne_server.http(organiser)
    assert http.get("/meetings/").status_code == 200
    before = megabytes(daphne_server)
    digest = hashlib.sha256()
    with http.stream("GET", f"/versions/{version.pk}/original") as answer:
        pieces = answer.iter_bytes(MIB)
        digest.update(next(pieces))
        time.sleep(1.5)
        assert megabytes(daphne_server) - before < 32
        for piece in pieces:
            digest.update(piece)
    assert digest.hexdigest() == hashlib.sha256(data).hexdigest()
    assert megabytes(daphne_server) - before < 32


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_goes_away_stops_the_download(
    daphne_server: Server, organiser: Actor, live_meeting: Meeting, township: Township
) -> None:
    version = make_ready(organiser, live_meeting, township, data=b"PK\x03\x04" + bytes(64 * MIB))
    with daphne_server.http(organiser) as http:
        with http.stream("GET", f"/versions/{version.pk}/original") as answer:
            next(answer.iter_bytes(MIB))
    wait_until(lambda: not any("originals" in name for name in open_files(daphne_server)))
    with daphne_server.http(organiser) as http:
        assert http.get("/meetings/").status_code == 200
