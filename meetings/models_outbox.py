"""What every outbox has: the way of one row from waiting to sent, and who has it in hand."""

import uuid

from django.db import models
from django.utils import timezone


class Outgoing(models.Model):
    """One message to one reader: outbox and log in one.

    `waiting` rows are claimed with a lease; `handed` is written just before the last byte goes
    out, and such a row is never claimed again: what a crash leaves there becomes `unconfirmed` and
    is not sent twice (see `meetings.reminders.desk`). Whoever inherits adds `state` with the words
    of its own states, and an index of what is to be sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=64, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
        ordering = ["-created_at", "id"]
