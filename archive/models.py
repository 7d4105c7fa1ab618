"""The search index: one row for everything that can be found.

The index follows the event log: `Follower` remembers how far each meeting has been read. Rows are
made from the other packages' objects and may be thrown away and made again at any time.
"""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from meetings.models import Meeting
from townships.models import County, Role, Township

if TYPE_CHECKING:
    from townships.actors import Actor


@dataclass(frozen=True, slots=True)
class Scope:
    """What an actor may find: entries of the county's meetings in these states; speaker notes of
    every township, or only of one (or of none)."""

    county_id: uuid.UUID | None
    statuses: tuple[str, ...]
    all_notes: bool = False
    notes_of: uuid.UUID | None = None


def scope_of(actor: "Actor") -> Scope:
    """Organisers find all of their county, archivists all that opened, members and observers all
    closed meetings; guests and strangers nothing. Notes are found by organisers and by the township
    that wrote them."""
    status = Meeting.Status
    statuses: tuple[str, ...] = ()
    if actor.role == Role.ORGANISER:
        return Scope(actor.county_id, tuple(status.values), all_notes=True)
    if actor.role == Role.ARCHIVIST:
        statuses = (status.LIVE.value, status.CLOSED.value)
    elif actor.role in (Role.MEMBER, Role.OBSERVER):
        statuses = (status.CLOSED.value,)
    return Scope(actor.county_id, statuses, notes_of=actor.township_id)


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, actor: "Actor") -> "EntryQuerySet":
        """What the actor may find (see `scope_of`)."""
        scope = scope_of(actor)
        found = self.filter(county_id=scope.county_id, status__in=scope.statuses)
        if scope.all_notes:
            return found
        own_notes = Q(township_id=scope.notes_of) if scope.notes_of else Q(pk__in=[])
        return found.filter(~Q(kind=Entry.Kind.NOTES) | own_notes)


class Entry(models.Model):
    """One thing that can be found. `*_tokens` are what the engines index (see `folding`)."""

    class Kind(models.TextChoices):
        SLIDE = "slide", _("slides")
        PAGE = "page", _("manuscript pages")
        NOTES = "notes", _("speaker notes")
        PROBLEM = "problem", _("problems")
        PRACTICE = "practice", _("practices")
        QUESTION = "question", _("questions")
        MEETING = "meeting", _("meetings")

    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="+")
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="search_entries")
    township = models.ForeignKey(Township, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Meeting.Status.choices)
    source_id = models.UUIDField()
    object_id = models.UUIDField()
    number = models.PositiveIntegerField(null=True)
    year = models.PositiveSmallIntegerField()
    month = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    title = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    title_tokens = models.TextField(blank=True)
    text_tokens = models.TextField(blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["meeting", "source_id"]),
            models.Index(fields=["county", "year", "month"]),
        ]


class Follower(models.Model):
    """How far the index has read a meeting's events."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="follower")
    seq = models.PositiveBigIntegerField(default=0)
