"""A virus scanner beside the hub: what it finds is refused, and while it is away files wait (43, 44)."""

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from tests.uploads.processing.builders import deck_bytes, with_part
from tests.uploads.test_hostile import assert_said, receive
from uploads import tasks, worker

GO_ON = threading.Event()
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """A scanner that speaks clamd's protocol and knows one virus."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.seen: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            with line, line.makefile("rb") as source:
                assert source.read(10) == b"zINSTREAM\0"
                data = b""
                while size := struct.unpack(">L", source.read(4))[0]:
                    data += source.read(size)
                self.seen.append(data)
                found = EICAR in data
                line.sendall(b"stream: Eicar-Signature FOUND\0" if found else b"stream: OK\0")


@pytest.fixture
def clamd(settings) -> Iterator[Clamd]:
    scanner = Clamd()
    settings.SCANNER = scanner.address
    yield scanner
    scanner.listener.close()


def test_43_what_the_scanner_finds_is_refused(transactional_db, member, meeting, township, clamd):
    data = with_part("ppt/media/a.bin", EICAR)  # packed: the scanner unpacks, ours gets it plain
    version = receive(member, meeting, township, "a.txt", "manuscript", EICAR)
    assert worker.convert_one(GO_ON)
    version.refresh_from_db()
    assert (version.state, version.reason_code) == ("refused", "virus")
    assert version.reason_params == {"name": "Eicar-Signature"}
    assert_said("virus", version.reason_params)
    clean = receive(member, meeting, township, "a.pptx", "deck", data[:100])
    assert worker.convert_one(GO_ON)
    clean.refresh_from_db()
    assert clamd.seen == [EICAR, data[:100]]
    assert clean.reason_code == "zip_damaged"


@pytest.mark.parametrize("answer", [None, b"INSTREAM size limit exceeded. ERROR\0", b""])
def test_44_while_the_scanner_is_down_files_wait_and_nothing_is_shown(
    transactional_db, member, meeting, township, settings, answer
):
    listener = socket.create_server(("127.0.0.1", 0))
    settings.SCANNER = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    if answer is None:
        listener.close()
    else:

        def reply() -> None:
            line, _ = listener.accept()
            with line:
                line.recv(65_536)
                line.sendall(answer)

        threading.Thread(target=reply, daemon=True).start()
    version = receive(member, meeting, township, "a.pptx", "deck", deck_bytes())
    assert worker.convert_one(GO_ON)
    version.refresh_from_db()
    assert (version.state, version.attempts, version.claimed_by) == ("received", 0, "")
    assert version.not_before is not None
    assert not version.pages.exists()
    assert not worker.convert_one(GO_ON), "it is asked again after half a minute, not at once"
    assert tasks.SCANNER_SECONDS == 30
    listener.close()
