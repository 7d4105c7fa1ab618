"""The county's people as a table, in the columns that an import takes."""

from django.db.models import Q
from django.utils.translation import gettext as _

from .actors import Actor
from .models import Membership
from .people_mail import state_of
from .permissions import Action, require


def export_header() -> list[str]:
    """Headings in the reader's language; an import knows them in every language."""
    return [_("Name"), _("Role"), _("Township"), _("User name"), _("E-mail"), _("State")]


def export_rows(actor: Actor, *, former: bool = False) -> list[list[str]]:
    """Everybody of the county (one query); `former`: those whose access has ended too."""
    require(actor, Action.PEOPLE)
    people = Membership.objects.filter(county_id=actor.county_id)
    if not former:
        people = people.filter(
            Q(active=True) | Q(invitation__isnull=False, invitation__accepted_at=None)
        )
    ordered = people.select_related("user", "township", "invitation").order_by(
        "township__position", "township__name", "role", "user__name"
    )
    return [
        [
            person.user.name,
            person.get_role_display(),
            person.township.name if person.township else "",
            person.user.username,
            person.user.email,
            state_words(person),
        ]
        for person in ordered
    ]


def state_words(person: Membership) -> str:
    """Where a person stands: active, an invitation's state, or ended."""
    if person.active:
        return _("active")
    invitation = getattr(person, "invitation", None)
    if invitation is None or invitation.accepted_at is not None:
        return _("ended")
    words = {
        "new": _("link not given out yet"),
        "pending": _("invited"),
        "expired": _("invitation too old"),
        "revoked": _("invitation taken back"),
    }
    return words[state_of(invitation)]
