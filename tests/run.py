"""`make test`: every test, on the embedded default and again on real servers; one closing line.

`python -m tests.run [pytest arguments]`; arguments that name tests replace the folders below:
`make test ARGS=tests/board`.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = ("townships", "meetings", "uploads", "board", "realtime", "archive", "hub")
# Two workers: what a small machine has. Each has a database and folders of its own.
PARALLEL = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
NO_TESTS = 5  # pytest's exit status when a folder is still empty
WORDS = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")


# What knows of no database, layer or storage: once is enough.
ALIKE_EVERYWHERE = [
    "tests/uploads/processing",
    "tests/realtime/test_ring.py",
    "tests/archive/test_folding.py",
    *(
        f"tests/hub/test_{name}.py"
        for name in (
            "bootstrap",
            "conventions",
            "demo_content",
            "design_page",
            "local_installation",
            "lock",
            "settings",
            "supervisor",
            "translations",
        )
    ),
]
ONCE = [f"--ignore={path}" for path in ALIKE_EVERYWHERE]


# What the page does with files is another thing where they are kept in a bucket of another host.
FAULTS_AND_FILES = (
    "faults",
    "browser/test_bad_line.py",
    "browser/test_uploading.py",
    "browser/test_viewer.py",
)


class Phase:
    """One run of pytest: what it is called, on which stack, which folders, with which options."""

    def __init__(self, name: str, stack: str, folders: tuple[str, ...], *options: str) -> None:
        self.name, self.stack, self.options = name, stack, options
        self.folders = [f"tests/{each}" for each in folders if _holds_tests(each)]

    def run(self, arguments: list[str]) -> tuple[int, dict[str, int]]:
        """Run it with its output shown as it comes. Gives the exit status and the counts."""
        named = [each for each in arguments if not each.startswith("-") and Path(each).exists()]
        folders = named or self.folders
        if not folders:
            return 0, {}
        print(f"\n===== {self.name} =====", flush=True)
        flags = [each for each in arguments if each not in named]
        command = [sys.executable, "-m", "pytest", "-q", *self.options, *flags, *folders]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"LIHUI_TEST_STACK": self.stack},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as pytest:
            assert pytest.stdout is not None
            last = ""
            for line in pytest.stdout:
                print(line, end="", flush=True)
                last = line if counts_in(line) else last
        status = 0 if pytest.returncode == NO_TESTS else pytest.returncode
        return status, counts_in(last)


def _holds_tests(folder: str) -> bool:
    path = ROOT / "tests" / folder
    return path.is_file() or any(path.rglob("test_*.py"))


def counts_in(line: str) -> dict[str, int]:
    """The counts of a closing line of pytest, e.g. `3 failed, 40 passed in 2.1s`; else nothing."""
    if not re.search(r" in [\d.]+s", line):
        return {}
    found = re.findall(rf"(\d+) ({'|'.join(WORDS)})s?\b", line)
    return {word: int(number) for number, word in found}


PHASES = [
    Phase("on SQLite, in-process layer, files on disk", "embedded", DOMAIN, *PARALLEL),
    Phase("on PostgreSQL, Redis and S3", "full", DOMAIN, *PARALLEL, *ONCE),
    Phase("faults and files in the browser, on PostgreSQL, Redis and S3", "full", FAULTS_AND_FILES),
    Phase("in the browser", "embedded", ("browser",), *PARALLEL),
]


def main(arguments: list[str]) -> int:
    """Run every phase, even after one failed; the last line sums up all of them."""
    began = time.monotonic()
    totals: dict[str, int] = {}
    not_run = []
    worst = 0
    phases = PHASES[:2] if any(not each.startswith("-") for each in arguments) else PHASES
    for phase in phases:
        status, counts = phase.run(arguments)
        worst = worst or status
        if phase.folders and not counts:
            not_run.append(phase.name)
        for word, number in counts.items():
            totals[word] = totals.get(word, 0) + number
    if not totals:
        print("No test ran.")
        return worst or NO_TESTS
    for name in not_run:
        print(f"NOT RUN: {name}; see above for the reason")
    summary = ", ".join(f"{totals[word]} {word}" for word in WORDS if word in totals)
    print(f"\n===== {summary} in {time.monotonic() - began:.2f}s =====", flush=True)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
