"""Every write about people: inviting them, what they may be, ending their membership."""

import datetime as dt
import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import audit
from .access import end_sessions
from .actors import Actor, actor_of_membership
from .api_auth import hash_token, new_token
from .credentials import check_email, check_password, check_username, free_username, save_user
from .models import ApiToken, Invitation, Membership, Role, Township, User
from .permissions import Action, require
from .problems import Conflict, Invalid, NotFound
from .texts import one_line

INVITATION_DAYS = 14


class InvitationUsed(Conflict):
    code = "invitation_used"
    title = _("This invitation no longer works")
    sentence = _(
        "This invitation has been used, taken back, or is too old. "
        "Ask the organiser of your county for a new one."
    )


class LastOrganiser(Conflict):
    code = "last_organiser"
    title = _("The county needs an organiser")
    sentence = _("This is the county's only organiser. Make somebody else an organiser first.")


class AccessEnded(Conflict):
    code = "access_ended"
    title = _("This access has ended")
    sentence = _(
        "This access has ended. To let the person in again, invite them with the same name and "
        "user name, or with the same e-mail address."
    )


def _check_role(actor: Actor, role: str, township_id: uuid.UUID | None) -> Township | None:
    """The township of a member; None for the other roles. Raises `Invalid`, `NotFound`."""
    if role not in Role.values or role == Role.GUEST:
        raise Invalid(fields={"role": _("Choose one of the roles.")})
    if role != Role.MEMBER:
        return None
    if township_id is None:
        raise Invalid(fields={"township_id": _("Say which township the member belongs to.")})
    township = Township.objects.visible_to(actor).filter(pk=township_id).first()
    if township is None:
        raise NotFound
    return township


def create_person(
    *,
    actor: Actor,
    name: str,
    role: str,
    password: str | None,
    username: str = "",
    email: str = "",
    township_id: uuid.UUID | None = None,
) -> Membership:
    """A person who can sign in at once, with a password the caller gives (demo, commands).

    The password is not judged: people choose theirs through an invitation. None sets none (and saves
    the time of hashing). Raises `Invalid`.
    """
    require(actor, Action.PEOPLE)
    with transaction.atomic():
        membership = _add_person(actor, name, role, username, email, township_id)
        membership.user.set_password(password)
        membership.user.save(update_fields=["password"])
        Membership.objects.filter(pk=membership.pk).update(active=True)
        membership.active = True
        audit.write(actor=actor, action="person.created", obj=membership, role=role)
    return membership


def _add_person(
    actor: Actor, name: str, role: str, username: str, email: str, township_id: uuid.UUID | None
) -> Membership:
    """A membership that is not active yet, of a user who cannot sign in yet.

    Somebody whose access here has ended is the same person again; their old memberships stay.
    """
    name = one_line(name, "name", most=100, needed=True)
    township = _check_role(actor, role, township_id)
    user = _former_person(actor, name, username.strip(), email.strip()) or User()
    known = None if user._state.adding else user
    if username:
        user.username = check_username(username, known)
    elif known is None:
        user.username = free_username(name)
    user.email = check_email(email, known) or user.email
    user.name = name
    if known is None:
        user.set_unusable_password()
    save_user(user)
    return Membership.objects.create(
        user=user, county_id=actor.county_id, township=township, role=role, active=False
    )


def _former_person(actor: Actor, name: str, username: str, email: str) -> User | None:
    """Who used to work in the actor's county, and only there, and is invited by nobody now.

    Known by the e-mail address, or by name and user name: a user name alone may be another
    person's, who must not inherit what the first one wrote.
    """
    same = Q(username__iexact=username, name=name) if username else Q(pk=None)
    if email:
        same |= Q(email__iexact=email)
    here = Membership.objects.filter(user=OuterRef("pk"))
    kept = here.exclude(county_id=actor.county_id, active=False)
    invited = here.filter(invitation__isnull=False, invitation__accepted_at=None)
    return (
        User.objects.select_for_update(of=("self",))
        .filter(same)
        .filter(Exists(here), ~Exists(kept), ~Exists(invited))
        .order_by("date_joined")
        .first()
    )


def invite(
    *,
    actor: Actor,
    name: str,
    role: str,
    township_id: uuid.UUID | None = None,
    username: str = "",
    email: str = "",
    days: int = INVITATION_DAYS,
) -> tuple[Invitation, str]:
    """Invite a person; returns the invitation and the secret token of its link, this once only.

    The link is `/invitations/<token>/`; it sets the password and makes the membership active.
    Somebody whose access has ended comes back this way, with the same e-mail address, or the same
    name and user name.
    Raises `Invalid` with the wrong fields, `NotFound` for another county's township.
    """
    require(actor, Action.PEOPLE)
    token = new_token()
    with transaction.atomic():
        membership = _add_person(actor, name, role, username, email, township_id)
        invitation = Invitation.objects.create(
            membership=membership,
            token_hash=hash_token(token),
            invited_by_id=actor.membership_id,
            expires_at=timezone.now() + dt.timedelta(days=days),
            given_at=timezone.now(),
        )
        audit.write(actor=actor, action="person.invited", obj=membership, role=role)
    return invitation, token


def _locked_invitation(actor: Actor, invitation_id: uuid.UUID) -> Invitation:
    require(actor, Action.PEOPLE)
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("membership__user")
        .filter(pk=invitation_id, membership__county_id=actor.county_id)
        .first()
    )
    if invitation is None:
        raise NotFound
    if invitation.accepted_at is not None:
        raise InvitationUsed
    return invitation


def renew_invitation(
    *, actor: Actor, invitation_id: uuid.UUID, days: int = INVITATION_DAYS
) -> tuple[Invitation, str]:
    """A new link for an invitation that was not accepted yet; the old link stops working."""
    token = new_token()
    with transaction.atomic():
        invitation = _locked_invitation(actor, invitation_id)
        invitation.token_hash = hash_token(token)
        invitation.revoked_at = invitation.mail_due = None
        invitation.given_at = timezone.now()
        invitation.expires_at = invitation.given_at + dt.timedelta(days=days)
        invitation.save()
        audit.write(actor=actor, action="invitation.renewed", obj=invitation.membership)
    return invitation, token


def revoke_invitation(*, actor: Actor, invitation_id: uuid.UUID) -> Invitation:
    """Take an invitation back: its link stops working."""
    with transaction.atomic():
        invitation = _locked_invitation(actor, invitation_id)
        invitation.revoked_at, invitation.mail_due = timezone.now(), None
        invitation.save(update_fields=["revoked_at", "mail_due"])
        audit.write(actor=actor, action="invitation.revoked", obj=invitation.membership)
    return invitation


def open_invitation(token: str, *, lock: bool = False) -> Invitation:
    """The invitation of a link. Raises `NotFound` for an unknown one, `InvitationUsed`."""
    found = Invitation.objects.select_related("membership__user", "membership__county")
    if lock:
        found = found.select_for_update(of=("self",))
    invitation = found.filter(token_hash=hash_token(token)).first()
    if invitation is None:
        raise NotFound
    if not invitation.is_open():
        raise InvitationUsed
    return invitation


def accept_invitation(*, token: str, username: str, password: str) -> User:
    """Set the password and user name of an invited person and make the membership active.

    The token is the right to do so. Raises `NotFound`, `InvitationUsed`, `Invalid` with fields.
    """
    with transaction.atomic():
        invitation = open_invitation(token, lock=True)
        membership = invitation.membership
        user = membership.user
        user.username = check_username(username, user)
        check_password(password, user)
        user.set_password(password)
        user.is_active = True
        save_user(user, ["username", "password", "is_active"])
        Membership.objects.filter(user=user, active=True).update(active=False)
        membership.active = True
        membership.save(update_fields=["active"])
        invitation.accepted_at, invitation.mail_due = timezone.now(), None
        invitation.save(update_fields=["accepted_at", "mail_due"])
        audit.write(
            actor=actor_of_membership(membership), action="invitation.accepted", obj=membership
        )
    return user


def rename_person(
    *, actor: Actor, user: User | AnonymousUser, name: str, language: str, email: str = ""
) -> User:
    """A person changes their own name, language and e-mail address."""
    if not isinstance(user, User) or user.pk != actor.user_id:
        raise NotFound
    if language and language not in dict(settings.LANGUAGES):
        raise Invalid(fields={"language": _("Choose one of the languages.")})
    user.name = one_line(name, "name", most=100, needed=True)
    user.email = check_email(email, user)
    user.language = language
    with transaction.atomic():
        save_user(user, ["name", "email", "language"])
        audit.write(actor=actor, action="person.renamed", obj=user, county_id=actor.county_id)
    return user


def _locked_membership(actor: Actor, membership_id: uuid.UUID) -> Membership:
    require(actor, Action.PEOPLE)
    # One at a time per county, so that two organisers cannot demote each other at once.
    list(Membership.objects.select_for_update().filter(county_id=actor.county_id, role="organiser"))
    membership = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user", "county")
        .filter(pk=membership_id, county_id=actor.county_id)
        .first()
    )
    if membership is None:
        raise NotFound
    return membership


def _keep_an_organiser(membership: Membership) -> None:
    if not (membership.active and membership.role == Role.ORGANISER):
        return
    others = Membership.objects.filter(
        county_id=membership.county_id, role=Role.ORGANISER, active=True, user__is_active=True
    ).exclude(pk=membership.pk)
    if not others.exists():
        raise LastOrganiser


def change_membership(
    *,
    actor: Actor,
    membership_id: uuid.UUID,
    role: str,
    township_id: uuid.UUID | None = None,
) -> Membership:
    """Give a person another role or township, from now on.

    The old membership stays, inactive, so that what they wrote keeps its author and township; its
    tokens die. One that was never active (invited) is changed in place. Raises `LastOrganiser`,
    `AccessEnded`.
    """
    with transaction.atomic():
        membership = _locked_membership(actor, membership_id)
        township = _check_role(actor, role, township_id)
        waiting = Invitation.objects.filter(membership=membership, accepted_at=None)
        if not membership.active and not waiting.exists():
            raise AccessEnded
        if role == membership.role and (township and township.pk) == membership.township_id:
            return membership
        old = {"role": membership.role, "township": str(membership.township_id or "")}
        if not membership.active:
            membership.role, membership.township = role, township
            membership.save(update_fields=["role", "township"])
            audit.write(actor=actor, action="membership.changed", obj=membership, old=old)
            return membership
        if role != Role.ORGANISER:
            _keep_an_organiser(membership)
        _end(membership)
        new = Membership.objects.create(
            user=membership.user, county_id=actor.county_id, township=township, role=role
        )
        audit.write(actor=actor, action="membership.changed", obj=new, old=old)
    return new


def _end(membership: Membership) -> None:
    Membership.objects.filter(pk=membership.pk).update(active=False)
    ApiToken.objects.filter(membership=membership, revoked_at=None).update(
        revoked_at=timezone.now()
    )


def deactivate_person(*, actor: Actor, membership_id: uuid.UUID) -> Membership:
    """End a person's access at once: membership, invitation, sessions, tokens. What they wrote stays.

    Raises `LastOrganiser`.
    """
    with transaction.atomic():
        membership = _locked_membership(actor, membership_id)
        _keep_an_organiser(membership)
        _end(membership)
        membership.active = False
        Invitation.objects.filter(membership=membership, accepted_at=None, revoked_at=None).update(
            revoked_at=timezone.now(), mail_due=None
        )
        end_sessions(membership.user)
        audit.write(actor=actor, action="person.deactivated", obj=membership)
    return membership
