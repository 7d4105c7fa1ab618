"""Invitations in bulk: their states, links for many at once, and links that the worker mails.

Only a link's hash is ever stored. So a link that is to be mailed is made by the worker in the moment of
sending; an older link of the same invitation dies then.
"""

import datetime as dt
import logging
import smtplib
import uuid
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from . import audit
from .actors import Actor
from .api_auth import hash_token, new_token
from .languages import language_for
from .models import Invitation
from .people import INVITATION_DAYS
from .permissions import Action, require
from .texts import one_line

log = logging.getLogger("lihui.mail")
WAITS = (1, 5, 30, 120, 720)  # minutes before the next try
AT_ONCE = 20
MOST = 5000
STATES = ("new", "pending", "expired", "accepted", "revoked")


def invitations_of(actor: Actor, state: str = "") -> QuerySet[Invitation]:
    """The county's invitations, newest first; `state` one of STATES ("new": no link was given out yet)."""
    require(actor, Action.PEOPLE)
    found = (
        Invitation.objects.filter(membership__county_id=actor.county_id)
        .select_related("membership__user", "membership__township")
        .order_by("-created_at", "membership__user__name", "id")
    )
    now = timezone.now()
    waits = Q(accepted_at=None, revoked_at=None)
    chosen = {
        "new": waits & Q(given_at=None),
        "pending": waits & Q(given_at__isnull=False, expires_at__gt=now),
        "expired": waits & Q(given_at__isnull=False, expires_at__lte=now),
        "accepted": Q(accepted_at__isnull=False),
        "revoked": Q(accepted_at=None, revoked_at__isnull=False),
    }
    return found.filter(chosen[state]) if state in chosen else found


def state_of(invitation: Invitation) -> str:
    """One of STATES."""
    state = invitation.state()
    return "new" if state in ("pending", "expired") and invitation.given_at is None else state


def _chosen(actor: Actor, ids: Iterable[uuid.UUID]) -> QuerySet[Invitation]:
    """The open ones among these invitations of the actor's county, locked."""
    return (
        invitations_of(actor)
        .filter(pk__in=list(ids)[:MOST], accepted_at=None)
        .select_for_update(of=("self",))
    )


def new_links(
    *, actor: Actor, invitation_ids: Iterable[uuid.UUID], site: str
) -> list[tuple[Invitation, str]]:
    """A new link for each of these invitations, told this once; older links die. Accepted ones are passed over."""
    require(actor, Action.PEOPLE)
    now = timezone.now()
    made = []
    with transaction.atomic():
        for invitation in _chosen(actor, invitation_ids):
            made.append((invitation, _renewed(invitation, now, site)))
        Invitation.objects.bulk_update(
            [invitation for invitation, _link in made],
            ["token_hash", "revoked_at", "mail_due", "given_at", "expires_at"],
            batch_size=100,
        )
        audit.write_all(
            audit.built(actor=actor, action="invitation.renewed", obj=invitation.membership)
            for invitation, _link in made
        )
    return made


def _renewed(invitation: Invitation, now: dt.datetime, site: str) -> str:
    """Give an invitation a new token (unsaved); its link."""
    token = new_token()
    invitation.token_hash = hash_token(token)
    invitation.revoked_at = invitation.mail_due = None
    invitation.given_at = now
    invitation.expires_at = now + dt.timedelta(days=INVITATION_DAYS)
    return site.rstrip("/") + reverse("accept_invitation", args=[token])


def ask_for_mail(
    *, actor: Actor, invitation_ids: Iterable[uuid.UUID], site: str
) -> tuple[int, int]:
    """Have the worker mail a new link to each of these people; how many it will, how many have no address."""
    require(actor, Action.PEOPLE)
    site = one_line(site, "site", most=200, needed=True)
    with transaction.atomic():
        chosen = list(_chosen(actor, invitation_ids))
        wanted = [each for each in chosen if each.membership.user.email]
        for each in wanted:
            each.mail_due, each.mail_site, each.mail_tries, each.mail_error = (
                timezone.now(),
                site,
                0,
                "",
            )
            each.revoked_at = None
        Invitation.objects.bulk_update(
            wanted,
            ["mail_due", "mail_site", "mail_tries", "mail_error", "revoked_at"],
            batch_size=100,
        )
        audit.write_all(
            audit.built(actor=actor, action="invitation.mail_asked", obj=each.membership)
            for each in wanted
        )
    return len(wanted), len(chosen) - len(wanted)


def revoke_many(*, actor: Actor, invitation_ids: Iterable[uuid.UUID]) -> int:
    """Take these invitations back; how many were still open."""
    require(actor, Action.PEOPLE)
    with transaction.atomic():
        chosen = list(_chosen(actor, invitation_ids).filter(revoked_at=None))
        found = Invitation.objects.filter(pk__in=[each.pk for each in chosen])
        found.update(revoked_at=timezone.now(), mail_due=None)
        audit.write_all(
            audit.built(actor=actor, action="invitation.revoked", obj=each.membership)
            for each in chosen
        )
    return len(chosen)


def mail_due_links(limit: int = AT_ONCE) -> int:
    """Mail what is due (the worker calls this every few seconds); how many were sent.

    Whoever takes an invitation first moves its `mail_due`, so that several workers never send one twice. A mail that
    fails is tried again after 1, 5, 30, 120 and 720 minutes.
    """
    sent = 0
    due = Invitation.objects.filter(mail_due__lte=timezone.now(), accepted_at=None, revoked_at=None)
    for pk, tries, when in list(
        due.order_by("mail_due").values_list("pk", "mail_tries", "mail_due")[:limit]
    ):
        minutes = WAITS[min(tries, len(WAITS) - 1)]
        taken = Invitation.objects.filter(pk=pk, mail_due=when).update(
            mail_due=timezone.now() + dt.timedelta(minutes=minutes), mail_tries=F("mail_tries") + 1
        )
        if taken:
            sent += _mail(pk)
    return sent


def _mail(pk: uuid.UUID) -> int:
    invitation = Invitation.objects.select_related(
        "membership__user", "membership__county", "membership__township"
    ).get(pk=pk)
    user, now = invitation.membership.user, timezone.now()
    link = _renewed(invitation, now, invitation.mail_site)
    found = Invitation.objects.filter(pk=pk, accepted_at=None, revoked_at=None)
    if not found.update(
        token_hash=invitation.token_hash, given_at=now, expires_at=invitation.expires_at
    ):
        return 0
    with override(language_for(user, invitation.membership.county)):
        message = EmailMessage(
            subject=_("Invitation to the monthly meeting of %(county)s")
            % {"county": invitation.membership.county},
            body=render_to_string(
                "townships/mail/invitation.txt",
                {"invitation": invitation, "link": link, "days": INVITATION_DAYS},
            ),
            to=[user.email],
        )
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("the invitation %s could not be mailed: %s", pk, error)
        last = invitation.mail_tries > len(WAITS)
        found.update(mail_error=str(error)[:300], **({"mail_due": None} if last else {}))
        return 0
    found.update(mailed_at=now, mail_due=None, mail_error="")
    return 1


def mail_is_off() -> bool:
    """Whether mails go nowhere but to the console (no EMAIL_URL)."""
    return settings.EMAIL_BACKEND.endswith("console.EmailBackend")
