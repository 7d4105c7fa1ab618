"""A hall that comes back at once is let in by a number of queries that does not depend on its size."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetings.models import Meeting
from realtime.door import look_up
from tests.people import cookies_of, make_guest, make_person
from townships.actors import Actor
from townships.models import County, Township


def keys_of(people: list[Actor]) -> set[str]:
    return {cookies_of(actor)["sessionid"] for actor in people}


@pytest.fixture
def hall(county: County, township: Township, live_meeting: Meeting) -> set[str]:
    """The sessions of 200 members and 20 guests."""
    members = [make_person(county, "member", f"m{number}", township) for number in range(200)]
    return keys_of([*members, *(make_guest(live_meeting) for _ in range(20))])


def test_ten_and_two_hundred_cost_the_same_queries(
    hall: set[str], live_meeting: Meeting, foreign_member: Actor
) -> None:
    """Everybody gets in who has a session, nobody else; sessions, their people, what their rights hang
    on, and the meeting are one query each."""
    taken = []
    for keys in (set(list(hall)[:10]), hall, hall | keys_of([foreign_member]) | {"", "nobody"}):
        with CaptureQueriesContext(connection) as queries:
            passes, facts = look_up(keys, {live_meeting.pk})
        assert facts.keys() == {live_meeting.pk}
        assert passes.keys() == keys - {"", "nobody"}
        taken.append(len(queries))
    assert taken == [4, 4, 4]
