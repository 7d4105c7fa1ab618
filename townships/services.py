"""Every write about counties, townships, people and their rights.

Invitations, and what ends a person's access, are in `people.py` and `access.py`; all are re-exported here.
"""

import uuid
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from . import audit
from .access import create_token, revoke_token, sign_out_everywhere
from .actors import Actor
from .models import County, Township, User
from .people import (
    accept_invitation,
    change_membership,
    create_person,
    deactivate_person,
    invite,
    open_invitation,
    rename_person,
    renew_invitation,
    revoke_invitation,
)
from .permissions import Action, require
from .problems import Invalid, NotFound
from .signals import county_made
from .texts import one_line

__all__ = [
    "accept_invitation",
    "change_county",
    "change_membership",
    "change_township",
    "create_county",
    "create_person",
    "create_token",
    "create_township",
    "deactivate_person",
    "invite",
    "open_invitation",
    "remember_language",
    "rename_person",
    "renew_invitation",
    "revoke_invitation",
    "revoke_token",
    "sign_out_everywhere",
]


def remember_language(*, actor: Actor, user: User, language: str) -> None:
    """Keep the language a person chose. Raises nothing for unknown ones: the caller checked."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk).exclude(language=language).update(language=language):
            audit.write(actor=actor, action="person.language_changed", obj=user, language=language)


def _check_county(values: dict[str, Any]) -> dict[str, Any]:
    values["name"] = one_line(values["name"], "name", most=100, needed=True)
    if values["time_zone"] not in available_timezones():
        raise Invalid(fields={"time_zone": _("Choose a time zone like Asia/Shanghai.")})
    if values["language"] not in dict(settings.LANGUAGES):
        raise Invalid(fields={"language": _("Choose one of the languages.")})
    return values


def create_county(
    *, actor: Actor, name: str, time_zone: str = "Asia/Shanghai", language: str = "zh-hans"
) -> County:
    """Add a tenant. Only the hub's operator does it, from the command line (`system_actor(None)`).

    Raises `Invalid` for an unknown time zone or language, or a name that is taken.
    """
    require(actor, Action.PEOPLE)
    if actor.membership_id is not None:
        raise NotFound
    values = _check_county({"name": name, "time_zone": time_zone, "language": language})
    try:
        with transaction.atomic():
            county = County.objects.create(**values)
            audit.write(actor=actor, action="county.created", obj=county, county_id=county.pk)
            county_made.send(sender=None, county=county, actor=actor)
    except IntegrityError as error:
        raise Invalid(fields={"name": _("There is a county of this name already.")}) from error
    return county


def change_county(*, actor: Actor, **changes: Any) -> County:
    """Change the name, time zone or language of the actor's county."""
    require(actor, Action.PEOPLE)
    try:
        with transaction.atomic():
            county = County.objects.select_for_update().get(pk=actor.county_id)
            old = {name: getattr(county, name) for name in ("name", "time_zone", "language")}
            for name, value in _check_county(old | changes).items():
                setattr(county, name, value)
            county.save()
            audit.write(
                actor=actor, action="county.changed", obj=county, county_id=county.pk, old=old
            )
    except IntegrityError as error:
        raise Invalid(fields={"name": _("There is a county of this name already.")}) from error
    return county


def create_township(*, actor: Actor, name: str) -> Township:
    """Add a township, last in the county's order. Raises `Invalid` when the name is taken."""
    require(actor, Action.PEOPLE)
    name = one_line(name, "name", most=100, needed=True)
    try:
        with transaction.atomic():
            county = County.objects.select_for_update().get(pk=actor.county_id)
            last = county.townships.aggregate(last=Max("position"))["last"] or 0
            township = county.townships.create(name=name, position=last + 1)
            audit.write(actor=actor, action="township.created", obj=township, name=name)
    except IntegrityError as error:
        raise Invalid(fields={"name": _("The county has a township of this name.")}) from error
    return township


def change_township(
    *,
    actor: Actor,
    township_id: uuid.UUID,
    name: str | None = None,
    position: int | None = None,
    active: bool | None = None,
) -> Township:
    """Rename a township, move it in the order, deactivate it or take it back.

    A deactivated township keeps its history and its people; it is no longer offered for agendas.
    """
    require(actor, Action.PEOPLE)
    try:
        with transaction.atomic():
            township = (
                Township.objects.visible_to(actor)
                .select_for_update()
                .filter(pk=township_id)
                .first()
            )
            if township is None:
                raise NotFound
            old = {"name": township.name, "active": township.active}
            if name is not None:
                township.name = one_line(name, "name", most=100, needed=True)
            if position is not None:
                township.position = max(0, min(position, 10_000))
            if active is not None:
                township.active = active
            township.save()
            audit.write(actor=actor, action="township.changed", obj=township, old=old)
    except IntegrityError as error:
        raise Invalid(fields={"name": _("The county has a township of this name.")}) from error
    return township
