"""Frames: text for the readers, encoded once however many there are. Pure; docs/protocol.md."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

Message = dict[str, Any]

# Where a message keeps its encoded websocket frame, and the extension of the scope that takes it
# (realtime.server). Every other server sends the message's text as usual.
READY, LINE = "lihui.ready", "lihui.line"


def encode(value: Any) -> str:
    """Compact JSON; other scripts as they are; UUIDs and moments as in the API."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder)


def message(text: str) -> Message:
    """The ASGI message that sends `text`, to be shared by all its receivers."""
    payload = text.encode("utf-8", "replace")
    return {"type": "websocket.send", "text": text, READY: header(len(payload)) + payload}


def header(length: int) -> bytes:
    """The header of an unmasked, final text frame (RFC 6455, 5.2) of `length` bytes."""
    if length < 126:
        return bytes((0x81, length))
    if length < 65536:
        return b"\x81\x7e" + length.to_bytes(2, "big")
    return b"\x81\x7f" + length.to_bytes(8, "big")


def size(sent: Message) -> int:
    """Bytes on the wire of a message made by `message`."""
    return len(sent[READY])


def hello(seq: int) -> Message:
    return message(f'{{"type":"hello","seq":{seq}}}')


def resync(seq: int) -> Message:
    return message(f'{{"type":"resync","seq":{seq}}}')


def error(code: str) -> Message:
    return message(encode({"type": "error", "code": code}))


def events(seq: int, texts: Iterable[str]) -> Message:
    """A frame of events that are encoded already; it brings the reader to `seq`."""
    return message(f'{{"type":"events","seq":{seq},"events":[{",".join(texts)}]}}')


def presence(state: Mapping[str, Any]) -> Message:
    return message(encode({"type": "presence", **state}))


def screens(states: list[dict[str, Any]]) -> Message:
    return message(encode({"type": "screens", "screens": states}))


# Something of the reader's own changed, by another device of theirs: ask the API what is "mine".
MINE = message('{"type":"mine"}')
