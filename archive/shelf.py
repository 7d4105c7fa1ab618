"""Pages of what does not change any more, kept in memory: a closed meeting is drawn once per language.

A fragment is kept under everything it was made of (its `stamp`), so a later reader never gets an older
one, in no process. Nothing in it depends on the reader: every role that may open the page sees the
same. The names of townships are looked at again after `MINUTES`.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST = 100
MINUTES = 10


class Shelf:
    """The newest `most` fragments of this process."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.kept: OrderedDict[Hashable, tuple[float, tuple[str, ...]]] = OrderedDict()
        self.lock = threading.Lock()

    def take(
        self, key: Hashable, draw: Callable[[], tuple[str, ...]], *, now: float | None = None
    ) -> tuple[str, ...]:
        """The fragments under the key, drawn where they are missing or old."""
        moment = time.monotonic() if now is None else now
        with self.lock:
            found = self.kept.get(key)
            if found is not None and moment - found[0] < MINUTES * 60:
                self.kept.move_to_end(key)
                return found[1]
        drawn = draw()
        with self.lock:
            self.kept[key] = (moment, drawn)
            self.kept.move_to_end(key)
            while len(self.kept) > self.most:
                self.kept.popitem(last=False)
        return drawn
