"""Who asks for more time or for a swap is answered by mail, and who is asked hears of it: once."""

import datetime as dt
import json

import pytest
from django.utils import timezone

from hub.pages.board_rows import log_of
from meetings import services
from meetings.letters import post
from meetings.models import Letter, Meeting, ReminderChoice
from meetings.services.calls import set_choice
from tests.meetings.calls import called, plan_of
from tests.people import client_of, make_item
from townships.models import User
from uploads import services as uploads
from uploads.extensions import refuse_extension

DAY = dt.timedelta(days=1)
ORGANISER, MEMBER, OTHER = (
    "organiser@example.invalid",
    "member@example.invalid",
    "other_member@example.invalid",
)


@pytest.fixture
def meeting(county, organiser, member, other_member, townships):
    meeting = called(county, due_in=DAY, title="五月例会")
    make_item(meeting, townships[0])
    return meeting


def ask(member, meeting, reason="还差两张照片"):
    return uploads.ask_extension(
        actor=member, meeting_id=meeting.pk, township_id=None, kind="deck", reason=reason
    )


def grant(organiser, meeting, township):
    return uploads.grant_extension(
        actor=organiser, meeting_id=meeting.pk, township_id=township.pk, kind="deck",
        until=timezone.now() + 2 * DAY,
    )  # fmt: skip


def test_more_time_asked_and_granted(mail, organiser, member, meeting, township):
    """The question to the organisers, the answer to the township, each in the reader's language."""
    User.objects.filter(pk=member.user_id).update(language="en")
    ask(member, meeting)
    assert post.send_waiting() == 1
    assert mail.box.readers == [ORGANISER]
    assert "还差两张照片" in mail.box.text(ORGANISER)
    assert "青石镇" in mail.box.text(ORGANISER)
    grant(organiser, meeting, township)
    assert post.send_waiting() == 1
    assert mail.box.readers == [MEMBER, ORGANISER]
    assert "More time until" in mail.box.text(MEMBER)
    assert "Hello 青石委员" in mail.box.text(MEMBER)
    assert post.send_waiting() == 0


def test_refused(mail, organiser, member, meeting):
    material = ask(member, meeting)
    post.send_waiting()
    refuse_extension(actor=organiser, material_id=material.pk)
    refuse_extension(actor=organiser, material_id=material.pk)
    assert post.send_waiting() == 1
    assert "五月例会" in mail.box.text(MEMBER)


def test_a_question_answered_before_its_mail_went_out_is_not_sent(
    mail, organiser, member, meeting, township
):
    ask(member, meeting)
    ask(member, meeting)
    assert Letter.objects.count() == 1, "asked twice in the same words is one question"
    grant(organiser, meeting, township)
    assert post.send_waiting() == 1
    assert mail.box.readers == [MEMBER]
    assert sorted(Letter.objects.values_list("state", flat=True)) == ["needless", "sent"]


def test_nobody_is_written_to_who_wants_no_mail_or_in_quiet_hours(
    mail, organiser, member, meeting, county
):
    set_choice(actor=organiser, mail=ReminderChoice.Mail.NONE)
    ask(member, meeting)
    assert Letter.objects.count() == 0
    ReminderChoice.objects.all().delete()
    now = timezone.localtime(timezone=meeting.zone)
    plan_of(
        county,
        quiet_from=(now - dt.timedelta(hours=1)).time(),
        quiet_until=(now + dt.timedelta(hours=2)).time(),
    )
    ask(member, meeting, "别的理由")
    assert post.send_waiting() == 0
    assert Letter.objects.get().not_before > timezone.now() + dt.timedelta(hours=1)


def test_while_the_server_is_down_it_waits_and_then_goes_once(mail, member, meeting):
    ask(member, meeting)
    mail.stop()
    assert post.send_waiting() == 0
    row = Letter.objects.get()
    assert (row.state, row.attempts) == ("waiting", 1)
    mail.start()
    Letter.objects.update(not_before=timezone.now())
    assert post.send_waiting() == 1
    assert mail.box.readers == [ORGANISER]


def test_the_readiness_log_says_whom_a_letter_did_not_reach(
    mail, organiser, member, meeting, township
):
    """Each letter stands with the question or the answer it tells of."""
    mail.box.refused = {ORGANISER}
    ask(member, meeting)
    post.send_waiting()
    mail.box.refused = set()
    grant(organiser, meeting, township)
    post.send_waiting()
    granted, asked = log_of(meeting)
    assert [(m.state, m.to, m.township, m.error) for m in asked.messages] == [
        ("failed", "组织者", "", "550 no such mailbox")
    ]
    assert [(m.state, m.to, m.township) for m in granted.messages] == [
        ("sent", "青石委员", "青石镇")
    ]
    page = client_of(organiser).get(f"/meetings/{meeting.pk}/readiness/").content.decode()
    assert "550 no such mailbox" in page


def test_a_line_end_in_a_reason_or_title_adds_no_header(mail, member, meeting):
    Meeting.objects.update(title="例会\r\nBcc: victim@example.invalid")
    ask(member, meeting)
    assert post.send_waiting() == 1
    assert mail.box.messages[0]["Bcc"] is None


@pytest.fixture
def swap(organiser, member, other_member, townships):
    """青石镇 asks 白沙乡 for its turn."""
    series = services.create_series(
        actor=organiser, name="月度例会", rule="FREQ=MONTHLY;BYMONTHDAY=25",
        starts_on=timezone.localdate(), time=dt.time(9), minutes=180,
    )  # fmt: skip
    services.plan_turns(actor=organiser, series_id=series.pk, each=1, days=3)
    days = {turn.township_id: turn.day for turn in series.turns.all()}
    return services.ask_swap(
        actor=member, series_id=series.pk,
        township_id=townships[0].pk, day=days[townships[0].pk],
        other_id=townships[1].pk, other_day=days[townships[1].pk], note="那天有检查",
    )  # fmt: skip


def test_a_swap_is_asked_and_agreed(mail, swap, county, member, other_member, group, robot):
    """Agreed: told to the other township, the organisers and, where the plan says so, the group."""
    plan_of(county)
    assert post.send_waiting() == 1
    assert mail.box.readers == [OTHER]
    assert "那天有检查" in mail.box.text(OTHER)
    services.answer_swap(actor=other_member, swap_id=swap.pk, accept=True)
    assert post.send_waiting() == 3
    assert mail.box.readers == [MEMBER, ORGANISER, OTHER]
    assert len(robot.got) == 1
    assert "由青石镇演示" in json.loads(robot.got[0][1])["message"]


def test_the_roster_tells_organisers_whom_a_letter_did_not_reach(mail, swap, organiser, member):
    mail.box.refused = {OTHER}
    post.send_waiting()
    address = f"/series/{swap.series_id}/roster/"
    assert "未送达邮件：白沙委员" in client_of(organiser).get(address).content.decode()
    assert "未送达邮件" not in client_of(member).get(address).content.decode()


@pytest.mark.parametrize("answer", ["refused", "withdrawn"])
def test_a_swap_that_comes_to_nothing(
    mail, swap, county, member, other_member, group, robot, answer
):
    """Told to the other side only."""
    plan_of(county)
    post.send_waiting()
    if answer == "refused":
        services.answer_swap(actor=other_member, swap_id=swap.pk, accept=False)
    else:
        services.withdraw_swap(actor=member, swap_id=swap.pk)
    assert post.send_waiting() == 1
    assert mail.box.readers == sorted([OTHER, MEMBER if answer == "refused" else OTHER])
    assert robot.got == []
