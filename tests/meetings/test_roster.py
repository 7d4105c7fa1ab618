"""Turns to present: planned by rotation or by hand, swapped between townships, a year's coverage."""

import datetime as dt

import pytest

from meetings import roster, services
from meetings.models import Event, Meeting, Series, Turn, TurnSwap
from meetings.problems import NoSwap
from meetings.services.roster import ASKS_A_MINUTE
from tests.meetings.test_next_month import D, last_month, monthly
from townships.actors import Actor
from townships.models import AuditRow, County, Township
from townships.problems import Invalid, NotAllowed, NotFound, TooMany

JAN, FEB, MAR = D(2027, 1, 25), D(2027, 2, 25), D(2027, 3, 25)


@pytest.fixture
def series(organiser: Actor) -> Series:
    return monthly(organiser)


def turns(day: dt.date) -> list[str]:
    return list(Turn.objects.filter(day=day).values_list("township__name", flat=True))


def test_turns_are_planned_by_rotation(
    organiser: Actor, series: Series, townships: list[Township]
) -> None:
    planned = services.plan_turns(
        actor=organiser, series_id=series.pk, each=2, days=3, after=D(2027, 1, 1)
    )
    one, two, three = (town.name for town in townships)
    assert planned == 3
    assert [turns(day) for day in (JAN, FEB, MAR)] == [[one, two], [three, one], [two, three]]


def test_planning_again_keeps_what_was_set_by_hand_and_what_is_made(
    organiser: Actor, series: Series, townships: list[Township]
) -> None:
    one, two, three = townships
    last_month(organiser, series, [three, one, two], JAN)
    services.set_turns(actor=organiser, series_id=series.pk, day=FEB, township_ids=[three.pk])
    services.plan_turns(actor=organiser, series_id=series.pk, each=1, days=4, after=D(2027, 1, 1))
    assert turns(JAN) == []
    assert turns(FEB) == [three.name]
    assert turns(MAR) == [one.name]
    assert turns(D(2027, 4, 23)) == []  # the rule's day is the 25th
    assert turns(D(2027, 4, 25)) == [two.name]


def test_a_swap_is_asked_and_agreed_to(
    organiser: Actor,
    member: Actor,
    other_member: Actor,
    series: Series,
    townships: list[Township],
) -> None:
    services.plan_turns(actor=organiser, series_id=series.pk, each=1, days=2, after=D(2027, 1, 1))
    one, two, _three = townships
    swap = services.ask_swap(
        actor=member, series_id=series.pk, township_id=one.pk, day=JAN,
        other_id=two.pk, other_day=FEB, note="春耕",
    )  # fmt: skip
    services.answer_swap(actor=other_member, swap_id=swap.pk, accept=True)
    assert (turns(JAN), turns(FEB)) == ([two.name], [one.name])
    swap.refresh_from_db()
    assert swap.state == "accepted"
    assert swap.answered_by_id == other_member.membership_id
    assert list(AuditRow.objects.order_by("pk").values_list("action", flat=True))[-2:] == [
        "swap.asked",
        "swap.accepted",
    ]


def test_a_swap_changes_an_agenda_that_is_made(
    organiser: Actor,
    member: Actor,
    other_member: Actor,
    series: Series,
    townships: list[Township],
) -> None:
    one, two, _three = townships
    meeting = last_month(organiser, series, townships, JAN)
    services.announce_meeting(actor=organiser, meeting_id=meeting.pk)
    services.set_turns(actor=organiser, series_id=series.pk, day=FEB, township_ids=[two.pk])
    swap = services.ask_swap(
        actor=member, series_id=series.pk, township_id=one.pk, day=JAN,
        other_id=two.pk, other_day=FEB,
    )  # fmt: skip
    before = Meeting.objects.get(pk=meeting.pk).last_seq
    services.answer_swap(actor=other_member, swap_id=swap.pk, accept=True)
    item = meeting.agenda.get(kind="presentation")
    assert (item.township, item.presenter) == (two, "")
    newest = Event.objects.filter(meeting=meeting, seq__gt=before)
    assert list(newest.values_list("kind", flat=True)) == ["agenda.changed"]
    assert turns(FEB) == [one.name]


def test_only_the_asked_township_or_an_organiser_answers(
    organiser: Actor,
    member: Actor,
    other_member: Actor,
    observer: Actor,
    foreign_organiser: Actor,
    series: Series,
    townships: list[Township],
) -> None:
    services.plan_turns(actor=organiser, series_id=series.pk, each=1, days=2, after=D(2027, 1, 1))
    one, two, _three = townships
    question = {
        "series_id": series.pk, "township_id": one.pk, "day": JAN,
        "other_id": two.pk, "other_day": FEB,
    }  # fmt: skip
    with pytest.raises(NotAllowed):
        services.ask_swap(actor=other_member, **question)
    with pytest.raises(NotFound):
        services.ask_swap(actor=foreign_organiser, **question)
    swap = services.ask_swap(actor=member, **question)
    with pytest.raises(Invalid):
        services.ask_swap(actor=member, **question)
    for actor, problem in (
        (member, NotAllowed),
        (observer, NotAllowed),
        (foreign_organiser, NotFound),
    ):
        with pytest.raises(problem):
            services.answer_swap(actor=actor, swap_id=swap.pk, accept=True)
    with pytest.raises(NotAllowed):
        services.withdraw_swap(actor=other_member, swap_id=swap.pk)
    services.answer_swap(actor=organiser, swap_id=swap.pk, accept=False)
    assert TurnSwap.objects.get().state == "refused"
    assert turns(JAN) == [one.name]
    with pytest.raises(NoSwap):
        services.answer_swap(actor=other_member, swap_id=swap.pk, accept=True)
    services.withdraw_swap(actor=member, swap_id=services.ask_swap(actor=member, **question).pk)
    assert set(TurnSwap.objects.values_list("state", flat=True)) == {"refused", "withdrawn"}


def test_a_swap_that_no_longer_fits_is_not_carried_out(
    organiser: Actor, member: Actor, other_member: Actor, series: Series, townships: list[Township]
) -> None:
    services.plan_turns(actor=organiser, series_id=series.pk, each=1, days=2, after=D(2027, 1, 1))
    one, two, three = townships
    swap = services.ask_swap(
        actor=member, series_id=series.pk, township_id=one.pk, day=JAN,
        other_id=two.pk, other_day=FEB,
    )  # fmt: skip
    services.set_turns(actor=organiser, series_id=series.pk, day=FEB, township_ids=[three.pk])
    with pytest.raises(NoSwap):
        services.answer_swap(actor=other_member, swap_id=swap.pk, accept=True)
    assert TurnSwap.objects.get().state == "asked"
    with pytest.raises(NoSwap):  # nobody swaps a day they do not have
        services.ask_swap(
            actor=member, series_id=series.pk, township_id=one.pk, day=MAR,
            other_id=three.pk, other_day=FEB,
        )  # fmt: skip


def test_the_years_coverage_tells_who_presented_who_will_and_who_not(
    organiser: Actor, county: County, series: Series, townships: list[Township]
) -> None:
    meeting = last_month(organiser, series, townships, JAN)
    for step in (services.announce_meeting, services.open_meeting, services.close_meeting):
        step(actor=organiser, meeting_id=meeting.pk)
    services.set_turns(
        actor=organiser, series_id=series.pk, day=FEB, township_ids=[townships[1].pk]
    )
    rows = roster.coverage(county, series, 2027)
    assert [(row.township, row.presented, row.planned, row.other) for row in rows] == [
        (townships[0], 1, 0, 0),
        (townships[1], 0, 1, 1),
        (townships[2], 0, 0, 1),
    ]
    assert rows[0].cells[0] == ["done"]
    assert rows[1].cells[:2] == [["other"], ["planned"]]


def test_members_do_not_plan(member: Actor, series: Series) -> None:
    with pytest.raises(NotAllowed):
        services.plan_turns(actor=member, series_id=series.pk, each=1)
    with pytest.raises(NotAllowed):
        services.set_turns(actor=member, series_id=series.pk, day=JAN, township_ids=[])


@pytest.mark.parametrize("day", [D(1, 1, 1), D(1900, 1, 25), D(2600, 1, 25), D(9999, 12, 31)])
def test_a_day_nobody_plans_for_is_refused_at_once(
    organiser: Actor, member: Actor, series: Series, townships: list[Township], day: dt.date
) -> None:
    """Walking the rule that far would hold the series' row for minutes, or overflow the calendar."""
    one, two, _three = townships
    services.plan_turns(actor=organiser, series_id=series.pk, each=1, days=2, after=D(2027, 1, 1))
    for own, other in ((JAN, day), (day, FEB)):
        with pytest.raises(NoSwap):
            services.ask_swap(
                actor=member, series_id=series.pk, township_id=one.pk, day=own,
                other_id=two.pk, other_day=other,
            )  # fmt: skip
    with pytest.raises(Invalid):
        services.set_turns(actor=organiser, series_id=series.pk, day=day, township_ids=[one.pk])


def test_asking_again_and_again_is_throttled(
    organiser: Actor, member: Actor, series: Series, townships: list[Township]
) -> None:
    """Each question is a mail to the other township."""
    services.plan_turns(actor=organiser, series_id=series.pk, each=1, days=2, after=D(2027, 1, 1))

    def ask_and_withdraw() -> None:
        swap = services.ask_swap(
            actor=member, series_id=series.pk, township_id=townships[0].pk, day=JAN,
            other_id=townships[1].pk, other_day=FEB,
        )  # fmt: skip
        services.withdraw_swap(actor=member, swap_id=swap.pk)

    for _number in range(ASKS_A_MINUTE):
        ask_and_withdraw()
    with pytest.raises(TooMany):
        ask_and_withdraw()
