"""Clashes of venue or person between two meetings at one time are shown, not refused."""

import datetime as dt

from django.utils import timezone

from meetings.clashes import clashes_of
from meetings.models import Meeting
from tests.people import client_of, make_item, make_meeting
from townships.actors import Actor
from townships.models import County, Township

START = timezone.now().replace(microsecond=0) + dt.timedelta(days=3)


def other_meeting(county: County, **fields: object) -> Meeting:
    return make_meeting(county, **{"title": "专题讲座", "starts_at": START, **fields})


def said(actor: Actor, meeting: Meeting) -> list[tuple[str, str]]:
    return [(clash.what, clash.name) for clash in clashes_of(actor, meeting)]


def test_the_same_venue_at_the_same_time(organiser: Actor, county: County) -> None:
    one = make_meeting(county, starts_at=START + dt.timedelta(hours=2), venue="三楼 会议室")
    other_meeting(county, venue="三楼会议室")
    assert said(organiser, one) == [("venue", "三楼 会议室")]
    page = client_of(organiser).get(f"/meetings/{one.pk}/").content.decode()
    assert "专题讲座" in page


def test_one_after_the_other_or_elsewhere_is_no_clash(organiser: Actor, county: County) -> None:
    one = make_meeting(county, starts_at=START)
    other_meeting(county, starts_at=START + dt.timedelta(hours=3))
    other_meeting(county, venue="礼堂")
    assert said(organiser, one) == []


def test_a_person_at_two_places_by_the_planned_times(
    organiser: Actor, county: County, township: Township, other_township: Township
) -> None:
    one = make_meeting(county, starts_at=START, venue="甲")
    other = other_meeting(county, venue="乙")
    make_item(one, township, presenter="李 明", minutes=30)
    make_item(other, township, presenter="张三", minutes=10)
    make_item(other, township, presenter="李明", minutes=10)
    make_item(other, other_township, presenter="李明", minutes=10)  # somebody else of that name
    (clash,) = clashes_of(organiser, one)
    assert (clash.what, clash.name) == ("person", "李 明")
    assert (clash.starts, clash.ends) == (
        START + dt.timedelta(minutes=10),
        START + dt.timedelta(minutes=20),
    )


def test_closed_and_called_off_meetings_and_other_counties_do_not_clash(
    organiser: Actor, county: County, other_county: County
) -> None:
    one = make_meeting(county, starts_at=START)
    other_meeting(county, status="closed")
    other_meeting(county, status="draft", called_off_at=START)
    other_meeting(other_county)
    assert said(organiser, one) == []


def test_members_learn_nothing_of_drafts_by_a_clash(member: Actor, county: County) -> None:
    one = make_meeting(county, starts_at=START)
    other_meeting(county, status="draft")
    assert said(member, one) == []
