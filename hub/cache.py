"""The cache on Redis as a help, never a need: while Redis is away the cache is empty and keeps nothing.

What is counted in it (throttles, the rate limits of signing in) lets people through meanwhile. Each
call waits as long as the timeouts in CACHES say; after a failure Redis is left alone for a moment, so
that a request pays that wait once, not for each call.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.utils.functional import cached_property
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger("lihui.cache")

PAUSE_SECONDS = 5.0  # without asking Redis after it failed


class Away:
    """Until when Redis is left alone (monotonic seconds); one for the process."""

    until = 0.0


def _try(call: Callable[[], Any], otherwise: Any) -> Any:
    """What the call answers, or `otherwise` while Redis is away."""
    if time.monotonic() < Away.until:
        return otherwise
    try:
        return call()
    except (RedisError, OSError) as error:
        Away.until = time.monotonic() + PAUSE_SECONDS
        log.warning("Redis does not answer; the cache is empty meanwhile: %s", error)
        return otherwise


clients: dict[str, RedisCacheClient] = {}


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that behaves as an empty one while Redis is away.

    Django makes a cache object for each request that comes over ASGI. They share the process's client
    and its pool; with one each, every request would connect to Redis anew.
    """

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        given = params.get("OPTIONS", {})
        self._shared = repr((server, sorted(given.items())))
        # Once more for a connection that Redis closed meanwhile; never after waiting in vain.
        again = Retry(NoBackoff(), 1, supported_errors=(Disconnected,))
        super().__init__(server, params | {"OPTIONS": {"retry": again, **given}})

    @cached_property
    def _cache(self) -> RedisCacheClient:
        if self._shared not in clients:
            clients.setdefault(self._shared, super()._cache)
        return clients[self._shared]

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return bool(
            _try(lambda: super(ForgivingRedisCache, self).add(key, value, timeout, version), True)
        )

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return _try(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        _try(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), None)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(
            _try(lambda: super(ForgivingRedisCache, self).touch(key, timeout, version), False)
        )

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(_try(lambda: super(ForgivingRedisCache, self).delete(key, version), False))

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        found: dict[Any, Any] = _try(
            lambda: super(ForgivingRedisCache, self).get_many(keys, version), {}
        )
        return found

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(_try(lambda: super(ForgivingRedisCache, self).has_key(key, version), False))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """The new count; just `delta` while Redis is away. Raises ValueError for a missing key."""
        return int(_try(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), delta))

    def set_many(
        self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        return list(
            _try(lambda: super(ForgivingRedisCache, self).set_many(data, timeout, version), data)
        )

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        _try(lambda: super(ForgivingRedisCache, self).delete_many(keys, version), None)

    def clear(self) -> None:
        _try(super().clear, None)
