"""Handing a county over: somebody else becomes its organiser, and whoever hands over steps back, both at once."""

import uuid

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from . import audit
from .actors import Actor, actor_of_membership, memberships
from .models import County, Membership, Role
from .people import change_membership, deactivate_person
from .permissions import Action, require
from .problems import Invalid, NotFound
from .signals import county_handed_over

STAYS = (Role.ORGANISER, Role.OBSERVER, Role.ARCHIVIST)
LEAVES = "leaves"


def successors(actor: Actor) -> list[Membership]:
    """Who could take over: everybody active in the county but the actor."""
    require(actor, Action.PEOPLE)
    found = Membership.objects.filter(county_id=actor.county_id, active=True, user__is_active=True)
    return list(
        found.exclude(pk=actor.membership_id)
        .select_related("user", "township")
        .order_by("role", "township__position", "user__name")
    )


def hand_over_county(*, actor: Actor, membership_id: uuid.UUID, then: str) -> Membership:
    """Make a person an organiser; the actor becomes `then`: a role of STAYS, or "leaves" (their access ends).

    Who steps back leaves what was theirs to see to (open cases) to the successor, by the signal
    `county_handed_over`. All or nothing. Raises `Invalid`, `NotFound` for somebody who is not active in the county.
    """
    require(actor, Action.PEOPLE)
    if then not in (*STAYS, LEAVES):
        raise Invalid(fields={"then": _("Say what you will be afterwards.")})
    if actor.membership_id is None or membership_id == actor.membership_id:
        raise Invalid(fields={"membership_id": _("Choose somebody else.")})
    with transaction.atomic():
        County.objects.select_for_update().get(pk=actor.county_id)
        successor = Membership.objects.filter(
            county_id=actor.county_id, pk=membership_id, active=True, user__is_active=True
        ).first()
        if successor is None:
            raise NotFound
        new = change_membership(actor=actor, membership_id=successor.pk, role=Role.ORGANISER)
        audit.write(actor=actor, action="county.handed_over", obj=new, then=then)
        if then != Role.ORGANISER:
            taking_over = actor_of_membership(memberships().get(pk=new.pk))
            if then == LEAVES:
                deactivate_person(actor=taking_over, membership_id=actor.membership_id)
            else:
                change_membership(actor=taking_over, membership_id=actor.membership_id, role=then)
            before = Membership.objects.select_related("user").get(pk=actor.membership_id)
            county_handed_over.send(sender=None, actor=taking_over, before=before, after=new)
    return new
