"""Every write about access: ending sessions, tokens for programs."""

import uuid

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from . import audit
from .actors import Actor
from .api_auth import hash_token, new_token
from .models import ApiToken, Membership, User
from .permissions import Action, require
from .problems import NotFound
from .texts import one_line


def end_sessions(user: User) -> None:
    """No session of the user counts any more (`User.session_epoch` is part of what it proves)."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    UserSession.objects.filter(user=user).delete()


def sign_out_everywhere(*, actor: Actor, user: User | AnonymousUser, tokens: bool = False) -> None:
    """End all sessions of the actor's own user, and on request revoke their tokens."""
    if not isinstance(user, User) or user.pk != actor.user_id:
        raise NotFound
    with transaction.atomic():
        end_sessions(user)
        if tokens:
            ApiToken.objects.filter(membership__user=user, revoked_at=None).update(
                revoked_at=timezone.now()
            )
        audit.write(
            actor=actor,
            action="person.signed_out_everywhere",
            obj=user,
            county_id=actor.county_id,
            tokens=tokens,
        )


def create_token(
    *, actor: Actor, label: str, membership_id: uuid.UUID | None = None
) -> tuple[ApiToken, str]:
    """A bearer token that acts as a membership (default: the actor's own); returned this once.

    For somebody else's membership the actor must be an organiser of the county.
    """
    label = one_line(label, "label", most=100, needed=True)
    if membership_id is None:
        membership_id = actor.membership_id
    if membership_id != actor.membership_id:
        require(actor, Action.PEOPLE)
    membership = Membership.objects.filter(
        pk=membership_id, county_id=actor.county_id, active=True
    ).first()
    if membership is None:
        raise NotFound
    token = new_token()
    with transaction.atomic():
        row = ApiToken.objects.create(
            membership=membership, token_hash=hash_token(token), label=label
        )
        audit.write(
            actor=actor,
            action="token.created",
            obj=row,
            county_id=membership.county_id,
            label=label,
        )
    return row, token


def revoke_token(*, actor: Actor, token_id: uuid.UUID) -> None:
    """End a token: the actor's own, or as an organiser any of the county."""
    with transaction.atomic():
        row = (
            ApiToken.objects.select_for_update(of=("self",))
            .select_related("membership")
            .filter(pk=token_id, membership__county_id=actor.county_id)
            .first()
        )
        if row is None:
            raise NotFound
        if row.membership_id != actor.membership_id:
            require(actor, Action.PEOPLE)
        row.revoked_at = row.revoked_at or timezone.now()
        row.save(update_fields=["revoked_at"])
        audit.write(
            actor=actor, action="token.revoked", obj=row, county_id=row.membership.county_id
        )
