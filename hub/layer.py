"""The channel layer on Redis, which leaves nothing behind: neither while Redis is away nor when a room
stops to follow its group in the midst of beginning it."""

import asyncio
import uuid
from contextlib import suppress

from channels_redis.pubsub import RedisPubSubChannelLayer


class TidyChannelLayer(RedisPubSubChannelLayer):
    """Rooms ask for a channel every second until Redis is back, and are shut at any moment. A channel that
    could not be had, or that nobody waits for any more, is forgotten: the layer itself keeps a queue and a
    subscription for each of them for ever."""

    async def new_channel(self, prefix: str = "specific.") -> str:
        layer = self._get_layer()
        channel = f"{layer.prefix}{prefix}{uuid.uuid4().hex}"
        try:
            await layer._subscribe_to_channel(channel)
            _heed_cancellation()
        except BaseException:
            await self._forget(channel)
            raise
        return channel

    async def group_add(self, group: str, channel: str) -> None:
        try:
            await self._get_layer().group_add(group, channel)
            _heed_cancellation()
        except asyncio.CancelledError:
            await self._forget(channel)
            raise

    async def _forget(self, channel: str) -> None:
        layer = self._get_layer()
        layer.channels.pop(channel, None)
        with suppress(Exception):
            await layer._get_shard(channel).unsubscribe(channel)


def _heed_cancellation() -> None:
    """Raise the CancelledError that was swallowed on the way: redis-py sends within `asyncio.wait_for`,
    which before Python 3.12 drops a cancellation that comes just when the sending is done
    (https://github.com/python/cpython/issues/86296). Whoever was cancelled would wait for ever."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
