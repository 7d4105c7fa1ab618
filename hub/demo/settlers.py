"""Brings a demo county's townships and people into being, and keeps who acts for whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import make_password

from hub.demo.places import PASSWORD, Land, Person
from townships import services
from townships.actors import Actor, actor_of_membership, memberships, system_actor
from townships.models import Township, User


@dataclass(frozen=True)
class Settled:
    """A county in the database: its townships and members in `land.places`' order, its organiser."""

    land: Land
    organiser: Actor
    townships: tuple[Township, ...]
    members: tuple[tuple[Actor, ...], ...]


def settle(land: Land) -> Settled:
    """Create the county with its townships and people, all with the demo's one password."""
    county = services.create_county(actor=system_actor(None), name=land.name)
    founder = system_actor(county.pk)
    organiser, *others = land.staff
    first = _person(founder, land, organiser)
    for person in others:
        _person(first, land, person)
    townships, members = [], []
    for place in land.places:
        township = services.create_township(actor=first, name=place.name)
        townships.append(township)
        members.append(tuple(_person(first, land, one, township) for one in place.members))
    _give_password(land)
    return Settled(land, first, tuple(townships), tuple(members))


def _person(actor: Actor, land: Land, person: Person, township: Township | None = None) -> Actor:
    membership = services.create_person(
        actor=actor,
        name=person.name,
        role=person.role,
        password=None,
        username=person.user_name,
        email=f"{person.user_name}@{land.key}.example",
        township_id=township.pk if township else None,
    )
    return actor_of_membership(memberships().get(pk=membership.pk))


def _give_password(land: Land) -> None:
    """Everybody gets one hash at once: a good hash is slow by intention, thirty take seconds."""
    names = [person.user_name for person in land.staff]
    names += [person.user_name for place in land.places for person in place.members]
    User.objects.filter(username__in=names).update(password=_hash())


@cache
def _hash() -> str:
    """One for both counties."""
    return make_password(PASSWORD)
