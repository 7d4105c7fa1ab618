"""What was just read of a meeting, kept for all who open its room now.

When a meeting opens, or after the hub was started again, a whole hall loads the room's page within
seconds, and all but a few lines of it are the same for everyone. What follows the event log is read
again as soon as the meeting has a new number; what has no events (a township's or category's name) within
KEEP_SECONDS.
"""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from meetings.models import Meeting

KEEP_SECONDS = 5.0
MOST = 64  # meetings and audiences

Key = tuple[uuid.UUID, bool]

_lock = threading.Lock()
_kept: OrderedDict[Key, tuple[int, float, dict[str, Any]]] = OrderedDict()
_gates: dict[Key, tuple[threading.Lock, int]] = {}  # of what is being read, and how many are there


@contextmanager
def _one_at_a_time(key: Key) -> Iterator[None]:
    """Whoever comes while another one reads the same waits, and then finds it kept."""
    with _lock:
        gate, there = _gates.get(key, (threading.Lock(), 0))
        _gates[key] = (gate, there + 1)
    try:
        with gate:
            yield
    finally:
        with _lock:
            gate, there = _gates.pop(key)
            if there > 1:
                _gates[key] = (gate, there - 1)


def _of(key: Key, number: int) -> dict[str, Any] | None:
    """What is kept, where it is young and not older than this number of the log. What is newer will do: a
    page follows the log from its own number, and is told again what it has."""
    known = _kept.get(key)
    if known is None or known[0] < number or time.monotonic() - known[1] >= KEEP_SECONDS:
        return None
    return known[2]


def state_at(meeting: Meeting, staff: bool, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `read` gives for this audience of the meeting at its number; not to be changed.

    `meeting` must have been read before: then whatever `read` finds has at least its number, and nothing
    can be missed between the two.
    """
    key = (meeting.pk, staff)
    state = _of(key, meeting.last_seq)
    if state is not None:
        return state
    with _one_at_a_time(key):
        state = _of(key, meeting.last_seq)
        if state is not None:
            return state
        state = read()
        with _lock:
            _kept[key] = (meeting.last_seq, time.monotonic(), state)
            _kept.move_to_end(key)
            while len(_kept) > MOST:
                _kept.popitem(last=False)
    return state
