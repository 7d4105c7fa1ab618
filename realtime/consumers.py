"""The socket of a meeting: checks the handshake, hands the socket to the room, reads its frames.

A plain ASGI application, not a Channels consumer: that would put a channel, two tasks and a thread hop
between the room and each socket.
"""

import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http import parse_cookie

from townships.permissions import Action, can

from . import frames
from .hall import Hall, hall
from .origins import address_of, headers_of, origin_allowed
from .room import NOT_ALLOWED, SIGNED_OUT, Seat
from .screens import Shown, parse_shown

log = logging.getLogger("lihui.live")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BAD_FRAME = 4400
TOO_MANY = 4429
TRY_AGAIN = 1013

LARGEST_FRAME = 65_536  # bytes
LARGEST_SEQ = 2**63 - 1
FRAMES_PER_MINUTE = 60


class BadFrame(Exception):
    """What the reader sent is not a frame of the protocol."""


async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of `/ws/meetings/<uuid>/`."""
    headers = headers_of(scope)
    await receive()
    if not origin_allowed(scope, headers):
        await send({"type": "websocket.close", "code": NOT_ALLOWED})
        return
    address, inside = address_of(scope, headers), hall()
    try:
        if inside.limits.arrive(address):
            await _serve(scope, receive, send, inside, headers)
        else:
            await _refuse(send, TOO_MANY)
    finally:
        inside.limits.depart(address)


async def deny(scope: Scope, receive: Receive, send: Send) -> None:
    """Any other address under the websocket scheme: 403."""
    await receive()
    await send({"type": "websocket.close", "code": NOT_ALLOWED})


async def _refuse(send: Send, code: int) -> None:
    """Accept and close at once: only so does a browser learn the code."""
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code})


async def _serve(
    scope: Scope, receive: Receive, send: Send, inside: Hall, headers: dict[str, list[str]]
) -> None:
    """Let the reader in, or close with the reason; then read its frames until it goes."""
    try:
        cursor, beside = parse_query(scope.get("query_string", b""))
    except BadFrame:
        await _refuse(send, BAD_FRAME)
        return
    meeting_id: uuid.UUID = scope["url_route"]["kwargs"]["meeting_id"]
    key = session_key(headers)
    try:
        found, facts = await inside.door.knock(key, meeting_id)
    except Exception:
        log.exception("a handshake could not be answered")
        await _refuse(send, TRY_AGAIN)
        return
    if found is None:
        await _refuse(send, SIGNED_OUT)
        return
    if facts is None or not can(found.actor, Action.SEE_MEETING, facts):
        await _refuse(send, NOT_ALLOWED)
        return
    line = (scope.get("extensions") or {}).get(frames.LINE)
    seat = Seat(key, found, send, line, cursor, beside)
    allowed, evicted = inside.limits.take_seat(seat)
    if evicted is not None:
        inside.drop(evicted, TOO_MANY)
    if not allowed:
        await _refuse(send, TOO_MANY)
        return
    try:
        await send({"type": "websocket.accept"})
        inside.enter(seat, facts)
        await _listen(receive, seat, inside)
    finally:
        inside.leave(seat)
        inside.limits.give_up_seat(seat)


async def _listen(receive: Receive, seat: Seat, inside: Hall) -> None:
    """Read the reader's frames until it goes or is sent away."""
    counted, minute = 0, time.monotonic()
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        if seat.closing:
            continue
        if time.monotonic() - minute >= 60:
            counted, minute = 0, time.monotonic()
        counted += 1
        if counted > FRAMES_PER_MINUTE:
            inside.drop(seat, TOO_MANY)
            continue
        try:
            said = parse_frame(message.get("text"))
        except BadFrame:
            inside.drop(seat, BAD_FRAME)
            continue
        if said is None:
            if not seat.outbox.blocked:
                seat.outbox.push(frames.error("unknown_type"))
        elif isinstance(said, Shown):
            inside.shown(seat, said)
        elif seat.room is not None:
            seat.room.answer(seat, said)


def parse_frame(text: str | None) -> int | Shown | None:
    """The number of an `after` frame, what a screen shows; None for a type we do not know.

    Raises `BadFrame`.
    """
    if text is None or len(text) > LARGEST_FRAME:
        raise BadFrame
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrame from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise BadFrame
    if frame["type"] == "after":
        return check_seq(frame.get("seq"))
    if frame["type"] != "shown":
        return None
    shown = parse_shown(frame, check_seq(frame.get("seq")))
    if shown is None:
        raise BadFrame
    return shown


def check_seq(value: object) -> int:
    """An event number: an integer from 0 to 2^63-1. Raises `BadFrame`."""
    if type(value) is not int or not 0 <= value <= LARGEST_SEQ:
        raise BadFrame
    return value


def parse_query(query: bytes) -> tuple[int, bool]:
    """The cursor of the address, 0 without one, and whether the page stands beside the room.

    Raises `BadFrame`.
    """
    try:
        values = parse_qs(query.decode("ascii"), keep_blank_values=True, max_num_fields=5)
    except ValueError:
        raise BadFrame from None
    after, beside = values.get("after", ["0"]), values.get("beside", ["0"])
    if len(after) != 1 or not (after[0].isascii() and after[0].isdigit() and len(after[0]) <= 19):
        raise BadFrame
    if beside not in (["0"], ["1"]):
        raise BadFrame
    return check_seq(int(after[0])), beside == ["1"]


def session_key(headers: dict[str, list[str]]) -> str:
    """The session cookie's value, or an empty string. Read as pages read it: the cookies of other
    programs on the same host may look like anything."""
    cookies = parse_cookie("; ".join(headers.get("cookie", [])))
    return cookies.get(settings.SESSION_COOKIE_NAME, "")
