"""Guests: people let into one live meeting by its join code, kept in their session only.

A screen of the hall is let in the same way, by the meeting's `screen_key`.
"""

import uuid
from typing import Any

from .actors import SCREEN, Actor
from .models import Role

SESSION_KEY = "guest"


def guest_of_session(session: Any) -> Actor | None:
    """The guest of a session, or None. The meeting itself decides whether guests are let in."""
    data = session.get(SESSION_KEY)
    if not data:
        return None
    return Actor(
        role=SCREEN if data.get("screen") else Role.GUEST,
        county_id=uuid.UUID(data["county"]),
        guest_id=uuid.UUID(data["id"]),
        guest_meeting_id=uuid.UUID(data["meeting"]),
        guest_code=data.get("code", ""),
        name=data["name"],
        unit=data["unit"],
        time_zone=data.get("time_zone", ""),
    )


def sign_in_screen(
    session: Any, *, county_id: uuid.UUID, meeting_id: uuid.UUID, key: str, time_zone: str
) -> Actor | None:
    """Make this browser a screen of one meeting's hall, as long as `key` is the meeting's."""
    session.cycle_key()
    session[SESSION_KEY] = {
        "id": str(uuid.uuid4()),
        "county": str(county_id),
        "meeting": str(meeting_id),
        "code": key,
        "name": "",
        "unit": "",
        "time_zone": time_zone,
        "screen": True,
    }
    return guest_of_session(session)


def sign_in_guest(
    session: Any,
    *,
    county_id: uuid.UUID,
    meeting_id: uuid.UUID,
    code: str,
    name: str,
    unit: str,
    time_zone: str = "",
) -> Actor | None:
    """Let somebody into one meeting as a guest: a new session, so no old one is taken over.

    `code` is the meeting's join code now: a new one ends the guest's access. `time_zone` is the county's, in which its times are shown.
    """
    session.cycle_key()
    session[SESSION_KEY] = {
        "id": str(uuid.uuid4()),
        "county": str(county_id),
        "meeting": str(meeting_id),
        "code": code,
        "name": name[:40],
        "unit": unit[:60],
        "time_zone": time_zone,
    }
    return guest_of_session(session)
