"""Next month's meeting carries what is open: the cases stand on top of its agenda, once."""

import datetime as dt

from board import services as board
from board.models import Case
from meetings import services
from meetings.models import Meeting
from townships.actors import Actor
from townships.models import Township


def test_open_cases_are_on_top_of_the_next_meeting_and_not_doubled(
    organiser: Actor, member: Actor, townships: list[Township]
) -> None:
    series = services.create_series(
        actor=organiser,
        name="每月例会",
        rule="FREQ=MONTHLY;BYMONTHDAY=25",
        starts_on=dt.date(2026, 1, 1),
        time=dt.time(9, 0),
        minutes=180,
    )
    first = services.make_next_meeting(actor=organiser, series_id=series.pk)
    services.add_item(
        actor=organiser, meeting_id=first.pk, kind="presentation", township_id=townships[0].pk
    )
    run(organiser, first, member, "年轻干部外流")
    assert Case.objects.get().is_open
    second = services.make_next_meeting(actor=organiser, series_id=series.pk)
    kinds = [(item.kind, item.township) for item in second.agenda.select_related("township")]
    assert kinds == [("discussion", None), ("presentation", townships[1])]
    run(organiser, second, member, "场地不够")
    third = services.make_next_meeting(actor=organiser, series_id=series.pk)
    kinds = [(item.kind, item.township) for item in third.agenda.select_related("township")]
    assert kinds == [("discussion", None), ("presentation", townships[2])]
    assert third.discussions.count() == 2


def run(organiser: Actor, meeting: Meeting, member: Actor, problem: str) -> None:
    """Hold the meeting; a problem is raised and not solved."""
    services.announce_meeting(actor=organiser, meeting_id=meeting.pk)
    services.open_meeting(actor=organiser, meeting_id=meeting.pk)
    board.add_post(
        actor=member,
        meeting_id=meeting.pk,
        kind="problem",
        body=problem,
        client_id=f"p-{meeting.pk.hex}",
    )
    services.close_meeting(actor=organiser, meeting_id=meeting.pk)
