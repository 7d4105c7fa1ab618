"""The room's memory: the newest events, and what each audience may see of them. Pure, no I/O.

An entry of the ring is an event's number, kind and moment; what it is about lies in a `Cell` that all
entries on the same object share. A cell holds the object's state now, encoded once per view, so a
replay from memory never tells yesterday's text, and a slow reader needs no queue of its own: the
ring is the queue, and the reader's cursor its place in it.
"""

import uuid
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from . import frames
from .frames import Message

KEEP = 1_000  # entries kept for reconnects
FRAMES_KEPT = 32  # frames of replays; each may take 300 KB
FARTHEST = 5_000  # events behind which a reader is told to load everything anew
CHUNK_CHARACTERS = 64 * 1024  # of events in one frame: at most 256 KiB, for clients that take 1 MiB


@dataclass(frozen=True, slots=True)
class Audience:
    """Who shares what may be seen: organisers, a township's members, or everyone else."""

    staff: bool = False
    township_id: uuid.UUID | None = None


class Cell:
    """An object's state now, as JSON text, for organisers, its own township and everyone."""

    __slots__ = ("__weakref__", "everyone", "own", "staff")

    def __init__(self, staff: str, own: str, everyone: str) -> None:
        self.staff, self.own, self.everyone = staff, own, everyone


class Entry:
    """An event in memory. `township_id` is set for those that are private until the meeting opens;
    the `facts` of these (state, progress, why a file was refused) stay private even then. `person`: whose
    own doing it was, where that person's other devices must know. Without a `head` it is told to nobody."""

    __slots__ = ("cell", "facts", "head", "offset", "person", "seq", "township_id")

    def __init__(
        self,
        seq: int,
        head: str,
        cell: Cell,
        township_id: uuid.UUID | None = None,
        facts: str = "",
        person: str = "",
    ) -> None:
        self.seq, self.head, self.cell, self.township_id = seq, head, cell, township_id
        self.facts, self.person = facts, person
        self.offset = 0

    @property
    def size(self) -> int:
        """About how many characters it takes in a frame."""
        return len(self.head) + len(self.facts) + len(self.cell.staff)

    def text(self, audience: Audience, is_open: bool) -> str | None:
        """The event as this audience may see it, or None."""
        cell, facts = self.cell, self.facts
        if not self.head:
            return None
        if audience.staff:
            state = cell.staff
        elif self.township_id is None:
            state = cell.everyone
        elif self.township_id == audience.township_id:
            state = cell.own
        elif is_open:
            state, facts = cell.everyone, ""
        else:
            return None
        return f'{self.head}{facts}"data":{state}}}'


class Ring:
    """The entries after `start` up to `last`, in order.

    `produced` counts the bytes that ever passed, so that two readings of it tell how much a reader
    fell behind. `is_open`: whether the meeting has opened, which decides over private entries.
    """

    def __init__(self, seq: int, is_open: bool = False) -> None:
        self.start = self.last = seq
        self.is_open = is_open
        self.produced = 0
        self.entries: deque[Entry] = deque()
        self._frames: dict[tuple[object, int], tuple[Message | None, int]] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def append(self, entries: Iterable[Entry]) -> list[Entry]:
        """Take what is new (numbers above `last`), in order; what is known already is ignored."""
        fresh = []
        for entry in entries:
            if entry.seq <= self.last:
                continue
            self.produced += entry.size
            entry.offset = self.produced
            self.last = entry.seq
            self.entries.append(entry)
            fresh.append(entry)
        self.forget_frames()
        return fresh

    def prepend(self, start: int, entries: list[Entry]) -> None:
        """Remember older events: all those after `start` that come before the oldest known."""
        older = [entry for entry in entries if start < entry.seq <= self.start]
        if start < self.start:
            self.entries.extendleft(reversed(older))
            self.start = start
            self.forget_frames()

    def trim(self, keep: int = KEEP, needed: int | None = None) -> None:
        """Forget the oldest entries, but none after the cursor `needed`."""
        while len(self.entries) > keep:
            if needed is not None and self.entries[0].seq > needed:
                return
            self.start = self.entries.popleft().seq

    def forget_frames(self) -> None:
        """To be called whenever a cell or `is_open` changed."""
        self._frames.clear()

    def reaches(self, cursor: int) -> bool:
        """Whether everything after the cursor is here."""
        return self.start <= cursor <= self.last

    def key(self, audience: Audience, towns: set[uuid.UUID]) -> object:
        """What tells audiences apart that see entries of these townships differently."""
        if audience.staff:
            return "staff"
        return audience.township_id if audience.township_id in towns else "everyone"

    def after(self, cursor: int, audience: Audience) -> tuple[Message | None, int]:
        """One frame of what follows the cursor, and the cursor it leads to.

        The frame is None when there is nothing to see; about CHUNK_CHARACTERS at most, so that a reader
        on a slow line gets on step by step. Frames are shared by readers that may see the same.
        Needs `reaches(cursor)`.
        """
        behind = self.last - cursor
        if behind <= 0:
            return None, self.last
        count = len(self.entries)
        chosen = list(islice(self.entries, max(0, self._index(cursor)), count))
        chosen = self.chunk(chosen)
        towns = {entry.township_id for entry in chosen if entry.township_id is not None}
        key = (self.key(audience, towns), cursor)
        if key not in self._frames:
            if len(self._frames) >= FRAMES_KEPT:
                self.forget_frames()
            self._frames[key] = self.frame(chosen, audience)
        return self._frames[key]

    def frame(self, chosen: list[Entry], audience: Audience) -> tuple[Message | None, int]:
        """The frame of these entries, or None where the audience may see none of them."""
        texts = [
            text for entry in chosen if (text := entry.text(audience, self.is_open)) is not None
        ]
        seq = chosen[-1].seq
        return (frames.events(seq, texts) if texts else None), seq

    def _index(self, cursor: int) -> int:
        """Where the entries after the cursor begin. Numbers have no gaps, but do not rely on it."""
        index = min(len(self.entries), max(0, cursor - self.start))
        while index > 0 and self.entries[index - 1].seq > cursor:
            index -= 1
        while index < len(self.entries) and self.entries[index].seq <= cursor:
            index += 1
        return index

    @staticmethod
    def chunk(entries: list[Entry]) -> list[Entry]:
        """As many of these, from the first on, as one frame takes: about CHUNK_CHARACTERS, at least one."""
        total = 0
        for index, entry in enumerate(entries):
            total += entry.size
            if total > CHUNK_CHARACTERS and index:
                return entries[:index]
        return entries
