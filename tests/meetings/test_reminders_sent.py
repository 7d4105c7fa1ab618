"""Reminders are sent once: over a real SMTP server, whatever it answers and whoever dies."""

import datetime as dt
import threading

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from meetings.models import CallPlan, Reminder
from meetings.reminders import outbox
from meetings.reminders.planning import plan_due
from meetings.reminders.ways import Lost
from tests.meetings.calls import called, plan_of
from tests.meetings.test_reminders_planned import hand_in
from tests.people import make_item
from townships.models import Membership, User

DAYS2 = 2 * 1440
BOTH = ["member@example.invalid", "other_member@example.invalid"]


@pytest.fixture
def meeting(county, member, other_member, townships):
    meeting = called(county, due_in=dt.timedelta(days=1))
    for town in townships[:2]:
        make_item(meeting, town)
    plan_of(county, DAYS2)
    return meeting


def states():
    return sorted(Reminder.objects.values_list("state", flat=True))


def make_due():
    """As if the time to try again had come."""
    past = timezone.now() - dt.timedelta(seconds=1)
    Reminder.objects.filter(state="waiting").update(not_before=past)


def test_each_reader_gets_one_mail_in_their_language(meeting, mail, other_member):
    User.objects.filter(pk=other_member.user_id).update(language="en")
    plan_due()
    assert outbox.send_waiting() == 2
    assert mail.box.readers == BOTH
    text = mail.box.text("member@example.invalid")
    assert "青石镇" in text
    assert "演示文稿、文稿" in text
    assert "您好" in text
    assert "Hello 白沙委员" in mail.box.text("other_member@example.invalid")
    assert outbox.send_waiting() == 0
    assert states() == ["sent", "sent"]
    row = Reminder.objects.get(to="青石委员")
    assert "青石镇" in row.body
    assert row.sent_at is not None


def test_mails_say_that_a_machine_wrote_them_and_carry_a_lasting_id(meeting, mail):
    plan_due()
    outbox.send_waiting()
    for message in mail.box.messages:
        assert message["Auto-Submitted"] == "auto-generated"
        row = Reminder.objects.get(pk=message["Message-ID"].strip("<>").split("@")[0])
        assert row.user.email == message["To"]


def test_lines_that_begin_with_a_dot_arrive_whole(meeting, mail, county):
    CallPlan.objects.update(note=". 一个句点开头")
    plan_due()
    outbox.send_waiting()
    assert "\r\n. 一个句点开头\r\n" in mail.box.text(BOTH[0])


def test_a_line_end_in_a_title_cannot_add_a_header(meeting, mail):
    type(meeting).objects.update(title="例会\r\nBcc: victim@example.invalid")
    plan_due()
    outbox.send_waiting()
    assert not any("victim@example.invalid" in str(one["Bcc"]) for one in mail.box.messages)
    assert "victim@example.invalid" not in mail.box.readers


def test_who_hands_in_meanwhile_is_not_written_to(meeting, mail, townships):
    plan_due()
    for kind in ("deck", "manuscript"):
        hand_in(meeting, townships[0], kind)
    outbox.send_waiting()
    assert mail.box.readers == BOTH[1:]
    assert states() == ["needless", "sent"]


def test_a_mail_server_that_is_down_costs_nothing(meeting, mail):
    """Kept, tried again, sent once when it is back."""
    mail.stop()
    plan_due()
    assert outbox.send_waiting() == 0
    assert states() == ["waiting", "waiting"]
    first = Reminder.objects.exclude(error="").get()  # one attempt is enough for a round
    assert first.attempts == 1
    assert first.not_before > timezone.now()
    make_due()
    outbox.send_waiting()
    mail.start()
    make_due()
    assert outbox.send_waiting() == 2
    assert outbox.send_waiting() == 0
    assert mail.box.readers == BOTH


def test_a_server_that_asks_to_come_back_later_is_asked_later(meeting, mail):
    mail.box.answer = "451 try again later"
    plan_due()
    outbox.send_waiting()
    assert states() == ["waiting", "waiting"]
    assert set(Reminder.objects.values_list("error", flat=True)) == {"451 try again later"}
    mail.box.answer = ""
    make_due()
    outbox.send_waiting()
    assert mail.box.readers == BOTH


def test_an_address_that_does_not_exist_is_final_and_stops_nobody_else(meeting, mail):
    mail.box.refused = {BOTH[0]}
    plan_due()
    outbox.send_waiting()
    assert mail.box.readers == BOTH[1:]
    failed = Reminder.objects.get(state="failed")
    assert (failed.to, failed.error) == ("青石委员", "550 no such mailbox")
    make_due()
    assert outbox.send_waiting() == 0


def test_after_the_deadline_it_is_given_up(meeting, mail):
    mail.stop()
    plan_due()
    Reminder.objects.update(due=timezone.now())
    for _attempt in range(2):
        make_due()
        outbox.send_waiting()
    assert states() == ["failed", "failed"]


def test_quiet_hours_that_begin_meanwhile_hold_it_back(meeting, mail, county):
    now = timezone.localtime(timezone.now(), meeting.zone)
    plan_due()
    CallPlan.objects.update(
        quiet_from=(now - dt.timedelta(hours=1)).time(),
        quiet_until=(now + dt.timedelta(hours=1)).time(),
    )
    assert outbox.send_waiting() == 0
    assert mail.box.readers == []
    row = Reminder.objects.first()
    assert (row.state, row.attempts) == ("waiting", 0)
    assert row.not_before > timezone.now() + dt.timedelta(minutes=55)


def test_somebody_who_left_the_township_is_not_written_to(meeting, mail, member):
    plan_due()
    Membership.objects.filter(pk=member.membership_id).update(active=False)
    outbox.send_waiting()
    assert mail.box.readers == BOTH[1:]


def test_a_lost_answer_is_said_so_and_not_repeated(meeting, mail, settings):
    """The server has it, but its 250 never comes: it may have been delivered, so not again."""
    settings.EMAIL_TIMEOUT = 1
    mail.box.slow = 3
    Reminder.objects.all().delete()
    plan_due()
    Reminder.objects.filter(to="白沙委员").delete()
    outbox.send_waiting()
    assert states() == ["unconfirmed"]
    mail.box.slow = 0
    make_due()
    outbox.send_waiting()
    assert mail.box.readers == BOTH[:1]


def test_a_worker_that_slept_through_its_lease_hands_nothing_over(meeting, mail):
    plan_due()
    Reminder.objects.filter(to="白沙委员").delete()
    claimed = outbox.DESK.claim_next()
    Reminder.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    again = outbox.DESK.claim_next()
    assert again.pk == claimed.pk
    assert again.claimed_by != claimed.claimed_by
    with pytest.raises(Lost):
        outbox.DESK.hand(claimed)
    outbox.DESK.hand(again)
    assert outbox.DESK.claim_next() is None


def test_what_a_dead_worker_had_handed_over_becomes_unconfirmed(meeting, mail):
    plan_due()
    claimed = outbox.DESK.claim_next()
    outbox.DESK.hand(claimed)
    Reminder.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    outbox.send_waiting()
    assert states() == ["sent", "unconfirmed"]
    assert len(mail.box.messages) == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_plan_and_send_each_once(meeting, mail):
    def work():
        try:
            for _round in range(3):
                plan_due()
                outbox.send_waiting()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mail.box.readers == BOTH
    assert states() == ["sent", "sent"]


def test_an_operator_can_send_from_the_command_line(meeting, mail, capsys):
    call_command("send_reminders")
    assert mail.box.readers == BOTH
    assert "2" in capsys.readouterr().out
