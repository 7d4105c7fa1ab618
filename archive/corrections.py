"""Corrections: the only thing that can be added to a closed meeting."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetings import events
from townships.actors import Actor
from townships.permissions import Action, require
from townships.problems import Conflict, Invalid

from .models import Correction


class NotClosed(Conflict):
    code = "not_closed"
    title = _("The meeting is not closed")
    sentence = _("Only closed meetings are corrected here. Change this one where it is made.")


def add_correction(
    *, actor: Actor, meeting_id: uuid.UUID, text: str, reason: str, at: dt.datetime | None = None
) -> Correction:
    """Append a correction to a closed meeting. Archivists only.

    Raises `NotFound`, `NotAllowed`, `NotClosed`, or `Invalid` without a text or a reason.
    """
    text, reason = text.strip(), reason.strip()
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.PACKAGE, meeting)
        if not meeting.is_closed:
            raise NotClosed
        fields = {
            name: _("Please fill this in, with %(limit)s characters at most.") % {"limit": limit}
            for name, value, limit in (("text", text, 2000), ("reason", reason, 500))
            if not value or len(value) > limit
        }
        if fields:
            raise Invalid(fields=fields)
        correction = Correction.objects.create(
            meeting=meeting,
            text=text,
            reason=reason,
            author_id=actor.membership_id,
            author_name=actor.name[:100],
            at=at or timezone.now(),
        )
        events.record(
            meeting, events.CORRECTION_ADDED, meeting, actor, correction=str(correction.pk)
        )
    return correction
