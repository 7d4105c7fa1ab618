"""Sends letters: each once (see `meetings.reminders.desk`)."""

import datetime as dt

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils import timezone, translation

from townships.languages import language_for

from ..models import Letter
from ..reminders.chat import deliver as deliver_chat
from ..reminders.desk import Desk
from ..reminders.mail import Postman
from ..reminders.ways import Hand
from .texts import chat_text, mail_text

WORTH = dt.timedelta(days=2)


def deliver(row: Letter, postman: Postman, hand: Hand) -> bool:
    """Send a letter; False where its reader is gone."""
    if row.membership is None:
        if row.chat is None or not row.chat.active:
            return False
        with translation.override(row.chat.language), timezone.override(row.county.time_zone):
            text = chat_text(row)
        deliver_chat(row.chat.address, text.subject, text.body, hand)
        return True
    user = row.membership.user
    if not (row.membership.active and user.is_active and user.email):
        return False
    language = language_for(user, row.county)
    with translation.override(language), timezone.override(row.county.time_zone):
        text = mail_text(row, str(user))
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    message = EmailMessage(
        subject=" ".join(text.subject.split()),
        body=text.body,
        to=[user.email],
        headers={"Message-ID": f"<{row.pk.hex}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    postman.deliver(message, hand)
    return True


DESK = Desk(
    "letters",
    Letter,
    related=("county", "chat", "membership__user"),
    deliver=deliver,
    until=lambda row: row.created_at + WORTH,
    mails=Q(membership__isnull=False),
)
send = DESK.send
send_waiting = DESK.send_waiting
