"""Writers and readers of a run, as clients that keep a ledger and never give up.

A writer sends what it has to say until it is acknowledged: in up to three copies at once, several
wishes in any order, over a line that is cut. A reader comes back with its cursor whenever it is cut off,
and goes by itself now and then, as phones do.
"""

import asyncio
import json
import random
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from django.conf import settings
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from meetings.models import Meeting
from tests.realtime.live import Reader as Frames
from tests.uploads.processing.builders import pdf_bytes
from townships.actors import Actor

from .ledger import Ledger, new_client_id

ORIGIN = "http://hall.test"  # every web process's, whichever it is behind the line
TOKEN = "0123456789abcdefghijklmnopqrstuv"
PAUSE = (1.0, 6.0)  # seconds between a writer's rounds
THROTTLED = 429
GONE = (404, 409)  # the entry was hidden meanwhile
FINAL_CODES = (4400, 4401, 4403, 4429)  # no reader of a run does anything to earn one


@dataclass
class Person:
    """Somebody in the hall: who it is, the browser's cookies, where, over which line."""

    actor: Actor
    cookies: dict[str, str]
    meeting: Meeting
    ledger: Ledger
    chance: random.Random
    port: int = 0
    device: str = field(default_factory=new_client_id)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def http(self) -> httpx.AsyncClient:
        """A client that opens a connection for every request, so that every one may be cut."""
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}/api/v1",
            cookies=self.cookies | {settings.CSRF_COOKIE_NAME: TOKEN},
            headers={"X-CSRFToken": TOKEN, "Origin": ORIGIN},
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=15,
            trust_env=False,
            verify=False,
        )

    async def rest(self, least: float, most: float) -> None:
        """Pause; shorter when the run is over."""
        try:
            async with asyncio.timeout(self.chance.uniform(least, most)):
                await self.over.wait()
        except TimeoutError:
            pass


@dataclass
class Sent:
    """How a wish ended: the answer that counts (None: it was refused), and whether every copy of it
    was answered, so that none can still arrive. Entries, support and votes need not know: their late
    copies change nothing."""

    answer: httpx.Response | None
    clean: bool


class Writer(Person):
    """Posts, supports and takes support back, until `over`; then what it has begun is finished."""

    async def work(self) -> None:
        rounds = self.ledger.rounds.setdefault(self.actor.key, [])
        async with self.http() as http:
            while not self.over.is_set():
                ids = [new_client_id() for _ in range(self.chance.choice((1, 1, 2)))]
                wishes = [self._post(http, one, n) for n, one in enumerate(ids)]
                if target := self._somebodys_post():
                    wishes.append(self._support(http, target))
                self.chance.shuffle(wishes)
                await asyncio.gather(*wishes)
                rounds.append([one for one in ids if one in self.ledger.posts])
                await self.rest(*PAUSE)

    async def _post(self, http: httpx.AsyncClient, client_id: str, number: int) -> None:
        kind = ("problem", "practice", "question")[number % 3]
        body = {"kind": kind, "body": f"第{number}条：{client_id}", "client_id": client_id}
        path = f"/meetings/{self.meeting.pk}/posts"
        sent = await self.send(http, lambda: http.post(path, json=body))
        if sent.answer is not None:
            self.ledger.acknowledge_post(self.meeting.pk, client_id, sent.answer.json()["id"])

    def _somebodys_post(self) -> str | None:
        """An entry of this meeting that the writer has not supported yet."""
        known = [
            pk
            for pk in list(self.ledger.known.get(self.meeting.pk, ()))
            if (self.actor.key, pk) not in self.ledger.supports
        ]
        return self.chance.choice(known) if known else None

    async def _support(self, http: httpx.AsyncClient, post_id: str) -> None:
        """Support it; sometimes take it back afterwards, while copies of the first wish may still come."""
        pair, path = (self.actor.key, post_id), f"/posts/{post_id}/support?wish={self.device}-"
        self.ledger.supports[pair] = None
        given = await self.send(http, lambda: http.put(f"{path}1"), GONE)
        if given.answer is None:
            return
        if self.chance.random() < 0.3:
            taken = await self.send(http, lambda: http.delete(f"{path}2"), GONE)
            self.ledger.supports[pair] = None if taken.answer is None else False
        else:
            self.ledger.supports[pair] = True

    async def send(
        self,
        http: httpx.AsyncClient,
        request: Callable[[], Awaitable[httpx.Response]],
        may_refuse: tuple[int, ...] = (),
    ) -> Sent:
        """Send it, in one to three copies at once, until it is acknowledged or refused for good."""
        clean = True
        while True:
            copies = self.chance.choice((1, 1, 2, 3))
            answers = await asyncio.gather(
                *(self._copy(request) for _ in range(copies)), return_exceptions=True
            )
            good = [one for one in answers if isinstance(one, httpx.Response) and one.is_success]
            for one in answers:
                if isinstance(one, httpx.Response):
                    self.ledger.answers[one.status_code] += 1
                    clean = clean and one.status_code < 500
                elif isinstance(one, httpx.HTTPError):
                    clean = False
                elif isinstance(one, BaseException):
                    raise one
            if good:
                ids = {one.json()["id"] for one in good}
                if len(ids) > 1:
                    self.ledger.complaints.append(f"copies of one wish have several ids: {ids}")
                return Sent(good[0], clean)
            codes = {one.status_code for one in answers if isinstance(one, httpx.Response)}
            if codes & set(may_refuse):
                return Sent(None, False)
            if bad := {code for code in codes if 400 <= code < 500} - {THROTTLED}:
                self.ledger.complaints.append(f"{self.actor.key} was refused: {bad}")
                return Sent(None, False)
            await asyncio.sleep(3 if THROTTLED in codes else self.chance.uniform(0.05, 0.5))

    async def _copy(self, request: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        await asyncio.sleep(self.chance.uniform(0, 0.05))
        return await request()


class Moderator(Writer):
    """Hides entries and shows them again, so that what readers may see changes all the time."""

    async def work(self) -> None:
        async with self.http() as http:
            while not self.over.is_set():
                await self.rest(1, 3)
                known = self.ledger.known.get(self.meeting.pk)
                if not known:
                    continue
                path = f"/posts/{self.chance.choice(list(known))}"
                sent = await self._say(http, path, {"hidden": True})
                if sent.clean and self.chance.random() < 0.5:
                    await self._say(http, path, {"hidden": False})
                await self._say(http, path, {"pinned": self.chance.random() < 0.5}, GONE)

    async def _say(
        self, http: httpx.AsyncClient, path: str, what: dict[str, Any], refuse: tuple[int, ...] = ()
    ) -> Sent:
        return await self.send(http, lambda: http.patch(path, json=what), refuse)


class Sender(Writer):
    """Hands in a small PDF again and again, so that the worker has something to do when it dies."""

    async def work(self) -> None:
        async with self.http() as http:
            while not self.over.is_set():
                body = pdf_bytes(pages=self.chance.randint(1, 3))
                values = {"filename": "汇报.pdf", "meeting": self.meeting.pk, "kind": "deck"}
                words = (f"{k} {b64encode(str(v).encode()).decode()}" for k, v in values.items())
                headers = {
                    "Tus-Resumable": "1.0.0",
                    "Upload-Length": str(len(body)),
                    "Upload-Metadata": ",".join(words),
                    "Content-Type": "application/offset+octet-stream",
                }
                try:
                    answer = await http.post("/uploads", content=body, headers=headers)
                except httpx.HTTPError as error:
                    self.ledger.upload_answers[type(error).__name__] += 1
                    await self.rest(0, 1)
                    continue
                self.ledger.upload_answers[answer.status_code] += 1
                if answer.status_code == 201 and answer.headers["Upload-Offset"] == str(len(body)):
                    self.ledger.uploads.append(answer.headers["Location"].rsplit("/", 1)[-1])
                elif 400 <= answer.status_code < 500 and answer.status_code != 423:
                    self.ledger.complaints.append(f"upload: {answer.status_code} {answer.text}")
                await self.rest(4, 8)


class Reader(Person):
    """Follows its meeting. `events` is all it was told, `state` the newest of every object."""

    def begin(self) -> None:
        self.seq = 0
        self.events: list[dict[str, Any]] = []
        self.state: dict[str, dict[str, Any]] = {}
        self.visits = 0
        self.stop = asyncio.Event()

    async def work(self) -> None:
        while not self.stop.is_set():
            self.visits += 1
            try:
                await self._follow()
            except ConnectionClosed as closed:
                if closed.code in FINAL_CODES:
                    self.ledger.complaints.append(f"{self.actor.key} was closed: {closed.code}")
                    return
            except (OSError, WebSocketException, TimeoutError, EOFError):
                pass
            await asyncio.sleep(self.chance.uniform(0.05, 0.4))

    async def _follow(self) -> None:
        """One connection, until it breaks or the phone is put away; only when nothing is over does it
        go by itself."""
        until = asyncio.get_running_loop().time() + self.chance.expovariate(1 / 6)
        address = f"ws://127.0.0.1:{self.port}/ws/meetings/{self.meeting.pk}/?after={self.seq}"
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookie, "Origin": ORIGIN}
        async with connect(
            address, additional_headers=headers, proxy=None, open_timeout=10, close_timeout=1
        ) as socket:
            frames = Frames(socket, self.seq)
            while not self.stop.is_set():
                if asyncio.get_running_loop().time() > until and not self.over.is_set():
                    return
                try:
                    await frames.step(1)
                except TimeoutError:
                    continue
                finally:
                    self._take(frames)

    def _take(self, frames: Frames) -> None:
        for event in frames.events:
            self.events.append(event)
            if "data" in event:
                self.state[event["data"]["id"]] = event["data"]
        frames.events.clear()
        self.seq = frames.seq
        if any(other["type"] == "resync" for other in frames.others):
            self.ledger.complaints.append(f"{self.actor.key} was told to load anew at {self.seq}")
        frames.others.clear()

    def posts(self) -> dict[str, dict[str, Any]]:
        """The entries it shows now."""
        return {
            pk: state
            for pk, state in self.state.items()
            if "client_id" in state and not (state.get("hidden") and not self.actor.is_staff)
        }

    async def listed(self) -> dict[str, dict[str, Any]]:
        """The entries as a page that is loaded now gets them."""
        found: list[dict[str, Any]] = []
        async with self.http() as http:
            while True:
                path = f"/meetings/{self.meeting.pk}/posts?limit=500&offset={len(found)}"
                posts = json.loads((await http.get(path)).raise_for_status().text)["posts"]
                found += posts
                if len(posts) < 500:
                    break
        own = ("supported", "mine")
        return {
            post["id"]: {name: value for name, value in post.items() if name not in own}
            for post in found
        }
