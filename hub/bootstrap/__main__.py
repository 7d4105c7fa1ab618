"""`python3 -m hub.bootstrap run|test|setup|setup-tests|lock`: what the Makefile calls."""

import os
import sys
import time

from hub.bootstrap import debian, local, packages
from hub.bootstrap.steps import PYTHON, ROOT, SetupError, say


def set_up(testing: bool) -> None:
    """Bring the machine to where the hub (and its tests) can run; quiet when nothing is missing."""
    if not packages.is_usable():
        say("Setting up Lihui; the first time takes a few minutes.")
    packages.ensure_environment()
    packages.ensure_python_packages(testing)
    packages.ensure_browser_libraries(testing)
    packages.ensure_translations()
    debian.ensure(debian.FOR_RUNNING + (debian.FOR_TESTING if testing else ()))


def main(arguments: list[str]) -> int:
    """Do what the first argument names; the others go to what is started then."""
    what, *rest = arguments or ["setup"]
    if newer := packages.newer_python():
        os.execv(newer, [newer, "-m", "hub.bootstrap", *arguments])
    began = time.monotonic()
    os.chdir(ROOT)
    set_up(testing=what in ("test", "setup-tests", "lock"))
    if what == "lock":
        packages.lock()
    elif what == "run":
        local.prepare()
        os.execv(PYTHON, [str(PYTHON), "-m", "hub.supervisor", *rest])
    elif what == "test":
        os.execv(PYTHON, [str(PYTHON), "-m", "tests.run", *rest])
    elif time.monotonic() - began > 1:
        say(f"Set up in {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as problem:
        say(f"\nSet-up stopped: {problem}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
