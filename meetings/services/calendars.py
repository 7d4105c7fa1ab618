"""Secret addresses of calendars: made, made anew, revoked; and who an address belongs to."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from townships import audit
from townships.actors import Actor
from townships.models import Membership
from townships.permissions import Action, require
from townships.problems import NotFound

from ..models import CalendarKey

SALT = "meetings.calendar"
SIGNATURE = 32
USED_EVERY = dt.timedelta(hours=1)


def secret_of(key: CalendarKey) -> str:
    """The secret part of a key's address: its id and a signature, 64 hexadecimal digits."""
    return key.pk.hex + _signature(key.pk)


def _signature(pk: uuid.UUID) -> str:
    return salted_hmac(SALT, pk.hex, algorithm="sha256").hexdigest()[:SIGNATURE]


def key_of(secret: str) -> CalendarKey:
    """The key of an address that still works. Raises `NotFound` alike for all others."""
    if len(secret) != 64 or not secret.isascii():
        raise NotFound
    try:
        pk = uuid.UUID(hex=secret[:32])
    except ValueError:
        raise NotFound from None
    if not constant_time_compare(secret[32:], _signature(pk)):
        raise NotFound
    key = (
        CalendarKey.objects.select_related(
            "county", "membership__user", "membership__county", "membership__township"
        )
        .filter(pk=pk, revoked_at=None)
        .first()
    )
    if key is None:
        raise NotFound
    return key


def note_use(key: CalendarKey) -> None:
    """Remember when an address was asked for, at most once an hour."""
    now = timezone.now()
    if key.used_at is None or key.used_at < now - USED_EVERY:
        CalendarKey.objects.filter(pk=key.pk).update(used_at=now)


def own_key(actor: Actor) -> CalendarKey | None:
    """The person's working address (one query)."""
    if actor.membership_id is None:
        return None
    return CalendarKey.objects.filter(membership_id=actor.membership_id, revoked_at=None).first()


def county_key(actor: Actor) -> CalendarKey | None:
    """The county's working address (one query)."""
    return CalendarKey.objects.filter(
        county_id=actor.county_id, membership=None, revoked_at=None
    ).first()


def make_key(*, actor: Actor, county: bool = False, language: str = "") -> CalendarKey:
    """A new address for the actor (or the whole county, for organisers); the one before it ends."""
    require(actor, Action.SCHEDULE if county else Action.SEE_MEETING)
    if actor.membership_id is None:
        raise NotFound
    with transaction.atomic():
        # Two clicks at once: the second waits for the first.
        Membership.objects.select_for_update(of=("self",)).get(pk=actor.membership_id)
        _revoke(actor, county)
        key = CalendarKey.objects.create(
            county_id=actor.county_id,
            membership_id=None if county else actor.membership_id,
            made_by_id=actor.membership_id,
            language=language,
        )
        audit.write(actor=actor, action="calendar.address_made", obj=key, county=county)
    return key


def revoke_key(*, actor: Actor, county: bool = False) -> None:
    """End an address: whoever still asks for it finds nothing."""
    require(actor, Action.SCHEDULE if county else Action.SEE_MEETING)
    with transaction.atomic():
        _revoke(actor, county)


def _revoke(actor: Actor, county: bool) -> None:
    membership_id = None if county else actor.membership_id
    if not county and membership_id is None:
        return
    found = CalendarKey.objects.filter(
        county_id=actor.county_id, membership_id=membership_id, revoked_at=None
    )
    for key in found:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        audit.write(actor=actor, action="calendar.address_revoked", obj=key, county=county)
