"""The actor: who is asking, in which role, for which county and township.

Everything that decides rights or visibility takes an `Actor`, never a user or a request, so that
pages, the API, sockets, the worker and commands are judged by the same rules.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser

from .models import Membership, Role, User
from .prepared import by_ids

# The role of a hall's screen that was paired with one meeting. No person has it.
SCREEN = "screen"


def with_unit(name: object, unit: object) -> str:
    """A person as people here write them in lists and records: 苏砚禾（禾澍镇）; in every language,
    because it is kept."""
    return f"{name}（{unit}）" if unit else str(name)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `role` is None for somebody without rights (signed out, or without a membership).

    A guest has no membership: `guest_meeting_id` is the only meeting they are let into, and only as
    long as its join code is the `guest_code` they came by; `name` and `unit` are what they typed at
    the door. A hall's screen (role SCREEN) is let in the same way, by the meeting's `screen_key`.
    """

    role: str | None
    county_id: uuid.UUID | None = None
    township_id: uuid.UUID | None = None
    membership_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    name: str = ""
    unit: str = ""
    guest_id: uuid.UUID | None = None
    guest_meeting_id: uuid.UUID | None = None
    guest_code: str = ""
    county_name: str = ""
    time_zone: str = ""

    @property
    def is_staff(self) -> bool:
        """Organisers see everything of their county."""
        return self.role == Role.ORGANISER

    @property
    def is_screen(self) -> bool:
        """A paired screen of the hall: looks, and is nobody."""
        return self.role == SCREEN

    @property
    def signed_in(self) -> bool:
        return self.role is not None

    @property
    def label(self) -> str:
        """How the actor is named in the audit: name and unit."""
        return with_unit(self.name, self.unit)

    @property
    def key(self) -> str:
        """Identifies the person for limits, presence and "mine"; never shown."""
        return str(self.membership_id or self.guest_id or "")

    @property
    def rights(self) -> tuple[object, ...]:
        """All that the rights table judges by; a new name or unit changes none of it."""
        return (
            self.role,
            self.county_id,
            self.township_id,
            self.key,
            self.guest_meeting_id,
            self.guest_code,
        )


NOBODY = Actor(role=None)


def actor_of_membership(membership: Membership) -> Actor:
    """The actor a membership makes. Needs `user`, `county` and `township` loaded."""
    if not membership.active or not membership.user.is_active:
        return NOBODY
    township = membership.township
    return Actor(
        role=membership.role,
        county_id=membership.county_id,
        township_id=membership.township_id,
        membership_id=membership.pk,
        user_id=membership.user_id,
        name=str(membership.user),
        unit=township.name if township else membership.county.name,
        county_name=membership.county.name,
        time_zone=membership.county.time_zone,
    )


def memberships() -> Any:
    """Active memberships with all that an actor needs, in one query."""
    return Membership.objects.filter(active=True).select_related("user", "county", "township")


MEMBERSHIPS = by_ids(lambda ids: memberships().filter(user_id__in=ids))


def membership_of(user_id: uuid.UUID) -> Membership | None:
    """The person's one active membership with all that an actor needs (one query)."""
    return next(iter(MEMBERSHIPS.fetch([(user_id,)])), None)


def actor_of_user(user: User | AnonymousUser) -> Actor:
    """The actor of a signed-in user: their one active membership (one query, or none when the user
    came with it by `townships.backends`)."""
    if not isinstance(user, User) or not user.is_active:
        return NOBODY
    membership = getattr(user, "active_membership", None) or membership_of(user.pk)
    if membership is None:
        return Actor(role=None, user_id=user.pk, name=str(user))
    return actor_of_membership(membership)


def system_actor(county_id: uuid.UUID | None, name: str = "Lihui") -> Actor:
    """The hub itself (worker, commands), acting with an organiser's rights in one county."""
    return Actor(role=Role.ORGANISER, county_id=county_id, name=name)
