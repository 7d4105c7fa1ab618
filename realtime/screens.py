"""What the hall's screens say they show, so that the host sees when none follows.

A screen tells it over its socket after it has shown something; organisers are told at once. It is a
hint like presence: kept in memory, told to other processes, forgotten when a process falls silent.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from townships.actors import Actor

from . import frames
from .frames import Message
from .presence import ELSEWHERE_SECONDS

VIEW = re.compile(r"[a-z]{1,10}(:[0-9a-f-]{1,36})?")


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen's word: it shows this view (`slide:<page>`, `board`, `poll:<poll>`, ...) of number `seq`,
    and whether its window is in sight."""

    view: str
    seq: int
    visible: bool


def parse_shown(frame: Mapping[str, Any], seq: int) -> Shown | None:
    """The frame's content, or None where it is not one of ours."""
    view, visible = frame.get("view"), frame.get("visible", True)
    if not isinstance(view, str) or not VIEW.fullmatch(view) or not isinstance(visible, bool):
        return None
    return Shown(view, seq, visible)


def may_show(actor: Actor) -> bool:
    """Only the hall's own screens count: paired ones, and those an organiser opened."""
    return actor.is_screen or actor.is_staff


class Screens:
    """The screens of one room: those of this process, and what other processes told."""

    def __init__(self) -> None:
        self._here: dict[object, dict[str, Any]] = {}
        self._elsewhere: dict[str, tuple[float, list[dict[str, Any]]]] = {}
        self._frame: Message | None = None

    def show(self, key: object, actor: Actor, shown: Shown) -> bool:
        """A screen says what it shows; whether that is news."""
        state = {
            "paired": actor.is_screen,
            "by": "" if actor.is_screen else actor.name,
            "view": shown.view,
            "seq": shown.seq,
            "visible": shown.visible,
        }
        if self._here.get(key) == state:
            return False
        self._here[key] = state
        self._frame = None
        return True

    def remove(self, key: object) -> bool:
        """A socket is gone; whether it was a screen's."""
        if self._here.pop(key, None) is None:
            return False
        self._frame = None
        return True

    def here(self) -> list[dict[str, Any]]:
        """The screens of this process, to be told to the others."""
        return list(self._here.values())

    def hear(self, process: str, states: list[dict[str, Any]]) -> bool:
        """Another process told of its screens; whether that is news."""
        known = self._elsewhere.get(process)
        self._elsewhere[process] = (time.monotonic(), states)
        if (known[1] if known else []) == states:
            return False
        self._frame = None
        return True

    def forget_silent(self) -> bool:
        """Drop processes that did not report for a minute; whether there were any."""
        limit = time.monotonic() - ELSEWHERE_SECONDS
        silent = [process for process, (at, _) in self._elsewhere.items() if at < limit]
        for process in silent:
            del self._elsewhere[process]
            self._frame = None
        return bool(silent)

    def frame(self) -> Message:
        """The frame for organisers; encoded once per change."""
        if self._frame is None:
            states = self.here()
            for _, others in self._elsewhere.values():
                states += others
            self._frame = frames.screens(states)
        return self._frame
