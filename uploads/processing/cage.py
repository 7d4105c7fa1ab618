"""A command in a cage: no network, no files but its own folder, bounded memory, time and output.

bubblewrap makes the cage, prlimit and timeout bound what runs inside. The cage dies with its parent, and
its process namespace takes everything inside with it: nothing is left behind by a kill. Whoever dies while
the cage is still being made is covered as well: inside, a shell holds the other end of a pipe of ours, and
its end is the end of the cage.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from uploads.processing.errors import ConversionFailed

#: command -> Debian package
_TOOLS = {
    "bwrap": "bubblewrap",
    "prlimit": "util-linux",
    "timeout": "coreutils",
    "nice": "coreutils",
}
_OUTPUT_LIMIT = 1024 * 1024
_LINE_LIMIT = 1024 * 1024  # a page of 100,000 characters, each as \\uXXXX
#: Runs its arguments; when standard input ends, kills everything in its process namespace.
_WATCHED = """
exec 3<&0 </dev/null
(read -r _ <&3; kill -9 -1) >/dev/null 2>&1 &
exec "$@" 3<&-
"""


@dataclass(frozen=True)
class CageOptions:
    """Bounds of one caged command: seconds, bytes; ``niceness`` 0-19."""

    require_cage: bool = True
    seconds: int = 300
    cpu_seconds: int = 240
    memory: int = 3 * 1024**3
    output: int = 512 * 1024**2
    files: int = 256
    niceness: int = 10
    #: read-only folders or files visible inside at the same place, beside /usr
    readable: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    #: when set, whatever runs in a cage with these options is killed
    stop: threading.Event | None = None


@dataclass(frozen=True)
class Finished:
    """How a caged command ended: exit status, the end of its output, whether time ran out."""

    status: int
    output: str
    timed_out: bool


@functools.cache
def _namespaces_work() -> bool:
    command = [
        "bwrap",
        "--unshare-all",
        "--ro-bind",
        "/usr",
        "/usr",
        *_system_links(),
        "/usr/bin/true",
    ]
    try:
        return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def cage_works() -> bool:
    """True when bubblewrap is installed and this kernel lets it make a cage."""
    return shutil.which("bwrap") is not None and _namespaces_work()


def available() -> list[str]:
    """Debian packages to install before files can be converted; an empty list when nothing is missing."""
    missing = [package for tool, package in _TOOLS.items() if shutil.which(tool) is None]
    if shutil.which("soffice") is None:
        missing += ["libreoffice-impress", "libreoffice-writer"]
    if shutil.which("bwrap") is not None and not _namespaces_work():
        missing.append("bubblewrap")
    return sorted(set(missing))


def run(
    command: Sequence[str],
    job_dir: Path,
    options: CageOptions,
    *,
    on_line: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> Finished:
    """Runs a command to its end inside a cage; ``job_dir`` is the only folder it can write (at the same path).

    Args:
        on_line: called with each line of output as it comes.
        stop: instead of the options' own; when set, the command is killed and ``Finished`` comes back with a
            negative status.

    Raises:
        ConversionFailed: cage_missing when the cage is required and cannot be made.
    """
    process = start(command, job_dir, options)
    watch = Watch(process, options.seconds + 15, stop or options.stop)
    try:
        tail = _read(process, on_line)
        status = process.wait()
    finally:
        watch.end()
        kill_group(process)
    return Finished(status, tail, status in (124, 137) or watch.expired)


def start(
    command: Sequence[str], job_dir: Path, options: CageOptions, output: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """Starts a command in a cage; the caller ends it with ``kill_group``.

    Raises:
        ConversionFailed: cage_missing when the cage is required and cannot be made.
    """
    caged = cage_works()
    if options.require_cage and not caged:
        raise ConversionFailed("cage_missing", packages="bubblewrap")
    return subprocess.Popen(
        _wrap(command, job_dir, options) if caged else _bounded(command, options),
        stdin=subprocess.PIPE if caged else subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=job_dir,
        env=_environment(job_dir, options),
        start_new_session=True,
        close_fds=True,
    )


class Watch:
    """Kills the group of a process when its time is over or a stop was asked for.

    When the process ended by itself, what it left inside ends too: whoever reads its output would otherwise
    wait for as long as something holds the other end. bubblewrap killed in its first moments leaves a half
    that waits for a word from the killed one, for ever.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], seconds: float, stop: threading.Event | None
    ) -> None:
        self.expired = False
        self._process, self._seconds, self._stop = process, seconds, stop
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        waited = 0.0
        while not self._ended.wait(0.2):
            waited += 0.2
            if waited > self._seconds:
                self.expired = True
            stopped = self._stop is not None and self._stop.is_set()
            if self.expired or stopped or not is_running(self._process):
                _end(self._process)
                return

    def end(self) -> None:
        self._ended.set()
        self._thread.join()


def is_running(process: subprocess.Popen[bytes]) -> bool:
    """True until the process ends. One that ended is not reaped: its group keeps its number until it is."""
    if process.returncode is not None:
        return False
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:  # reaped by another thread just now
        return False


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kills a process started in its own session, with everything in its group, and reaps it."""
    _end(process)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if (
        process.returncode is None
    ):  # not reaped: the number is still this group's, its leader dead or not
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _read(process: subprocess.Popen[bytes], on_line: Callable[[str], None] | None) -> str:
    tail: list[str] = []
    total = 0
    assert process.stdout is not None
    try:
        while raw := process.stdout.readline(_LINE_LIMIT):
            line = raw.decode("utf-8", "replace").rstrip("\n")
            total += len(line)
            if total < _OUTPUT_LIMIT:
                tail.append(line)
            if on_line is not None:
                on_line(line)
    except ValueError:  # closed by a kill
        pass
    return "\n".join(tail[-200:])


def _bounded(command: Sequence[str], options: CageOptions) -> list[str]:
    bounded: list[str] = []
    if shutil.which("nice") and options.niceness:
        bounded += ["nice", "-n", str(options.niceness)]
    if shutil.which("timeout"):
        bounded += ["timeout", "-k", "5", str(options.seconds)]
    if shutil.which("prlimit"):
        bounded += [
            "prlimit",
            f"--as={options.memory}",
            f"--cpu={options.cpu_seconds}",
            f"--fsize={options.output}",
            f"--nofile={options.files}",
            "--core=0",
        ]
    return [*bounded, *command]


def _wrap(command: Sequence[str], job_dir: Path, options: CageOptions) -> list[str]:
    cage = [
        "bwrap", "--unshare-all", "--clearenv", "--cap-drop", "ALL", "--die-with-parent", "--new-session",
        "--ro-bind", "/usr", "/usr", *_system_links(), "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
    ]  # fmt: skip
    for path in (
        "/etc/fonts",
        "/etc/libreoffice",
        "/etc/ld.so.cache",
        "/etc/alternatives",
        "/var/cache/fontconfig",
    ):
        cage += ["--ro-bind-try", path, path]
    for readable in options.readable:
        cage += ["--ro-bind", str(readable), str(readable)]
    cage += ["--bind", str(job_dir), str(job_dir), "--chdir", str(job_dir)]
    for name, value in _environment(job_dir, options).items():
        cage += ["--setenv", name, value]
    return [*cage, "--", "sh", "-c", _WATCHED, "sh", *_bounded(command, options)]


def _environment(job_dir: Path, options: CageOptions) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(job_dir),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        **options.environment,
    }


def _system_links() -> list[str]:
    """/bin, /lib ... as they are on this system: links into /usr, or folders of their own."""
    result: list[str] = []
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/") / name
        if path.is_symlink():
            result += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            result += ["--ro-bind", str(path), str(path)]
    return result
