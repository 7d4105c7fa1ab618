"""The worker's task: one version from the file as it came to pages, or to a clear reason.

received -> inspecting -> converting -> ready | refused | failed. Every change is an event. Pages
appear while they are made; the material's `current` changes in one transaction at the end.
"""

import logging
import threading
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from meetings.models import AgendaItem

from . import claims, files
from .claims import Claim, ClaimLost
from .endings import again_or_fail, drop, end, end_ready, end_without_pictures
from .jobs import Job, Linked
from .models import Version
from .processing import pipeline
from .processing.cage import CageOptions
from .processing.convert import ConvertOptions, make_profile_template
from .processing.errors import ConversionFailed, Refused
from .processing.inspection import inspect
from .processing.limits import Limits
from .processing.pipeline import ProcessOptions
from .processing.preflight import PreflightOptions
from .processing.render import RenderOptions
from .processing.scanner import ScannerDown, scan
from .processing.spares import Spares
from .progress import change_state, keep_page, tell_words

log = logging.getLogger("lihui.worker")

SCANNER_SECONDS = 30
OUTLINE_ONLY = {"converter_missing", "cage_missing"}


def process(claim: Claim, stop: threading.Event, spares: Spares | None = None) -> str:
    """Process a claimed version to its end; the state it ended in, or "released", "held" or "lost".

    `stop` from another thread kills the conversion and gives the claim back. Never raises for what
    is wrong with a file or the machine: that ends up on the version, or in another attempt.
    """
    job_stop = threading.Event()
    with (
        claims.Heartbeat(claim, job_stop) as heartbeat,
        Linked(stop, job_stop),
        claims.job_folder(claim) as folder,
    ):
        job = Job(claim, job_stop, folder, spares=spares)
        try:
            return _run(job)
        except ClaimLost:
            return drop(job, "lost")
        except ScannerDown as problem:
            log.warning("the virus scanner does not answer, files wait: %s", problem)
            claim.release(used=False, wait_seconds=SCANNER_SECONDS)
            return drop(job, "held")
        except Refused as refusal:
            return end(job, Version.State.REFUSED, refusal.code, refusal.params)
        except ConversionFailed as failure:
            if heartbeat.lost:
                return drop(job, "lost")
            if failure.code == "stopped" or stop.is_set():
                claim.release(used=False)
                return drop(job, "released")
            return end(job, Version.State.FAILED, failure.code, failure.params)
        except Exception as error:
            return again_or_fail(job, error)


def _run(job: Job) -> str:
    version = change_state(job, Version.State.INSPECTING)
    source = job.folder / "original"
    files.fetch(version.original, source)
    if settings.SCANNER:
        scan(source, settings.SCANNER)
    cage = CageOptions(require_cage=settings.CAGE, stop=job.stop)
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
    options = _options(version, cage, job.spares)
    words = pipeline.read_words(inspected, options)
    tell_words(job, inspected, words)
    try:
        processed = pipeline.process(
            inspected, job.folder, options, lambda page: keep_page(job, page), job.stop, words
        )
    except ConversionFailed as failure:
        if failure.code not in OUTLINE_ONLY:
            raise
        return end_without_pictures(job, inspected, words, failure)
    return end_ready(job, inspected, processed)


def _options(version: Version, cage: CageOptions, spares: Spares | None) -> ProcessOptions:
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
        convert=ConvertOptions(cage=cage, profile_template=profile, spares=spares),
        # Pictures of what is converted come before the slides behind them.
        render=RenderOptions(cage=replace(cage, niceness=cage.niceness // 2)),
        preflight=PreflightOptions(minutes=item.minutes if item else None),
    )
