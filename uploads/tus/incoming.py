"""The services of an upload on its way: start, go on, finish, cancel.

Order of things, everywhere: bytes durable, then the row says so, then the answer. A crash between
any two steps leaves bytes that the row does not know of (thrown away by the next writer) or a whole
file without a material (made by the next request or the worker), never the other way round.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from meetings.problems import MeetingClosed
from townships import audit
from townships.actors import NOBODY, Actor, actor_of_membership, memberships
from townships.models import County
from townships.permissions import Action, require
from townships.prepared import by_ids
from townships.problems import NotFound, Problem

from .. import files
from ..models import BaseDeck, Upload, Version
from ..problems import FileRefused, QuotaExceeded, TooLarge, TooManyUploads
from ..services import add_version, checked_name, record_refusal
from ..slots import Slot, find_slot, require_upload
from . import protocol
from .parts import PartStore, part_store
from .problems import Busy, ChunkTooLong, Gone, OffsetMismatch
from .protocol import Checksum, Chunk

LEASE = dt.timedelta(seconds=30)
CHANGING = ["state", "offset", "parts", "writer", "version_id"]
"""What another writer may have changed of an upload's row since it was read."""
FINGERPRINT = re.compile("[0-9a-f]{16,64}")


def start(*, actor: Actor, length: int, metadata: dict[str, str], raw_metadata: str = "") -> Upload:
    """Begin an upload of `length` bytes into the slot that the metadata names.

    Metadata: `filename`, `meeting`, `kind`, and `township` for organisers; `fingerprint` (hex, made
    of samples of the file) lets a colleague's browser see that it has the same file. Raises `NotFound`,
    `DeadlinePassed`, `FileRefused`, `TooLarge`, `QuotaExceeded`, `TooManyUploads`, `StorageFull`.
    """
    slot = find_slot(
        actor=actor,
        meeting_id=uuid_or_missing(metadata.get("meeting")),
        township_id=uuid_or_missing(metadata["township"]) if metadata.get("township") else None,
        kind=metadata.get("kind", ""),
    )
    require_upload(actor, slot)
    try:
        name = checked_name(metadata.get("filename", ""), slot.kind)
        if not length:
            raise FileRefused("empty")
    except FileRefused as problem:
        record_refusal(
            actor=actor, code=problem.code, filename=metadata.get("filename", ""), slot=slot
        )
        raise
    if length > settings.UPLOAD_MAX_BYTES:
        raise TooLarge(limit_mb=settings.UPLOAD_MAX_BYTES // 1024**2)
    upload = _reserve(actor, slot, name.name, name.extension, length, raw_metadata)
    store = part_store()
    try:
        upload.parts = store.begin(upload)
    except Problem:
        Upload.objects.filter(pk=upload.pk).delete()
        raise
    Upload.objects.filter(pk=upload.pk).update(parts=upload.parts)
    return upload


def uuid_or_missing(text: str | None) -> uuid.UUID:
    """A typed id; one that is none answers like a missing object."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        raise NotFound from None


def _reserve(
    actor: Actor, slot: Slot, name: str, extension: str, length: int, raw_metadata: str
) -> Upload:
    """The row, with the county's quota checked under the lock of the county's row."""
    with transaction.atomic():
        County.objects.select_for_update().get(pk=slot.county_id)
        hour_ago = timezone.now() - dt.timedelta(hours=1)
        recent = Upload.objects.filter(
            uploaded_by_id=actor.membership_id, created_at__gt=hour_ago
        ).count()
        if recent >= settings.UPLOADS_PER_HOUR:
            raise TooManyUploads(limit=settings.UPLOADS_PER_HOUR)
        require_room(slot.county_id, length)
        upload = Upload.objects.create(
            county_id=slot.county_id,
            meeting=slot.meeting,
            township=slot.township,
            kind=slot.kind,
            filename=name,
            fingerprint=fingerprint_of(raw_metadata),
            metadata=raw_metadata[:2000],
            length=length,
            parts={"key": files.new_original_key(extension)},
            uploaded_by_id=actor.membership_id,
            expires_at=new_expiry(),
        )
        audit.write(
            actor=actor, action="upload.started", obj=upload, county_id=slot.county_id,
            length=length, kind=slot.kind, township=str(slot.township_id),
        )  # fmt: skip
    return upload


def fingerprint_of(raw_metadata: str) -> str:
    """What the browser says about the file's content; "" for anything that is no fingerprint."""
    found = protocol.metadata(raw_metadata).get("fingerprint", "")
    return found if FINGERPRINT.fullmatch(found) else ""


USED_ELSEWHERE: list[Callable[[uuid.UUID], int]] = []
"""What packages further right keep for a county, in bytes; they add themselves when they are ready."""


def used_bytes(county_id: uuid.UUID) -> int:
    """What a county's originals, copies of their sound and video, base decks (earlier ones, too) and
    unfinished uploads take, in bytes."""
    kept = Version.objects.filter(material__meeting__county_id=county_id)
    coming = Upload.objects.filter(county_id=county_id, state=Upload.State.RECEIVING)
    stored = kept.aggregate(n=Sum(F("size") + F("media_bytes")))["n"] or 0
    bases = BaseDeck.objects.filter(county_id=county_id).aggregate(n=Sum("size"))["n"] or 0
    elsewhere = sum(used(county_id) for used in USED_ELSEWHERE)
    return stored + bases + elsewhere + (coming.aggregate(n=Sum("length"))["n"] or 0)


def require_room(county_id: uuid.UUID, more: int) -> None:
    """Whoever calls holds the lock of the county's row. Raises `QuotaExceeded`."""
    if used_bytes(county_id) + more > settings.COUNTY_QUOTA_BYTES:
        raise QuotaExceeded(limit_gb=settings.COUNTY_QUOTA_BYTES // 1024**3)


def new_expiry() -> dt.datetime:
    return timezone.now() + dt.timedelta(hours=settings.UPLOAD_EXPIRES_HOURS)


UPLOADS = by_ids(lambda ids: Upload.objects.filter(pk__in=ids).select_related("meeting"))


def find_upload(actor: Actor, upload_id: uuid.UUID) -> Upload:
    """An upload of the actor's township, or for organisers of their county.

    A colleague may take over; who began before the deadline may finish after it. Raises `NotFound`, `Gone` when it was cancelled or has expired.
    """
    upload = next(iter(UPLOADS.fetch([(upload_id,)])), None)
    if upload is None or upload.county_id != actor.county_id or actor.role is None:
        raise NotFound
    if not actor.is_staff and upload.township_id != actor.township_id:
        raise NotFound
    require(actor, Action.UPLOAD, upload)
    if upload.state == Upload.State.REMOVED or upload.expires_at <= timezone.now():
        raise Gone
    return upload


@dataclass(frozen=True, slots=True)
class Writer:
    """Whoever is the one writer of an upload."""

    upload: Upload
    held: bool  # the store lets nobody else write: whoever's lease is in the row has died
    token: uuid.UUID

    def lease(self) -> None:
        """Be the one writer by the row as well, from now on. Raises `Busy` while it is another's."""
        free = Upload.objects.filter(pk=self.upload.pk)
        if not self.held:
            free = free.filter(
                Q(writer__isnull=True) | Q(writer_until__lt=Now()) | Q(writer=self.token)
            )
        if not free.update(writer=self.token, writer_until=Now() + LEASE):
            raise Busy
        self.upload.writer = self.token

    def renew(self) -> None:
        """Keep the lease. Raises `Busy` when it was lost."""
        mine = Upload.objects.filter(pk=self.upload.pk, writer=self.token)
        if not mine.update(writer_until=Now() + LEASE):
            raise Busy

    def release(self) -> None:
        """Give the lease back, if there is one."""
        if self.upload.writer == self.token:
            mine = Upload.objects.filter(pk=self.upload.pk, writer=self.token)
            mine.update(writer=None, writer_until=None)


@contextmanager
def writing(upload: Upload, store: PartStore) -> Iterator[Writer]:
    """Be the one writer of an upload; the row is read again once it is ours. Raises `Busy`.

    A store that holds its bytes for one process alone needs no lease while a chunk is written, which
    saves two of three commits; `finish`, which takes the bytes away from under that hold, takes it.
    """
    with store.holding(upload) as held:
        writer = Writer(upload, held, uuid.uuid4())
        if not held:
            writer.lease()
        try:
            try:
                upload.refresh_from_db(fields=CHANGING)
            except Upload.DoesNotExist:  # deleted with its meeting, as a lost lease
                raise Busy from None
            yield writer
        finally:
            writer.release()


def append(
    *, actor: Actor, upload_id: uuid.UUID, offset: int, read: Any, promised: Checksum | None = None
) -> Upload:
    """Store one chunk behind `offset`, and finish when it was the last.

    `read(n)` gives at most n bytes of the request, b"" at its end. Raises `OffsetMismatch`,
    `ChunkTooLong`, `ChecksumMismatch`, `Busy`, `Gone`, `StorageFull`; the offset has not moved then.
    """
    upload = find_upload(actor, upload_id)
    store = part_store()
    if offset != upload.offset:
        raise OffsetMismatch(offset=upload.offset)
    if upload.state == Upload.State.COMPLETE:  # the last answer was lost; more bytes there are none
        if read(1):
            raise ChunkTooLong(limit=0)
        return upload
    if upload.meeting.is_closed:
        raise MeetingClosed
    with writing(upload, store) as writer:
        if upload.state != Upload.State.RECEIVING or offset != upload.offset:
            raise OffsetMismatch(offset=upload.offset)
        left = upload.length - upload.offset
        chunk = Chunk(read, min(left, settings.UPLOAD_CHUNK_BYTES), promised)
        if left:
            _append(upload, store, chunk, writer)
        elif read(1):
            raise ChunkTooLong(limit=0)
        if upload.is_whole:
            finish(upload, store, writer)
    return upload


def _append(upload: Upload, store: PartStore, chunk: Chunk, writer: Writer) -> None:
    before, offset = upload.parts, upload.offset
    parts = store.append(upload, chunk, writer.renew)
    expires_at = new_expiry()
    mine = Upload.objects.filter(pk=upload.pk, writer=upload.writer, offset=offset)
    if not mine.update(
        offset=F("offset") + chunk.size,
        parts=parts,
        expires_at=expires_at,
    ):
        raise Busy
    upload.offset, upload.parts, upload.expires_at = offset + chunk.size, parts, expires_at
    store.saved(before, parts)


def finish(upload: Upload, store: PartStore, writer: Writer) -> Version | None:
    """Make the material of a whole upload; safe to repeat after a crash anywhere in it.

    The file goes to its final key (noted in the row from the start), is read back and hashed; then
    version, event and the upload's own end are one transaction. Refused now (the meeting was
    closed, the person left): the file is removed and the upload ends.
    """
    writer.lease()
    try:
        stored = store.finish(upload, writer.renew)
    except Gone:
        _end(upload, store, "upload_gone")
        raise
    actor = _uploader(upload)
    try:
        require(actor, Action.SEE_MEETING, upload.meeting)
        with transaction.atomic():
            slot = Slot(upload.meeting, upload.township, upload.kind, None)
            version = add_version(actor=actor, slot=slot, name=upload.filename, stored=stored)
            mine = Upload.objects.filter(
                pk=upload.pk, writer=upload.writer, state=Upload.State.RECEIVING
            )
            if not mine.update(state=Upload.State.COMPLETE, version_id=version.pk):
                raise Busy
    except Busy:
        raise
    except Problem as problem:
        files.delete([stored.key])
        _end(upload, store, problem.code)
        raise
    upload.state, upload.version_id = Upload.State.COMPLETE, version.pk
    store.forget(upload)
    return version


def _uploader(upload: Upload) -> Actor:
    membership = memberships().filter(pk=upload.uploaded_by_id).first()
    return actor_of_membership(membership) if membership else NOBODY


def _end(upload: Upload, store: PartStore, reason: str) -> None:
    """The upload is over without a material: the row says so first, then its bytes go."""
    Upload.objects.filter(pk=upload.pk).exclude(state=Upload.State.COMPLETE).update(
        state=Upload.State.REMOVED, reason_code=reason
    )
    upload.state = Upload.State.REMOVED
    store.forget(upload)


def cancel(*, actor: Actor, upload_id: uuid.UUID) -> None:
    """Throw an unfinished upload away. Raises `Busy` while it is written, `Gone`, `NotFound`."""
    upload = find_upload(actor, upload_id)
    store = part_store()
    if upload.state == Upload.State.COMPLETE:
        Upload.objects.filter(pk=upload.pk).update(state=Upload.State.REMOVED)
        return
    try:
        with writing(upload, store):
            _cancel(actor, upload, store)
    except Gone:  # its bytes are not there any more: all the easier
        _cancel(actor, upload, store)


def _cancel(actor: Actor, upload: Upload, store: PartStore) -> None:
    """Nothing, not even an audit row, where it was finished, cancelled or deleted in the meantime."""
    with transaction.atomic():
        unfinished = Upload.objects.filter(pk=upload.pk, state=Upload.State.RECEIVING)
        if not unfinished.update(state=Upload.State.REMOVED, reason_code="cancelled"):
            return
        audit.write(actor=actor, action="upload.cancelled", obj=upload, county_id=upload.county_id)
    upload.state = Upload.State.REMOVED
    store.forget(upload)


def forget_unanswered(upload: Upload) -> None:
    """An upload whose creation is answered with an error: nobody will learn of its address."""
    _end(upload, part_store(), "unanswered")
