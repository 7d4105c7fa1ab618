"""Unfinished uploads on S3: a multipart upload, and the rest that is too short for a part.

Parts of a multipart upload (but the last) must have at least 5 MiB; a tus chunk may be shorter.
What does not fill a part yet is kept as an object of its own, the tail: each append reads it back,
puts the new bytes behind it, and stores either a part or a new tail. Web processes share nothing
but database and bucket; a part's number is reserved in the database before it is sent, so a writer
that lost its lease can never overwrite what a later one has stored.
"""

import hashlib
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from botocore.exceptions import ClientError

from .. import files
from ..models import Upload
from ..problems import StorageDown
from .parts import Renew
from .problems import Busy, Gone
from .protocol import Chunk

PART_MIN = 5 * 1024 * 1024
GONE = {"NoSuchUpload", "NoSuchKey", "404", "NotFound"}


class S3Parts:
    """`upload.parts`: key, multipart, next (part number), parts [{n, etag, size, sha256}], tail."""

    def begin(self, upload: Upload) -> dict[str, Any]:
        client, bucket = files.bucket_client()
        with files.storage_problems():
            answer = client.create_multipart_upload(
                Bucket=bucket,
                Key=upload.parts["key"],
                ContentType="application/octet-stream",
            )
        return upload.parts | {
            "multipart": answer["UploadId"],
            "next": 1,
            "parts": [],
            "tail": None,
        }

    @contextmanager
    def holding(self, upload: Upload) -> Iterator[bool]:
        yield False  # the lease in the database is all there is

    def append(self, upload: Upload, chunk: Chunk, renew: Renew) -> dict[str, Any]:
        with files.storage_problems(), tempfile.TemporaryFile() as whole:
            tail = upload.parts["tail"]
            if tail:
                self._read_tail(tail, whole)
            for piece in chunk:
                whole.write(piece)
            size = whole.tell()
            is_last = upload.offset + chunk.size == upload.length
            renew()
            if size >= PART_MIN or (is_last and size):
                return self._store_part(upload, whole, size)
            return self._store_tail(upload, whole, size)

    def _read_tail(self, tail: dict[str, Any], whole: IO[bytes]) -> None:
        digest = hashlib.sha256()
        with files.open_stored(tail["key"]) as source:
            for piece in files.pieces(source):
                digest.update(piece)
                whole.write(piece)
        if whole.tell() != tail["size"] or digest.hexdigest() != tail["sha256"]:
            raise StorageDown

    def _store_part(self, upload: Upload, whole: IO[bytes], size: int) -> dict[str, Any]:
        client, bucket = files.bucket_client()
        notes = self._reserve_number(upload)
        sha256 = hash_file(whole)
        answer = client.upload_part(
            Bucket=bucket,
            Key=notes["key"],
            UploadId=notes["multipart"],
            PartNumber=notes["next"] - 1,
            Body=whole,
        )
        part = {"n": notes["next"] - 1, "etag": answer["ETag"], "size": size, "sha256": sha256}
        return notes | {"parts": [*notes["parts"], part], "tail": None}

    @staticmethod
    def _reserve_number(upload: Upload) -> dict[str, Any]:
        notes: dict[str, Any] = upload.parts | {"next": upload.parts["next"] + 1}
        held = Upload.objects.filter(pk=upload.pk, writer=upload.writer, offset=upload.offset)
        if not held.update(parts=notes):
            raise Busy
        return notes

    def _store_tail(self, upload: Upload, whole: IO[bytes], size: int) -> dict[str, Any]:
        client, bucket = files.bucket_client()
        if not size:
            return upload.parts
        key = f"{tails_of(upload)}{uuid.uuid4().hex}"
        sha256 = hash_file(whole)
        client.put_object(Bucket=bucket, Key=key, Body=whole)
        if client.head_object(Bucket=bucket, Key=key)["ContentLength"] != size:
            raise StorageDown
        return upload.parts | {"tail": {"key": key, "size": size, "sha256": sha256}}

    def saved(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        old, new = before.get("tail"), after.get("tail")
        if old and (not new or old["key"] != new["key"]):
            files.delete([old["key"]])

    def finish(self, upload: Upload, renew: Renew) -> files.Stored:
        notes = upload.parts
        client, bucket = files.bucket_client()
        with files.storage_problems():
            listed = [{"PartNumber": part["n"], "ETag": part["etag"]} for part in notes["parts"]]
            try:
                client.complete_multipart_upload(
                    Bucket=bucket,
                    Key=notes["key"],
                    UploadId=notes["multipart"],
                    MultipartUpload={"Parts": listed},
                )
            except ClientError as error:  # done by a finish that did not end?
                if error.response["Error"]["Code"] not in GONE:
                    raise
            sha256 = self._read_back(notes, renew) or self._read_back(notes, renew)
        if sha256 is None:  # twice: it is the object, not the line
            files.delete([notes["key"]])
            raise Gone
        return files.Stored(notes["key"], upload.length, sha256)

    @staticmethod
    def _read_back(notes: dict[str, Any], renew: Renew) -> str | None:
        """The SHA-256 of the stored object; None where it is not what was sent (each part's own is compared
        on the way)."""
        whole = hashlib.sha256()
        with files.open_stored(notes["key"]) as source:
            for part in notes["parts"]:
                digest = hashlib.sha256()
                left = part["size"]
                while left and (piece := source.read(min(files.PIECE, left))):
                    left -= len(piece)
                    digest.update(piece)
                    whole.update(piece)
                renew()
                if digest.hexdigest() != part["sha256"]:
                    return None
            if source.read(1):
                return None
        return whole.hexdigest()

    def forget(self, upload: Upload) -> None:
        client, bucket = files.bucket_client()
        notes = upload.parts
        if upload.state != Upload.State.COMPLETE and notes.get("multipart"):
            try:
                client.abort_multipart_upload(
                    Bucket=bucket, Key=notes["key"], UploadId=notes["multipart"]
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in GONE:
                    raise
        files.delete(files.keys_below(tails_of(upload)))


def tails_of(upload: Upload) -> str:
    """The prefix of an upload's tails in the bucket."""
    return f"uploads/{upload.pk.hex}/"


def hash_file(opened: IO[bytes]) -> str:
    """SHA-256 of a file from its start; it stands at its start again afterwards."""
    opened.seek(0)
    digest = hashlib.sha256()
    for piece in files.pieces(opened):
        digest.update(piece)
    opened.seek(0)
    return digest.hexdigest()
