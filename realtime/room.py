"""One room per process and meeting: its readers, and how what is new reaches them.

The hall (hall.py) reads the log for all rooms at once and hands each room its news. A room encodes one
frame per audience and writes it to every socket that keeps up. A socket that does not is left alone
until its line is free, and then gets everything after its cursor from the ring.
"""

import asyncio
import time
import uuid
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from townships.actors import Actor

from . import frames, metrics
from .door import Pass
from .feed import Facts, audience_of
from .frames import Message
from .outbox import Line, Outbox, Send
from .presence import Presence
from .ring import FARTHEST, KEEP, Audience, Cell, Entry, Ring
from .screens import Screens, Shown, may_show

BEHIND_BYTES = 1024 * 1024  # of news while a reader's line is full, before it is closed
BEHIND_SECONDS = 30.0  # with a full line, before it is closed
PRESENT_SECONDS = 15.0  # in the room, before somebody counts as having come to the meeting
SENDS_PER_TURN = 400  # then other work gets its turn

TOO_SLOW = 4008
SIGNED_OUT = 4401
NOT_ALLOWED = 4403

# Hints: frames without a number; the newest one counts.
PRESENCE, SCREENS, MINE = "presence", "screens", "mine"


@dataclass(slots=True, eq=False)
class Seat:
    """One reader's place in a room: the socket, who it is, how far it got.

    A reader `beside` the room follows what happens from another page and is not in the room.
    """

    session_key: str
    pass_: Pass
    send: Send
    line: Line | None
    cursor: int
    beside: bool = False
    audience: Audience = field(init=False)
    outbox: Outbox = field(init=False)
    room: "Room | None" = None
    behind_since: float = 0.0
    behind_at: int = 0
    due: set[str] = field(default_factory=set)
    closing: bool = False
    came: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)

    @property
    def actor(self) -> Actor:
        return self.pass_.actor

    def __post_init__(self) -> None:
        self.audience = audience_of(self.actor)
        self.outbox = Outbox(self.send, self.line, self._free)

    def _free(self) -> None:
        if self.room is not None:
            self.room.continue_with(self)

    @property
    def is_present(self) -> bool:
        """Somebody is in the room with it."""
        return not self.beside and not self.actor.is_screen

    @property
    def person(self) -> str:
        """Who it is, for limits and presence: the same for all pages of one person."""
        return self.actor.key


def nothing() -> None:
    """What is left to do for a line that is free again when its reader is gone."""


class Room:
    """The readers of one meeting in this process.

    `live` readers have everything the room has; `behind` are all others: those whose line is full, and
    those that wait for older events to be read.
    """

    def __init__(self, facts: Facts, drop: Callable[[Seat, int], None]) -> None:
        self.facts = facts
        self.id: uuid.UUID = facts.pk
        self.ring = Ring(facts.last_seq, facts.is_open)
        self.cells: weakref.WeakValueDictionary[tuple[str, uuid.UUID], Cell] = (
            weakref.WeakValueDictionary()
        )
        self.seats: set[Seat] = set()
        self.live: dict[Audience, set[Seat]] = {}
        self.behind: set[Seat] = set()
        self.presence = Presence()
        self.screens = Screens()
        self.newcomers: set[Seat] = set()
        self.noted: set[str] = set()  # people already on the attendance sheet
        self.wanted_start: int | None = None
        self._drop = drop

    # --- coming and going ----------------------------------------------------------------------

    def enter(self, seat: Seat, newest: int) -> None:
        """Greet a reader and bring it to the present. `newest` is the log's number just read.

        A cursor ahead of the log, or too far behind, is answered with `resync` and nothing else.
        """
        head = max(self.ring.last, newest)
        if seat.cursor > head or head - seat.cursor > FARTHEST:
            seat.outbox.push(frames.resync(head))
            self._drop(seat, 1000)
            return
        seat.room = self
        self.seats.add(seat)
        metrics.SOCKETS.inc()
        if seat.is_present:
            self.presence.add(seat.person, seat.actor)
        seat.outbox.push(frames.hello(head))
        self.newcomers.add(seat)
        self.behind.add(seat)
        seat.behind_at, seat.behind_since = self.ring.produced, time.monotonic()
        self.continue_with(seat)

    def leave(self, seat: Seat) -> bool:
        """The socket is gone, or is being closed; whether it was a screen's."""
        if seat not in self.seats:
            return False
        self.seats.discard(seat)
        metrics.SOCKETS.dec()
        self.behind.discard(seat)
        self.newcomers.discard(seat)
        self._not_live(seat)
        if seat.is_present:
            self.presence.remove(seat.person)
        seat.room = None
        seat.outbox.on_free = (
            nothing  # else seat and outbox hold each other, and the socket with them
        )
        was_screen = self.screens.remove(seat)
        if was_screen:
            self.show_screens()
        return was_screen

    def _not_live(self, seat: Seat) -> None:
        group = self.live.get(seat.audience)
        if group is not None:
            group.discard(seat)
            if not group:
                del self.live[seat.audience]

    # --- one reader ------------------------------------------------------------------------------

    def continue_with(self, seat: Seat) -> None:
        """Give a reader what follows its cursor, as far as its line takes it."""
        while not seat.outbox.blocked and not seat.outbox.broken:
            if seat.due:
                self._hint(seat, seat.due.pop())
                continue
            if seat.cursor >= self.ring.last:
                break
            if not self.ring.reaches(seat.cursor):
                self._want(seat.cursor)
                return
            message, seat.cursor = self.ring.after(seat.cursor, seat.audience)
            if message is not None:
                seat.outbox.push(message)
                metrics.REPLAYED.inc()
        if seat.outbox.blocked:
            self._fell_behind(seat)
        elif seat.cursor == self.ring.last and seat in self.behind:
            self.behind.discard(seat)
            self.live.setdefault(seat.audience, set()).add(seat)

    def _want(self, cursor: int) -> None:
        """Ask the hall to read what came before the ring."""
        if cursor < self.ring.start:
            wanted = self.wanted_start
            self.wanted_start = cursor if wanted is None else min(cursor, wanted)

    def _fell_behind(self, seat: Seat) -> None:
        if seat in self.behind or seat not in self.seats:
            return
        self._not_live(seat)
        self.behind.add(seat)
        seat.behind_at, seat.behind_since = self.ring.produced, time.monotonic()

    def answer(self, seat: Seat, claimed: int) -> None:
        """A heartbeat: tell the reader where it is, unless its line is busy with just that."""
        seat.heard = time.monotonic()
        if claimed > max(self.ring.last, self.facts.last_seq):
            if not seat.outbox.blocked:
                seat.outbox.push(frames.resync(self.ring.last))
            self._drop(seat, 1000)
        elif not seat.outbox.blocked and seat.outbox.push(frames.events(seat.cursor, ())):
            self._fell_behind(seat)

    def check_behind(self) -> None:
        """Let those go on that wait for the ring; close those that are too slow."""
        now = time.monotonic()
        for seat in list(self.behind):
            if not seat.outbox.blocked:
                self.continue_with(seat)
            elif (
                self.ring.produced - seat.behind_at > BEHIND_BYTES
                or now - seat.behind_since > BEHIND_SECONDS
            ):
                self._drop(seat, TOO_SLOW)

    # --- everybody -------------------------------------------------------------------------------

    async def deliver(self, entries: list[Entry]) -> bool:
        """Take new entries and write them to everybody who keeps up; whether there were any."""
        before = self.ring.last
        rest = fresh = self.ring.append(entries)
        if not fresh:
            self.check_behind()
            return False
        metrics.EVENTS.inc(len(fresh))
        turns = 0
        while rest:
            part = self.ring.chunk(rest)
            rest = rest[len(part) :]
            turns = await self._deliver_part(part, before, turns)
            before = part[-1].seq
        self._tell_own(fresh)
        self.check_behind()
        oldest = min((seat.cursor for seat in self.behind), default=None)
        self.ring.trim(KEEP, oldest)
        return True

    async def _deliver_part(self, fresh: list[Entry], before: int, turns: int) -> int:
        """Write what follows `before` as one frame to each audience; the turns counted on."""
        towns = {entry.township_id for entry in fresh if entry.township_id is not None}
        encoded: dict[object, Message | None] = {}
        for audience, group in list(self.live.items()):
            key = self.ring.key(audience, towns)
            if key not in encoded:
                encoded[key] = self.ring.frame(fresh, audience)[0]
            turns = await self._write(list(group), encoded[key], before, fresh[-1].seq, turns)
            if encoded[key] is not None:
                metrics.FRAMES.inc(len(group))
                metrics.DELIVERIES.inc(len(group) * len(fresh))
        return turns

    async def _write(
        self, group: list[Seat], message: Message | None, before: int, seq: int, turns: int
    ) -> int:
        """Write one frame to a group of live readers. A seat that moved on meanwhile (another turn
        of the loop brought it forward, or its line is full) is left alone."""
        for seat in group:
            if seat.cursor != before or seat.outbox.blocked:
                continue
            seat.cursor = seq
            if message is None:
                continue
            if seat.outbox.push(message):
                self._fell_behind(seat)
            turns += 1
            if turns % SENDS_PER_TURN == 0:
                await asyncio.sleep(0)
        return turns

    async def show_presence(self, everybody: bool) -> None:
        """Tell who is here: everybody, or only those who came since it was told last. Those with a
        full line hear it when it is free."""
        chosen = list(self.seats if everybody else self.newcomers)
        self.newcomers.clear()
        for turn, seat in enumerate(chosen, start=1):
            self._hint(seat, PRESENCE)
            if seat.audience.staff:
                self._hint(seat, SCREENS)
            if turn % SENDS_PER_TURN == 0:
                await asyncio.sleep(0)

    def shown(self, seat: Seat, shown: Shown) -> bool:
        """A reader says that it is a screen of the hall; whether that is news."""
        seat.heard = time.monotonic()
        if not may_show(seat.actor) or not self.screens.show(seat, seat.actor, shown):
            return False
        self.show_screens()
        return True

    def not_noted(self) -> list[Actor]:
        """Townships' people who have been in a live meeting for a while and are not on its attendance
        sheet yet, as far as we know; they count as noted from now on."""
        if not self.facts.is_live:
            return []
        since = time.monotonic() - PRESENT_SECONDS
        fresh = {
            seat.person: seat.actor
            for seat in self.seats
            if seat.came < since
            and seat.is_present
            and seat.actor.township_id is not None
            and seat.person not in self.noted
        }
        self.noted |= fresh.keys()
        return list(fresh.values())

    def show_screens(self) -> None:
        """Tell organisers what the hall's screens show."""
        for seat in list(self.seats):
            if seat.audience.staff:
                self._hint(seat, SCREENS)

    def _tell_own(self, fresh: list[Entry]) -> None:
        """Whose own state changed has it told to their other devices: these ask what is theirs now."""
        for person in {entry.person for entry in fresh if entry.person}:
            if self.presence.pages_of(person) > 1:
                for seat in list(self.seats):
                    if seat.person == person:
                        self._hint(seat, MINE)

    def _hint(self, seat: Seat, what: str) -> None:
        """Send a hint, or have it sent when the reader's full line is free."""
        if seat.outbox.blocked:
            seat.due.add(what)
            return
        if what == PRESENCE:
            message = self.presence.frame(seat.audience.staff)
        else:
            message = self.screens.frame() if what == SCREENS else frames.MINE
        if seat.outbox.push(message):
            self._fell_behind(seat)

    def update(self, facts: Facts) -> bool:
        """Take the meeting's newest facts; whether they changed what anybody may see."""
        changed = facts != self.facts
        self.facts = facts
        if changed:
            self.ring.is_open = facts.is_open
            self.ring.forget_frames()
        return changed

    def close(self, seats: Iterable[Seat], code: int) -> None:
        for seat in list(seats):
            self._drop(seat, code)
