"""The worker process: converts versions one after another and runs the hub's periodic steps.

`register(step, every_seconds)` adds a step (in an `AppConfig.ready()`); steps run in the main
thread, one after another, and must be safe to run in several workers at once. Conversions run in a
thread beside them, so that a long one delays no step.
"""

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections, connection

from . import archival, claims, tasks
from .processing.cage import CageOptions
from .processing.convert import ConvertOptions, make_profile_template, make_spares
from .processing.spares import Spares

log = logging.getLogger("lihui.worker")

TICK_SECONDS = 1.0
LOOK_SECONDS = 0.25  # an idle converter looks for a waiting version: one query of a small index
NICENESS = 10


@dataclass
class Step:
    """A function to call again and again; `due` is on the monotonic clock."""

    run: Callable[[], object]
    every: float
    due: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.run.__module__}.{getattr(self.run, '__name__', 'step')}"


STEPS: list[Step] = []


def register(step: Callable[[], object], every_seconds: float) -> None:
    """Have the worker call `step()` every so many seconds (at least one). Errors are logged."""
    if all(known.run != step for known in STEPS):
        STEPS.append(Step(step, every_seconds))


class Worker:
    """One worker process. `stop` (set by a signal) ends it cleanly within a few seconds."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.converter = threading.Thread(target=self._convert, name="converter")

    def run(self) -> None:
        """Work until `stop` is set; a conversion on its way is killed and its claim given back."""
        os.nice(NICENESS)
        log.info("the worker is ready")
        self.converter.start()
        try:
            while not self.stop.is_set():
                run_due_steps()
                self.stop.wait(TICK_SECONDS)
        finally:
            self.stop.set()
            self.converter.join()
            connection.close()
        log.info("the worker has stopped")

    def _convert(self) -> None:
        spares = new_spares()
        try:
            while not self.stop.is_set():
                close_old_connections()
                try:
                    spares.refill()
                    if convert_one(self.stop, spares) or archival.make_one(self.stop):
                        continue
                except Exception:
                    log.exception("the converter stumbled; it goes on")
                    connection.close()
                self.stop.wait(LOOK_SECONDS)
        finally:
            spares.close()
            connection.close()


def new_spares() -> Spares:
    """LibreOffice waiting for this worker's next deck, in job folders like every other."""
    options = ConvertOptions(
        cage=CageOptions(require_cage=settings.CAGE),
        profile_template=make_profile_template(Path(settings.WORK_DIR) / "libreoffice-profile"),
    )
    return make_spares(lambda: claims.locked_folder(uuid.uuid4().hex), options)


def run_due_steps() -> None:
    """Call every registered step whose time has come; one that fails does not stop the others."""
    for step in STEPS:
        now = time.monotonic()
        if now < step.due:
            continue
        step.due = now + step.every
        close_old_connections()
        try:
            step.run()
        except Exception:
            log.exception("the step %s failed", step.name)
            connection.close()


def convert_one(stop: threading.Event, spares: Spares | None = None) -> bool:
    """Claim and process one version; False when there was none."""
    claim = claims.claim_next()
    if claim is None:
        return False
    started = time.monotonic()
    outcome = tasks.process(claim, stop, spares)
    log.info(
        "version %s: %s in %.1f s (attempt %s)",
        claim.version_id, outcome, time.monotonic() - started, claim.attempt,
    )  # fmt: skip
    return True
