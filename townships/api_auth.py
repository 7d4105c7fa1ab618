"""Who calls the API: a session with CSRF, or `Authorization: Bearer <token>`."""

import hashlib
import secrets

from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from .actors import Actor, actor_of_membership
from .models import ApiToken
from .problems import SignedOut


def hash_token(token: str) -> str:
    """What is stored of a secret link or token: its SHA-256 as hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A fresh secret of 256 bits, safe in URLs."""
    return secrets.token_urlsafe(32)


class BearerToken(HttpBearer):
    """A token made by `manage.py create_token` acts as its membership."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        found = (
            ApiToken.objects.filter(token_hash=hash_token(token), revoked_at__isnull=True)
            .select_related("membership__user", "membership__county", "membership__township")
            .first()
        )
        if found is None:
            raise SignedOut
        actor = actor_of_membership(found.membership)
        if actor.role is None:
            raise SignedOut
        request.actor = actor  # type: ignore[attr-defined]
        return actor


class SessionActor(APIKeyCookie):
    """The session's actor (a person or a guest); CSRF is checked by ninja for cookie keys."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        actor = request.actor  # type: ignore[attr-defined]
        if actor.role is None:
            raise SignedOut
        return actor


AUTH = [BearerToken(), SessionActor()]
