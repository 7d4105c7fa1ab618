"""Meetings from before Lihui: a folder tree or a ZIP on its way into the archive."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from meetings.models import Meeting
from townships.models import County, Membership, Township
from townships.permissions import Action


class OldImport(models.Model):
    """One folder or ZIP of old meetings: first looked at (the dry run), then brought in.

    `source`: the storage prefix of its pieces (a ZIP that came through the page), or a path on the
    server (the command). `received` of `size` bytes have come.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving", _("on its way")
        LOOKING = "looking", _("being looked through")
        PLANNED = "planned", _("waits for your word")
        RUNNING = "running", _("being brought in")
        DONE = "done", _("brought in")
        REFUSED = "refused", pgettext_lazy("import", "refused")

    seen_by = Action.IMPORT

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="old_imports")
    brought_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    name = models.CharField(max_length=255)
    source = models.CharField(max_length=500)
    size = models.PositiveBigIntegerField(default=0)
    received = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.RECEIVING)
    reason = models.CharField(max_length=300, blank=True)
    ignored = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]


class OldFile(models.Model):
    """One file of an import: where it belongs, or why it is left out."""

    class State(models.TextChoices):
        WAITING = "waiting", _("will be brought in")
        DONE = "done", _("brought in")
        LEFT_OUT = "left_out", _("left out")

    bringing = models.ForeignKey(OldImport, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=1000)
    size = models.PositiveBigIntegerField(default=0)
    day = models.DateField(null=True)
    title = models.CharField(max_length=200, blank=True, help_text="of the meeting")
    township = models.ForeignKey(Township, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=40, blank=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["day", "path"]
        indexes = [models.Index(fields=["bringing", "state", "day"])]
