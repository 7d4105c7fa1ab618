"""How long an agenda item took: it may be left and taken up again, and its time runs on."""

import datetime as dt

import pytest
from django.utils import timezone

from meetings.models import AgendaItem, Event
from meetings.problems import WrongStatus
from meetings.services import close_meeting, start_item, stop_item
from townships.problems import NotAllowed, NotFound

from ..people import make_item

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def items(live_meeting, township):
    return [make_item(live_meeting, township, minutes=2), make_item(live_meeting)]


def used(item):
    return AgendaItem.objects.get(pk=item.pk).seconds_used()


def test_an_item_left_and_taken_up_again_adds_up(live_meeting, organiser, items):
    one, two = items
    at = timezone.now() - 10 * MINUTE
    start_item(actor=organiser, item_id=one.pk, at=at)
    start_item(actor=organiser, item_id=two.pk, at=at + MINUTE)
    start_item(actor=organiser, item_id=one.pk, at=at + 3 * MINUTE)
    stop_item(actor=organiser, meeting_id=live_meeting.pk, at=at + 5 * MINUTE)
    assert (used(one), used(two)) == (180, 120)
    one.refresh_from_db()
    assert (one.started_at, one.ended_at, one.resumed_at) == (at, at + 5 * MINUTE, None)


def test_a_break_ends_the_item_and_none_is_current(live_meeting, organiser, items):
    start_item(actor=organiser, item_id=items[0].pk)
    meeting = stop_item(actor=organiser, meeting_id=live_meeting.pk)
    assert meeting.current_item_id is None
    before = Event.objects.count()
    stop_item(actor=organiser, meeting_id=live_meeting.pk)
    assert Event.objects.count() == before


def test_closing_the_meeting_ends_the_item(live_meeting, organiser, items):
    at = timezone.now() - 10 * MINUTE
    start_item(actor=organiser, item_id=items[0].pk, at=at)
    close_meeting(actor=organiser, meeting_id=live_meeting.pk, at=at + 4 * MINUTE)
    assert used(items[0]) == 240
    with pytest.raises(WrongStatus):
        stop_item(actor=organiser, meeting_id=live_meeting.pk)


def test_who_may_stop_an_item(live_meeting, meeting, member, organiser, foreign_organiser):
    with pytest.raises(NotAllowed):
        stop_item(actor=member, meeting_id=live_meeting.pk)
    with pytest.raises(NotFound):
        stop_item(actor=foreign_organiser, meeting_id=live_meeting.pk)
    with pytest.raises(WrongStatus):
        stop_item(actor=organiser, meeting_id=meeting.pk)
