"""Sends invitations, changes and cancellations: each once, by one worker, whatever dies meanwhile.

The same rules as for reminders (`meetings.reminders.outbox`): a claim with a lease, handed over
just before the last byte, and what was handed over is never sent again by itself.
"""

import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import close_old_connections, connection
from django.db.models import F, Q
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from ..models import CalendarMail, Meeting
from ..reminders.mail import Postman
from ..reminders.texts import link
from ..reminders.ways import Lost, NotDelivered, Unconfirmed
from .entries import entry_of
from .ics import Person, calendar_of

log = logging.getLogger("lihui.calendars")

LEASE = dt.timedelta(seconds=90)
RETRY_MINUTES = (1, 2, 5, 15, 30, 60)
MOST_ATTEMPTS = 30
ROUND_SECONDS = 30.0
ROUND_MESSAGES = 200
State = CalendarMail.State
_running = threading.Lock()


def send() -> None:
    """The worker's step: start a round in a thread of its own, unless one is going on."""
    if _running.acquire(blocking=False):
        threading.Thread(target=_round, name="calendar-mails").start()


def _round() -> None:
    close_old_connections()
    try:
        sent = send_waiting(stop=lambda: not threading.main_thread().is_alive())
        if sent:
            log.info("calendar mails sent: %s", sent)
    except Exception:
        log.exception("sending calendar mails stumbled; it goes on with the next round")
    finally:
        connection.close()
        _running.release()


def send_waiting(stop: Callable[[], bool] = lambda: False) -> int:
    """Send what is due, at most a round of it; returns how many were sent."""
    now = timezone.now()
    CalendarMail.objects.filter(state=State.HANDED, claimed_until__lt=now).update(
        state=State.UNCONFIRMED, error="the worker ended before the answer came"
    )
    sent, until = 0, time.monotonic() + ROUND_SECONDS
    with Postman() as postman:
        for _number in range(ROUND_MESSAGES):
            row = None if stop() or time.monotonic() > until else claim_next()
            if row is None:
                break
            outcome = deliver(row, postman)
            sent += outcome == State.SENT
            if outcome == "down":
                break
    return sent


def claim_next() -> CalendarMail | None:
    """Take the oldest row that is due, for LEASE; None when there is none."""
    now = timezone.now()
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    waiting = CalendarMail.objects.filter(free, state=State.WAITING, not_before__lte=now)
    for pk in waiting.order_by("not_before", "pk").values_list("pk", flat=True)[:5]:
        token = uuid.uuid4().hex
        if waiting.filter(pk=pk).update(
            claimed_by=token, claimed_until=now + LEASE, attempts=F("attempts") + 1
        ):
            return CalendarMail.objects.select_related(
                "meeting__county", "meeting__series", "membership__user"
            ).get(pk=pk)
    return None


def deliver(row: CalendarMail, postman: Postman) -> str:
    """Send one claimed row; the state it ended in, or "down" when mail does not work now."""
    member = row.membership
    needed = row.notice == row.meeting.notice and member.active and member.user.is_active
    if not needed or not member.user.email:
        return _end(row, State.NEEDLESS)
    try:
        postman.deliver(message_of(row), lambda: _hand(row))
    except Lost:
        return "lost"
    except Unconfirmed as error:
        return _end(row, State.UNCONFIRMED, error.reason)
    except NotDelivered as error:
        return _failed(row, error)
    return _end(row, State.SENT)


def _hand(row: CalendarMail) -> None:
    now = timezone.now()
    ours = CalendarMail.objects.filter(
        pk=row.pk, state=State.WAITING, claimed_by=row.claimed_by, claimed_until__gt=now
    )
    if not ours.update(state=State.HANDED, claimed_until=now + LEASE):
        raise Lost


def _end(row: CalendarMail, state: str, error: str = "") -> str:
    CalendarMail.objects.filter(pk=row.pk, claimed_by=row.claimed_by).update(
        state=state,
        error=error,
        claimed_by="",
        claimed_until=None,
        sent_at=timezone.now() if state == State.SENT else None,
    )
    return state


def _failed(row: CalendarMail, error: NotDelivered) -> str:
    wait = RETRY_MINUTES[min(row.attempts, len(RETRY_MINUTES)) - 1]
    again = timezone.now() + dt.timedelta(minutes=wait)
    if error.final or row.attempts >= MOST_ATTEMPTS or again > row.meeting.ends_at:
        log.warning("calendar mail %s was not delivered: %s", row.pk, error.reason)
        return _end(row, State.FAILED, error.reason)
    CalendarMail.objects.filter(pk=row.pk, claimed_by=row.claimed_by).update(
        state=State.WAITING,
        not_before=again,
        error=error.reason,
        claimed_by="",
        claimed_until=None,
    )
    return "down" if error.everybody else State.WAITING


def sender_of(meeting: Meeting) -> Person:
    """Who invites: the county, by the hub's own address."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return Person(meeting.county.name, address)


def message_of(row: CalendarMail) -> EmailMultiAlternatives:
    """The mail of a row in its reader's language: words, and the calendar's own form of them."""
    user, meeting = row.membership.user, row.meeting
    cancelled = meeting.called_off_at is not None
    method = "CANCEL" if cancelled else "REQUEST"
    language = user.language or meeting.county.language
    with translation.override(language), timezone.override(meeting.zone):
        sender = sender_of(meeting)
        invitation = calendar_of(
            [entry_of(meeting)],
            zone=meeting.zone,
            method=method,
            sender=sender,
            reader=Person(str(user), user.email),
        ).decode()
        subject, body = words_of(row)
    message = EmailMultiAlternatives(
        subject=subject[:300],
        body=body,
        to=[user.email],
        headers={
            "Message-ID": f"<{row.pk.hex}@{sender.address.rpartition('@')[2] or 'localhost'}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(invitation, f"text/calendar; method={method}")
    message.attach("invite.ics", invitation, "text/calendar")
    return message


def words_of(row: CalendarMail) -> tuple[str, str]:
    """Subject and text in the active language and zone."""
    meeting = row.meeting
    facts = {"title": meeting.title, "name": str(row.membership.user)}
    if meeting.called_off_at is not None:
        subject = _("Called off: %(title)s") % facts
        first = _("“%(title)s” has been called off.") % facts
    elif row.what == CalendarMail.What.CHANGED:
        subject = _("Changed: %(title)s") % facts
        first = _("“%(title)s” has changed. This is how it is now:") % facts
    else:
        subject = _("Invitation: %(title)s") % facts
        first = _("You are invited to “%(title)s”.") % facts
    starts = timezone.localtime(meeting.starts_at)
    lines = [_("Hello %(name)s,") % facts, "", first, ""]
    when = f"{formats.date_format(starts, 'DATE_FORMAT')} {starts:%H:%M}"
    lines.append(_("Time: %(when)s") % {"when": when})
    if meeting.venue:
        lines.append(_("Venue: %(venue)s") % {"venue": meeting.venue})
    if meeting.called_off_reason:
        lines.append(_("Reason: %(reason)s") % {"reason": meeting.called_off_reason})
    elif meeting.called_off_at is None:
        due = timezone.localtime(meeting.due_at)
        lines.append(_("Materials due: %(when)s") % {"when": f"{due:%Y-%m-%d %H:%M}"})
    address = link(reverse("meetings:notice", args=[meeting.pk]))
    if address and meeting.called_off_at is None:
        lines += [
            "",
            _("The notice, to be confirmed by your township: %(link)s") % {"link": address},
        ]
    return subject, "\n".join(lines) + "\n"
