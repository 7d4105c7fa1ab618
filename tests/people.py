"""Builds counties, people and meetings for tests, and signs them in."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from meetings.models import AgendaItem, Meeting
from townships.actors import SCREEN, Actor, actor_of_membership, memberships
from townships.guests import sign_in_guest, sign_in_screen
from townships.models import County, Membership, Role, Township, User

PASSWORD = "a long enough pass phrase"


@cache
def password_hash() -> str:
    """The hash of PASSWORD, made once: a good hash is slow by intention."""
    return make_password(PASSWORD)


def make_person(
    county: County, role: str, username: str, township: Township | None = None, name: str = ""
) -> Actor:
    """A person with a membership, who can sign in as `username` with PASSWORD."""
    user = User.objects.create(
        username=username,
        email=f"{username}@example.invalid",
        name=name or username,
        password=password_hash(),
    )
    membership = Membership.objects.create(user=user, county=county, township=township, role=role)
    return actor_of_membership(memberships().get(pk=membership.pk))


def make_meeting(county: County, status: str = "announced", **fields: Any) -> Meeting:
    """A meeting that starts in an hour (or started an hour ago, once it is open).

    It is put into the state directly, not walked there by the services; tests of those do that.
    """
    opened = status in ("live", "closed")
    now = timezone.now()
    starts_at = fields.pop("starts_at", now + dt.timedelta(hours=-1 if opened else 1))
    times = {
        "announced_at": None if status == "draft" else now,
        "opened_at": starts_at if opened else None,
        "closed_at": now if status == "closed" else None,
    }
    return Meeting.objects.create(
        **{
            "county": county,
            "title": "乡镇组织工作例会",
            "starts_at": starts_at,
            "ends_at": starts_at + dt.timedelta(hours=3),
            "venue": "三楼会议室",
            "status": status,
            **times,
            **fields,
        }
    )


def make_item(meeting: Meeting, township: Township | None = None, **fields: Any) -> AgendaItem:
    """A presentation of the township (deck and manuscript expected), last on the agenda."""
    return AgendaItem.objects.create(
        **{
            "meeting": meeting,
            "position": meeting.agenda.count(),
            "kind": AgendaItem.Kind.PRESENTATION,
            "title": "多媒体演示",
            "township": township,
            "minutes": 10,
            "expects_deck": True,
            "expects_manuscript": True,
            **fields,
        }
    )


def session_of(actor: Actor) -> SessionStore:
    """A saved session in which the actor is signed in (or let in as a guest)."""
    session = SessionStore()
    if actor.user_id is not None:
        user = User.objects.get(pk=actor.user_id)
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    elif actor.is_screen:
        assert actor.county_id is not None
        assert actor.guest_meeting_id is not None
        sign_in_screen(
            session,
            county_id=actor.county_id,
            meeting_id=actor.guest_meeting_id,
            key=actor.guest_code,
            time_zone="Asia/Shanghai",
        )
    elif actor.guest_meeting_id is not None:
        assert actor.county_id is not None
        sign_in_guest(
            session,
            county_id=actor.county_id,
            meeting_id=actor.guest_meeting_id,
            code=actor.guest_code,
            name=actor.name,
            unit=actor.unit,
        )
        session["guest"] |= {"id": str(actor.guest_id)}
    session.save()
    return session


def cookies_of(actor: Actor) -> dict[str, str]:
    """The cookies a signed-in browser of the actor would send (none for NOBODY)."""
    if actor.role is None:
        return {}
    return {settings.SESSION_COOKIE_NAME: str(session_of(actor).session_key)}


def client_of(actor: Actor, **options: Any) -> Client:
    """Django's test client, signed in as the actor. `enforce_csrf_checks=True` to test CSRF."""
    client = Client(**options)
    for name, value in cookies_of(actor).items():
        client.cookies[name] = value
    return client


class Api:
    """The JSON API as one actor calls it; paths are below /api/v1, bodies are JSON."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.client = client_of(actor)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(self._address(path), query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("post", path, body, headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("put", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("patch", path, body, headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.client.delete(self._address(path), headers=headers)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        return getattr(self.client, method)(
            self._address(path),
            data={} if body is None else body,
            content_type="application/json",
            headers=headers,
        )

    @staticmethod
    def _address(path: str) -> str:
        return path if path.startswith("/api/") else f"/api/v1/{path.lstrip('/')}"


def make_guest(meeting: Meeting, name: str = "来宾甲", unit: str = "市委组织部") -> Actor:
    """A guest let into the meeting (which must allow guests to be of any use)."""
    return Actor(
        role=Role.GUEST,
        county_id=meeting.county_id,
        guest_id=uuid.uuid4(),
        guest_meeting_id=meeting.pk,
        guest_code=meeting.join_code,
        name=name,
        unit=unit,
    )


def make_screen(meeting: Meeting) -> Actor:
    """A screen of the hall that was paired by the meeting's link."""
    return Actor(
        role=SCREEN,
        county_id=meeting.county_id,
        guest_id=uuid.uuid4(),
        guest_meeting_id=meeting.pk,
        guest_code=meeting.screen_key,
    )


@contextmanager
def no_more_queries_than(limit: int) -> Iterator[None]:
    """Fail when the block needs more database queries than `limit`; the message lists them."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        yield
    texts = "\n".join(query["sql"][:200] for query in captured)
    assert len(captured) <= limit, f"{len(captured)} queries, at most {limit} expected:\n{texts}"
