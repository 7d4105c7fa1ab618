"""Reminders are planned by the series' rules: only for those who owe something, once each."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings.models import ChatGroup, Reminder, ReminderChoice, Series
from meetings.reminders.planning import plan_due
from meetings.services import calls
from tests.meetings.calls import called, plan_of
from tests.people import make_item, make_person
from townships.models import Membership, Township
from uploads.models import Material, Version

DAYS2 = 2 * 1440


@pytest.fixture
def meeting(county, member, other_member, townships):
    """Due in a day; 青石镇 and 白沙乡 each owe a deck and a manuscript."""
    meeting = called(county, due_in=dt.timedelta(days=1))
    for town in townships[:2]:
        make_item(meeting, town)
    plan_of(county, 7 * 1440, DAYS2, 180)
    return meeting


def hand_in(meeting, township, kind, state="ready", **fields):
    material = Material.objects.create(meeting=meeting, township=township, kind=kind, **fields)
    version = Version.objects.create(
        material=material, number=1, state=state, filename="a.pptx", size=1, sha256="0" * 64
    )
    if state == "ready":
        Material.objects.filter(pk=material.pk).update(current=version)
    return material


def reminded(**wanted):
    return sorted(Reminder.objects.filter(**wanted).values_list("to", flat=True))


def test_everybody_who_owes_something_gets_one_whoever_plans_and_how_often(meeting):
    assert plan_due() == 2
    assert plan_due() == 0
    assert reminded(state="waiting", way="mail", minutes_before=DAYS2) == ["白沙委员", "青石委员"]


def test_who_has_handed_in_everything_is_left_alone(meeting, townships):
    hand_in(meeting, townships[0], "deck")
    hand_in(meeting, townships[0], "manuscript", state="converting")
    hand_in(meeting, townships[1], "deck")
    plan_due()
    assert reminded() == ["白沙委员"]


def test_a_refused_or_withdrawn_file_has_not_come_in(meeting, townships):
    for kind in ("deck", "manuscript"):
        hand_in(meeting, townships[0], kind, state="refused")
        hand_in(meeting, townships[1], kind, withdrawn_at=timezone.now())
    plan_due()
    assert reminded() == ["白沙委员", "青石委员"]


def test_an_extension_moves_a_townships_reminders(meeting, townships):
    later = timezone.now() + dt.timedelta(days=4)
    for kind in ("deck", "manuscript"):
        Material.objects.create(
            meeting=meeting, township=townships[0], kind=kind, extended_until=later
        )
    plan_due()
    assert reminded(minutes_before=DAYS2) == ["白沙委员"]
    assert reminded(minutes_before=7 * 1440) == ["青石委员"]  # of the new deadline's own round


def test_before_the_first_moment_and_after_the_deadline_nobody_is_written_to(
    county, member, township
):
    plan_of(county, DAYS2)
    for due_in in (dt.timedelta(days=3), dt.timedelta(minutes=-1)):
        make_item(called(county, due_in=due_in), township)
    assert plan_due() == 0


@pytest.mark.parametrize("status", ["draft", "live", "closed"])
def test_only_announced_meetings_call(county, member, township, status):
    plan_of(county, DAYS2)
    make_item(called(county, due_in=dt.timedelta(hours=5), status=status), township)
    assert plan_due() == 0


def test_moments_before_the_announcement_or_the_rule_are_not_made_up_for(county, member, township):
    plan = plan_of(county, DAYS2)
    make_item(called(county, due_in=dt.timedelta(days=1), announced_at=timezone.now()), township)
    assert plan_due() == 0
    plan.rules.update(created_at=timezone.now())
    make_item(called(county, due_in=dt.timedelta(days=1)), township)
    assert plan_due() == 0


def test_a_series_has_its_own_plan_and_other_meetings_the_countys(county, member, township):
    series = Series.objects.create(
        county=county, name="月例会", rule="FREQ=MONTHLY;BYMONTHDAY=25", starts_on="2026-01-25"
    )
    plan_of(county, DAYS2)
    plan_of(county, 180, series=series)
    make_item(called(county, due_in=dt.timedelta(days=1), series=series), township)
    assert plan_due() == 0
    series.call_plan.delete()
    assert plan_due() == 1


def test_a_sleeping_plan_sends_nothing(meeting, county):
    county.call_plans.update(active=False)
    assert plan_due() == 0


def test_changing_a_plan_does_not_send_again_what_was_sent(meeting, organiser):
    plan_due()
    calls.set_plan(actor=organiser, minutes_before=[DAYS2, 60])
    assert plan_due() == 0
    assert Reminder.objects.count() == 2


def test_a_deadline_moved_a_little_starts_no_new_round_and_moved_a_week_does(meeting):
    plan_due()
    meeting.deadline += dt.timedelta(hours=2)
    meeting.save()
    assert plan_due() == 0
    meeting.starts_at += dt.timedelta(days=9)
    meeting.ends_at += dt.timedelta(days=9)
    meeting.deadline += dt.timedelta(days=5)
    meeting.save()
    assert plan_due() == 2  # the rule of seven days, for the new deadline
    assert Reminder.objects.filter(minutes_before=7 * 1440).count() == 2


def test_a_reader_chooses(meeting, member, other_member):
    ReminderChoice.objects.create(user_id=member.user_id, mail="none")
    ReminderChoice.objects.create(user_id=other_member.user_id, mail="last")
    plan_due()
    assert reminded(state="declined") == ["白沙委员", "青石委员"]
    plan_due(timezone.now() + dt.timedelta(hours=22))
    assert reminded(state="waiting", minutes_before=180) == ["白沙委员"]


def test_people_without_an_address_and_townships_without_people_are_said_so(
    meeting, member, townships
):
    member_user = Membership.objects.get(pk=member.membership_id).user
    member_user.email = ""
    member_user.save()
    make_item(meeting, townships[2])
    plan_due()
    rows = Reminder.objects.filter(state="unreachable").values_list("to", "township__name")
    assert sorted(rows) == [("", "柳溪镇"), ("青石委员", "青石镇")]


def test_a_chat_group_gets_one_message_for_all(meeting, county, other_county):
    ChatGroup.objects.create(county=county, name="例会群", address="ntfys://lihui-test")
    ChatGroup.objects.create(county=county, name="停用", address="ntfys://x", active=False)
    ChatGroup.objects.create(county=other_county, name="外县", address="ntfys://y")
    plan_due()
    assert reminded(way="chat") == ["例会群"]
    plan = county.call_plans.get()
    plan.by_mail, plan.by_chat = False, False
    plan.save()
    Reminder.objects.all().delete()
    assert plan_due() == 0


def test_planning_costs_the_same_for_one_meeting_and_for_many(county, townships, member):
    plan_of(county, DAYS2)

    def planned(count):
        for number in range(count):
            meeting = called(county, due_in=dt.timedelta(days=1, minutes=number))
            for town in townships:
                make_item(meeting, town)
        with CaptureQueriesContext(connection) as captured:
            plan_due()
        return len(captured)

    assert planned(1) == planned(9)


def test_a_new_member_of_a_township_that_still_owes_is_reminded_too(meeting, county, township):
    plan_due()
    make_person(county, "member", "second", township, name="新委员")
    assert plan_due() == 1
    assert "新委员" in reminded()


def test_another_countys_townships_are_never_mixed_in(meeting, other_county, foreign_member):
    theirs = called(other_county, due_in=dt.timedelta(days=1))
    make_item(theirs, Township.objects.get(county=other_county))
    plan_due()
    assert reminded() == ["白沙委员", "青石委员"]
