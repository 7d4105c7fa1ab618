"""Next month's meeting in one click: skeleton of the last, roster one turn further, deadlines."""

import datetime as dt

import pytest
from django.utils import timezone

from meetings import services
from meetings.models import AgendaItem, Meeting, Series, Turn
from meetings.problems import AlreadyMade
from townships.actors import Actor
from townships.models import County, Township

D = dt.date


def monthly(actor: Actor, **fields: object) -> Series:
    values = {
        "name": "每月例会",
        "rule": "FREQ=MONTHLY;BYMONTHDAY=25",
        "starts_on": D(2026, 1, 1),
        "time": dt.time(9, 0),
        "minutes": 180,
        "venue": "三楼会议室",
        "weekend": "before",
    }
    return services.create_series(actor=actor, **{**values, **fields})


def last_month(actor: Actor, series: Series, towns: list[Township], day: dt.date) -> Meeting:
    """A meeting at which the first township presents, the second writes, the third talks."""
    meeting = services.create_meeting_from_series(actor=actor, series_id=series.pk, day=day)
    add = {"actor": actor, "meeting_id": meeting.pk}
    services.add_item(**add, kind="other", title="签到", minutes=5)
    services.add_item(
        **add, kind="presentation", title="志愿者名册", township_id=towns[0].pk,
        presenter="张三", minutes=12, expects_deck=True,
    )  # fmt: skip
    services.add_item(
        **add, kind="manuscript", title="网格服务", township_id=towns[1].pk, expects_manuscript=True
    )
    services.add_item(**add, kind="experience", title="体会", township_id=towns[2].pk)
    return meeting


def agenda(meeting: Meeting) -> list[tuple[str, str, str]]:
    return [
        (item.kind, item.title, item.township.name if item.township else "")
        for item in meeting.agenda.select_related("township")
    ]


def test_the_next_meeting_has_the_skeleton_and_the_roster_rotated(
    organiser: Actor, townships: list[Township]
) -> None:
    series = monthly(organiser)
    last_month(organiser, series, townships, D(2027, 1, 25))
    made = services.make_next_meeting(actor=organiser, series_id=series.pk, day=D(2027, 2, 25))
    first, second, third = (town.name for town in townships)
    assert agenda(made) == [
        ("other", "签到", ""),
        ("presentation", "", second),
        ("manuscript", "", third),
        ("experience", "", first),
    ]
    item = made.agenda.get(kind="presentation")
    assert (item.minutes, item.expects_deck, item.presenter) == (12, True, "")
    assert timezone.localtime(made.deadline) == timezone.localtime(made.starts_at).replace(
        hour=18
    ) - dt.timedelta(days=2)
    assert made.status == Meeting.Status.DRAFT


def test_after_as_many_months_as_townships_everybody_has_presented_once(
    organiser: Actor, townships: list[Township]
) -> None:
    series = monthly(organiser)
    last_month(organiser, series, townships, D(2027, 1, 25))
    for month in (2, 3):
        services.make_next_meeting(actor=organiser, series_id=series.pk, day=D(2027, month, 25))
    items = AgendaItem.objects.filter(kind="presentation").order_by("meeting__starts_at")
    assert [item.township for item in items] == townships


def test_a_township_that_joined_is_next_and_one_that_left_is_not_asked(
    organiser: Actor, county: County, townships: list[Township]
) -> None:
    series = monthly(organiser)
    last_month(organiser, series, townships, D(2027, 1, 25))
    new = Township.objects.create(county=county, name="新设乡", position=9)
    Township.objects.filter(pk=townships[1].pk).update(active=False)
    made = services.make_next_meeting(actor=organiser, series_id=series.pk, day=D(2027, 2, 25))
    assert made.agenda.get(kind="presentation").township == townships[2]  # has waited longer
    assert made.agenda.get(kind="manuscript").township == new
    assert not made.agenda.filter(township=townships[1]).exists()


def test_planned_turns_go_before_the_rotation(organiser: Actor, townships: list[Township]) -> None:
    series = monthly(organiser)
    last_month(organiser, series, townships, D(2027, 1, 25))
    services.set_turns(
        actor=organiser,
        series_id=series.pk,
        day=D(2027, 2, 25),
        township_ids=[townships[0].pk],
    )
    made = services.make_next_meeting(actor=organiser, series_id=series.pk, day=D(2027, 2, 25))
    assert made.agenda.get(kind="presentation").township == townships[0]
    assert Turn.objects.get(day=D(2027, 2, 25)).township == townships[0]


def test_the_same_day_is_made_once(organiser: Actor, townships: list[Township]) -> None:
    series = monthly(organiser)
    services.make_next_meeting(actor=organiser, series_id=series.pk, day=D(2027, 2, 25))
    with pytest.raises(AlreadyMade):
        services.make_next_meeting(actor=organiser, series_id=series.pk, day=D(2027, 2, 25))


def test_the_first_meeting_of_a_series_has_an_empty_agenda(organiser: Actor) -> None:
    series = monthly(organiser)
    made = services.make_next_meeting(actor=organiser, series_id=series.pk)
    assert agenda(made) == []


def test_a_called_off_meeting_counts_for_nobody(
    organiser: Actor, townships: list[Township]
) -> None:
    series = monthly(organiser)
    last_month(organiser, series, townships, D(2027, 1, 25))
    second = services.make_next_meeting(actor=organiser, series_id=series.pk, day=D(2027, 2, 25))
    services.announce_meeting(actor=organiser, meeting_id=second.pk)
    services.call_off_meeting(actor=organiser, meeting_id=second.pk, reason="暴雨")
    third = services.make_next_meeting(actor=organiser, series_id=series.pk, day=D(2027, 3, 25))
    assert third.agenda.get(kind="presentation").township == townships[1]
