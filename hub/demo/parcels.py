"""The files of the demo's talks: built on every core, handed out in the order they are asked for.

Builders are processes of their own that read jobs and write files over pipes. (multiprocessing
would either fork a process that holds database connections or import its main module again.)
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from hub.demo.decks import build_deck
from hub.demo.manuscripts import build_manuscript
from hub.demo.topics import Talk

FEW = 40
Job = tuple[str, Talk]
_TOP = Path(__file__).resolve().parents[2]


def build(job: Job) -> bytes:
    """The bytes of a talk's `deck` or `manuscript`."""
    kind, talk = job
    return build_deck(talk) if kind == "deck" else build_manuscript(talk)


@contextmanager
def parcels(jobs: list[Job]) -> Iterator[Iterator[bytes]]:
    """The files of `jobs` in their order; many are built by other processes, ahead of use."""
    if len(jobs) <= FEW:
        yield map(build, jobs)
        return
    count = min(8, os.cpu_count() or 1)
    free: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()

    def ask(job: Job) -> bytes:
        builder = free.get()
        try:
            return _ask(builder, job)
        finally:
            free.put(builder)

    with ExitStack() as stack:
        for _ in range(count):
            free.put(stack.enter_context(_builder()))
        with ThreadPoolExecutor(count) as pool:
            try:
                yield pool.map(ask, jobs)
            finally:
                pool.shutdown(cancel_futures=True)


@contextmanager
def _builder() -> Iterator[subprocess.Popen[bytes]]:
    """A builder; it ends when its input ends."""
    command = [sys.executable, "-m", "hub.demo.parcels"]
    with subprocess.Popen(
        command, cwd=_TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)


def _ask(builder: subprocess.Popen[bytes], job: Job) -> bytes:
    assert builder.stdin is not None
    assert builder.stdout is not None
    pickle.dump(job, builder.stdin)
    builder.stdin.flush()
    return bytes(pickle.load(builder.stdout))  # noqa: S301 - our own child


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Build what is asked for until the input ends."""
    while True:
        try:
            job = pickle.load(source)  # noqa: S301 - our own parent
        except EOFError:
            return
        pickle.dump(build(job), target)
        target.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    serve(sys.stdin.buffer, sys.stdout.buffer)
