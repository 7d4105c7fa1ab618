"""What Lihui's room is compared with: the limit, a bare ASGI application, plain Channels, a bare view.

`python -m bench.live_apps PORT` is the limit: an asyncio server that does nothing but write. The others
are ASGI applications for the same servers that carry Lihui.
"""

import asyncio
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

ACCEPT = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
GROUP = os.environ.get("BENCH_GROUP", "bench")
HELLO = '{"type":"hello","seq":0}'


def payload(size: int, number: int) -> str:
    """An event frame of about `size` bytes that brings a reader to `number`."""
    head = f'{{"type":"events","seq":{number},"events":[{{"seq":{number},"data":"'
    return head + "x" * max(0, size - len(head) - 4) + '"}]}'


class Limit(asyncio.Protocol):
    """Accepts everybody; a line `SEND first count size` on a connection writes frames to all."""

    everybody: "set[asyncio.Transport]" = set()

    def connection_made(self, transport: Any) -> None:
        self.transport, self.buffer, self.open = transport, b"", False

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.buffer.startswith(b"SEND") and self.buffer.endswith(b"\n"):
            first, count, size = map(int, self.buffer.split()[1:4])
            self.buffer = b""
            for number in range(first, first + count):
                frame = encode(payload(size, number))
                for transport in self.everybody:
                    transport.write(frame)
        elif not self.open and self.buffer.endswith(b"\r\n\r\n"):
            self.open, self.buffer = True, b""
            self.transport.write(ACCEPT + encode(HELLO))
            self.everybody.add(self.transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.everybody.discard(self.transport)


def encode(text: str) -> bytes:
    """A text as an unmasked websocket frame."""
    data = text.encode()
    if len(data) < 126:
        return bytes((0x81, len(data))) + data
    return b"\x81\x7e" + len(data).to_bytes(2, "big") + data


async def serve_limit(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Limit, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


sends: set[Any] = set()


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Bare ASGI: a set of `send`s; `GET /send?first,count,size` writes to all of them in turn."""
    if scope["type"] == "http":
        first, count, size = map(int, scope["query_string"].split(b","))
        for number in range(first, first + count):
            message = {"type": "websocket.send", "text": payload(size, number)}
            for each in list(sends):
                await each(message)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
        return
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": HELLO})
    sends.add(send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        sends.discard(send)


def plain_channels() -> Any:
    """Channels as its tutorial has it: a consumer per socket, `group_send`, JSON per receiver."""
    import django

    django.setup()
    from channels.generic.websocket import AsyncJsonWebsocketConsumer
    from channels.routing import ProtocolTypeRouter
    from django.core.asgi import get_asgi_application

    class Consumer(AsyncJsonWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            await self.channel_layer.group_add(GROUP, self.channel_name)
            await self.send(text_data=HELLO)

        async def disconnect(self, code: int) -> None:
            await self.channel_layer.group_discard(GROUP, self.channel_name)

        async def event(self, message: dict[str, Any]) -> None:
            await self.send_json(message["frame"])

    return ProtocolTypeRouter({"http": get_asgi_application(), "websocket": Consumer.as_asgi()})


def bare_view() -> Any:
    """Django with one view that inserts one row, and no middleware."""
    import django

    django.setup()
    from django.core.asgi import get_asgi_application

    return get_asgi_application()


def __getattr__(name: str) -> Any:
    if name == "channels":
        return plain_channels()
    if name == "view":
        return bare_view()
    raise AttributeError(name)


if __name__ == "__main__":
    asyncio.run(serve_limit(int(sys.argv[1])))
