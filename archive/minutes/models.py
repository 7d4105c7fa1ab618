"""Minutes: what a meeting did, in parts that people edit side by side, frozen once approved."""

import hashlib
import json
import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from meetings.models import Meeting
from townships.models import Membership
from townships.permissions import Action


class Minutes(models.Model):
    """The minutes of a closed meeting. Made empty when it closes, drafted from what happened a moment later,
    edited by organisers, approved and from then on unchangeable.

    `docx` and `pdf` are storage keys of the frozen files; `pdf` is made by the worker. `pdf_tries` counts its attempts.
    """

    seen_by = Action.ARCHIVE

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="minutes_text")
    language = models.CharField(max_length=10, default="zh-hans")
    drafted_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_name = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="of the approved text")
    docx = models.CharField(max_length=200, blank=True)
    pdf = models.CharField(max_length=200, blank=True)
    pdf_tries = models.PositiveSmallIntegerField(default=0)
    pdf_due = models.DateTimeField(null=True)

    class Meta:
        verbose_name = pgettext_lazy("document", "minutes")
        indexes = [
            models.Index(
                fields=["pdf_due"], name="minutes_to_print", condition=Q(pdf_due__isnull=False)
            ),
            models.Index(fields=["meeting"], name="minutes_to_draft", condition=Q(drafted_at=None)),
        ]

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id

    @property
    def is_frozen(self) -> bool:
        return self.approved_at is not None


class MinutesSection(models.Model):
    """A part of the minutes. `number` counts its changes: who saves says which one they started from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    minutes = models.ForeignKey(Minutes, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=100)
    body = models.TextField(blank=True)
    number = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(null=True)
    changed_name = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["minutes", "key"], name="a_part_of_minutes_once")
        ]


class MinutesSave(models.Model):
    """Every text that anybody sent for a part. `number` is the part's change it became; a text that ran into
    somebody else's words has none until it is settled (`settled_at`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    section = models.ForeignKey(MinutesSection, on_delete=models.CASCADE, related_name="saves")
    number = models.PositiveIntegerField(null=True)
    base = models.PositiveIntegerField(default=0)
    body = models.TextField(blank=True)
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["section", "number"], name="a_change_of_a_part_once")
        ]


def digest_of(sections: "list[MinutesSection]") -> str:
    """SHA-256 over titles and texts, as they are approved."""
    facts = [[section.key, section.title, section.body] for section in sections]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()
