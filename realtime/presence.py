"""Who is here: counted by person, told in batches, to everyone by township and to organisers by name."""

import time
import uuid
from collections import Counter
from typing import Any

from townships.actors import Actor
from townships.models import Role

from . import frames
from .frames import Message

ELSEWHERE_SECONDS = 60.0  # after which another process that fell silent counts as gone


class Presence:
    """The people of one room: those of this process, and what other processes told.

    `changed` is set when somebody came or went; whoever broadcasts clears it.
    """

    def __init__(self) -> None:
        self._sockets: Counter[str] = Counter()
        self._people: dict[str, dict[str, Any]] = {}
        self._elsewhere: dict[str, tuple[float, dict[str, dict[str, Any]]]] = {}
        self._frames: dict[bool, Message] = {}
        self.changed = False
        self.told: float = 0.0  # when everybody here was told last
        self.reported: float = 0.0  # and the other processes

    def add(self, key: str, actor: Actor) -> None:
        self._sockets[key] += 1
        if self._sockets[key] == 1:
            self._people[key] = {
                "name": actor.name,
                "unit": actor.unit,
                "role": actor.role,
                "township": str(actor.township_id) if actor.township_id else None,
            }
            self._touch()

    def remove(self, key: str) -> None:
        self._sockets[key] -= 1
        if self._sockets[key] <= 0:
            del self._sockets[key]
            self._people.pop(key, None)
            self._touch()

    def pages_of(self, key: str) -> int:
        """How many pages a person has open: those here, and one for each other process they are in."""
        return self._sockets[key] + sum(key in others for _, others in self._elsewhere.values())

    def here(self) -> dict[str, dict[str, Any]]:
        """The people of this process, to be told to the others."""
        return self._people

    def hear(self, process: str, people: dict[str, dict[str, Any]]) -> None:
        """Another process told who is there."""
        known = self._elsewhere.get(process)
        self._elsewhere[process] = (time.monotonic(), people)
        if known is None or known[1] != people:
            self._touch()

    def forget_silent(self) -> None:
        """Drop processes that did not report for a minute."""
        limit = time.monotonic() - ELSEWHERE_SECONDS
        silent = [process for process, (at, _) in self._elsewhere.items() if at < limit]
        for process in silent:
            del self._elsewhere[process]
            self._touch()

    def frame(self, staff: bool) -> Message:
        """The presence frame for organisers (with names) or everyone; encoded once per change."""
        if staff not in self._frames:
            self._frames[staff] = frames.presence(self.state(staff))
        return self._frames[staff]

    def state(self, staff: bool) -> dict[str, Any]:
        people: dict[str, dict[str, Any]] = {}
        for _, others in self._elsewhere.values():
            people |= others
        people |= self._people
        townships = Counter(person["township"] for person in people.values() if person["township"])
        state: dict[str, Any] = {
            "people": len(people),
            "guests": sum(person["role"] == Role.GUEST for person in people.values()),
            "townships": dict(townships),
        }
        if staff:
            state["names"] = sorted(people.values(), key=lambda person: person["name"])
        return state

    def _touch(self) -> None:
        self.changed = True
        self._frames.clear()


PROCESS = uuid.uuid4().hex
