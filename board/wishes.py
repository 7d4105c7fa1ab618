"""Wishes of which only the newest counts: support and votes, given and taken back from a phone.

A phone repeats a wish until it is acknowledged, so a copy may arrive after the wish that replaced it: a
support that comes back, a vote that jumps. Each device counts its wishes; one with a smaller number
than the last one heard about the same thing is late, and changes nothing. Different devices are not
compared: their clocks differ, and whoever speaks last wins.
"""

import re
import uuid
from dataclasses import dataclass
from typing import Self

from meetings.models import Meeting
from townships.actors import Actor
from townships.problems import Invalid

from .models import Wish

PATTERN = r"^[0-9a-f]{8,32}-[0-9]{1,16}$"


@dataclass(frozen=True, slots=True)
class Heard:
    """A wish's place among those of its device."""

    device: str
    number: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """From `<device>-<number>`; None for an empty text. Raises `Invalid`."""
        if not text:
            return None
        if not re.fullmatch(PATTERN, text, re.ASCII):
            raise Invalid
        device, _, number = text.partition("-")
        return cls(device, int(number))


def is_late(actor: Actor, meeting: Meeting, subject_id: uuid.UUID, heard: Heard | None) -> bool:
    """Whether a newer wish of the same device about `subject_id` was heard before; else this one is the
    newest from now on. To be called under the meeting's lock, within the wish's own transaction."""
    if heard is None:
        return False
    known, fresh = Wish.objects.get_or_create(
        subject_id=subject_id,
        actor_key=actor.key,
        device=heard.device,
        defaults={"meeting": meeting, "number": heard.number},
    )
    if not fresh and known.number < heard.number:
        known.number = heard.number
        known.save(update_fields=["number"])
    return not fresh and known.number > heard.number
