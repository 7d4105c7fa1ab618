"""How long things are kept, what was removed and by whom, and how often everything was read again."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from townships.models import County, Membership, Township
from townships.permissions import Action


class RetentionRule(models.Model):
    """How long a county keeps one kind of thing, in the classes of Chinese offices."""

    class Kind(models.TextChoices):
        DECK = "deck", _("decks")
        MANUSCRIPT = "manuscript", _("manuscripts")
        BOARD = "board", _("board entries")
        RECORD = "record", _("meeting record and minutes")

    class Period(models.TextChoices):
        PERMANENT = "permanent", _("permanent")
        Y30 = "y30", _("30 years")
        Y10 = "y10", _("10 years")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="retention")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    period = models.CharField(max_length=10, choices=Period.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county", "kind"], name="one_retention_per_kind")
        ]


class Disposal(models.Model):
    """Taking a file or an entry out of the archive: asked for by one person, agreed by another.

    Once it is carried out this row is the tombstone: what it was, whose, its checksums, why it went
    and who decided. `keys` are the files that still have to leave the storage.
    """

    class What(models.TextChoices):
        MATERIAL = "material", _("file")
        POST = "post", _("entry")

    class Cause(models.TextChoices):
        DUE = "due", _("its time is over")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class State(models.TextChoices):
        ASKED = "asked", _("waits for a second person")
        DONE = "done", _("removed")
        REFUSED = "refused", _("kept")

    seen_by = Action.DISPOSE

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="disposals")
    meeting = models.ForeignKey(
        "meetings.Meeting", on_delete=models.CASCADE, related_name="disposals"
    )
    what = models.CharField(max_length=8, choices=What.choices)
    object_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    title = models.CharField(max_length=300)
    township = models.ForeignKey(Township, on_delete=models.PROTECT, null=True, related_name="+")
    files = models.JSONField(default=list, help_text="name, size and SHA-256 of what was removed")
    cause = models.CharField(max_length=9, choices=Cause.choices)
    reason = models.CharField(_("reason"), max_length=500)
    state = models.CharField(max_length=7, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    asked_name = models.CharField(max_length=100)
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_name = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True)
    keys = models.JSONField(default=list)

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["object_id"], condition=~Q(state="refused"), name="disposed_of_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
                name="nobody_removes_alone",
            ),
        ]


class Checkup(models.Model):
    """One reading of everything a county keeps, from its beginning to its end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="checkups")
    asked_name = models.CharField(max_length=100, blank=True, help_text="nobody: by schedule")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    files = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["county"],
                condition=Q(finished_at__isnull=True),
                name="one_checkup_at_a_time",
            )
        ]
