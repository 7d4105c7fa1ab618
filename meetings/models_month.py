"""The month's plan: single dates of a series, whose turn it is, calendars people subscribe to."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from townships.models import County, Membership, Township
from townships.permissions import Action

from .models_outbox import Outgoing


class SeriesDay(models.Model):
    """One day of a series' rule that is treated by hand: left out, or held on another day.

    A meeting that has been made keeps its own time; this is for days that have none yet.
    """

    class What(models.TextChoices):
        SKIPPED = "skipped", pgettext_lazy("day of a series", "left out")
        MOVED = "moved", pgettext_lazy("day of a series", "moved")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    series = models.ForeignKey(
        "meetings.Series", on_delete=models.CASCADE, related_name="single_days"
    )
    day = models.DateField(help_text="the rule's day")
    what = models.CharField(max_length=7, choices=What.choices)
    held_on = models.DateField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("day of a series")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["series", "day"], name="a_day_of_a_series_once"),
            models.CheckConstraint(
                condition=Q(what="moved", held_on__isnull=False)
                | Q(what="skipped", held_on__isnull=True),
                name="a_moved_day_has_its_new_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.what}"


class Turn(models.Model):
    """A township's turn to present at the meeting of a rule's day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    series = models.ForeignKey("meetings.Series", on_delete=models.CASCADE, related_name="turns")
    day = models.DateField(help_text="the rule's day")
    township = models.ForeignKey(Township, on_delete=models.CASCADE, related_name="turns")
    position = models.PositiveSmallIntegerField(default=0)
    by_hand = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("turn")
        ordering = ["day", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "day", "township"], name="a_township_has_one_turn_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.township}"

    @property
    def county_id(self) -> uuid.UUID:
        return self.township.county_id


class TurnSwap(models.Model):
    """One township asks another to change turns with it; answered once."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("swap", "asked")
        ACCEPTED = "accepted", pgettext_lazy("swap", "agreed")
        REFUSED = "refused", pgettext_lazy("swap", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("swap", "withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    series = models.ForeignKey("meetings.Series", on_delete=models.CASCADE, related_name="swaps")
    asking = models.ForeignKey(Township, on_delete=models.CASCADE, related_name="+")
    asking_day = models.DateField()
    asked = models.ForeignKey(Township, on_delete=models.CASCADE, related_name="+")
    asked_day = models.DateField()
    note = models.CharField(_("note"), max_length=200, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("swap of turns")
        ordering = ["-asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(asking=F("asked")), name="nobody_swaps_with_themselves"
            ),
            models.UniqueConstraint(
                fields=["series", "asking", "asking_day"],
                condition=Q(state="asked"),
                name="a_turn_is_offered_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asking} {self.asking_day} - {self.asked} {self.asked_day}"

    @property
    def county_id(self) -> uuid.UUID:
        return self.asking.county_id


class NoticeReceipt(models.Model):
    """A township says it has received a meeting's notice (收到), in the version it has seen."""

    seen_by = Action.SEE_MEETING

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(
        "meetings.Meeting", on_delete=models.CASCADE, related_name="receipts"
    )
    township = models.ForeignKey(Township, on_delete=models.PROTECT, related_name="receipts")
    notice = models.PositiveIntegerField(help_text="the notice's number they confirmed last")
    name = models.CharField(max_length=100)
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("receipt of a notice")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "township"], name="a_township_confirms_a_notice_once"
            )
        ]

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id


class CalendarKey(models.Model):
    """A secret address of a calendar: of one person, or (without one) of the county's meetings.

    The address is this row's id with a signature of the hub's secret key, so the database alone
    opens no calendar. Revoked keys stay, so that it is known when an address was in use.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="calendar_keys")
    membership = models.ForeignKey(
        Membership,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="calendar_keys",
    )
    made_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    language = models.CharField(max_length=10, blank=True, choices=settings.LANGUAGES)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("calendar address")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=Q(revoked_at__isnull=True, membership__isnull=False),
                name="one_calendar_address_per_person",
            ),
            models.UniqueConstraint(
                fields=["county"],
                condition=Q(revoked_at__isnull=True, membership__isnull=True),
                name="one_calendar_address_per_county",
            ),
        ]


class CalendarMail(Outgoing):
    """An invitation, a change or a cancellation on its way to one person.

    One row per person and number of the notice, however often it is asked for. What was handed
    over is never sent again by itself.
    """

    class What(models.TextChoices):
        INVITED = "invited", pgettext_lazy("calendar mail", "invitation")
        CHANGED = "changed", pgettext_lazy("calendar mail", "change")
        CALLED_OFF = "called_off", pgettext_lazy("calendar mail", "cancellation")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("calendar mail", "waiting")
        HANDED = "handed", pgettext_lazy("calendar mail", "being sent")
        SENT = "sent", pgettext_lazy("calendar mail", "sent")
        NEEDLESS = "needless", pgettext_lazy("calendar mail", "overtaken by a newer one")
        FAILED = "failed", pgettext_lazy("calendar mail", "not delivered")
        UNCONFIRMED = "unconfirmed", pgettext_lazy("calendar mail", "not confirmed")

    meeting = models.ForeignKey(
        "meetings.Meeting", on_delete=models.CASCADE, related_name="calendar_mails"
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="calendar_mails"
    )
    notice = models.PositiveIntegerField()
    what = models.CharField(max_length=10, choices=What.choices)
    state = models.CharField(max_length=11, choices=State.choices, default=State.WAITING)

    class Meta(Outgoing.Meta):
        verbose_name = _("calendar mail")
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "membership", "notice"], name="one_mail_per_notice_and_person"
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="calendar_mails_to_send",
                condition=Q(state__in=["waiting", "handed"]),
            )
        ]


class NoticePrint(models.Model):
    """The PDF of a meeting's notice: which words it is of, where it is kept, when it is to be made.

    `due`: the worker prints it then; None: nothing to do.
    """

    meeting = models.OneToOneField(
        "meetings.Meeting", on_delete=models.CASCADE, primary_key=True, related_name="notice_print"
    )
    digest = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=200, blank=True)
    due = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("printed notice")
        indexes = [
            models.Index(fields=["due"], name="notices_to_print", condition=Q(due__isnull=False))
        ]
