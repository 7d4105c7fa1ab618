"""When Python collects garbage: seldom enough that nobody in a room notices.

A full collection looks at every object of the process and stops all its threads meanwhile. With thousands
of sockets that is most of a second, and Python does it whenever a quarter more objects have grown old,
so most often just while a hall comes in. Here what the program is made of is left out once and for all,
and full collections follow a clock that gives them a small share of the time, however long one takes.
Young garbage is collected as always.
"""

import gc
import os
import threading
import time

SELDOM = 10.0  # seconds at least between two full collections
SHARE = 1000  # so many times longer than one took is waited for the next
LONGEST = 300.0  # but no longer: garbage must not grow for ever
NEVER = 1_000_000_000

_begun = threading.Event()


def begin() -> None:
    """Take the full collections of this process over; to be called when all its code is loaded."""
    if _begun.is_set():
        return
    _begun.set()
    took = _collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)
    _start(took)
    os.register_at_fork(after_in_child=lambda: _start(took))  # threads are not inherited


def _start(took: float) -> None:
    threading.Thread(
        target=_collect_for_ever, args=[took], name="lihui-collect", daemon=True
    ).start()


def wait_after(took: float) -> float:
    """The seconds to wait after a full collection that took so many seconds."""
    return max(SELDOM, min(took * SHARE, LONGEST))


def _collect_for_ever(took: float) -> None:
    while True:
        time.sleep(wait_after(took))
        took = _collect()


def _collect() -> float:
    """Collect everything; the seconds it took."""
    begun = time.perf_counter()
    gc.collect()
    return time.perf_counter() - begun
