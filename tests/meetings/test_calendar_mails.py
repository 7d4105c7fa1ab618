"""Invitations, changes and cancellations by e-mail: one each, with the calendar's own form."""

import datetime as dt
from email import message_from_bytes
from email.policy import default

import icalendar
import pytest
from django.utils import timezone

from meetings import services
from meetings.calendars import post
from meetings.models import CalendarMail, Meeting
from meetings.reminders.ways import NotDelivered
from tests.people import client_of, make_item
from townships.actors import Actor
from townships.models import Membership, Township, User


@pytest.fixture
def announced(
    organiser: Actor, member: Actor, draft_meeting: Meeting, townships: list[Township]
) -> Meeting:
    make_item(draft_meeting, townships[0])
    User.objects.filter(pk=organiser.user_id).update(email="")
    return services.announce_meeting(actor=organiser, meeting_id=draft_meeting.pk)


def calendar_in(mail: object) -> icalendar.Calendar:
    parsed = message_from_bytes(mail.message().as_bytes(), policy=default)
    (part,) = [
        part
        for part in parsed.walk()
        if part.get_content_type() == "text/calendar" and not part.is_attachment()
    ]
    text = part.get_content()
    method = str(icalendar.Calendar.from_ical(text)["method"])
    assert part["Content-Type"].params["method"] == method
    return icalendar.Calendar.from_ical(text)


def test_an_invitation_a_change_and_a_cancellation(
    organiser: Actor, member: Actor, announced: Meeting, mailoutbox: list
) -> None:
    assert post.send_waiting() == 1
    services.change_meeting(actor=organiser, meeting_id=announced.pk, venue="礼堂")
    assert post.send_waiting() == 1
    services.call_off_meeting(actor=organiser, meeting_id=announced.pk, reason="防汛")
    assert post.send_waiting() == 1
    assert post.send_waiting() == 0
    assert [mail.to for mail in mailoutbox] == [["member@example.invalid"]] * 3
    assert [mail.subject.split("：")[0] for mail in mailoutbox] == ["邀请", "变更", "已取消"]
    found = [calendar_in(mail) for mail in mailoutbox]
    assert [str(each["method"]) for each in found] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [each.walk("VEVENT")[0] for each in found]
    assert {str(event["uid"]) for event in events} == {f"{announced.pk}@lihui"}
    assert [int(event["sequence"]) for event in events] == [1, 2, 3]
    assert str(events[2]["status"]) == "CANCELLED"
    assert str(events[0]["attendee"]) == "mailto:member@example.invalid"
    assert str(events[0]["organizer"]).startswith("mailto:")
    assert "防汛" in mailoutbox[2].body


def test_a_mail_overtaken_by_a_newer_one_is_not_sent(
    organiser: Actor, announced: Meeting, mailoutbox: list
) -> None:
    services.change_meeting(actor=organiser, meeting_id=announced.pk, venue="礼堂")
    assert post.send_waiting() == 1
    states = CalendarMail.objects.order_by("notice").values_list("state", flat=True)
    assert list(states) == ["needless", "sent"]


def test_who_left_meanwhile_gets_nothing(
    member: Actor, announced: Meeting, mailoutbox: list
) -> None:
    Membership.objects.filter(pk=member.membership_id).update(active=False)
    assert post.send_waiting() == 0
    assert CalendarMail.objects.get().state == "needless"


def test_while_the_mail_server_is_down_mails_wait_and_go_once_later(
    announced: Meeting, mailoutbox: list, settings: object
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert post.send_waiting() == 0
    row = CalendarMail.objects.get()
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.not_before > timezone.now()
    assert post.send_waiting() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    CalendarMail.objects.update(not_before=timezone.now())
    assert post.send_waiting() == 1
    assert post.send_waiting() == 0
    assert len(mailoutbox) == 1


def test_an_address_that_is_refused_is_given_up_and_named(
    announced: Meeting, organiser: Actor
) -> None:
    class Refusing:
        def deliver(self, message: object, hand: object) -> None:
            raise NotDelivered("550 no such person", final=True)

    post.DESK.deliver(post.DESK.claim_next(), Refusing())
    row = CalendarMail.objects.get()
    assert (row.state, row.error) == ("failed", "550 no such person")
    page = client_of(organiser).get(f"/meetings/{announced.pk}/notice/").content.decode()
    assert str(row.membership.user) in page
    assert "550 no such person" in page


def test_what_a_dead_worker_had_handed_over_is_not_sent_again(
    announced: Meeting, mailoutbox: list
) -> None:
    class Dying:
        def deliver(self, message: object, hand: object) -> None:
            hand()
            raise SystemExit

    with pytest.raises(SystemExit):
        post.DESK.deliver(post.DESK.claim_next(), Dying())
    CalendarMail.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert post.send_waiting() == 0
    assert CalendarMail.objects.get().state == "unconfirmed"
    assert mailoutbox == []
