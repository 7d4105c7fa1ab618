"""Who was there: checking in, asking for leave, and who was missing when the meeting closed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from townships.models import Membership, Township
from townships.permissions import Action


class Attendance(models.Model):
    """Somebody who came to a meeting. Name and township are kept as they were that day.

    `user` is empty for somebody without an account whom the host wrote down (then `unit` may say
    where they are from), `township` for people of the county itself. `for_user` names the person a
    substitute stood in for.
    """

    class How(models.TextChoices):
        SCAN = "scan", _("scanned the hall's code")
        HOST = "host", _("written down by the host")
        ROOM = "room", _("present in the room")
        SUBSTITUTE = "substitute", _("came as a substitute")

    seen_by = Action.SEE_MEETING

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(
        "meetings.Meeting", on_delete=models.CASCADE, related_name="attendances"
    )
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="attendances"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attendances",
    )
    for_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = models.CharField(_("name"), max_length=100)
    unit = models.CharField(_("unit"), max_length=100, blank=True)
    how = models.CharField(max_length=10, choices=How.choices)
    at = models.DateTimeField(_("came at"), default=timezone.now)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    noted_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("attendance")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "user"],
                condition=Q(user__isnull=False),
                name="a_person_is_at_a_meeting_once",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id


class Leave(models.Model):
    """Leave asked for in advance, with who comes instead (if anybody), and its answer."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("leave", "asked for")
        GRANTED = "granted", pgettext_lazy("leave", "granted")
        REFUSED = "refused", pgettext_lazy("leave", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("leave", "withdrawn")

    seen_by = Action.SEE_MEETING

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="leaves")
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="leaves"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leaves"
    )
    reason = models.CharField(_("reason"), max_length=300)
    substitute = models.CharField(_("substitute"), max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(_("answer"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("leave")
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "user"], name="one_leave_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_state_display()})"

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id


class Absence(models.Model):
    """Who was expected and had not come when the meeting closed; written once, at that moment.

    People change townships and leave; the sheet of a closed meeting stays as it was.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(
        "meetings.Meeting", on_delete=models.CASCADE, related_name="absences"
    )
    township = models.ForeignKey(Township, on_delete=models.PROTECT, related_name="absences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    on_leave = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("absence")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "user"], name="a_person_is_absent_once")
        ]
