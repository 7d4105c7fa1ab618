"""One meeting of a series moved, left out, added or called off; the series goes on."""

import datetime as dt

import pytest
from django.utils import timezone

from meetings import services
from meetings.coming import between, coming, next_free
from meetings.models import CalendarMail, Meeting, Series
from meetings.problems import AlreadyMade, WasAnnounced, WrongStatus
from tests.meetings.test_next_month import D, last_month, monthly
from tests.people import no_more_queries_than
from townships.actors import Actor
from townships.models import Township
from townships.problems import Invalid, NotAllowed, NotFound

JAN, FEB, MAR = D(2027, 1, 25), D(2027, 2, 25), D(2027, 3, 25)
START = D(2027, 1, 1)


@pytest.fixture
def series(organiser: Actor) -> Series:
    return monthly(organiser)


def held(series: Series, count: int = 3) -> list[tuple[str, str]]:
    rows = coming([series], after=START, count=count)[series.pk]
    return [(row.held.isoformat(), row.state) for row in rows]


def test_a_day_left_out_is_shown_as_such_and_not_made(organiser: Actor, series: Series) -> None:
    services.skip_day(actor=organiser, series_id=series.pk, day=JAN, reason="春节前")
    assert held(series, 2) == [("2027-01-25", "skipped"), ("2027-02-25", "")]
    assert next_free([series], after=START)[series.pk].day == FEB
    services.restore_day(actor=organiser, series_id=series.pk, day=JAN)
    assert next_free([series], after=START)[series.pk].day == JAN


def test_a_day_moved_by_hand_is_held_there(organiser: Actor, series: Series) -> None:
    services.move_day(
        actor=organiser, series_id=series.pk, day=JAN, to=D(2027, 2, 27), reason="换届"
    )
    assert held(series) == [("2027-02-25", ""), ("2027-02-27", ""), ("2027-03-25", "")]
    made = services.create_meeting_from_series(actor=organiser, series_id=series.pk, day=JAN)
    assert timezone.localtime(made.starts_at).date() == D(2027, 2, 27)
    assert made.series_day == JAN


def test_a_meeting_may_be_added_on_any_day(organiser: Actor, series: Series) -> None:
    sunday = D(2027, 2, 14)
    made = services.create_meeting_from_series(actor=organiser, series_id=series.pk, day=sunday)
    assert timezone.localtime(made.starts_at).date() == sunday  # somebody chose that very day
    assert next_free([series], after=START)[series.pk].day == JAN


def test_bad_days_are_refused(organiser: Actor, member: Actor, series: Series) -> None:
    with pytest.raises(NotFound):
        services.skip_day(actor=organiser, series_id=series.pk, day=D(2027, 1, 24))
    with pytest.raises(Invalid):
        services.move_day(actor=organiser, series_id=series.pk, day=JAN, to=D(2028, 1, 1))
    with pytest.raises(NotAllowed):
        services.skip_day(actor=member, series_id=series.pk, day=JAN)
    services.create_meeting_from_series(actor=organiser, series_id=series.pk, day=JAN)
    with pytest.raises(AlreadyMade):
        services.skip_day(actor=organiser, series_id=series.pk, day=JAN)


def test_another_countys_series_is_missing(foreign_organiser: Actor, series: Series) -> None:
    with pytest.raises(NotFound):
        services.skip_day(actor=foreign_organiser, series_id=series.pk, day=JAN)
    with pytest.raises(NotFound):
        services.restore_day(actor=foreign_organiser, series_id=series.pk, day=JAN)


def test_all_days_of_a_month_in_order(organiser: Actor, series: Series) -> None:
    weekly = monthly(organiser, name="讲座", rule="FREQ=WEEKLY;BYDAY=TU,FR", weekend="stay")
    rows = between([series, weekly], D(2027, 1, 20), D(2027, 1, 31))
    assert [(row.series.name, row.held.day) for row in rows] == [
        ("讲座", 22),
        ("每月例会", 25),
        ("讲座", 26),
        ("讲座", 29),
    ]


def test_an_old_series_is_not_walked_from_its_first_day(organiser: Actor) -> None:
    old = monthly(organiser, rule="FREQ=WEEKLY;BYDAY=MO", starts_on=D(1971, 1, 1))
    others = [monthly(organiser, name=f"系列{n}") for n in range(5)]
    with no_more_queries_than(2):
        found = next_free([old, *others], after=START)
    assert found[old.pk].day == D(2027, 1, 4)
    assert len(found) == 6


def test_a_called_off_meeting_is_hidden_kept_and_may_be_announced_again(
    organiser: Actor, member: Actor, series: Series, townships: list[Township]
) -> None:
    meeting = last_month(organiser, series, townships, JAN)
    with pytest.raises(WrongStatus):
        services.call_off_meeting(actor=organiser, meeting_id=meeting.pk)
    services.announce_meeting(actor=organiser, meeting_id=meeting.pk)
    with pytest.raises(NotAllowed):
        services.call_off_meeting(actor=member, meeting_id=meeting.pk)
    services.call_off_meeting(actor=organiser, meeting_id=meeting.pk, reason=" 暴雨 ")
    meeting.refresh_from_db()
    assert (meeting.status, meeting.called_off_reason, meeting.notice) == ("draft", "暴雨", 2)
    assert not Meeting.objects.visible_to(member).exists()
    with pytest.raises(WasAnnounced):
        services.discard_draft(actor=organiser, meeting_id=meeting.pk)
    services.announce_meeting(actor=organiser, meeting_id=meeting.pk)
    meeting.refresh_from_db()
    assert (meeting.status, meeting.called_off_at, meeting.notice) == ("announced", None, 3)


def test_each_step_puts_one_mail_for_each_person_into_the_post(
    organiser: Actor,
    member: Actor,
    observer: Actor,
    archivist: Actor,
    foreign_member: Actor,
    series: Series,
    townships: list[Township],
) -> None:
    meeting = last_month(organiser, series, townships, JAN)
    assert not CalendarMail.objects.exists()
    services.announce_meeting(actor=organiser, meeting_id=meeting.pk)
    services.change_meeting(actor=organiser, meeting_id=meeting.pk, venue="礼堂")
    services.change_meeting(actor=organiser, meeting_id=meeting.pk, allows_guests=True)
    services.call_off_meeting(actor=organiser, meeting_id=meeting.pk)
    rows = CalendarMail.objects.order_by("notice").values_list("notice", "what")
    assert list(rows.distinct()) == [(1, "invited"), (2, "changed"), (3, "called_off")]
    readers = set(CalendarMail.objects.values_list("membership", flat=True))
    assert readers == {organiser.membership_id, member.membership_id, observer.membership_id}


def test_history_that_is_loaded_later_is_not_mailed(
    organiser: Actor, series: Series, townships: list[Township]
) -> None:
    meeting = last_month(organiser, series, townships, JAN)
    moment = timezone.now() - dt.timedelta(days=3)
    services.announce_meeting(actor=organiser, meeting_id=meeting.pk, at=moment)
    assert not CalendarMail.objects.exists()
    meeting.refresh_from_db()
    assert (meeting.notice, meeting.notice_at) == (1, moment)


@pytest.mark.parametrize("day", [D(1, 1, 1), D(9999, 12, 25), D(9999, 12, 31)])
def test_days_at_the_ends_of_the_calendar_are_no_days(
    organiser: Actor, series: Series, day: dt.date
) -> None:
    with pytest.raises(NotFound):
        services.skip_day(actor=organiser, series_id=series.pk, day=day)
    with pytest.raises(Invalid):
        services.make_next_meeting(actor=organiser, series_id=series.pk, day=day)
