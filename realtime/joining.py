"""Coming in by the code on the screen: members go to the room, others give name and unit.

Wrong codes are counted by address. Above the limit an address is not told any more whether a code is
right, except where the meeting is at home: where somebody has its room, cockpit or screen open. So
guessing is slow, and nobody in the hall's own network can lock the hall out by guessing.
"""

import uuid
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from meetings.models import Meeting
from townships import audit
from townships.actors import Actor
from townships.guests import sign_in_guest
from townships.permissions import Action, can
from townships.problems import NotAllowed, NotFound, TooMany
from townships.throttle import is_spent, spend

GUESSES_PER_MINUTE = 10
HOME_SECONDS = 12 * 3600


class UnknownCode(NotFound):
    code = "unknown_code"
    sentence = _(
        "No meeting has this code now. Look at the screen again; the code may have changed."
    )


class NoGuests(NotAllowed):
    code = "no_guests"
    sentence = _("This meeting is for members of the county. Please sign in.")


class JoinAgain(NotAllowed):
    code = "join_again"
    title = _("Please join again")
    sentence = _(
        "The join code has changed, or the meeting no longer lets guests in. "
        "Please enter the code that is on the screen now."
    )


class MeetingEnded(NotAllowed):
    code = "meeting_ended"
    title = _("The meeting is closed. Thank you.")
    sentence = _("Guests take part while a meeting is live.")


def clean_code(typed: str) -> str:
    """A code as people type it: any case, with spaces or dashes."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())[:12]


def meeting_by_code(code: str, address: str) -> Meeting:
    """The live meeting with this code. Wrong guesses of an address are throttled, right codes count
    nothing. Raises `UnknownCode` or `TooMany`.
    """
    code = clean_code(code)
    meeting = None
    if len(code) == 6:
        meeting = (
            Meeting.objects.select_related("county")
            .filter(join_code=code, status=Meeting.Status.LIVE)
            .first()
        )
    if meeting is None:
        spend("join", address, limit=GUESSES_PER_MINUTE)
        raise UnknownCode
    if is_spent("join", address, limit=GUESSES_PER_MINUTE) and not is_home(meeting, address):
        raise TooMany
    return meeting


def make_home(meeting: Meeting, address: str) -> None:
    """Remember that somebody who may see the meeting is at this address."""
    cache.set(_home(meeting, address), True, HOME_SECONDS)


def is_home(meeting: Meeting, address: str) -> bool:
    return bool(cache.get(_home(meeting, address)))


def _home(meeting: Meeting, address: str) -> str:
    return f"join.home:{meeting.pk}:{address}"


def is_over(meeting_id: uuid.UUID) -> bool:
    """Whether the meeting that a guest was let in to has been closed."""
    return Meeting.objects.filter(pk=meeting_id, status=Meeting.Status.CLOSED).exists()


def may_enter(actor: Actor, meeting: Meeting) -> bool:
    return can(actor, Action.SEE_MEETING, meeting)


def enter_as_guest(*, session: Any, meeting: Meeting, name: str, unit: str) -> Actor:
    """Let somebody in as a guest of this meeting only. Raises `NoGuests`."""
    if not meeting.allows_guests:
        raise NoGuests
    with transaction.atomic():
        guest = sign_in_guest(
            session,
            county_id=meeting.county_id,
            meeting_id=meeting.pk,
            code=meeting.join_code,
            name=name,
            unit=unit,
            time_zone=meeting.county.time_zone,
        )
        assert guest is not None
        audit.write(actor=guest, action="guest.entered", obj=meeting)
    return guest
