"""What a job tells on its way: states, words, pages as they are made. Every change is an event."""

import time
import uuid
from typing import Any

from django.db import transaction

from meetings import events
from meetings.models import Meeting
from townships.actors import system_actor

from . import files
from .claims import ClaimLost
from .jobs import Job
from .models import Page, Version
from .processing.inspection import Inspected
from .processing.pipeline import Progress, Words
from .signatures import signature_of
from .words import save_words

EVENT_SECONDS = 0.5
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


def change_state(job: Job, state: str, **fields: Any) -> Version:
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


def tell_words(job: Job, inspected: Inspected, words: Words) -> None:
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


def keep_page(job: Job, progress: Progress) -> None:
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
        "signature": signature_of(picture.thumb),
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
