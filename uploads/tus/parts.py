"""Where the bytes of an unfinished upload are kept: one small interface, two ways."""

import fcntl
import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from django.conf import settings

from .. import files
from ..models import Upload
from .problems import Busy, Gone
from .protocol import Chunk

Renew = Callable[[], None]
READ_BYTES, READ_UPLOADS = 16 * 1024 * 1024, 64


class PartStore(Protocol):
    """Keeps the bytes of uploads. `upload.parts` is its own notebook, saved with the offset."""

    def begin(self, upload: Upload) -> dict[str, Any]:
        """Make room for a new upload; the notebook to start with. Raises `StorageFull`."""

    def holding(self, upload: Upload) -> "Any":
        """A context: True when nobody else on this store can be writing, whatever the lease says.

        Raises `Busy` when somebody is, `Gone` when the bytes are not there.
        """

    def append(self, upload: Upload, chunk: Chunk, renew: Renew) -> dict[str, Any]:
        """Make the chunk's bytes durable behind `upload.offset`; the new notebook.

        Whatever is raised, the upload is as it was. Bytes behind the offset (of a writer that
        died before its answer) are thrown away first.
        """

    def saved(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """The new notebook is saved: what only the old one named may go."""

    def finish(self, upload: Upload, renew: Renew) -> files.Stored:
        """The whole file under its final key, hashed by reading it back. May be called again."""

    def forget(self, upload: Upload) -> None:
        """Remove what is kept of an unfinished upload; nothing there is fine."""


def part_store() -> PartStore:
    """The store that goes with the setting of STORAGES."""
    if files.on_disk():
        return DiskParts()
    from .parts_s3 import S3Parts

    return S3Parts()


class DiskParts:
    """One file per upload under WORK_DIR/uploads, moved to its place when it is whole.

    The kernel's lock on the file is the true exclusion: it ends with the process that holds it, so
    after a crash the next writer need not wait for a lease to run out.
    """

    def __init__(self) -> None:
        self.folder = Path(settings.WORK_DIR) / "uploads"

    def path(self, upload_id: uuid.UUID) -> Path:
        return self.folder / upload_id.hex

    def begin(self, upload: Upload) -> dict[str, Any]:
        with files.storage_problems():
            files.make_folder(self.folder)
            with self.path(upload.pk).open("xb") as made:
                os.fchmod(made.fileno(), 0o600)
                os.fsync(made.fileno())
            files.fsync_folder(self.folder)
        return upload.parts

    @contextmanager
    def holding(self, upload: Upload) -> Iterator[bool]:
        try:
            held = self.path(upload.pk).open("rb")
        except FileNotFoundError:
            if not upload.is_whole:
                raise Gone from None
            yield False  # already moved to its place by a finish that did not end
            return
        with held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy from None
            yield True

    def append(self, upload: Upload, chunk: Chunk, renew: Renew) -> dict[str, Any]:
        with files.storage_problems(), self.path(upload.pk).open("r+b") as part:
            kept = os.fstat(part.fileno()).st_size
            if kept < upload.offset:
                raise Gone
            if kept > upload.offset:
                part.truncate(upload.offset)
            part.seek(upload.offset)
            try:
                for piece in chunk:
                    part.write(piece)
                part.flush()
                hashed = read_so_far(upload.pk)
                reading = _readers.submit(read_on, hashed, Path(part.name), upload.offset)
                os.fsync(part.fileno())
                reading.result()
            except BaseException:
                read_before(
                    upload.pk
                )  # it may still be read for this request; the next begins anew
                self._throw_away(part, upload.offset)
                raise
        return upload.parts

    def saved(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        pass

    @staticmethod
    def _throw_away(part: Any, offset: int) -> None:
        """Give the room back at once; bytes left in the buffer would come back on close."""
        try:
            part.close()
        except OSError:
            pass
        with Path(part.name).open("r+b") as again:
            again.truncate(offset)

    def finish(self, upload: Upload, renew: Renew) -> files.Stored:
        key = upload.parts["key"]
        part, target = self.path(upload.pk), files.disk_path(key)
        with files.storage_problems():
            if part.exists():
                files.make_folder(target.parent)
                move(part, target)
        if not target.exists():
            raise Gone
        size, sha256 = files.hash_stored(key, renew, read_before(upload.pk))
        if size != upload.length:
            raise Gone
        return files.Stored(key, size, sha256)

    def forget(self, upload: Upload) -> None:
        read_before(upload.pk)
        self.path(upload.pk).unlink(missing_ok=True)


# What has been read back of files on their way, by this process. What is behind an offset never changes, so
# it stays right whoever goes on with the upload; a process that knows nothing reads all of it at the end.
_read: dict[uuid.UUID, files.Hashed] = {}
_reading = Lock()
_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="read back")


def read_before(upload_id: uuid.UUID) -> files.Hashed | None:
    """What this process has read back of an upload; it is the caller's, and forgotten here."""
    with _reading:
        return _read.pop(upload_id, None)


def read_so_far(upload_id: uuid.UUID) -> files.Hashed:
    """The same, to go on with. Of the oldest of more than READ_UPLOADS nothing is remembered."""
    with _reading:
        if upload_id not in _read and len(_read) >= READ_UPLOADS:
            _read.pop(next(iter(_read)))
        return _read.setdefault(upload_id, files.Hashed())


def read_on(hashed: files.Hashed, path: Path, offset: int) -> None:
    """Hash what earlier chunks stored, while the disk is waited for: the end of a large file comes at once.

    At most READ_BYTES, so that no request waits long for what another process had taken.
    """
    until = min(offset, hashed.size + READ_BYTES)
    with path.open("rb") as source:
        source.seek(hashed.size)
        while hashed.size < until and (piece := source.read(min(files.PIECE, until - hashed.size))):
            hashed.update(piece)


def move(source: Path, target: Path) -> None:
    """Rename durably; copies where the two are on different file systems."""
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != 18:  # EXDEV
            raise
        with source.open("rb") as opened:
            files.store_on_disk(opened, target)
        source.unlink()
    files.fsync_folder(target.parent)
    files.fsync_folder(source.parent)
