"""LibreOffice started beforehand: one file each, in a cage of its own, and nothing left behind."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from uploads import claims
from uploads.processing.convert import convert, make_spares
from uploads.processing.errors import ConversionFailed, Refused
from uploads.processing.pipeline import ProcessOptions
from uploads.processing.spares import Spares

from ...processes import wait_until
from .builders import corpus, deck_bytes, look


@pytest.fixture
def places(tmp_path: Path, settings: Any) -> Path:
    """Where the worker's folders are, in this test."""
    settings.WORK_DIR = tmp_path / "work"
    folder = claims.jobs_folder()
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def spares(places: Path, options: ProcessOptions) -> Iterator[Spares]:
    """The spares of one worker, in folders numbered from 1."""
    numbers = itertools.count(1)
    made = make_spares(lambda: claims.locked_folder(str(next(numbers))), options.convert)
    yield made
    made.close()
    assert list(places.iterdir()) == []
    wait_until(lambda: not processes(places))


def folders(places: Path) -> list[str]:
    """The names of the spares' folders, without their locks."""
    return sorted(path.name for path in places.iterdir() if path.is_dir())


def processes(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if str(folder) in " ".join(process.info["cmdline"] or ()):
            found.append(process)
    return found


def test_a_spare_converts_one_file_and_is_gone(
    tmp_path: Path, places: Path, options: ProcessOptions, spares: Spares
) -> None:
    """The first conversion takes it and starts the next one beside itself."""
    spares.refill()
    spares.refill()
    assert folders(places) == ["1"]
    inspected = look(tmp_path, deck_bytes(3))
    settings = replace(options.convert, spares=spares)
    converted = convert(inspected, inspected.path.parent, settings)
    assert converted.pages == 3
    assert folders(places) == ["2"]


def test_parts_take_the_spares_in_turn(
    tmp_path: Path, places: Path, options: ProcessOptions, spares: Spares
) -> None:
    spares.refill()
    inspected = look(tmp_path, deck_bytes(13))
    settings = replace(options.convert, spares=spares)
    parts: list[int] = []
    converted = convert(inspected, inspected.path.parent, settings, lambda p: parts.append(p.first))
    assert (converted.pages, parts) == (13, [1, 3])
    assert folders(places) == []


def test_one_that_died_while_it_waited_is_replaced(
    tmp_path: Path, places: Path, options: ProcessOptions, spares: Spares
) -> None:
    spares.refill()
    for process in processes(places):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    inspected = look(tmp_path, deck_bytes(1))
    converted = convert(inspected, inspected.path.parent, replace(options.convert, spares=spares))
    assert converted.pages == 1


def test_stopping_ends_a_spare_at_work(
    tmp_path: Path, options: ProcessOptions, spares: Spares
) -> None:
    """Within seconds, whatever it does."""
    spares.refill()
    name = "2411-Performance_Up.pptx"
    inspected = look(tmp_path, corpus("decks", name).read_bytes())
    stop = threading.Event()
    threading.Timer(4, stop.set).start()
    started = time.monotonic()
    settings = replace(options.convert, spares=spares)
    with pytest.raises(ConversionFailed) as caught:
        convert(inspected, inspected.path.parent, settings, None, stop)
    assert caught.value.code == "stopped"
    assert time.monotonic() - started < 10


def test_what_it_cannot_read_fails_as_with_a_fresh_one(
    tmp_path: Path, options: ProcessOptions, spares: Spares
) -> None:
    from uploads.processing.inspection import Inspected

    spares.refill()
    path = tmp_path / "inspected.ppt"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2_000)
    raw = Inspected(path, "ppt", "deck", "a.ppt", ".ppt", "", 1, None)
    with pytest.raises(Refused) as caught:
        convert(raw, tmp_path, replace(options.convert, spares=spares))
    assert caught.value.code == "office_cannot_open"
