"""The notice of a meeting: its number, the mails that tell of it, and who has received it."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from townships.actors import Actor
from townships.models import Membership, Role, Township
from townships.permissions import Action, require
from townships.problems import NotFound

from .. import events
from ..models import CalendarMail, Meeting, NoticeReceipt, ReminderChoice
from ..notice.prints import want_anew
from ..problems import WrongStatus

INVITED = (Role.ORGANISER, Role.MEMBER, Role.OBSERVER)


def next_notice(
    meeting: Meeting, what: str, *, at: dt.datetime | None = None, mails: bool = True
) -> None:
    """Give the notice of a locked meeting its next number, and put its mails into the post.

    `at`: the moment it happened, for history that is loaded later; then nothing is mailed.
    """
    meeting.notice += 1
    meeting.notice_at = at or timezone.now()
    meeting.save(update_fields=["notice", "notice_at"])
    if at is None:
        want_anew(meeting)
    if mails and at is None and meeting.ends_at > timezone.now():
        _put_into_post(meeting, what)


def _put_into_post(meeting: Meeting, what: str) -> None:
    """A mail to everybody who comes and has an address, and does not refuse e-mail."""
    declined = ReminderChoice.objects.filter(mail=ReminderChoice.Mail.NONE)
    readers = (
        Membership.objects.filter(
            county_id=meeting.county_id, active=True, role__in=INVITED, user__is_active=True
        )
        .exclude(user__email="")
        .exclude(user__in=declined.values("user"))
    )
    CalendarMail.objects.bulk_create(
        [
            CalendarMail(meeting=meeting, membership_id=pk, notice=meeting.notice, what=what)
            for pk in readers.values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )


def renew_notice(*, actor: Actor, meeting_id: uuid.UUID) -> Meeting:
    """Send the notice again because its agenda changed: receipts are asked for anew.

    Raises `WrongStatus` unless the meeting is announced.
    """
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.SCHEDULE, meeting)
        if meeting.status != Meeting.Status.ANNOUNCED:
            raise WrongStatus(status=meeting.get_status_display())
        next_notice(meeting, CalendarMail.What.CHANGED)
        events.record(meeting, events.MEETING_CHANGED, meeting, actor, fields=["notice"])
    return meeting


def confirm_notice(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    township_id: uuid.UUID,
    at: dt.datetime | None = None,
) -> NoticeReceipt:
    """Say that a township has received the notice as it is now; saying it twice changes nothing.

    An organiser may note it for a township that said so by telephone. Raises `NotFound`,
    `MeetingClosed`, `WrongStatus` for a draft.
    """
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.SEE_MEETING, meeting)
        township = Township.objects.filter(pk=township_id, county_id=meeting.county_id).first()
        if township is None:
            raise NotFound
        asked = NoticeReceipt(meeting=meeting, township=township)
        require(actor, Action.CONFIRM_NOTICE, asked)
        events.refuse_closed(meeting)
        if meeting.status == Meeting.Status.DRAFT:
            raise WrongStatus(status=meeting.get_status_display())
        given = meeting.receipts.filter(township=township).first()
        if given is not None and given.notice == meeting.notice:
            return given
        receipt, _new = NoticeReceipt.objects.update_or_create(
            meeting=meeting,
            township=township,
            defaults={
                "notice": meeting.notice,
                "name": actor.name[:100],
                "membership_id": actor.membership_id,
                "at": at or timezone.now(),
            },
        )
        events.record(
            meeting, events.NOTICE_CONFIRMED, meeting, actor, at=at, township=township.name
        )
    return receipt
