"""PDF/A-2b copies for the archive: made by the worker when it has nothing else to do.

A copy is made of what a material shows once it is ready. It never delays anything: as soon as a
version waits, the copy on its way is given up and begun again later; while a meeting is live none
is made. A PDF that came as a PDF is not made anew, because redrawing it would change its looks: one
that is PDF/A already is its own archive copy, any other is kept as it came.
"""

import datetime as dt
import logging
import threading
import uuid
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetings.models import Meeting
from townships import audit
from townships.actors import system_actor

from . import claims, files
from .claims import Claim
from .models import Version
from .processing import pdfa
from .processing.cage import CageOptions
from .processing.convert import ConvertOptions, make_profile_template
from .processing.errors import ConversionFailed, ProcessingError
from .processing.inspection import inspect
from .processing.limits import Limits

log = logging.getLogger("lihui.worker")

ATTEMPTS = 3
LEASE = dt.timedelta(minutes=15)  # longer than any conversion may take: no heartbeat
LIVE_HOURS = 12  # a meeting nobody closed does not hold the copies up for ever

NOTES = {
    "pdf_original": _("It came as a PDF and is kept as it came."),
    "not_conforming": _("The copy for the archive did not keep the rules of PDF/A."),
    "not_possible": _("The copy for the archive could not be made."),
}


def wanted() -> QuerySet[Version]:
    """Versions on show that have no archive copy yet and nothing speaks against one."""
    return Version.objects.filter(
        state=Version.State.READY,
        notice_code="",
        pdfa_name="",
        pdfa_note="",
        pdfa_attempts__lt=ATTEMPTS,
        material__current=F("pk"),
    ).exclude(pdf="")


def make_one(stop: threading.Event) -> bool:
    """Make the next archive copy; False when there is none to make now.

    Given up when `stop` is set or a version waits to be converted; what is wrong with a file is
    noted and not tried for ever.
    """
    if claims.waiting().exists() or _somebody_is_live():
        return False
    version = _claim_next()
    if version is None:
        return False
    give_way = threading.Event()
    claim = Claim(version.pk, version.material.meeting_id, uuid.uuid4().hex, version.pdfa_attempts)
    with _Watch(stop, give_way), claims.job_folder(claim) as folder:
        try:
            _make(version, folder, give_way)
        except ConversionFailed as failure:
            if give_way.is_set():
                _give_back(version)
            else:
                _note(version, "not_possible", failure.code)
        except ProcessingError as error:
            _note(version, "not_possible", error.code)
        except Exception:
            log.exception("archive copy of version %s, attempt %s", version.pk, claim.attempt)
    return True


def _somebody_is_live() -> bool:
    since = timezone.now() - dt.timedelta(hours=LIVE_HOURS)
    return Meeting.objects.filter(status=Meeting.Status.LIVE, opened_at__gt=since).exists()


def _claim_next() -> Version | None:
    """Take the lease of the next copy by one conditional update."""
    free = wanted().filter(Q(pdfa_until__isnull=True) | Q(pdfa_until__lt=Now()))
    for version_id in free.order_by("finished_at").values_list("pk", flat=True)[:5]:
        taken = free.filter(pk=version_id).update(
            pdfa_until=Now() + LEASE, pdfa_attempts=F("pdfa_attempts") + 1
        )
        if taken:
            return Version.objects.select_related("material__meeting").get(pk=version_id)
    return None


def _give_back(version: Version) -> None:
    Version.objects.filter(pk=version.pk).update(
        pdfa_until=None, pdfa_attempts=F("pdfa_attempts") - 1
    )


def _note(version: Version, note: str, code: str = "") -> None:
    log.info("no archive copy of version %s: %s %s", version.pk, note, code)
    Version.objects.filter(pk=version.pk, pdfa_name="").update(pdfa_note=note, pdfa_until=None)


def _make(version: Version, folder: Path, stop: threading.Event) -> None:
    cage = CageOptions(require_cage=settings.CAGE, stop=stop)
    source = folder / "original"
    files.fetch(version.original, source)
    limits = Limits(file_size=settings.UPLOAD_MAX_BYTES)
    inspected = inspect(source, version.filename, version.material.kind, folder, limits, cage)
    if inspected.format == "pdf":
        if pdfa.check(inspected.path, folder, cage).conforms:
            _save(version, version.original)
        else:
            _note(version, "pdf_original")
        return
    profile = make_profile_template(Path(settings.WORK_DIR) / "libreoffice-profile")
    made = pdfa.make(inspected, folder, ConvertOptions(cage=cage, profile_template=profile), stop)
    facts = pdfa.check(made, folder, cage)
    if not facts.conforms:
        _note(version, "not_conforming", " ".join(facts.problems))
        return
    key = f"pdfa/{uuid.uuid4()}/document.pdf"
    with made.open("rb") as opened:
        files.store(opened, key, "application/pdf")
    if not _save(version, key):
        files.delete([key])


def _save(version: Version, key: str) -> bool:
    """Note the copy; False when another worker has, or the version is gone."""
    with transaction.atomic():
        mine = Version.objects.filter(pk=version.pk, pdfa_name="", state=Version.State.READY)
        saved = mine.update(pdfa_name=key, pdfa_until=None)
        if saved:
            county_id = version.material.meeting.county_id
            audit.write(
                actor=system_actor(county_id), action="version.archived", obj=version,
                county_id=county_id,
            )  # fmt: skip
    return bool(saved)


class _Watch:
    """While it is open: sets `give_way` when `stop` is set or a version waits to be converted."""

    def __init__(self, stop: threading.Event, give_way: threading.Event) -> None:
        self.stop, self.give_way = stop, give_way
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="give way", daemon=True)

    def _run(self) -> None:
        try:
            while not self._ended.wait(0.2):
                if self.stop.is_set() or claims.waiting().exists():
                    self.give_way.set()
                    return
        except Exception:
            log.warning("cannot see whether a version waits", exc_info=True)
        finally:
            connection.close()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()
