"""Choosing the slides of a digest, and telling the audit who took a pack away."""

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F

from meetings import events
from meetings.models import Meeting
from townships import audit
from townships.actors import Actor
from townships.permissions import Action, require
from uploads.models import Page

from .models import DigestPage

MOST = 300


def choose_pages(*, actor: Actor, meeting_id: uuid.UUID, page_ids: Iterable[uuid.UUID]) -> int:
    """Have the digest show exactly these slides of the meeting's decks; how many there are.

    Pages of other meetings are passed over. None at all goes back to the automatic choice.
    """
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.MINUTES, meeting)
        pages = Page.objects.filter(
            pk__in=list(page_ids)[:MOST],
            version__material__meeting=meeting,
            version__material__current=F("version"),
        )
        chosen = list(pages)
        DigestPage.objects.filter(meeting=meeting).delete()
        DigestPage.objects.bulk_create([DigestPage(meeting=meeting, page=page) for page in chosen])
        audit.write(actor=actor, action="digest.chosen", obj=meeting, pages=len(chosen))
    return len(chosen)


def tell_audit(actor: Actor, meeting: Meeting, what: str) -> None:
    """Who took the pack of a meeting away."""
    with transaction.atomic():
        audit.write(actor=actor, action="meeting.packed", obj=meeting, what=what)
