"""Calls for materials: when to remind, by which ways, and the log of every reminder."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from townships.models import County, Membership, Township

from .models_outbox import Outgoing


class ChatGroup(models.Model):
    """A county's chat group with a robot. `address` holds the robot's secret: it is never shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="chat_groups")
    name = models.CharField(_("name"), max_length=100)
    address = models.CharField(max_length=500)
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans"
    )
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("chat group")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class CallPlan(models.Model):
    """How a series calls for materials: ways, quiet hours, grace. Without a series: all others.

    `quiet_from` and `quiet_until` are the county's local time; both empty means no quiet hours.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="call_plans")
    series = models.OneToOneField(
        "meetings.Series",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="call_plan",
    )
    by_mail = models.BooleanField(_("by e-mail"), default=True)
    by_chat = models.BooleanField(_("to the chat groups"), default=True)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    grace_minutes = models.PositiveIntegerField(_("grace in minutes"), default=0)
    note = models.CharField(_("a sentence of your own"), max_length=300, blank=True)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("call plan")
        constraints = [
            models.UniqueConstraint(
                fields=["county"],
                condition=Q(series__isnull=True),
                name="one_call_plan_outside_series",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_both_ends",
            ),
        ]


class ReminderRule(models.Model):
    """One moment to remind at: so many minutes before the materials are due."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(CallPlan, on_delete=models.CASCADE, related_name="rules")
    minutes_before = models.PositiveIntegerField(_("minutes before"))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("reminder rule")
        ordering = ["-minutes_before"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "minutes_before"], name="one_rule_per_moment_of_a_plan"
            )
        ]


class ReminderChoice(models.Model):
    """By which ways a person wants to be reminded, and how often; without a row: always, by all."""

    class Mail(models.TextChoices):
        ALL = "all", _("every reminder")
        LAST = "last", _("only the last one before materials are due")
        NONE = "none", _("no e-mail")

    class Calendar(models.TextChoices):
        ALL = "all", _("every reminder")
        LAST = "last", _("only the last one before materials are due")
        NONE = "none", _("no alarms")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder_choice"
    )
    mail = models.CharField(max_length=4, choices=Mail.choices, default=Mail.ALL)
    calendar = models.CharField(
        max_length=4,
        choices=Calendar.choices,
        default=Calendar.ALL,
        help_text="which alarms the entries in this person's calendar have",
    )

    class Meta:
        verbose_name = _("reminder choice")


class Reminder(Outgoing):
    """A reminder to one reader by one way.

    `key` says what it is for (rule and moment, or the click that asked for it) and to whom; it is
    unique in its meeting, so however many workers plan, there is one.
    """

    class Way(models.TextChoices):
        MAIL = "mail", _("e-mail")
        CHAT = "chat", _("chat group")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("reminder", "waiting")
        HANDED = "handed", pgettext_lazy("reminder", "being sent")
        SENT = "sent", pgettext_lazy("reminder", "sent")
        NEEDLESS = "needless", pgettext_lazy("reminder", "no longer needed")
        UNREACHABLE = "unreachable", pgettext_lazy("reminder", "no address")
        DECLINED = "declined", pgettext_lazy("reminder", "not wanted")
        FAILED = "failed", pgettext_lazy("reminder", "not delivered")
        UNCONFIRMED = "unconfirmed", pgettext_lazy("reminder", "not confirmed")

    meeting = models.ForeignKey(
        "meetings.Meeting", on_delete=models.CASCADE, related_name="reminders"
    )
    key = models.CharField(max_length=120)
    rule = models.ForeignKey(
        ReminderRule, on_delete=models.SET_NULL, null=True, blank=True, related_name="reminders"
    )
    minutes_before = models.PositiveIntegerField(null=True, blank=True)
    asked_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    way = models.CharField(max_length=4, choices=Way.choices)
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    chat = models.ForeignKey(
        ChatGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    to = models.CharField(max_length=200, blank=True, help_text="who was meant, in words")
    due = models.DateTimeField(help_text="when the materials it asks for are due")
    note = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    state = models.CharField(max_length=11, choices=State.choices, default=State.WAITING)

    class Meta(Outgoing.Meta):
        verbose_name = _("reminder")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "key"], name="reminded_once_for_a_reason")
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="reminders_to_send",
                condition=Q(state__in=["waiting", "handed"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.to} ({self.get_state_display()})"
