"""Bytes of uploads: how fast they become durable, what they cost, and what they take of memory."""

import base64
import http.client
import os
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .live_world import DAPHNE, Served, World
from .report import Report

MB = 1024 * 1024
CHUNK = 8 * MB
TOKEN = "0123456789abcdefghijklmnopqrstuv"


class Sender:
    """Somebody who sends files over a kept connection, as the page does: 8 MiB a request."""

    def __init__(self, port: int, session: str, meeting_id: Any) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.meeting_id = meeting_id
        self.headers = {
            "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Origin": f"http://127.0.0.1:{port}",
            "Tus-Resumable": "1.0.0",
        }

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        plain = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body or None, self.headers | plain)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in (201, 204):
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return answer

    def begin(self, length: int) -> str:
        """The address of a new upload."""
        facts = {"filename": "汇报.pptx", "meeting": str(self.meeting_id), "kind": "deck"}
        encoded = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items()
        )
        answer = self.ask(
            "POST", "/api/v1/uploads", Upload_Length=str(length), Upload_Metadata=encoded
        )
        return str(answer.headers["Location"])

    def send(self, size: int, after_chunk: Callable[[], None] = lambda: None) -> None:
        """A whole file of `size` bytes."""
        location = self.begin(size)
        for offset in range(0, size, CHUNK):
            self.ask(
                "PATCH", location, piece(min(CHUNK, size - offset)), Upload_Offset=str(offset),
                Content_Type="application/offset+octet-stream",
            )  # fmt: skip
            after_chunk()


def steadily(port: int, sessions: list[str], meeting_id: Any, seconds: int) -> None:
    """Each of these people sends one file at 2 MiB a second for so long: a county's lines on the evening before."""

    def send(session: str) -> None:
        sender, size = Sender(port, session, meeting_id), 2 * MB
        location = sender.begin(size * seconds)
        for second in range(seconds):
            begun = time.perf_counter()
            sender.ask(
                "PATCH", location, piece(size), Upload_Offset=str(second * size),
                Content_Type="application/offset+octet-stream",
            )  # fmt: skip
            time.sleep(max(0.0, 1 - (time.perf_counter() - begun)))

    threads = [threading.Thread(target=send, args=[session]) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def piece(size: int, _cache: dict[int, bytes] = {}) -> bytes:  # noqa: B006
    """Bytes that do not compress, the same each time."""
    if size not in _cache:
        _cache[size] = os.urandom(size)
    return _cache[size]


def to_sink(port: int, size: int) -> None:
    """The same bytes POSTed to the bare sink, 8 MiB a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for offset in range(0, size, CHUNK):
        body = piece(min(CHUNK, size - offset))
        connection.request("POST", "/", body, {"Content-Type": "application/octet-stream"})
        connection.getresponse().read()
    connection.close()


def to_disk(folder: Path, size: int) -> None:
    """The same bytes written to a file, each piece fsynced."""
    path = folder / "bare"
    with path.open("wb") as out:
        for offset in range(0, size, CHUNK):
            out.write(piece(min(CHUNK, size - offset)))
            out.flush()
            os.fsync(out.fileno())
    path.unlink()


def timed(run: Callable[[], None], served: Served | None = None) -> tuple[float, float]:
    """Wall seconds, and CPU seconds of the server."""
    cpu = served.cpu() if served else 0.0
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun, (served.cpu() - cpu) if served else 0.0


def throughput(report: Report, world: World, meeting_id: Any, size: int, rounds: int) -> None:
    """tus against a bare sink on the same daphne, and against the disk, in turn."""
    hub = world.start("hub", DAPHNE)
    sink = world.start("sink", DAPHNE, "bench.sink:application")
    sender = Sender(hub.port, world.sessions[0], meeting_id)
    sender.send(CHUNK)
    to_sink(sink.port, CHUNK)
    tus, bare, disk = [], [], []
    for _ in range(rounds):
        bare.append(timed(lambda: to_sink(sink.port, size), sink))
        tus.append(timed(lambda: sender.send(size), hub))
        disk.append(timed(lambda: to_disk(world.folder, size)))
    megabytes = size / MB
    speeds = [
        statistics.median(megabytes / wall for wall, _cpu in found) for found in (tus, bare, disk)
    ]
    report.add("tus, durable before each answer", speeds[0], "MB/s")
    report.add("bare ASGI sink on the same server, nothing kept", speeds[1], "MB/s")
    report.add("file written with fsync, no server", speeds[2], "MB/s")
    ratios = [b[0] / t[0] for t, b in zip(tus, bare, strict=True)]
    report.add("tus / bare sink", statistics.median(ratios), "x", ">= 0.5")
    report.add("tus / file with fsync", speeds[0] / speeds[2], "x")
    gigabyte = 1024 / megabytes
    report.add("tus, server CPU", statistics.median(c * gigabyte for _w, c in tus), "s/GB")
    report.add("bare sink, server CPU", statistics.median(c * gigabyte for _w, c in bare), "s/GB")
    for served in (hub, sink):
        served.child.kill()


def memory(report: Report, world: World, meeting_id: Any, one: int, many: int) -> None:
    """How much the web process grows by one large upload, then by ten at once, on fresh servers."""
    report.add(
        f"memory added by one upload of {one // MB} MB",
        _growth(world, meeting_id, [one]), "MB", "<= 64",
    )  # fmt: skip
    report.add(
        f"memory added by ten uploads of {many // MB} MB at once",
        _growth(world, meeting_id, [many] * 10), "MB", "<= 200",
    )  # fmt: skip


def _growth(world: World, meeting_id: Any, sizes: list[int]) -> float:
    served = world.start("memory", DAPHNE)
    Sender(served.port, world.sessions[0], meeting_id).begin(1000)
    before = highest = served.rss()
    failed: list[BaseException] = []

    def note() -> None:
        nonlocal highest
        highest = max(highest, served.rss())

    def send(session: str, size: int) -> None:
        try:
            Sender(served.port, session, meeting_id).send(size, note)
        except BaseException as error:
            failed.append(error)

    threads = [
        threading.Thread(target=send, args=(world.sessions[number], size))
        for number, size in enumerate(sizes)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        note()
        time.sleep(0.01)
    if failed:
        raise failed[0]
    served.child.kill()
    return highest - before
