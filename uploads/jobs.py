"""One attempt at one version: its claim, its folder, and the files it stores."""

import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from .claims import Claim
from .processing.spares import Spares


@dataclass
class Job:
    """One attempt at one version. `prefix` holds every file that this attempt stores."""

    claim: Claim
    stop: threading.Event
    folder: Path
    attempt_key: str = field(default_factory=lambda: uuid.uuid4().hex)
    told_at: float = 0.0
    spares: Spares | None = None

    @property
    def prefix(self) -> str:
        return f"pages/{self.claim.version_id}/{self.attempt_key}/"


class Linked:
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
