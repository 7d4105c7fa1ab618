"""LibreOffice started before there is anything to convert: half of a small deck's time is its start.

A spare waits in a cage of its own, with a fresh profile and nothing else, converts one file, and is gone:
nothing of one file is ever near another. It is handed its work by LibreOffice's own way: a second call with
the same profile passes its arguments to the first, inside the cage.
"""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

from uploads.processing import cage
from uploads.processing.cage import CageOptions, Finished
from uploads.processing.errors import ConversionFailed

_logger = logging.getLogger(__name__)
_DAY = 24 * 3600

#: Starts LibreOffice, waits for its pipe (so that a second call finds it), says so, waits for the work.
_SCRIPT = """
{office} &
n=0
while [ $n -lt 600 ]; do
  for pipe in /tmp/OSL_PIPE_*; do [ -e "$pipe" ] && n=600; done
  [ $n -lt 600 ] && sleep 0.1
  n=$((n+1))
done
: > ready
read -r word < go
[ "$word" = go ] && sh ./work
"""


class Spare:
    """One waiting LibreOffice in ``folder``, the only folder it can write."""

    def __init__(
        self, folder: Path, command: Sequence[str], options: CageOptions, kept: ExitStack
    ) -> None:
        self.folder, self._kept, self._options = folder, kept, options
        os.mkfifo(folder / "go", 0o600)
        (folder / "script").write_text(_SCRIPT.format(office=shlex.join(command)))
        self._process = cage.start(
            ["sh", "./script"], folder, replace(options, seconds=_DAY), output=subprocess.DEVNULL
        )

    @property
    def is_ready(self) -> bool:
        """It is alive and would take work."""
        return self.is_alive and (self.folder / "ready").exists()

    @property
    def is_alive(self) -> bool:
        return cage.is_running(self._process)

    def run(self, command: Sequence[str], stop: threading.Event | None) -> Finished:
        """Has it do its one piece of work; it is gone afterwards, ``close`` removes the folder."""
        (self.folder / "work").write_text(f"exec {shlex.join(command)}\n")
        watch = cage.Watch(self._process, self._options.seconds + 15, stop)
        try:
            descriptor = os.open(self.folder / "go", os.O_WRONLY | os.O_NONBLOCK)
            with os.fdopen(descriptor, "w") as line:
                line.write("go\n")
            status = self._process.wait()
        except OSError:  # it died while it waited
            status = 1
        finally:
            watch.end()
            cage.kill_group(self._process)
        return Finished(status, "", status in (124, 137) or watch.expired)

    def close(self) -> None:
        """Ends it, whatever it does, and removes its folder."""
        cage.kill_group(self._process)
        self._kept.close()


class Spares:
    """Keeps one spare ready. ``refill`` belongs to the thread that lives as long as the spares are wanted:
    the kernel ends a spare together with the thread that started it."""

    def __init__(
        self,
        new_folder: Callable[[], AbstractContextManager[Path]],
        prepare: Callable[[Path], tuple[Sequence[str], CageOptions]],
    ) -> None:
        self._new_folder, self._prepare = new_folder, prepare
        self._lock = threading.Lock()
        self._waiting: Spare | None = None
        self._why_none = ""

    def refill(self) -> None:
        """Starts a spare unless one is there; that it cannot be started is not an error."""
        with self._lock:
            if self._waiting is not None and self._waiting.is_alive:
                return
            if self._waiting is not None:
                self._waiting.close()
            self._waiting = None
            try:
                self._waiting = self._start()
            except ConversionFailed as missing:
                if str(missing) != self._why_none:  # said once, not for every file
                    _logger.warning("no spare LibreOffice: %s", missing)
                self._why_none = str(missing)
            except Exception:
                _logger.warning("no spare LibreOffice", exc_info=True)

    def _start(self) -> Spare:
        with ExitStack() as kept:
            folder = kept.enter_context(self._new_folder())
            command, options = self._prepare(folder)
            return Spare(folder, command, options, kept.pop_all())

    def take(self, seconds: float = 5.0) -> Spare | None:
        """The spare; one that is still starting is waited for, which is quicker than starting another.

        It is the caller's now, who closes it. None where there is none.
        """
        with self._lock:
            spare, self._waiting = self._waiting, None
        if spare is None:
            return None
        until = time.monotonic() + seconds
        while spare.is_alive and not spare.is_ready and time.monotonic() < until:
            time.sleep(0.02)
        if spare.is_ready:
            return spare
        spare.close()
        return None

    def close(self) -> None:
        """Ends what waits."""
        with self._lock:
            if self._waiting is not None:
                self._waiting.close()
            self._waiting = None
