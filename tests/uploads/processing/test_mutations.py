"""Mutated files end as accepted or refused with a reason: no other error, no hang.

A seeded mutator flips bytes of the file and of its parts, drops, doubles and swaps parts, and edits XML.
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
from uploads.processing.text import document_text

from .builders import corpus, deck_bytes, document_bytes, members, pack, pdf_bytes

COUNT = int(os.environ.get("LIHUI_MUTATIONS", "360"))
SEED = int(os.environ.get("LIHUI_SEED", "20261122"))
LIMITS = Limits(zip_unpacked=64 * MIB)
BATCHES = 12


def _sources() -> list[tuple[str, str, bytes]]:
    return [
        ("a.pptx", "deck", deck_bytes(3)),
        ("a.docx", "manuscript", document_bytes()),
        ("a.pptx", "deck", corpus("decks", "SampleShow.pptx").read_bytes()),
        ("a.pptx", "deck", corpus("decks", "with_japanese.pptx").read_bytes()),
        ("a.pptx", "deck", corpus("decks", "SmartArt.pptx").read_bytes()),
        ("a.ppsx", "deck", corpus("decks", "testPPT.ppsx").read_bytes()),
        ("a.ppt", "deck", corpus("decks", "headers_footers_2007.ppt").read_bytes()),
        ("a.docx", "manuscript", corpus("manuscripts", "sample.docx").read_bytes()),
        ("a.txt", "manuscript", "三月例会\n发言稿\n".encode() * 20),
        ("a.docx", "manuscript", corpus("manuscripts", "checkboxes.docx").read_bytes()),
    ]


def _flip(data: bytes, rng: random.Random) -> bytes:
    raw = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw)


def _cut(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.randint(1, len(data) // 4 + 1))
    return data[:start] + (data[start:end] * rng.choice([0, 0, 2])) + data[end:]


def _edit_xml(data: bytes, rng: random.Random) -> bytes:
    edits = [
        (b"<", b"<<"),
        (b"/>", b">"),
        (b'="', b'="-'),
        (b'="', b'="99999999999999999999'),
        (b'Id="', b'Idx="'),
        (b"r:id=", b"r:embed="),
        (b"Target=", b'TargetMode="External" Target='),
        (b"slide", b"\xe5\xb9\xbb"),
        (b">", b"><!DOCTYPE x>"),
        (b"UTF-8", b"UTF-16"),
        (b"a:t>", b"a:p>"),
    ]
    old, new = rng.choice(edits)
    places = data.count(old)
    if not places:
        return _flip(data, rng) if data else data
    parts = data.split(old)
    at = rng.randrange(1, len(parts))
    return old.join(parts[:at]) + new + old.join(parts[at:])


def _bend_parts(data: bytes, rng: random.Random) -> bytes:
    parts = members(data)
    names = list(parts)
    for _ in range(rng.randint(1, 4)):
        name, other = rng.choice(names), rng.choice(names)
        action = rng.randrange(6)
        if action == 0:
            parts.pop(name, None)
        elif action == 1:
            parts[name] = parts.get(other, b"")
        elif action == 2:
            parts[name] = b""
        elif action == 3 and parts.get(name):
            parts[name] = _flip(parts[name], rng)
        elif parts.get(name):
            parts[name] = _edit_xml(parts[name], rng)
    return pack(parts)


def mutate(data: bytes, rng: random.Random) -> bytes:
    if data[:2] == b"PK":
        return rng.choice([_bend_parts, _bend_parts, _bend_parts, _flip, _cut])(data, rng)
    return rng.choice([_flip, _cut])(data, rng)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutated_files_are_accepted_or_refused(batch: int, tmp_path: Path) -> None:
    sources = _sources()
    for number in range(batch, COUNT, BATCHES):
        rng = random.Random(SEED * 1_000_003 + number)
        name, kind, data = sources[number % len(sources)]
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
                document_text(inspected)
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
        source.write_bytes(_flip(pdf_bytes(3), rng))
        try:
            inspect(source, "a.pdf", "deck", work, LIMITS)
        except ProcessingError:
            continue
