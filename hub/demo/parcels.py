"""The files of the demo's talks: built on every core, handed out in the order they are asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from hub.demo.decks import build_deck
from hub.demo.manuscripts import build_manuscript
from hub.demo.topics import Talk

FEW = 40


def build(job: tuple[str, Talk]) -> bytes:
    """The bytes of a talk's `deck` or `manuscript`."""
    kind, talk = job
    return build_deck(talk) if kind == "deck" else build_manuscript(talk)


@contextmanager
def parcels(jobs: list[tuple[str, Talk]]) -> Iterator[Iterator[bytes]]:
    """The files of `jobs` in their order; many are built in processes of their own, ahead of use."""
    if len(jobs) <= FEW:
        yield map(build, jobs)
        return
    with ProcessPoolExecutor(min(8, os.cpu_count() or 1), get_context("spawn")) as pool:
        try:
            yield pool.map(build, jobs, chunksize=7)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
