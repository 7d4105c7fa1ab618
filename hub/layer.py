"""The channel layer on Redis, which leaves nothing behind while Redis is away."""

import uuid

from channels_redis.pubsub import RedisPubSubChannelLayer


class TidyChannelLayer(RedisPubSubChannelLayer):
    """Rooms ask for a channel every second until Redis is back. Those that could not be had are forgotten:
    the layer itself keeps a queue for each of them for ever."""

    async def new_channel(self, prefix: str = "specific.") -> str:
        layer = self._get_layer()
        channel = f"{layer.prefix}{prefix}{uuid.uuid4().hex}"
        try:
            await layer._subscribe_to_channel(channel)
        except BaseException:
            layer.channels.pop(channel, None)
            raise
        return channel
