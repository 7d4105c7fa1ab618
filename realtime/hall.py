"""All rooms of this process: wakes up by nudges or by the clock, reads the log once for all of them.

Rounds follow one another: while a round's news are being written out, whatever happens is pending and
goes into the next round together. When rounds follow closely, one waits a few milliseconds, so that
a burst becomes one frame.
"""

import asyncio
import logging
import math
import time
import uuid
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import Error
from django.utils import timezone

from meetings.attendance import note_presence
from meetings.events import group_name
from townships.actors import Actor
from townships.permissions import Action, can

from . import feed, metrics
from .door import Door
from .limits import Limits
from .presence import PROCESS
from .room import NOT_ALLOWED, SIGNED_OUT, Room, Seat
from .screens import Shown
from .threads import DatabaseThread

log = logging.getLogger("lihui.live")

CHECK_SECONDS = 2.5 if settings.REDIS_URL else 0.8  # between looks at the log without a nudge
BUSY_SECONDS = 0.015  # at least between two rounds
RIGHTS_SECONDS = (
    2.0  # at least between checks of everybody's rights, which come with a look at the log
)
PRESENCE_SECONDS = 2.0
RIGHTS_PATIENCE = 20.0  # for a database that does not answer
REPORT_SECONDS = 20.0  # between reports of presence to other processes


class Hall:
    """The rooms of this process, and the loop that feeds them."""

    def __init__(self) -> None:
        self.rooms: dict[uuid.UUID, Room] = {}
        self.limits = Limits()
        self.door = Door()
        self._reader = DatabaseThread("lihui-feed")
        self._dirty: set[uuid.UUID] = set()
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._listeners: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._last_round = self._last_check = self._last_rights = 0.0
        self._loop_task = self._spawn(self._run())

    # --- readers -----------------------------------------------------------------------------------

    def enter(self, seat: Seat, facts: feed.Facts) -> None:
        """Seat a reader that was let in. `facts` were read for this very reader."""
        room = self.rooms.get(facts.pk)
        if room is None:
            room = self.rooms[facts.pk] = Room(facts, self.drop)
            metrics.ROOMS.set(len(self.rooms))
            self._listeners[room.id] = self._spawn(self._listen(room.id))
        room.enter(seat, facts.last_seq)
        if facts.last_seq < room.facts.last_seq and not can(
            seat.actor, Action.SEE_MEETING, room.facts
        ):
            self.drop(seat, NOT_ALLOWED)  # what the room has heard since is not told to it again
        if room.wanted_start is not None or facts.last_seq > room.ring.last:
            self.nudge(room.id)
        if seat.room is None and not room.seats:
            self._shut(room)

    def leave(self, seat: Seat) -> None:
        room = seat.room
        if room is None:
            return
        was_screen = room.leave(seat)
        if not room.seats:
            self._shut(room)
            self._spawn(self._report_presence(room))
        elif was_screen:
            self._spawn(self._report_screens(room))

    def drop(self, seat: Seat, code: int) -> None:
        """Close a reader's socket from our side."""
        if seat.closing:
            return
        seat.closing = True
        metrics.DROPPED.labels(str(code)).inc()
        self.leave(seat)
        self._spawn(seat.outbox.close(code))

    def shown(self, seat: Seat, shown: Shown) -> None:
        """A screen of the hall says what it shows."""
        room = seat.room
        if room is not None and room.shown(seat, shown):
            self._spawn(self._report_screens(room))

    def _shut(self, room: Room) -> None:
        if self.rooms.get(room.id) is room:
            del self.rooms[room.id]
            metrics.ROOMS.set(len(self.rooms))
            self._listeners.pop(room.id).cancel()

    # --- being woken up ------------------------------------------------------------------------------

    def nudge(self, meeting_id: uuid.UUID) -> None:
        """Something may have happened in this meeting."""
        self._dirty.add(meeting_id)
        self._wake.set()

    async def _listen(self, meeting_id: uuid.UUID) -> None:
        """Follow the meeting's group in the channel layer; best effort, for ever."""
        layer = get_channel_layer()
        channel = ""
        while layer is not None:
            try:
                channel = channel or await layer.new_channel()
                await layer.group_add(group_name(meeting_id), channel)
                self.nudge(meeting_id)
                while True:
                    self._heard(meeting_id, await layer.receive(channel))
            except Exception:
                log.warning("the channel layer fails; looking by the clock only", exc_info=True)
                await asyncio.sleep(1)
            finally:
                try:
                    async with asyncio.timeout(2):
                        await layer.group_discard(group_name(meeting_id), channel)
                except Exception:
                    log.debug("a group was not left; it forgets by itself", exc_info=True)

    def _heard(self, meeting_id: uuid.UUID, message: dict[str, Any]) -> None:
        if message.get("type") not in ("presence", "screens"):
            self.nudge(meeting_id)
            return
        room = self.rooms.get(meeting_id)
        if room is None or message.get("process") == PROCESS:
            return
        if "people" in message:
            room.presence.hear(message["process"], message["people"])
        if room.screens.hear(message["process"], message["screens"]):
            room.show_screens()

    # --- the loop --------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._until_next()):
                    await self._wake.wait()
            except TimeoutError:
                pass
            try:
                await self._round()
            except Exception:
                log.exception("a round of the live rooms failed; trying again")
                await asyncio.sleep(0.5)

    def _until_next(self) -> float:
        return max(0.0, self._last_check + CHECK_SECONDS - time.monotonic())

    async def _round(self) -> None:
        wait = self._last_round + BUSY_SECONDS - time.monotonic()
        if wait > 0 and self._dirty:
            await asyncio.sleep(wait)
        now = time.monotonic()
        checking = now - self._last_check >= CHECK_SECONDS
        dirty, self._dirty = self._dirty, set()
        self._wake.clear()
        rooms = list(self.rooms.values()) if checking else self._known(dirty)
        if checking:
            self._last_check = now
        if not rooms:
            return
        self._last_round = now
        try:
            await self._read(rooms, dirty)
        except Error:
            self._dirty |= dirty
            raise
        except Exception:
            await self._read_each(rooms, dirty)
        if checking:
            self._housekeeping(now)

    def _known(self, ids: set[uuid.UUID]) -> list[Room]:
        return [room for pk in ids if (room := self.rooms.get(pk)) is not None]

    async def _read(self, rooms: list[Room], nudged: set[uuid.UUID]) -> None:
        """Read for these rooms in one go: what is new, and what readers from farther back need."""
        cursors = {room.id: room.ring.last for room in rooms}
        wanting = [
            (room.id, (room.wanted_start, room.ring.start))
            for room in rooms
            if room.wanted_start is not None and room.wanted_start < room.ring.start
        ]
        older = dict(wanting[: feed.MEETINGS_AT_ONCE])  # the others' readers want it again below
        cells = {room.id: room.cells for room in rooms}
        news = await self._reader.run(feed.read, cursors, cells, older)
        metrics.READS.inc()
        for room in rooms:
            entries = news.entries.get(room.id, [])
            if room.id in older:
                room.ring.prepend(older[room.id][0], entries)
            room.wanted_start = None
            if room.id not in news.facts:
                room.close(room.seats, NOT_ALLOWED)
                continue
            leaving = self._check_room(room) if room.update(news.facts[room.id]) else []
            if await room.deliver(entries) and room.id not in nudged:
                metrics.HEALED.inc()
            room.close(leaving, NOT_ALLOWED)
            if room.ring.last < room.facts.last_seq or room.wanted_start is not None:
                self.nudge(room.id)
        if news.newest is not None:
            metrics.LAG.observe(max(0.0, (timezone.now() - news.newest).total_seconds()))

    async def _read_each(self, rooms: list[Room], nudged: set[uuid.UUID]) -> None:
        """One room's news cannot be told: the other rooms must not suffer for it."""
        for room in rooms:
            try:
                await self._read([room], nudged)
            except Exception:
                log.exception("the room of meeting %s cannot tell its news", room.id)

    # --- now and then ------------------------------------------------------------------------------------

    def _housekeeping(self, now: float) -> None:
        if now - self._last_rights >= RIGHTS_SECONDS:
            self._last_rights = math.inf  # one at a time
            self._spawn(self._check_rights())
        for room in list(self.rooms.values()):
            room.presence.forget_silent()
            if room.screens.forget_silent():
                room.show_screens()
            presence = room.presence
            changed = presence.changed and now - presence.told >= PRESENCE_SECONDS
            late = settings.REDIS_URL and now - presence.reported >= REPORT_SECONDS
            if changed or room.newcomers or late:
                self._spawn(self._tell_presence(room, changed, now))
            if people := room.not_noted():
                self._spawn(self._note(room, people))
        metrics.BEHIND.set(sum(len(room.behind) for room in self.rooms.values()))

    async def _tell_presence(self, room: Room, changed: bool, now: float) -> None:
        room.presence.reported = now
        if changed:
            room.presence.told, room.presence.changed = now, False
        await room.show_presence(everybody=changed)
        await self._report_presence(room)

    async def _note(self, room: Room, people: list[Actor]) -> None:
        """Whoever has the room open has come: all new ones in one go."""
        try:
            await database_sync_to_async(note_presence)(meeting_id=room.id, actors=people)
        except Exception:
            log.warning("who came was not noted; trying again", exc_info=True)
            room.noted -= {actor.key for actor in people}

    async def _report_presence(self, room: Room) -> None:
        await self._report(room, {"type": "presence", "people": room.presence.here()})

    async def _report_screens(self, room: Room) -> None:
        await self._report(room, {"type": "screens"})

    async def _report(self, room: Room, report: dict[str, Any]) -> None:
        """Tell the other processes who is here and what the screens show."""
        if not settings.REDIS_URL:
            return
        layer = get_channel_layer()
        report |= {"process": PROCESS, "screens": room.screens.here()}
        try:
            async with asyncio.timeout(2):
                await layer.group_send(group_name(room.id), report)  # type: ignore[union-attr]
        except Exception:
            log.warning("presence was not told to the other processes", exc_info=True)

    async def _check_rights(self) -> None:
        """Close the sockets of everybody who signed out, was deactivated, or has other rights now."""
        seats = [seat for room in self.rooms.values() for seat in room.seats]
        known = {seat.session_key: seat.pass_ for seat in seats}
        begun = time.monotonic()
        try:
            async with asyncio.timeout(RIGHTS_PATIENCE):
                now_valid = await self.door.recheck(known)
        except Exception:
            log.warning("rights could not be checked; trying again", exc_info=True)
            return
        finally:
            self._last_rights = begun
        for seat in seats:
            still = now_valid.get(seat.session_key)
            if still is None:
                self.drop(seat, SIGNED_OUT)
            elif still.actor.rights != seat.actor.rights:
                self.drop(seat, NOT_ALLOWED)

    def _check_room(self, room: Room) -> list[Seat]:
        """The meeting changed: whoever may not see it any more has to go. Returns those who go after
        they heard the news: screens and guests of a meeting that was closed, so that their page says so."""
        leaving = []
        for seat in list(room.seats):
            if can(seat.actor, Action.SEE_MEETING, room.facts):
                continue
            came_by_code = seat.actor.is_screen or seat.actor.guest_id is not None
            if came_by_code and room.facts.is_closed:
                leaving.append(seat)
            else:
                self.drop(seat, NOT_ALLOWED)
        return leaving

    def _spawn(self, coroutine: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


_halls: dict[asyncio.AbstractEventLoop, Hall] = {}


def hall() -> Hall:
    """The hall of the running event loop (a process has one; tests may have several)."""
    loop = asyncio.get_running_loop()
    if loop not in _halls:
        for old in [other for other in _halls if other.is_closed()]:
            del _halls[old]
        _halls[loop] = Hall()
    return _halls[loop]
