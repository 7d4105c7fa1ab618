"""Sends reminders: each once (see `desk`), by mail and to chat groups, and only where still owed."""

import datetime as dt
import uuid

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils import timezone

from townships.languages import language_for
from townships.models import Membership, Township

from .. import expected
from ..models import Meeting, Reminder
from .chat import deliver as deliver_chat
from .desk import Desk, Later
from .mail import Postman
from .planning import plans_of, quiet_of
from .texts import Missing, Text, chat_text, mail_text
from .times import out_of_quiet
from .ways import Hand, NotDelivered

BY_HAND = dt.timedelta(hours=24)  # how long a reminder asked for by hand is worth sending


def deliver(row: Reminder, postman: Postman, hand: Hand) -> bool:
    """Send a row; False where nothing is owed any more. `Later` in the plan's quiet hours."""
    plan = plans_of([row.meeting]).get(row.meeting.pk)
    if row.rule_id or row.minutes_before is not None:
        now = timezone.now()
        later = out_of_quiet(now, quiet_of(plan), row.meeting.zone)
        if later > now:
            raise Later(later)
    missing = still_missing(row)
    if not missing:
        return False
    notes = [row.note, plan.note if plan else ""]
    if row.way == Reminder.Way.CHAT:
        if row.chat is None or not row.chat.active:
            raise NotDelivered("the chat group was removed", final=True)
        text = chat_text(
            meeting=row.meeting, missing=missing, language=row.chat.language, notes=notes
        )
        row.subject, row.body = text.subject, text.body
        deliver_chat(row.chat.address, text.subject, text.body, hand)
        return True
    assert row.user is not None
    text = mail_text(
        meeting=row.meeting,
        missing=missing[0],
        name=str(row.user),
        language=language_for(row.user, row.meeting.county),
        notes=notes,
    )
    row.subject, row.body = text.subject, text.body
    postman.deliver(message_of(row, text), hand)
    return True


def worth_until(row: Reminder) -> dt.datetime:
    """How long it is worth trying: until the materials are due; by hand, for a day."""
    if row.asked_by_id is not None or row.minutes_before is None:
        return row.created_at + BY_HAND
    return row.due


DESK = Desk(
    "reminders",
    Reminder,
    related=("meeting__county", "user", "chat"),
    deliver=deliver,
    until=worth_until,
    mails=Q(way=Reminder.Way.MAIL),
    kept=("subject", "body"),
)
send = DESK.send
send_waiting = DESK.send_waiting


def still_missing(row: Reminder) -> list[Missing]:
    """What the row's reader still owes now; empty when nothing, or the reader is gone."""
    meeting = row.meeting
    if meeting.status not in (Meeting.Status.ANNOUNCED, Meeting.Status.LIVE):
        return []
    owed = expected.missing([meeting])[meeting.pk]
    if row.way == Reminder.Way.MAIL:
        member = Membership.objects.filter(
            user=row.user_id, township=row.township_id, active=True, user__is_active=True
        )
        if not member.exclude(user__email="").exists():
            return []
        owed = [slot for slot in owed if slot.township_id == row.township_id]
    by_township: dict[uuid.UUID, list[tuple[str, dt.datetime]]] = {}
    for slot in owed:
        by_township.setdefault(slot.township_id, []).append((slot.kind, slot.due))
    names = dict(Township.objects.filter(pk__in=by_township).values_list("pk", "name"))
    return [Missing(names[pk], tuple(slots)) for pk, slots in by_township.items()]


def message_of(row: Reminder, text: Text) -> EmailMessage:
    """The e-mail of a row. Its Message-ID is the row's, so a receiver knows one from two."""
    assert row.user is not None
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    return EmailMessage(
        subject=text.subject,
        body=text.body,
        to=[row.user.email],
        headers={"Message-ID": f"<{row.pk.hex}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
