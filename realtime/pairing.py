"""The hall's computer: a link opens the projector page without signing in.

The link holds a key of ten letters, short enough to be typed. It lasts until the meeting is closed, a
new one is made, or it is taken back; whoever came by the old one is sent away within seconds.
"""

import secrets
import uuid
from typing import Any

from django.db import transaction

from meetings import events
from meetings.models import Meeting
from meetings.problems import WrongStatus
from townships import audit
from townships.actors import Actor
from townships.guests import sign_in_screen
from townships.permissions import Action, require
from townships.problems import NotFound, SignedOut
from townships.throttle import spend

from .joining import clean_code
from .problems import UnknownScreen

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another one
KEY_LENGTH = 10  # 32^10 keys, and thirty wrong ones a minute
GUESSES_PER_MINUTE = 30
PAIRABLE = (Meeting.Status.ANNOUNCED, Meeting.Status.LIVE)


def link_of(actor: Actor, meeting_id: uuid.UUID) -> str:
    """The key of the meeting's screens, "" where there is none. For organisers; raises `NotFound`."""
    meeting = Meeting.objects.filter(pk=meeting_id).first()
    if meeting is None:
        raise (NotFound if actor.signed_in else SignedOut)
    require(actor, Action.SCHEDULE, meeting)
    return meeting.screen_key


def make_link(*, actor: Actor, meeting_id: uuid.UUID) -> Meeting:
    """A new link for the hall's screens; the old one ends. Raises `WrongStatus`."""
    return _set_key(actor, meeting_id, "".join(secrets.choice(LETTERS) for _ in range(KEY_LENGTH)))


def end_link(*, actor: Actor, meeting_id: uuid.UUID) -> Meeting:
    """Take the link back: screens that came by it see nothing more."""
    return _set_key(actor, meeting_id, "")


def _set_key(actor: Actor, meeting_id: uuid.UUID, key: str) -> Meeting:
    if not actor.signed_in:
        raise SignedOut
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.SCHEDULE, meeting)
        events.refuse_closed(meeting)
        if key and meeting.status not in PAIRABLE:
            raise WrongStatus(status=meeting.get_status_display())
        if key != meeting.screen_key:
            meeting.screen_key = key
            meeting.save(update_fields=["screen_key"])
            events.record(meeting, events.MEETING_CHANGED, meeting, actor, fields=["screen_key"])
    return meeting


def meeting_by_key(key: str, address: str) -> Meeting:
    """The meeting with this key. Wrong guesses of an address are throttled.

    Raises `UnknownScreen` or `TooMany`.
    """
    key = clean_code(key)
    found = None
    if len(key) == KEY_LENGTH:
        found = (
            Meeting.objects.select_related("county")
            .filter(screen_key=key, status__in=PAIRABLE)
            .first()
        )
    if found is None:
        spend("screen", address, limit=GUESSES_PER_MINUTE)
        raise UnknownScreen
    return found


def become_screen(*, session: Any, meeting: Meeting) -> Actor:
    """Make this browser a screen of the meeting's hall."""
    with transaction.atomic():
        screen = sign_in_screen(
            session,
            county_id=meeting.county_id,
            meeting_id=meeting.pk,
            key=meeting.screen_key,
            time_zone=meeting.county.time_zone,
        )
        assert screen is not None
        audit.write(actor=screen, action="screen.paired", obj=meeting)
    return screen
