"""The door: who is behind a session, asked for all that knock at once.

Sessions and memberships are looked up for everybody waiting in one go, so that a hall that comes back
after a restart costs a constant number of queries. The same look-up, done for all who are inside every
few seconds, finds those who signed out or may not stay.
"""

import asyncio
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from townships.actors import Actor, actor_of_membership, memberships
from townships.guests import guest_of_session
from townships.models import Membership, User

from .feed import Facts, facts_of
from .threads import DatabaseThread

TICK_SECONDS = 0.005  # that the first one waits for others
LONGEST_TICK_SECONDS = 0.5
CROWD = 8  # handshakes in a batch from which on the next batch waits twice as long
AT_ONCE = 5_000  # keys in one query
ANSWERS_PER_TURN = 100
CHECKED_TOGETHER = 250  # sessions that are inside: some ten milliseconds of work


@dataclass(frozen=True, slots=True)
class Pass:
    """A session that was found valid, and what it was found from."""

    actor: Actor
    session_data: str
    user_id: uuid.UUID | None = None
    evidence: str = ""


@dataclass(slots=True)
class Knock:
    """A handshake that waits for its answer: a pass and the meeting's facts, each None if there is none."""

    session_key: str
    meeting_id: uuid.UUID
    answer: "asyncio.Future[tuple[Pass | None, Facts | None]]"


class Door:
    """Answers handshakes in batches: whoever comes while one batch is looked up is in the next."""

    def __init__(self) -> None:
        self._thread = DatabaseThread("lihui-door")
        self._waiting: list[Knock] = []
        self._task: asyncio.Task[None] | None = None

    async def knock(
        self, session_key: str, meeting_id: uuid.UUID
    ) -> tuple[Pass | None, Facts | None]:
        """Who this session is, and the meeting as it is now. Raises database errors."""
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append(Knock(session_key, meeting_id, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._answer_all())
        return await answer

    async def _answer_all(self) -> None:
        """Answer until nobody waits. While a crowd comes in the ticks grow, so that the number of
        batches, and so of queries, hardly depends on the size of the crowd."""
        tick = TICK_SECONDS
        while self._waiting:
            await asyncio.sleep(tick)
            batch, self._waiting = self._waiting, []
            tick = min(tick * 2, LONGEST_TICK_SECONDS) if len(batch) >= CROWD else TICK_SECONDS
            try:
                found = await self._thread.run(
                    look_up,
                    {knock.session_key for knock in batch},
                    {knock.meeting_id for knock in batch},
                )
            except Exception as error:
                for knock in batch:
                    if not knock.answer.done():
                        knock.answer.set_exception(error)
            else:
                await self._hand_out(batch, *found)
        self._task = None

    @staticmethod
    async def _hand_out(
        batch: list[Knock], passes: dict[str, Pass], facts: dict[uuid.UUID, Facts]
    ) -> None:
        """Answer a batch; a large one in parts, so that other work gets its turn."""
        for number, knock in enumerate(batch, start=1):
            if not knock.answer.done():
                answer = passes.get(knock.session_key), facts.get(knock.meeting_id)
                knock.answer.set_result(answer)
            if number % ANSWERS_PER_TURN == 0:
                await asyncio.sleep(0)

    async def recheck(self, known: Mapping[str, Pass]) -> dict[str, Pass]:
        """Those of these sessions that are still valid, with the actor they make now.

        A few at a time: while the thread works, the loop has to wait for it after every frame it sends.
        """
        valid: dict[str, Pass] = {}
        keys = list(known)
        for start in range(0, len(keys), CHECKED_TOGETHER):
            part = keys[start : start + CHECKED_TOGETHER]
            valid |= await self._thread.run(find_passes, part, known)
            await asyncio.sleep(TICK_SECONDS)
        return valid


def look_up(
    keys: Collection[str], meeting_ids: Collection[uuid.UUID]
) -> tuple[dict[str, Pass], dict[uuid.UUID, Facts]]:
    """Passes by session key and facts by meeting (four queries)."""
    return find_passes(keys), facts_of(meeting_ids)


def find_passes(keys: Collection[str], known: Mapping[str, Pass] | None = None) -> dict[str, Pass]:
    """Whom these sessions belong to; invalid ones are left out (three queries per AT_ONCE keys).

    Rows that are the same as when a pass in `known` was found make the same pass without work.
    """
    wanted, known = [key for key in keys if key], known or {}
    found: dict[str, Pass] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = Session.objects.filter(
            session_key__in=wanted[start : start + AT_ONCE], expire_date__gt=timezone.now()
        ).values_list("session_key", "session_data")
        found |= _passes(dict(rows), known)
    return found


def _passes(rows: Mapping[str, str], known: Mapping[str, Pass]) -> dict[str, Pass]:
    found: dict[str, Pass] = {}
    users: dict[str, tuple[uuid.UUID, str]] = {}
    for key, data in rows.items():
        old = known.get(key)
        if old is not None and old.session_data == data:
            if old.user_id is None:
                found[key] = old
            else:
                users[key] = (old.user_id, "")
            continue
        content = SessionStore().decode(data)
        user_id = _user_id(content)
        if user_id is not None:
            users[key] = (user_id, content.get(HASH_SESSION_KEY, ""))
        elif (guest := guest_of_session(content)) is not None:
            found[key] = Pass(guest, data)
    evidence = _evidence({user_id for user_id, _ in users.values()})
    missing = {
        user_id
        for key, (user_id, hash_) in users.items()
        if hash_ or (old := known.get(key)) is None or old.evidence != evidence.get(user_id)
    }
    people = _people(missing) if missing else {}
    for key, (user_id, hash_) in users.items():
        old = known.get(key)
        if not hash_ and old is not None and old.evidence == evidence.get(user_id):
            found[key] = old
        elif (member := people.get(user_id)) is not None:
            hash_ = hash_ or SessionStore().decode(rows[key]).get(HASH_SESSION_KEY, "")
            if _verified(member.user, hash_):
                actor = actor_of_membership(member)
                if actor.role is not None:
                    found[key] = Pass(actor, rows[key], user_id, evidence.get(user_id, ""))
    return found


def _user_id(content: Mapping[str, Any]) -> uuid.UUID | None:
    """The user a session is signed in as, by a backend that is still in use."""
    if content.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    try:
        return uuid.UUID(str(content.get(SESSION_KEY, "")))
    except ValueError:
        return None


def _evidence(user_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """All that a pass depends on, per user, as one text made by the database (one query): it is only
    ever compared, and making ids of a whole hall's rows every few seconds would cost more than all else."""
    if not user_ids:
        return {}
    columns = [
        "pk",
        "role",
        "county_id",
        "township_id",
        "user__is_active",
        "user__password",
        "user__session_epoch",
    ]
    parts = [part for name in columns for part in (Cast(name, CharField()), Value("|"))]
    rows = Membership.objects.filter(active=True, user_id__in=user_ids)
    return dict(rows.annotate(evidence=Concat(*parts)).values_list("user_id", "evidence"))


def _people(user_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Membership]:
    return {member.user_id: member for member in memberships().filter(user_id__in=user_ids)}


def _verified(user: User, session_hash: str) -> bool:
    """Whether the session was made with the user's present password and epoch (`User`)."""
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(session_hash, expected) for expected in hashes)
