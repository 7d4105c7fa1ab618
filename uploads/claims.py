"""Who converts which version: claims in the database, with leases that a heartbeat renews.

A claim is one conditional UPDATE, so it works alike on SQLite and PostgreSQL, and two workers can
never both win. A worker that dies stops renewing: its lease runs out (by the database's clock) and
the next worker takes over, at most `ATTEMPTS` times. A worker that was only asleep finds its claim
lost at its next write, because every write of a job names the claim's token.
"""

import contextlib
import datetime as dt
import fcntl
import logging
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from meetings import events
from meetings.models import Meeting

from .models import Version

log = logging.getLogger("lihui.worker")

LEASE = dt.timedelta(seconds=30)
HEARTBEAT_SECONDS = 8.0
ATTEMPTS = 3
REMOVE_SECONDS = 5.0
UNFINISHED = [Version.State.RECEIVED, Version.State.INSPECTING, Version.State.CONVERTING]


class ClaimLost(Exception):
    """Somebody else has taken the version over; nothing may be written any more."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to process one version. `attempt` counts from 1."""

    version_id: uuid.UUID
    meeting_id: uuid.UUID
    token: str
    attempt: int

    @property
    def mine(self) -> QuerySet[Version]:
        """The version's row as long as the claim holds."""
        return Version.objects.filter(pk=self.version_id, claimed_by=self.token)

    def renew(self) -> bool:
        """Move the lease on; False when the claim was lost."""
        return bool(self.mine.update(claimed_until=Now() + LEASE))

    def release(self, *, used: bool, wait_seconds: float = 0) -> None:
        """Give the version back, for the next one to take after `wait_seconds`.

        `used`: whether the attempt counts (it does not when the worker was asked to stop).
        """
        self.mine.update(
            state=Version.State.RECEIVED,
            claimed_by="",
            claimed_until=None,
            attempts=F("attempts") if used else F("attempts") - 1,
            not_before=Now() + dt.timedelta(seconds=wait_seconds) if wait_seconds else None,
        )

    @contextlib.contextmanager
    def writing(self) -> Iterator[tuple[Meeting, Version]]:
        """A transaction with the meeting's row locked, and the version while it is still ours.

        Raises `ClaimLost`.
        """
        with transaction.atomic():
            meeting = events.lock(self.meeting_id)
            version = self.mine.select_for_update(of=("self",)).select_related("material").first()
            if version is None:
                raise ClaimLost
            version.material.meeting = meeting
            yield meeting, version


def waiting() -> QuerySet[Version]:
    """Versions that may be claimed now, in the order in which they should be."""
    return (
        Version.objects.filter(state__in=UNFINISHED, attempts__lt=ATTEMPTS)
        .filter(Q(not_before__isnull=True) | Q(not_before__lte=Now()))
        .filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=Now()))
        .order_by("priority", "uploaded_at")
    )


def claim_next() -> Claim | None:
    """Claim the next waiting version, or None when there is nothing to do."""
    for version_id in waiting().values_list("pk", flat=True)[:5]:
        token = uuid.uuid4().hex
        if (
            waiting()
            .order_by()
            .filter(pk=version_id)
            .update(claimed_by=token, claimed_until=Now() + LEASE, attempts=F("attempts") + 1)
        ):
            version = Version.objects.select_related("material").get(pk=version_id)
            return Claim(version_id, version.material.meeting_id, token, version.attempts)
    return None


def exhausted() -> list[Claim]:
    """Versions whose workers died in every attempt, taken over to be declared failed."""
    lost = Version.objects.filter(
        state__in=UNFINISHED, attempts__gte=ATTEMPTS, claimed_until__lt=Now()
    )
    taken = []
    for version_id, meeting_id in lost.values_list("pk", "material__meeting_id")[:20]:
        token = uuid.uuid4().hex
        if lost.filter(pk=version_id).update(claimed_by=token, claimed_until=Now() + LEASE):
            taken.append(Claim(version_id, meeting_id, token, ATTEMPTS))
    return taken


class Heartbeat:
    """Renews a claim from a thread of its own while the work goes on.

    Sets `stop` when the claim was lost, so that the conversion is killed; `lost` says why.
    """

    def __init__(self, claim: Claim, stop: threading.Event) -> None:
        self.claim, self.stop, self.lost = claim, stop, False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.wait(HEARTBEAT_SECONDS):
                try:
                    held = self.claim.renew()
                except Exception:
                    log.warning("the lease could not be renewed", exc_info=True)
                    connection.close()
                    continue
                if not held:
                    self.lost = True
                    self.stop.set()
                    return
        finally:
            connection.close()


# --- Job folders: the kernel tells whether their worker is alive ------------------------------------


def jobs_folder() -> Path:
    return Path(settings.WORK_DIR) / "jobs"


def job_folder(claim: Claim) -> contextlib.AbstractContextManager[Path]:
    """A private folder for one job, removed whatever happens."""
    return locked_folder(claim.token)


@contextlib.contextmanager
def locked_folder(token: str) -> Iterator[Path]:
    """A private folder of this process, removed whatever happens.

    A lock file beside it is held: the kernel lets go of it when the worker dies, so others on this
    machine see at once what is left over and need not wait for the lease. The lock is there before
    the folder and goes after it, so no folder is ever without one.
    """
    jobs_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = jobs_folder() / token
    with _lock_file(jobs_folder() / f"{token}.lock") as held:
        try:
            folder.mkdir(mode=0o700)
            (folder / "files").mkdir()
            yield folder / "files"
        finally:
            if _remove(folder):
                Path(held.name).unlink(missing_ok=True)


def _lock_file(path: Path) -> IO[bytes]:
    """A new lock file, held. Another worker may take it for a leftover before it is held: then anew."""
    while True:
        held = path.open("wb")
        fcntl.flock(held, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(held.fileno()), path.stat()):
                return held
        held.close()


def _remove(folder: Path) -> bool:
    """Remove a folder in which killed processes may still be writing for a moment; False when it stays.

    The kernel ends the processes of a cage soon after the cage, not together with it.
    """
    until = time.monotonic() + REMOVE_SECONDS
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists():
        if time.monotonic() > until:
            log.warning("the job folder %s cannot be removed yet", folder.name)
            return False
        time.sleep(0.02)
        shutil.rmtree(folder, ignore_errors=True)
    return True


def clear_leftovers() -> int:
    """Remove the folders of dead workers on this machine and free their claims; how many."""
    cleared = 0
    for lock in jobs_folder().glob("*.lock"):
        with contextlib.suppress(FileNotFoundError), lock.open("rb") as held:
            if not _is_free(held):
                continue
            Version.objects.filter(claimed_by=lock.stem, state__in=UNFINISHED).update(
                claimed_until=Now() - dt.timedelta(seconds=1)
            )
            if _remove(jobs_folder() / lock.stem):
                lock.unlink(missing_ok=True)
                cleared += 1
    return cleared


def _is_free(held: IO[bytes]) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
