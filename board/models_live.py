"""What happens in the room beside the board: hands raised to speak, and votes."""

import datetime as dt
import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from meetings.models import Meeting
from townships.models import Membership, Township, User
from townships.permissions import Action


class Hand(models.Model):
    """Somebody who wants to speak, speaks, or spoke. `seconds` of all of them are the speaking time.

    `person_key` is the person's `Actor.key`, or names a township for which the host raised it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to speak")
        SPEAKING = "speaking", _("speaking")
        DONE = "done", _("has spoken")
        WITHDRAWN = "withdrawn", _("hand lowered")

    OPEN = (State.WAITING, State.SPEAKING)
    seen_by = Action.SEE_MEETING

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="hands")
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="hands"
    )
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person_key = models.CharField(max_length=40)
    name = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    raised_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("raised hand")
        ordering = ["raised_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person_key"],
                condition=Q(state__in=["waiting", "speaking"]),
                name="one_raised_hand_per_person",
            ),
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(state="speaking"), name="one_speaker_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["speaking", "done"]) | Q(started_at__isnull=False),
                name="who_speaks_has_started",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.unit

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id

    def seconds(self, now: dt.datetime | None = None) -> int:
        """How long they spoke, so far."""
        if self.started_at is None:
            return 0
        end = self.ended_at or now or timezone.now()
        return max(0, round((end - self.started_at).total_seconds()))


class Poll(models.Model):
    """A question put to the room, answered once by each person or each township.

    The votes of a `secret` one are counted, but nowhere is it written who chose what.
    """

    class By(models.TextChoices):
        PERSON = "person", _("each person")
        TOWNSHIP = "township", _("each township")

    class State(models.TextChoices):
        DRAFT = "draft", _("prepared")
        OPEN = "open", _("open for votes")
        CLOSED = "closed", _("result")

    seen_by = Action.SEE_MEETING

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="polls")
    question = models.CharField(pgettext_lazy("poll", "question"), max_length=200)
    by = models.CharField(_("who votes"), max_length=8, choices=By.choices, default=By.PERSON)
    secret = models.BooleanField(_("secret"), default=False)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("poll")
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.question

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id


class PollOption(models.Model):
    """One answer that can be chosen. `tally` counts the votes of a secret poll only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(pgettext_lazy("poll", "answer"), max_length=100)
    tally = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["poll", "position"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "position"], name="one_answer_per_place")
        ]

    def __str__(self) -> str:
        return self.text


class Vote(models.Model):
    """That a person (or a township, by one of its people) voted; in an open poll also for what.

    `voter_key` is the person's `Actor.key` or the township's id.
    """

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="votes")
    option = models.ForeignKey(
        PollOption, on_delete=models.CASCADE, null=True, blank=True, related_name="votes"
    )
    voter_key = models.CharField(max_length=40)
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "voter_key"], name="one_vote_per_voter")
        ]


class Wish(models.Model):
    """The newest of the wishes (support, votes) that one device of a person sent about one entry or
    poll, so that a late copy of an older one is known for what it is (wishes.py)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="+")
    subject_id = models.UUIDField()
    actor_key = models.CharField(max_length=40)
    device = models.CharField(max_length=32)
    number = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "actor_key", "device"], name="one_newest_wish_per_device"
            )
        ]
