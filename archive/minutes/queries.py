"""Reading minutes: the draft for organisers, the frozen ones for whoever may browse the archive."""

import uuid
from dataclasses import dataclass

from meetings.events import MINUTES_APPROVED
from meetings.models import Event, Meeting
from townships.actors import Actor
from townships.permissions import Action, can, require
from townships.problems import NotFound

from .models import Minutes, MinutesSave, MinutesSection, digest_of
from .services import draft_minutes


@dataclass(frozen=True, slots=True)
class Shown:
    """Minutes with their parts and what waits to be settled, as one actor may see them."""

    meeting: Meeting
    minutes: Minutes
    sections: list[MinutesSection]
    conflicts: list[MinutesSave]
    may_edit: bool

    @property
    def digest(self) -> str:
        return digest_of(self.sections)


def minutes_for(actor: Actor, meeting_id: uuid.UUID) -> Shown:
    """The minutes of a closed meeting: drafts for organisers only (drafted now, if they are not yet).

    Raises `NotFound`.
    """
    require(actor, Action.ARCHIVE)
    meeting = (
        Meeting.objects.visible_to(actor)
        .select_related("county")
        .filter(pk=meeting_id, status=Meeting.Status.CLOSED)
        .first()
    )
    if meeting is None:
        raise NotFound
    edits = can(actor, Action.MINUTES, meeting)
    minutes = Minutes.objects.filter(meeting=meeting, drafted_at__isnull=False).first()
    if minutes is None and edits:
        minutes = draft_minutes(meeting_id=meeting.pk)
    if minutes is None or not (edits or minutes.is_frozen):
        raise NotFound
    minutes.meeting = meeting
    conflicts = MinutesSave.objects.filter(section__minutes=minutes, number=None, settled_at=None)
    return Shown(
        meeting,
        minutes,
        list(minutes.sections.all()),
        list(conflicts.select_related("section")) if edits and not minutes.is_frozen else [],
        edits and not minutes.is_frozen,
    )


def frozen_minutes(meeting: Meeting) -> Shown | None:
    """The approved minutes of a meeting, or None while there are none (for packages and the search)."""
    minutes = Minutes.objects.filter(meeting=meeting, approved_at__isnull=False).first()
    if minutes is None:
        return None
    minutes.meeting = meeting
    return Shown(meeting, minutes, list(minutes.sections.all()), [], may_edit=False)


def changed_minutes(county_id: uuid.UUID) -> list[str]:
    """The county's approved minutes whose text is no longer what was approved, in words for operators
    (three queries).

    Their documents are no part of exports and manifests: they are made anew from the text. The text's
    checksum stands in the event of the approval, which every manifest of the meeting covers.
    """
    approved = Minutes.objects.filter(meeting__county_id=county_id, approved_at__isnull=False)
    events_of = Event.objects.filter(
        meeting__in=approved.values("meeting"), kind=MINUTES_APPROVED.name
    )
    promised = {event.meeting_id: event.data.get("sha256", "") for event in events_of}
    problems = []
    for minutes in approved.select_related("meeting").prefetch_related("sections"):
        now = digest_of(list(minutes.sections.all()))
        if now != promised.get(minutes.meeting_id) or now != minutes.sha256:
            problems.append(f"{minutes.meeting}: the approved minutes were changed")
    return problems
