"""The worker's task: one version from the file as it came to pages, or to a clear reason.

received -> inspecting -> converting -> ready | refused | failed. Every change is an event. Pages
appear while they are made; the material's `current` changes in one transaction at the end.
"""

import errno
import logging
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from meetings import events
from meetings.models import AgendaItem, Meeting
from townships.actors import system_actor
from townships.problems import Problem

from . import claims, files
from .claims import Claim, ClaimLost
from .models import Page, Version
from .processing import pipeline
from .processing.cage import CageOptions
from .processing.convert import ConvertOptions, make_profile_template
from .processing.errors import ConversionFailed, Refused
from .processing.inspection import Inspected, inspect
from .processing.limits import Limits
from .processing.pipeline import Processed, ProcessOptions, Progress, Words
from .processing.preflight import PreflightOptions
from .processing.render import RenderOptions
from .processing.text import PageText
from .words import save_words

log = logging.getLogger("lihui.worker")

EVENT_SECONDS = 0.5
OUTLINE_ONLY = {"converter_missing", "cage_missing"}
BACKOFF_SECONDS = (5, 20, 60)
MEDIA_TYPES = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ppsx": "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "potx": "application/vnd.openxmlformats-officedocument.presentationml.template",
    "ppt": "application/vnd.ms-powerpoint",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "doc": "application/msword",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
}


@dataclass
class Job:
    """One attempt at one version. `prefix` holds every file that this attempt stores."""

    claim: Claim
    stop: threading.Event
    folder: Path
    attempt_key: str = field(default_factory=lambda: uuid.uuid4().hex)
    told_at: float = 0.0

    @property
    def prefix(self) -> str:
        return f"pages/{self.claim.version_id}/{self.attempt_key}/"


def process(claim: Claim, stop: threading.Event) -> str:
    """Process a claimed version to its end; the state it ended in, or "released" or "lost".

    `stop` from another thread kills the conversion and gives the claim back. Never raises for what
    is wrong with a file or the machine: that ends up on the version, or in another attempt.
    """
    job_stop = threading.Event()
    with (
        claims.Heartbeat(claim, job_stop) as heartbeat,
        _Linked(stop, job_stop),
        claims.job_folder(claim) as folder,
    ):
        job = Job(claim, job_stop, folder)
        try:
            return _run(job)
        except ClaimLost:
            return _drop(job, "lost")
        except Refused as refusal:
            return _end(job, Version.State.REFUSED, refusal.code, refusal.params)
        except ConversionFailed as failure:
            if heartbeat.lost:
                return _drop(job, "lost")
            if failure.code == "stopped" or stop.is_set():
                claim.release(used=False)
                return _drop(job, "released")
            return _end(job, Version.State.FAILED, failure.code, failure.params)
        except Exception as error:
            return _again_or_fail(job, error)


class _Linked:
    """While it is open, `first` being set also sets `second`."""

    def __init__(self, first: threading.Event, second: threading.Event) -> None:
        self.first, self.second = first, second
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stop", daemon=True)

    def _run(self) -> None:
        while not self._ended.is_set():
            if self.first.wait(0.2):
                self.second.set()
                return

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()


def _run(job: Job) -> str:
    version = _change_state(job, Version.State.INSPECTING)
    source = job.folder / "original"
    files.fetch(version.original, source)
    cage = CageOptions(require_cage=settings.CAGE)
    inspected = inspect(
        source,
        version.filename,
        version.material.kind,
        job.folder,
        Limits(file_size=settings.UPLOAD_MAX_BYTES),
        cage,
    )
    if job.stop.is_set():
        raise ConversionFailed("stopped")
    options = _options(version, cage)
    words = pipeline.read_words(inspected, options)
    _tell_words(job, inspected, words)
    try:
        processed = pipeline.process(
            inspected, job.folder, options, lambda page: _keep_page(job, page), job.stop
        )
    except ConversionFailed as failure:
        if failure.code not in OUTLINE_ONLY:
            raise
        return _ready_without_pictures(job, inspected, words, failure)
    return _ready(job, inspected, processed)


def _options(version: Version, cage: CageOptions) -> ProcessOptions:
    """The limits of this conversion; the minutes come from the township's place on the agenda."""
    item = (
        AgendaItem.objects.filter(
            meeting_id=version.material.meeting_id, township_id=version.material.township_id
        )
        .order_by("-expects_deck", "position")
        .first()
    )
    profile = make_profile_template(Path(settings.WORK_DIR) / "libreoffice-profile")
    return ProcessOptions(
        convert=ConvertOptions(cage=cage, profile_template=profile),
        render=RenderOptions(cage=cage),
        preflight=PreflightOptions(minutes=item.minutes if item else None),
    )


# --- On the way ---------------------------------------------------------------------------------


def _change_state(job: Job, state: str, **fields: Any) -> Version:
    with job.claim.writing() as (meeting, version):
        version.state = state
        for name, value in fields.items():
            setattr(version, name, value)
        version.save(update_fields=["state", *fields])
        _tell_progress(job, meeting, version)
    return version


def _tell_progress(job: Job, meeting: Meeting, version: Version) -> None:
    """An event with the numbers; frozen meetings are not bothered with the way, only its end."""
    job.told_at = time.monotonic()
    if meeting.is_closed:
        return
    events.record(
        meeting,
        events.MATERIAL_PROGRESS,
        version.material,
        system_actor(meeting.county_id),
        township_id=version.material.township_id,
        data={
            "version": str(version.pk),
            "state": version.state,
            "done": version.progress_done,
            "total": version.progress_total,
        },
    )


def _tell_words(job: Job, inspected: Inspected, words: Words) -> None:
    """What is known before the first picture: the words of the slides, the findings, the total."""
    with job.claim.writing() as (meeting, version):
        save_words(version, words.pages)
        version.state = Version.State.CONVERTING
        version.media_type = MEDIA_TYPES.get(inspected.format, "")
        version.findings = [finding.as_dict() for finding in words.findings]
        version.progress_done = 0
        version.progress_total = inspected.pages or 0
        version.save(
            update_fields=[
                "state", "media_type", "findings", "progress_done", "progress_total",
            ]
        )  # fmt: skip
        _tell_progress(job, meeting, version)


def _keep_page(job: Job, progress: Progress) -> None:
    """Store the pictures of one page and show them at once; an event at most twice a second."""
    picture = progress.picture
    image, thumb = f"{job.prefix}{picture.number}.webp", f"{job.prefix}{picture.number}-thumb.webp"
    for path, key in ((picture.hall, image), (picture.thumb, thumb)):
        with path.open("rb") as opened:
            files.store(opened, key, "image/webp")
    due = time.monotonic() - job.told_at >= EVENT_SECONDS
    numbers = {"progress_done": progress.done, "progress_total": progress.total or 0}
    fields = {
        "image": image,
        "thumb": thumb,
        "width": picture.width,
        "height": picture.height,
    }
    if due:
        with job.claim.writing() as (meeting, version):
            _put_page(job, version.pk, picture.number, fields, numbers)
            version.progress_done = numbers["progress_done"]
            version.progress_total = numbers["progress_total"]
            _tell_progress(job, meeting, version)
        return
    with transaction.atomic():
        _put_page(job, job.claim.version_id, picture.number, fields, numbers)


def _put_page(
    job: Job, version_id: uuid.UUID, number: int, fields: dict[str, Any], numbers: dict[str, int]
) -> None:
    if not job.claim.mine.update(**numbers):
        raise ClaimLost
    Page.objects.update_or_create(version_id=version_id, number=number, defaults=fields)


# --- The end --------------------------------------------------------------------------------------


def _ready(job: Job, inspected: Inspected, processed: Processed) -> str:
    original = job.claim.mine.values_list("original", flat=True).first()
    if original is None:
        raise ClaimLost
    pdf = original
    if inspected.format != "pdf":
        pdf = f"{job.prefix}document.pdf"
        with processed.pdf.open("rb") as opened:
            files.store(opened, pdf, "application/pdf")
    with job.claim.writing() as (meeting, version):
        save_words(version, processed.pages)
        version.pages.filter(number__gt=len(processed.pages)).delete()
        version.pdf = pdf
        version.findings = [finding.as_dict() for finding in processed.findings]
        version.notice_code, version.reason_code, version.reason_params = "", "", {}
        _swap(meeting, version, processed.outline.title, len(processed.pages))
    _remove_other_attempts(job)
    return Version.State.READY


def _ready_without_pictures(
    job: Job, inspected: Inspected, words: Words, failure: ConversionFailed
) -> str:
    """No converter on this machine: the words are shown, and the notice says what to install."""
    pages = words.pages
    if not pages:
        lines = "\n".join(text for _level, text in words.outline.headings)
        pages = [PageText(1, words.outline.title, lines)]
    with job.claim.writing() as (meeting, version):
        save_words(version, pages)
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


def _end(job: Job, state: str, code: str, params: dict[str, Any]) -> str:
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
            _release_fields(version)
            version.save()
            kind = events.MATERIAL_FAILED
            if state == Version.State.REFUSED:
                kind = events.MATERIAL_REFUSED
                version.pages.all().delete()
            version.pages.update(image="", thumb="")
            _tell(meeting, kind, version, {"code": code})
    except ClaimLost:
        return _drop(job, "lost")
    files.delete(files.keys_below(f"pages/{job.claim.version_id}/"))
    return state


def _stay_ready(meeting: Meeting, version: Version, code: str, params: dict[str, Any]) -> None:
    version.state = Version.State.READY
    version.notice_code, version.reason_params = code, params
    version.progress_done = version.progress_total = version.pages_total
    _release_fields(version)
    version.save()
    version.pages.update(image="", thumb="")
    _tell(meeting, events.MATERIAL_READY, version, {"pages": version.pages_total})
    keys = files.keys_below(f"pages/{version.pk}/")
    transaction.on_commit(lambda: files.delete(keys))


def _give_way(version: Version) -> None:
    material = version.material
    others = material.versions.filter(state=Version.State.READY).exclude(pk=version.pk)
    material.current = others.order_by("-number").first()
    material.save(update_fields=["current"])


def _again_or_fail(job: Job, error: Exception) -> str:
    """Something that is not the file's fault: try again later, fail after the last attempt."""
    log.exception("processing version %s, attempt %s", job.claim.version_id, job.claim.attempt)
    if job.claim.attempt < claims.ATTEMPTS:
        wait = BACKOFF_SECONDS[job.claim.attempt - 1]
        job.claim.release(used=True, wait_seconds=wait)
        return _drop(job, "released")
    return _end(job, Version.State.FAILED, _code_of(error), {})


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
        _end(job, Version.State.FAILED, "stopped", {})


def _drop(job: Job, outcome: str) -> str:
    """Leave nothing of this attempt: stored pictures go, rows no longer name them."""
    Page.objects.filter(version_id=job.claim.version_id, image__startswith=job.prefix).update(
        image="", thumb=""
    )
    files.delete(files.keys_below(job.prefix))
    return outcome


def _remove_other_attempts(job: Job) -> None:
    """What crashed attempts of this version have left in storage."""
    kept = job.prefix
    stale = [
        key
        for key in files.keys_below(f"pages/{job.claim.version_id}/")
        if not key.startswith(kept)
    ]
    files.delete(stale)
