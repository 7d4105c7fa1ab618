"""What every set-up step shares: saying what happens and for how long, stamps, running programs."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"


class SetupError(Exception):
    """Set-up cannot go on; the text says what a person can do about it."""


def say(text: str) -> None:
    """Print one line at once, even when the output goes to a file."""
    print(text, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announce a piece of work that takes a while, and afterwards its seconds."""
    say(f"  {what} ...")
    began = time.monotonic()
    yield
    say(f"    done in {time.monotonic() - began:.0f} s")


def fingerprint(*files: Path, extra: str = "") -> str:
    """SHA-256 over the files' bytes and `extra`: changes when any of them does."""
    digest = hashlib.sha256(extra.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_stamped(name: str, value: str) -> bool:
    """Was the step `name` finished for exactly this `value`?"""
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text() == value


def write_stamp(name: str, value: str) -> None:
    """Remember that the step `name` is finished for `value`."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(value)


def run(command: Sequence[str | Path], problem: str) -> None:
    """Run a program quietly; on failure raise SetupError with `problem` and its last lines."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        tail = "\n".join(f"    | {line}" for line in done.stdout.strip().splitlines()[-15:])
        raise SetupError(f"{problem}\n{tail}")


def warn(text: str) -> None:
    """Say something that does not stop the set-up."""
    print(f"  Note: {text}", file=sys.stderr, flush=True)
