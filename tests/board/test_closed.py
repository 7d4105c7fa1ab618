"""A closed meeting refuses every write on its board."""

import pytest

from board import services
from meetings.models import Event, Meeting
from meetings.problems import MeetingClosed

WRITES = {
    "post": lambda a, p, q: services.add_post(
        actor=a, meeting_id=p.meeting_id, kind="problem", body="晚了", client_id="late"
    ),
    "edit": lambda a, p, q: services.edit_post(actor=a, post_id=p.pk, body="改"),
    "withdraw": lambda a, p, q: services.withdraw_post(actor=a, post_id=p.pk),
    "reply": lambda a, p, q: services.add_reply(actor=a, post_id=p.pk, body="答", client_id="late"),
    "support": lambda a, p, q: services.set_support(actor=a, post_id=q.pk, supported=True),
    "adopt": lambda a, p, q: services.set_adoption(actor=a, post_id=p.pk, status=None),
    "hide": lambda a, p, q: services.hide_post(actor=a, post_id=p.pk),
    "show": lambda a, p, q: services.show_post(actor=a, post_id=p.pk),
    "pin": lambda a, p, q: services.pin_post(actor=a, post_id=p.pk, pinned=True),
    "mark": lambda a, p, q: services.mark_post(actor=a, post_id=p.pk, status="answered"),
    "merge": lambda a, p, q: services.merge_posts(actor=a, post_id=p.pk, into_id=q.pk),
}


@pytest.mark.parametrize("name", WRITES)
def test_each_write_is_refused(name, organiser, member, post_by):
    first, second = post_by(organiser, kind="practice"), post_by(member)
    Meeting.objects.filter(pk=first.meeting_id).update(status="closed")
    with pytest.raises(MeetingClosed):
        WRITES[name](organiser, first, second)
    assert Event.objects.filter(meeting_id=first.meeting_id).count() == 2
