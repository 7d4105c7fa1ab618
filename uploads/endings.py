"""How a job ends: ready and on show, refused or failed with the reason, or dropped without a trace."""

import errno
import logging
import threading
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from meetings import events
from meetings.models import Meeting
from townships.actors import system_actor
from townships.problems import Problem

from . import claims, files
from .claims import ClaimLost
from .cleaning import named_keys
from .jobs import Job
from .media import keep_media, store_media
from .models import Page, Version
from .processing.errors import ConversionFailed
from .processing.inspection import Inspected
from .processing.pipeline import Processed, Words
from .processing.text import PageText
from .words import save_words

log = logging.getLogger("lihui.worker")

BACKOFF_SECONDS = (5, 20, 60)


def end_ready(job: Job, inspected: Inspected, processed: Processed) -> str:
    original = job.claim.mine.values_list("original", flat=True).first()
    if original is None:
        raise ClaimLost
    pdf = original
    if inspected.format != "pdf":
        pdf = f"{job.prefix}document.pdf"
        with processed.pdf.open("rb") as opened:
            files.store(opened, pdf, "application/pdf")
    media = store_media(inspected, job.prefix, job.folder)
    _remove_dead_attempts(job)
    with job.claim.writing() as (meeting, version):
        before = named_keys(version)
        save_words(version, processed.pages)
        keep_media(version, media)
        version.pages.filter(number__gt=len(processed.pages)).delete()
        version.pdf = pdf
        version.findings = [finding.as_dict() for finding in processed.findings]
        version.notice_code, version.reason_code, version.reason_params = "", "", {}
        _swap(meeting, version, processed.outline.title, len(processed.pages))
    files.delete([key for key in before if _of_another_attempt(key, job)])
    return Version.State.READY


def _of_another_attempt(key: str, job: Job) -> bool:
    return key.startswith(f"pages/{job.claim.version_id}/") and not key.startswith(job.prefix)


def end_without_pictures(
    job: Job, inspected: Inspected, words: Words, failure: ConversionFailed
) -> str:
    """No converter on this machine: the words are shown, and the notice says what to install."""
    pages = words.pages
    if not pages:
        lines = "\n".join(text for _level, text in words.outline.headings)
        pages = [PageText(1, words.outline.title, lines)]
    media = store_media(inspected, job.prefix, job.folder)
    with job.claim.writing() as (meeting, version):
        save_words(version, pages)
        keep_media(version, media)
        version.notice_code, version.reason_params = failure.code, failure.params
        _swap(meeting, version, words.outline.title, len(pages))
    return Version.State.READY


def _swap(meeting: Meeting, version: Version, title: str, pages: int) -> None:
    """The one change that everybody sees: this version is what the material shows from now on.

    An older version that becomes ready late does not take a newer one's place.
    """
    version.state = Version.State.READY
    version.pages_total = version.progress_done = version.progress_total = pages
    _release_fields(version)
    version.save()
    material = version.material
    shown = material.current
    if shown is None or shown.pk == version.pk or shown.number < version.number:
        material.current = version
        material.title = (title.strip() or Path(version.filename).stem)[:300]
        material.save(update_fields=["current", "title"])
    _tell(meeting, events.MATERIAL_READY, version, {"pages": pages})


def _release_fields(version: Version) -> None:
    version.claimed_by, version.claimed_until = "", None
    version.finished_at = timezone.now()


def _tell(meeting: Meeting, kind: events.Kind, version: Version, data: dict[str, Any]) -> None:
    events.record(
        meeting,
        kind,
        version.material,
        system_actor(meeting.county_id),
        township_id=version.material.township_id,
        data={"version": str(version.pk), "state": version.state, **data},
        version=str(version.pk),
        code=version.reason_code,
    )


def end(job: Job, state: str, code: str, params: dict[str, Any]) -> str:
    """Refused or failed, with the reason; pictures of this attempt go, words stay.

    A version on show that was tried again for its pictures and failed stays ready without them;
    a refused one gives its place to the newest that is ready.
    """
    try:
        with job.claim.writing() as (meeting, version):
            if version.material.current_id == version.pk:
                if state == Version.State.FAILED:
                    state = Version.State.READY
                    _stay_ready(meeting, version, code, params)
                    return state
                _give_way(version)
            version.state = state
            version.reason_code, version.reason_params = code, params
            version.media_bytes = 0
            _release_fields(version)
            version.save()
            kind = events.MATERIAL_FAILED
            if state == Version.State.REFUSED:
                kind = events.MATERIAL_REFUSED
                version.pages.all().delete()
            version.pages.update(image="", thumb="", signature="", media=[])
            _tell(meeting, kind, version, {"code": code})
    except ClaimLost:
        return drop(job, "lost")
    files.delete(files.keys_below(f"pages/{job.claim.version_id}/"))
    return state


def _stay_ready(meeting: Meeting, version: Version, code: str, params: dict[str, Any]) -> None:
    version.state = Version.State.READY
    version.notice_code, version.reason_params = code, params
    version.media_bytes = 0
    version.progress_done = version.progress_total = version.pages_total
    _release_fields(version)
    version.save()
    version.pages.update(image="", thumb="", signature="", media=[])
    _tell(meeting, events.MATERIAL_READY, version, {"pages": version.pages_total})
    keys = files.keys_below(f"pages/{version.pk}/")
    transaction.on_commit(lambda: files.delete(keys))


def _give_way(version: Version) -> None:
    material = version.material
    others = material.versions.filter(state=Version.State.READY).exclude(pk=version.pk)
    material.current = others.order_by("-number").first()
    material.save(update_fields=["current"])


def again_or_fail(job: Job, error: Exception) -> str:
    """Something that is not the file's fault: try again later, fail after the last attempt."""
    log.exception("processing version %s, attempt %s", job.claim.version_id, job.claim.attempt)
    if job.claim.attempt < claims.ATTEMPTS:
        wait = BACKOFF_SECONDS[job.claim.attempt - 1]
        job.claim.release(used=True, wait_seconds=wait)
        return drop(job, "released")
    return end(job, Version.State.FAILED, _code_of(error), {})


def _code_of(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "disk_full"
    if isinstance(error, Problem) and error.code == "storage_full":
        return "disk_full"
    return "conversion_failed"


def fail_exhausted() -> None:
    """Versions whose worker died in every attempt are failed, so that somebody can act."""
    for claim in claims.exhausted():
        job = Job(claim, threading.Event(), Path())
        log.error("version %s: the worker died in every attempt", claim.version_id)
        end(job, Version.State.FAILED, "stopped", {})


def drop(job: Job, outcome: str) -> str:
    """Leave nothing of this attempt: stored pictures go, rows no longer name them."""
    Page.objects.filter(version_id=job.claim.version_id, image__startswith=job.prefix).update(
        image="", thumb=""
    )
    files.delete(files.keys_below(job.prefix))
    return outcome


def _remove_dead_attempts(job: Job) -> None:
    """What crashed attempts of this version have left in storage; nothing that a row names.

    While the claim holds nobody else stores files of this version. Raises `ClaimLost`.
    """
    if not job.claim.renew():
        raise ClaimLost
    kept = named_keys(Version.objects.get(pk=job.claim.version_id))
    stored = files.keys_below(f"pages/{job.claim.version_id}/")
    files.delete([key for key in stored if not key.startswith(job.prefix) and key not in kept])
