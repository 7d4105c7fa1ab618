"""Letters: what is told to people because somebody asked or answered something."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from townships.models import County, Membership

from .models_outbox import Outgoing
from .models_reminders import ChatGroup, Reminder


class Letter(Outgoing):
    """One message to one person (or chat group) that something was asked or answered.

    Written in the transaction of what it tells. `about` is the material or swap, `facts` what it
    says of it; the words are made when it is sent, in the reader's language.
    """

    class What(models.TextChoices):
        TIME_ASKED = "time_asked", pgettext_lazy("letter", "more time asked for")
        TIME_GRANTED = "time_granted", pgettext_lazy("letter", "more time granted")
        TIME_REFUSED = "time_refused", pgettext_lazy("letter", "more time refused")
        SWAP_ASKED = "swap_asked", pgettext_lazy("letter", "swap asked for")
        SWAP_AGREED = "swap_agreed", pgettext_lazy("letter", "turns swapped")
        SWAP_REFUSED = "swap_refused", pgettext_lazy("letter", "swap refused")
        SWAP_WITHDRAWN = "swap_withdrawn", pgettext_lazy("letter", "swap no longer asked for")

    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="letters")
    what = models.CharField(max_length=14, choices=What.choices)
    about = models.UUIDField()
    facts = models.JSONField(default=dict)
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="letters"
    )
    chat = models.ForeignKey(
        ChatGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(
        max_length=11, choices=Reminder.State.choices, default=Reminder.State.WAITING
    )

    class Meta(Outgoing.Meta):
        verbose_name = _("letter")
        indexes = [
            models.Index(
                fields=["not_before"],
                name="letters_to_send",
                condition=Q(state__in=["waiting", "handed"]),
            ),
            models.Index(fields=["about"], name="letters_about"),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} ({self.get_state_display()})"
