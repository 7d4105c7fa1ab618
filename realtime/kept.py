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
from collections.abc import Callable
from typing import Any

from meetings.models import Meeting

KEEP_SECONDS = 5.0
MOST = 64  # meetings and audiences

Key = tuple[uuid.UUID, bool]

_lock = threading.Lock()
_kept: OrderedDict[Key, tuple[int, float, dict[str, Any]]] = OrderedDict()


def state_at(meeting: Meeting, staff: bool, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `read` gives for this audience of the meeting at its number; not to be changed.

    `meeting` must have been read before: then whatever `read` finds has at least its number, and nothing
    can be missed between the two.
    """
    key, now = (meeting.pk, staff), time.monotonic()
    known = _kept.get(key)
    if known is not None and known[0] == meeting.last_seq and now - known[1] < KEEP_SECONDS:
        return known[2]
    state = read()
    with _lock:
        newest = _kept.get(key)
        if newest is None or newest[0] <= meeting.last_seq:
            _kept[key] = (meeting.last_seq, now, state)
            _kept.move_to_end(key)
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return state
