"""Files in storage: written so that they are durable before anything says so.

Keys are unguessable and hold nothing typed by a person: `originals/<uuid>/original.pptx`,
`pdfs/<uuid>/document.pdf`, `pages/<version>/<attempt>/3.webp`. On disk a file is written beside its
place, fsynced, renamed, and its folder fsynced; on S3 size and checksum are read back.
"""

import datetime as dt
import errno
import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import FileSystemStorage, default_storage

from .problems import StorageDown, StorageFull

PIECE = 1024 * 1024
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Stored:
    """A durable file: its storage key, size in bytes and SHA-256 as hex."""

    key: str
    size: int
    sha256: str


def new_original_key(extension: str) -> str:
    """A fresh key for an original; `extension` is a checked one like ".pptx"."""
    return f"originals/{uuid.uuid4()}/original{extension}"


def on_disk() -> bool:
    """Whether files are kept on this machine's disk (else on S3)."""
    return isinstance(default_storage, FileSystemStorage)


def disk_path(key: str) -> Path:
    """Where a key is on disk. Only with `on_disk()`."""
    return Path(default_storage.path(key))


def bucket_client() -> tuple[Any, str]:
    """The S3 client of this thread and the bucket's name. Only without `on_disk()`."""
    storage: Any = default_storage
    return storage.connection.meta.client, storage.bucket_name


@contextmanager
def storage_problems() -> Iterator[None]:
    """Turn "disk full" into `StorageFull` (507) and S3 failures into `StorageDown` (503)."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull from error
        raise
    except (BotoCoreError, ClientError) as error:
        raise StorageDown from error


def pieces(source: IO[bytes], size: int = PIECE) -> Iterator[bytes]:
    while piece := source.read(size):
        yield piece


def fsync_folder(folder: Path) -> None:
    """Make a rename or a new name in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a private folder, its parents too, and their names durable."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    fsync_folder(folder.parent)


def store(source: IO[bytes], key: str, media_type: str = "application/octet-stream") -> Stored:
    """Copy a file object into storage under `key`; durable and verified when this returns.

    Raises `StorageFull`, `StorageDown`; nothing is left behind then.
    """
    with storage_problems():
        if on_disk():
            return Stored(key, *store_on_disk(source, disk_path(key)))
        return _store_on_s3(source, key, media_type)


def store_on_disk(source: IO[bytes], target: Path) -> tuple[int, str]:
    """Copy to a path on disk, durable and all or nothing; size and SHA-256."""
    make_folder(target.parent)
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with part.open("xb") as out:
            os.fchmod(out.fileno(), 0o600)
            size, sha256 = _copy_and_hash(source, out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    fsync_folder(target.parent)
    return size, sha256


def _copy_and_hash(source: IO[bytes], out: IO[bytes]) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    for piece in pieces(source):
        out.write(piece)
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def _store_on_s3(source: IO[bytes], key: str, media_type: str) -> Stored:
    client, bucket = bucket_client()
    with tempfile.TemporaryFile() as copy:
        size, sha256 = _copy_and_hash(source, copy)
        copy.seek(0)
        client.upload_fileobj(copy, bucket, key, ExtraArgs={"ContentType": media_type})
    try:
        verify(key, size, sha256)
    except StorageDown:
        delete([key])
        raise
    return Stored(key, size, sha256)


class Hashed:
    """The beginning of a file as far as it was read back: its size in bytes, and the SHA-256 of it."""

    def __init__(self) -> None:
        self.size, self._digest = 0, hashlib.sha256()

    def update(self, piece: bytes) -> None:
        self._digest.update(piece)
        self.size += len(piece)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def hash_stored(
    key: str, renew: Callable[[], None] | None = None, begun: Hashed | None = None
) -> tuple[int, str]:
    """Size and SHA-256 of a stored file, by reading it back in pieces.

    `renew` is called now and then, to keep a lease while a large file is read. `begun`: what was read of it
    before (on disk only).
    """
    hashed = begun or Hashed()
    with open_stored(key) as source:
        if hashed.size:
            source.seek(hashed.size)
        for number, piece in enumerate(pieces(source), start=1):
            hashed.update(piece)
            if renew is not None and number % 64 == 0:
                renew()
    return hashed.size, hashed.sha256


def verify(key: str, size: int, sha256: str) -> None:
    """Read a file back; raise `StorageDown` unless size and checksum are right."""
    if hash_stored(key) != (size, sha256):
        raise StorageDown


@contextmanager
def open_stored(key: str) -> Iterator[IO[bytes]]:
    """A stored file as a stream; never the whole file in memory, nor on S3 on this disk."""
    if on_disk():
        with disk_path(key).open("rb") as source:
            yield source
        return
    client, bucket = bucket_client()
    body = client.get_object(Bucket=bucket, Key=key)["Body"]
    try:
        yield body
    finally:
        body.close()


def fetch(key: str, target: Path) -> None:
    """Copy a stored file to a path on this machine (for the converter)."""
    with storage_problems(), open_stored(key) as source, target.open("wb") as out:
        shutil.copyfileobj(source, out, PIECE)


def delete(keys: list[str]) -> None:
    """Remove files from storage; missing ones are fine. Empty folders on disk go too."""
    for key in filter(None, keys):
        if on_disk():
            path = disk_path(key)
            path.unlink(missing_ok=True)
            _drop_empty_folders(path.parent)
        else:
            client, bucket = bucket_client()
            client.delete_object(Bucket=bucket, Key=key)


def _drop_empty_folders(folder: Path) -> None:
    root = Path(default_storage.path(""))
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def keys_below(prefix: str) -> list[str]:
    """Every stored key that starts with `prefix` (which ends in "/")."""
    if on_disk():
        root = Path(default_storage.path(""))
        return [
            str(path.relative_to(root)) for path in disk_path(prefix).rglob("*") if path.is_file()
        ]
    client, bucket = bucket_client()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def dated_keys_below(prefix: str) -> Iterator[tuple[str, dt.datetime]]:
    """Every stored key that starts with `prefix`, with the moment it was written."""
    if on_disk():
        root = Path(default_storage.path(""))
        for path in disk_path(prefix).rglob("*"):
            with suppress(FileNotFoundError):
                if path.is_file():
                    written = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
                    yield str(path.relative_to(root)), written
        return
    client, bucket = bucket_client()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", []):
            yield item["Key"], item["LastModified"]
