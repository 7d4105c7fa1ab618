"""What the worker does about uploads by itself: finish what a crash left, clear what expired."""

import datetime as dt
import logging
import time
from pathlib import Path

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now

from townships.problems import Problem

from .. import files
from ..models import Upload
from . import incoming
from .parts import part_store
from .problems import Busy

log = logging.getLogger("lihui.uploads")

LEFTOVER_SECONDS = 24 * 3600


def finish_whole() -> int:
    """Make the materials of uploads whose last answer never came to be; how many."""
    whole = (
        Upload.objects.filter(state=Upload.State.RECEIVING, offset=F("length"))
        .filter(Q(writer__isnull=True) | Q(writer_until__lt=Now()))
        .select_related("meeting", "township")
    )
    store = part_store()
    finished = 0
    for upload in whole[:20]:
        try:
            with incoming.writing(upload, store) as writer:
                if upload.state == Upload.State.RECEIVING:
                    incoming.finish(upload, store, writer)
                    finished += 1
        except Busy:
            continue
        except Problem as problem:
            log.warning("upload %s could not be finished: %s", upload.pk, problem.code)
    return finished


def clear_expired() -> int:
    """Remove uploads nobody went on with, then the rows and bytes of those that are over."""
    expired = Upload.objects.filter(expires_at__lt=Now())
    over = expired.filter(state=Upload.State.RECEIVING, offset__lt=F("length"))
    over.update(state=Upload.State.REMOVED, reason_code="expired")
    store = part_store()
    cleared = 0
    for upload in expired.exclude(state=Upload.State.RECEIVING)[:200]:
        store.forget(upload)
        upload.delete()
        cleared += 1
    return cleared + clear_unknown()


def clear_unknown() -> int:
    """Bytes of which no row knows (a crash between two steps), once they are a day old."""
    if not files.on_disk():
        return _abort_unknown_multiparts()
    folder = Path(settings.WORK_DIR) / "uploads"
    known = {pk.hex for pk in Upload.objects.values_list("pk", flat=True)}
    cleared = 0
    for path in folder.glob("*") if folder.is_dir() else ():
        if path.name not in known and time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
            path.unlink(missing_ok=True)
            cleared += 1
    return cleared


def _abort_unknown_multiparts() -> int:
    client, bucket = files.bucket_client()
    before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=LEFTOVER_SECONDS)
    known = {
        parts.get("multipart")
        for parts in Upload.objects.filter(state=Upload.State.RECEIVING).values_list(
            "parts", flat=True
        )
    }
    listed = client.list_multipart_uploads(Bucket=bucket, Prefix="originals/")
    cleared = 0
    for item in listed.get("Uploads", []):
        if item["UploadId"] not in known and item["Initiated"] < before:
            client.abort_multipart_upload(Bucket=bucket, Key=item["Key"], UploadId=item["UploadId"])
            cleared += 1
    return cleared
