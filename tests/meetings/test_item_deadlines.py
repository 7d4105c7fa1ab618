"""An agenda item may want its materials at another time than the meeting: everything goes by that."""

import datetime as dt
import io

import pytest
from django.utils import timezone

from meetings import expected, services
from meetings.calendars.entries import entries_for
from meetings.models import AgendaItem, Meeting
from meetings.notice.words import notice_of
from meetings.queries import agenda_of
from meetings.reminders.planning import plan_due
from meetings.services.next_month import make_next_meeting
from meetings.services.series import create_series
from tests.meetings.calls import called, plan_of
from tests.people import client_of, make_item, make_meeting
from townships.problems import Invalid
from uploads import services as uploads
from uploads.models import Version
from uploads.problems import DeadlinePassed

DAY = dt.timedelta(days=1)


@pytest.fixture
def meeting(county, townships):
    """Materials are due in three days; those of the first township tomorrow already."""
    meeting = called(county, due_in=3 * DAY)
    first = make_item(meeting, townships[0])
    make_item(meeting, townships[1])
    AgendaItem.objects.filter(pk=first.pk).update(due_at=timezone.now() + DAY)
    return Meeting.objects.get(pk=meeting.pk)


def hand_in(actor, meeting, kind):
    uploads.receive(
        actor=actor, meeting_id=meeting.pk, township_id=None, kind=kind,
        filename="a.pptx", source=io.BytesIO(b"deck"),
    )  # fmt: skip


def days_left(meeting):
    now = timezone.now()
    return [round((slot.due - now) / DAY) for slot in expected.missing([meeting])[meeting.pk]]


def test_the_item_decides_else_the_meeting(meeting):
    assert days_left(meeting) == [1, 1, 3, 3]


def test_what_two_items_expect_is_due_when_the_first_wants_it_and_before_the_start(
    meeting, townships
):
    meeting.agenda.create(
        position=9, kind="manuscript", township=townships[1], expects_manuscript=True,
        due_at=timezone.now() + 2 * DAY,
    )  # fmt: skip
    meeting.agenda.filter(township=townships[0]).update(due_at=meeting.starts_at + 9 * DAY)
    assert days_left(Meeting.objects.get(pk=meeting.pk)) == [4, 4, 3, 2]


def test_reminders_go_by_the_items_deadline(meeting, county, member, other_member):
    plan_of(county, 2 * 1440)
    plan_due()
    assert set(meeting.reminders.values_list("user", flat=True)) == {member.user_id}
    row = meeting.reminders.get()
    assert round((row.due - timezone.now()) / DAY) == 1


def test_the_calendar_tells_the_items_deadline(meeting, member):
    due = [entry.ends for entry in entries_for(member) if "-" in entry.uid and not entry.busy]
    assert [round((moment - timezone.now()) / DAY) for moment in due] == [1, 1]


def test_after_it_only_late_with_grace_or_not_at_all(meeting, member, other_member, townships):
    """Grace counts from the item's deadline; the other township still has days."""
    meeting.agenda.filter(township=townships[0]).update(due_at=timezone.now() - DAY / 24)
    with pytest.raises(DeadlinePassed):
        hand_in(member, meeting, "deck")
    hand_in(other_member, meeting, "deck")
    Meeting.objects.filter(pk=meeting.pk).update(grace_minutes=120)
    hand_in(member, meeting, "deck")
    late = Version.objects.order_by("uploaded_at").values_list("material__township__name", "late")
    assert dict(late) == {"白沙乡": False, "青石镇": True}


def test_it_is_set_and_taken_back_but_never_after_the_start(organiser, meeting):
    item = meeting.agenda.first()
    moment = meeting.starts_at - DAY
    services.change_item(actor=organiser, item_id=item.pk, due_at=moment)
    item.refresh_from_db()
    assert item.due_at == moment
    for wrong in (meeting.starts_at + DAY, moment.replace(tzinfo=None), moment.replace(year=1900)):
        with pytest.raises(Invalid) as refused:
            services.change_item(actor=organiser, item_id=item.pk, due_at=wrong)
        assert "due_at" in refused.value.fields
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=moment - DAY)
    services.change_item(actor=organiser, item_id=item.pk, title="改题目")
    item.refresh_from_db()
    assert item.due_at == moment - DAY
    services.change_item(actor=organiser, item_id=item.pk, due_at=None)
    item.refresh_from_db()
    assert item.due_at is None
    services.change_item(
        actor=organiser, item_id=item.pk, due_at=moment - 2 * DAY, expects_deck=False,
        expects_manuscript=False,
    )  # fmt: skip
    item.refresh_from_db()
    assert item.due_at is None, "nothing is expected, so nothing is due"


def test_the_pages_and_the_api_show_it(organiser, member, meeting, api):
    item = meeting.agenda.order_by("position").first()
    item.due_at = dt.datetime.combine(
        timezone.localdate() + DAY, dt.time(15, 37), tzinfo=meeting.zone
    )
    item.save()
    for actor, path in (
        (organiser, f"/meetings/{meeting.pk}/agenda/"),
        (organiser, f"/agenda/{item.pk}/"),
        (organiser, f"/meetings/{meeting.pk}/"),
        (organiser, f"/meetings/{meeting.pk}/readiness/"),
        (member, f"/meetings/{meeting.pk}/"),
        (member, f"/meetings/{meeting.pk}/slots/{member.township_id}/deck/"),
        (member, f"/meetings/{meeting.pk}/notice/"),
    ):
        page = client_of(actor).get(path)
        assert page.status_code == 200, path
        assert "15:37" in page.content.decode(), path
    found = api(organiser).get(f"/meetings/{meeting.pk}/agenda").json()["items"]
    assert [bool(one["due_at"]) for one in found] == [True, False]
    moment = (meeting.starts_at.astimezone(meeting.zone) - DAY).replace(tzinfo=None, microsecond=0)
    answer = api(organiser).patch(f"/agenda/{item.pk}", {"due_at": moment.isoformat()})
    assert answer.json()["due_at"].startswith(moment.isoformat()), "local time of the county"


def test_one_for_each_township_may_have_a_deadline_too(organiser, draft_meeting, townships):
    """Typed in the county's time; a wrong one keeps what was chosen and adds nothing."""
    moment = draft_meeting.starts_at.astimezone(draft_meeting.zone) - DAY
    form = {
        "towns": [town.pk for town in townships], "several_kind": "presentation",
        "several_minutes": 10, "several_deck": "on", "several_due": f"{moment:%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    client, address = client_of(organiser), f"/meetings/{draft_meeting.pk}/agenda/several/"
    late = draft_meeting.starts_at.astimezone(draft_meeting.zone) + DAY
    wrong = client.post(address, form | {"several_due": f"{late:%Y-%m-%dT%H:%M}"})
    assert wrong.status_code == 400
    assert not draft_meeting.agenda.exists()
    assert client.post(address, form).status_code == 302
    dues = set(draft_meeting.agenda.values_list("due_at", flat=True))
    assert dues == {moment.replace(second=0, microsecond=0)}


def test_the_notice_groups_by_deadline(meeting, townships):
    sections = notice_of(meeting, agenda_of(meeting)).sections
    lines = [line for section in sections for line in section.paragraphs]
    assert ["青石镇" in line for line in lines if "青石镇" in line or "白沙乡" in line] == [
        True, True, False, False,
    ]  # fmt: skip


def test_next_month_keeps_the_distance(organiser, townships, county):
    series = create_series(
        actor=organiser, name="例会", rule="FREQ=MONTHLY;BYMONTHDAY=25",
        starts_on=timezone.localdate(), time=dt.time(9), minutes=180,
    )  # fmt: skip
    first = make_next_meeting(actor=organiser, series_id=series.pk)
    item = make_item(first, townships[0])
    start = first.starts_at.astimezone(first.zone)
    item.due_at = start.replace(hour=18) - 4 * DAY
    item.save()
    second = make_next_meeting(actor=organiser, series_id=series.pk)
    copied = second.agenda.get(due_at__isnull=False)
    again = second.starts_at.astimezone(second.zone)
    assert copied.due_at == again.replace(hour=18) - 4 * DAY


def test_many_meetings_need_no_more_queries(county, townships, django_assert_num_queries):
    meetings = [make_meeting(county, "announced") for _number in range(3)]
    for one in meetings:
        make_item(one, townships[0])
    with django_assert_num_queries(2):
        expected.missing(meetings)
