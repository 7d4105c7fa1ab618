"""A reader of the live protocol for tests, and the quickest way to make something happen."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from board.models import Post
from meetings import events
from meetings.models import Meeting
from tests.processes import Server
from townships.actors import Actor, system_actor


class Reader:
    """Follows a meeting. `events` is all it was told, `seq` its cursor."""

    def __init__(self, socket: ClientConnection, after: int) -> None:
        self.socket, self.seq = socket, after
        self.events: list[dict[str, Any]] = []
        self.presence: list[dict[str, Any]] = []
        self.hello: dict[str, Any] | None = None
        self.others: list[dict[str, Any]] = []

    async def step(self, seconds: float = 5) -> dict[str, Any]:
        """Take the next frame. An event at or below the cursor is a fault of the server."""
        async with asyncio.timeout(seconds):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        if frame["type"] == "hello":
            assert self.hello is None, "hello comes once"
            assert not self.events, "hello comes first"
            self.hello = frame
        elif frame["type"] == "presence":
            self.presence.append(frame)
        elif frame["type"] == "events":
            for event in frame["events"]:
                assert self.seq < event["seq"] <= frame["seq"], (self.seq, frame)
                self.seq = event["seq"]
                self.events.append(event)
            assert frame["seq"] >= self.seq
            self.seq = frame["seq"]
        else:
            self.others.append(frame)
        return frame

    async def until(self, condition: Callable[[], Any], seconds: float = 10) -> None:
        """Read frames until the condition holds."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self.step(seconds)

    async def reach(self, seq: int, seconds: float = 10) -> None:
        await self.until(lambda: self.seq >= seq, seconds)

    async def nothing(self, seconds: float = 1.5) -> None:
        """Nothing but presence may come for a while."""
        seen = len(self.events)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.step(seconds + 1)
        except TimeoutError:
            assert len(self.events) == seen, self.events[seen:]

    async def close_code(self, seconds: float = 10) -> int:
        """Read on until the server closes; the code."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.step(seconds)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.events]


@asynccontextmanager
async def follow(
    server: Server,
    meeting: Meeting,
    headers: dict[str, str],
    after: int = 0,
    *,
    beside: bool = False,
) -> AsyncIterator[Reader]:
    """Connect, as the room or as a page beside it, and take the greeting."""
    address = server.ws(f"/ws/meetings/{meeting.pk}/?after={after}&beside={int(beside)}")
    async with connect(address, additional_headers=headers, proxy=None) as socket:
        reader = Reader(socket, after)
        await reader.step(10)
        yield reader


def write_post(
    meeting_id: uuid.UUID,
    count: int = 1,
    body: str = "村级活动场所冬季取暖",
    *,
    nudge: bool = True,
) -> int:
    """Add posts as the hub does (lock, row, event, nudge); the number of the last event.

    Without a `nudge` it is lost on its way: nobody wakes the rooms.
    """
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        for _ in range(count):
            post = Post.objects.create(
                meeting=meeting,
                kind=Post.Kind.PROBLEM,
                body=body,
                author_key="test",
                author_name="委员",
                client_id=uuid.uuid4().hex,
                fingerprint="-",
            )
            events.record(meeting, events.POST_ADDED, post, system_actor(meeting.county_id))
        if not nudge:
            transaction.get_connection().run_on_commit.clear()
    return meeting.last_seq


awrite_post = sync_to_async(write_post)


async def headers_of(server: Server, actor: Actor) -> dict[str, str]:
    """Cookie and Origin of the actor's browser, from asynchronous tests."""
    headers: dict[str, str] = await sync_to_async(server.headers)(actor)
    return headers
