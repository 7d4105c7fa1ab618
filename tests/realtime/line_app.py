"""An ASGI application that sends texts of every length, for comparing servers byte by byte."""

import django

django.setup()

from realtime.frames import LINE, message  # noqa: E402 - needs Django set up

TEXTS = [
    "",
    "a",
    "例会",
    "x" * 125,
    "x" * 126,
    "汉" * 30_000,
    "x" * 65_535,
    "x" * 65_536,
    "x" * 500_000,
]


async def application(scope, receive, send) -> None:
    """Sends TEXTS: by the line where the server offers one, else as ASGI says; then again as ASGI says.

    At `/wait` it listens until the reader is gone and fails when it is told to; at `/known` it tells how
    many connections the server knows.
    """
    if scope["type"] != "websocket":
        return
    if scope["path"] == "/wait":
        await wait(receive, send)
        return
    if scope["path"] == "/known":
        await send({"type": "websocket.accept"})
        known = scope["extensions"][LINE].server.connections
        await send({"type": "websocket.send", "text": str(len(known))})
        return
    await receive()
    await send({"type": "websocket.accept"})
    line = (scope.get("extensions") or {}).get(LINE)
    for text in TEXTS[1:]:
        if line is None:
            await send(message(text))
        elif line.push(message(text)):
            await line.drained()
    await send({"type": "websocket.send", "text": "end"})
    await send({"type": "websocket.close", "code": 4008})
    await receive()


async def wait(receive, send) -> None:
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] != "websocket.disconnect":
        if event.get("text") == "fail":
            raise RuntimeError("as it was told to")
