"""The hall's code for checking in: a new one every twenty seconds, so a photo of it soon is useless."""

import datetime as dt
import hmac
import uuid
from typing import Any

from django.utils import timezone
from django.utils.crypto import salted_hmac

TURN_SECONDS = 20
VALID_TURNS = 3  # the one shown and the two before: a slow phone needs up to a minute
PASS_SECONDS = 15 * 60  # for signing in after the code was scanned
SESSION_KEY = "check_in_passes"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def _turn(now: dt.datetime) -> int:
    return int(now.timestamp()) // TURN_SECONDS


def _code(meeting_id: uuid.UUID, turn: int) -> str:
    digest = salted_hmac("meetings.check_in", f"{meeting_id}:{turn}", algorithm="sha256").digest()
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:12])


def code_now(meeting_id: uuid.UUID, now: dt.datetime | None = None) -> tuple[str, float]:
    """The code of this turn, and how many seconds it is still the newest."""
    moment = now or timezone.now()
    left = TURN_SECONDS - moment.timestamp() % TURN_SECONDS
    return _code(meeting_id, _turn(moment)), left


def is_valid(meeting_id: uuid.UUID, code: str, now: dt.datetime | None = None) -> bool:
    """Whether this code hangs in the hall now, or did within the last minute."""
    turn = _turn(now or timezone.now())
    return code.isascii() and any(
        hmac.compare_digest(code, _code(meeting_id, turn - back)) for back in range(VALID_TURNS)
    )


def give_pass(session: Any, meeting_id: uuid.UUID, now: dt.datetime | None = None) -> None:
    """Remember in this browser that the hall's code was scanned, for PASS_SECONDS."""
    moment = (now or timezone.now()).timestamp()
    passes = {key: end for key, end in session.get(SESSION_KEY, {}).items() if end > moment}
    session[SESSION_KEY] = passes | {str(meeting_id): moment + PASS_SECONDS}


def has_pass(session: Any, meeting_id: uuid.UUID, now: dt.datetime | None = None) -> bool:
    """Whether this browser scanned the meeting's code a short while ago."""
    moment = (now or timezone.now()).timestamp()
    return bool(session.get(SESSION_KEY, {}).get(str(meeting_id), 0) > moment)
