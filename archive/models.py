"""The search index: one row for everything that can be found.

The index follows the event log: `Follower` remembers how far each meeting has been read. Rows are
made from the other packages' objects and may be thrown away and made again at any time.
"""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from board.models import Category
from meetings.models import Meeting, Series
from townships.models import County, Membership, Role, Township

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


class Facet(models.Model):
    """One combination of what searches are counted and narrowed by. Many entries share one.

    Its number is made of what it says (see `facets`), so what a number means may be kept in memory
    for ever. A hit then needs three numbers (entry, facet, score) instead of nine columns.
    """

    id = models.BigIntegerField(primary_key=True)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8)
    year = models.PositiveSmallIntegerField()
    month = models.PositiveSmallIntegerField()
    township = models.ForeignKey(Township, on_delete=models.CASCADE, null=True, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, null=True, related_name="+")
    status = models.CharField(max_length=10)
    state = models.CharField(max_length=10, blank=True)

    class Meta:
        indexes = [models.Index(fields=["county"])]


class Entry(models.Model):
    """One thing that can be found. `*_tokens` are what the engines index (see `folding`).

    `facet` repeats what is counted; `status` is the meeting's, `Facet.state` the entry's or its
    case's (`State`).
    """

    class Kind(models.TextChoices):
        SLIDE = "slide", _("slides")
        PAGE = "page", _("manuscript pages")
        NOTES = "notes", _("speaker notes")
        PROBLEM = "problem", _("problems")
        PRACTICE = "practice", _("practices")
        QUESTION = "question", _("questions")
        MEETING = "meeting", _("meetings")
        MINUTES = "minutes", pgettext_lazy("document", "minutes")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        RUNNING = "running", _("being worked on")
        SOLVED = "solved", _("solved")
        DROPPED = "dropped", _("dropped")
        ANSWERED = "answered", _("answered")
        WAITING = "waiting", _("without an answer")

    meaning: Any = None  # of its facet, while it is being made

    facet = models.ForeignKey(Facet, on_delete=models.PROTECT, null=True, related_name="+")
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


class Manifest(models.Model):
    """What a closed meeting consists of, signed: the SHA-256 of every file and of all its rows.

    Manifests are only ever added. Each names the digest of the county's manifest before it, so that
    none can be taken out or exchanged unnoticed; the signature is the installation's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="manifests")
    number = models.PositiveIntegerField()
    seq = models.PositiveBigIntegerField(help_text="the meeting's last event when it was made")
    made_at = models.DateTimeField()
    files = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    record = models.CharField(max_length=64, help_text="fingerprint of the meeting's rows")
    covers = models.JSONField(
        default=dict, help_text="columns by table that the fingerprint was made of; see covers.py"
    )
    digest = models.CharField(max_length=64, help_text="SHA-256 over all of the manifest")
    previous = models.CharField(max_length=64, blank=True)
    signature = models.CharField(max_length=64)

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="manifest_number_once")
        ]


class ManifestRow(models.Model):
    """One file of a manifest, and how it was when it was last read again."""

    class Role(models.TextChoices):
        ORIGINAL = "original", _("original")
        PDF = "pdf", _("PDF")
        PDFA = "pdfa", _("PDF/A")
        PICTURE = "picture", _("picture")
        MEDIA = "media", _("sound or video")

    class State(models.TextChoices):
        OK = "ok", _("unchanged")
        MISSING = "missing", _("missing")
        CHANGED = "changed", pgettext_lazy("file", "changed")

    manifest = models.ForeignKey(Manifest, on_delete=models.CASCADE, related_name="rows")
    role = models.CharField(max_length=8, choices=Role.choices)
    key = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    version_id = models.UUIDField()
    number = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OK)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["checked_at"]), models.Index(fields=["manifest", "key"])]


class Correction(models.Model):
    """What an archivist adds to a closed meeting: what is right, and why. Nothing is overwritten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="corrections")
    text = models.TextField(_("correction"), max_length=2000)
    reason = models.CharField(_("reason"), max_length=500)
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id


# Retention and imports live beside; they name these models, so they come last.
from .minutes.models import Minutes, MinutesSave, MinutesSection  # noqa: E402
from .models_keep import Checkup, Disposal, RetentionRule  # noqa: E402
from .models_old import OldFile, OldImport  # noqa: E402
from .pack.models import DigestPage  # noqa: E402

__all__ = [
    "Checkup",
    "Correction",
    "DigestPage",
    "Disposal",
    "Entry",
    "EntryQuerySet",
    "Facet",
    "Follower",
    "Manifest",
    "ManifestRow",
    "Minutes",
    "MinutesSave",
    "MinutesSection",
    "OldFile",
    "OldImport",
    "RetentionRule",
    "Scope",
    "scope_of",
]
