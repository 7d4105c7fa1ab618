"""One throttle for everything that a person may do only so often.

Counts live in the cache (Redis with several processes), in fixed windows: one short round trip for
each count. A cache that is down lets everybody through: being slow to say no must never stop a
meeting.
"""

import logging
import time

from django.core.cache import cache

from .problems import TooMany

log = logging.getLogger("lihui.throttle")


def spend(name: str, who: str, *, limit: int, seconds: int = 60) -> None:
    """Count one use of `name` by `who`; raise `TooMany` above `limit` within `seconds`.

    `who` is an actor's key, a user's id or an address. An empty one (the hub itself) is not
    counted.
    """
    if not who or limit <= 0:
        return
    key = _key(name, who, seconds)
    try:
        if cache.add(key, 1, timeout=seconds):
            return
        used = cache.incr(key)
    except ValueError:  # the window ended between the two calls
        return
    except Exception:
        log.warning("the throttle %s could not count", name, exc_info=True)
        return
    if used > limit:
        raise TooMany


def is_spent(name: str, who: str, *, limit: int, seconds: int = 60) -> bool:
    """Whether `who` went above `limit` in this window; counts nothing."""
    try:
        return bool(cache.get(_key(name, who, seconds), 0) > limit)
    except Exception:
        log.warning("the throttle %s could not be read", name, exc_info=True)
        return False


def _key(name: str, who: str, seconds: int) -> str:
    return f"throttle:{name}:{who}:{int(time.time()) // seconds}"
