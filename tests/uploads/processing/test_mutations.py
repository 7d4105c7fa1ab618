"""Mutated files end as accepted or refused with a reason: no other error, no hang.

`mutators.py` flips bytes of the file and of its parts, drops, doubles and swaps parts, and edits XML.
``LIHUI_MUTATIONS=1000`` (and ``LIHUI_SEED``) makes the run larger; the seed of a failure is in its message.
"""

import os
import random
import time
from pathlib import Path

import pytest

from uploads.processing.errors import ProcessingError
from uploads.processing.inspection import inspect
from uploads.processing.limits import MIB, Limits
from uploads.processing.pipeline import read_words

from .builders import pdf_bytes
from .mutators import flip, mutate, sources

COUNT = int(os.environ.get("LIHUI_MUTATIONS", "360"))
SEED = int(os.environ.get("LIHUI_SEED", "20261122"))
LIMITS = Limits(zip_unpacked=64 * MIB)
BATCHES = 12


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutated_files_are_accepted_or_refused(batch: int, tmp_path: Path) -> None:
    files = sources()
    for number in range(batch, COUNT, BATCHES):
        rng = random.Random(SEED * 1_000_003 + number)
        name, kind, data = files[number % len(files)]
        work = tmp_path / str(number)
        work.mkdir()
        source = work / "source"
        source.write_bytes(mutate(data, rng))
        started = time.monotonic()
        try:
            inspected = inspect(source, name, kind, work, LIMITS)
        except ProcessingError:
            continue
        except Exception as error:
            pytest.fail(f"seed {SEED}, mutation {number} of {name}: {error!r}")
        else:
            try:
                read_words(inspected)
            except Exception as error:
                pytest.fail(f"seed {SEED}, mutation {number} of {name}, words: {error!r}")
        assert time.monotonic() - started < 10, (
            f"seed {SEED}, mutation {number} of {name} took too long"
        )


def test_mutated_pdfs_never_break_the_worker(tmp_path: Path) -> None:
    """PDFium reads hostile bytes in a process of its own: whatever happens there is a refusal here."""
    from .builders import need_cage

    need_cage()
    for number in range(max(8, COUNT // 60)):
        rng = random.Random(SEED + number)
        work = tmp_path / str(number)
        work.mkdir()
        source = work / "source"
        source.write_bytes(flip(pdf_bytes(3), rng))
        try:
            inspect(source, "a.pdf", "deck", work, LIMITS)
        except ProcessingError:
            continue
