"""Sends invitations, changes and cancellations: each once (see `meetings.reminders.desk`)."""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from townships.languages import language_for

from ..models import CalendarMail, Meeting
from ..reminders.desk import Desk
from ..reminders.mail import Postman
from ..reminders.texts import link
from ..reminders.ways import Hand
from .entries import choice_of, entry_of
from .ics import Person, calendar_of


def deliver(row: CalendarMail, postman: Postman, hand: Hand) -> bool:
    """Send a row; False where a newer notice overtook it or its reader is gone."""
    member = row.membership
    needed = row.notice == row.meeting.notice and member.active and member.user.is_active
    if not needed or not member.user.email:
        return False
    postman.deliver(message_of(row), hand)
    return True


DESK = Desk(
    "calendar-mails",
    CalendarMail,
    related=("meeting__county", "meeting__series", "membership__user"),
    deliver=deliver,
    until=lambda row: row.meeting.ends_at,
)
send = DESK.send
send_waiting = DESK.send_waiting


def sender_of(meeting: Meeting) -> Person:
    """Who invites: the county, by the hub's own address."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return Person(meeting.county.name, address)


def message_of(row: CalendarMail) -> EmailMultiAlternatives:
    """The mail of a row in its reader's language: words, and the calendar's own form of them."""
    user, meeting = row.membership.user, row.meeting
    cancelled = meeting.called_off_at is not None
    method = "CANCEL" if cancelled else "REQUEST"
    language = language_for(user, meeting.county)
    with translation.override(language), timezone.override(meeting.zone):
        sender = sender_of(meeting)
        invitation = calendar_of(
            [entry_of(meeting, choice_of(user.pk))],
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
