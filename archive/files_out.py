"""Files that are whole or not there at all."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from uploads.files import fsync_folder


@contextmanager
def written_whole(target: Path) -> Iterator[IO[bytes]]:
    """A file to write, readable only by its owner; durable under its name when the block ends, gone
    when it fails."""
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with part.open("xb") as out:
            os.fchmod(out.fileno(), 0o600)
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
        fsync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
