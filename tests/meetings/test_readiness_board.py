"""The readiness board: who owes what, reminded in one click, more time granted in one click."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hub.pages.board_rows import board_of, log_of
from hub.pages.slots import more_time
from meetings.models import AgendaItem, Reminder
from meetings.problems import MeetingClosed, WrongStatus
from meetings.reminders import outbox
from meetings.reminders.planning import NothingMissing, remind_missing
from meetings.services.calls import set_deadline
from tests.meetings.calls import called
from tests.meetings.test_reminders_planned import hand_in
from tests.people import client_of, make_item
from townships.models import AuditRow, Township
from townships.problems import Invalid, NotAllowed, NotFound
from uploads import services as uploads
from uploads.models import Approval, Material, Version
from uploads.problems import DeadlinePassed


@pytest.fixture
def meeting(county, member, other_member, townships):
    meeting = called(county, due_in=dt.timedelta(days=1))
    for town in townships[:2]:
        make_item(meeting, town)
    return meeting


def remind(actor, meeting, click=None, **options):
    return remind_missing(
        actor=actor, meeting_id=meeting.pk, click=click or uuid.uuid4(), **options
    )


def rows(organiser, meeting):
    return {row.township.name: row for row in board_of(organiser, meeting).rows}


def test_the_board_says_how_far_everybody_is(organiser, meeting, townships):
    material = hand_in(meeting, townships[0], "deck")
    material.refresh_from_db()
    Version.objects.filter(pk=material.current_id).update(
        findings=[{"code": "font_missing"}], pages_total=12, late=True
    )
    Approval.objects.create(version_id=material.current_id, by="owner")
    hand_in(meeting, townships[1], "deck", state="refused")
    found = rows(organiser, meeting)
    first, second = found["青石镇"], found["白沙乡"]
    assert first.deck.is_ready
    assert (first.deck.pages, first.deck.remarks, first.converted) == (12, 1, (1, 2))
    assert (first.deck.owner, first.deck.organiser, first.owner_ok) == (True, False, False)
    assert [cell.slot.kind for cell in first.owed] == ["manuscript"]
    assert [cell.slot.kind for cell in second.owed] == ["deck", "manuscript"]
    assert first.to_approve


def test_more_time_asked_for_what_nobody_expects_takes_no_approval_away(
    organiser, meeting, township
):
    """The deck alone is expected, handed in and approved; a manuscript is only asked about."""
    AgendaItem.objects.filter(meeting=meeting, township=township).update(expects_manuscript=False)
    material = hand_in(meeting, township, "deck")
    material.refresh_from_db()
    for by in ("owner", "organiser"):
        Approval.objects.create(version_id=material.current_id, by=by)
    Material.objects.create(
        meeting=meeting, township=township, kind="manuscript", extension_asked_at=timezone.now()
    )
    row = rows(organiser, meeting)[township.name]
    assert row.manuscript.slot.state == "missing"
    assert (row.converted, row.owner_ok, row.organiser_ok) == ((1, 1), True, True)


def test_the_filter_shows_only_those_who_owe_something(organiser, meeting, townships):
    for kind in ("deck", "manuscript"):
        hand_in(meeting, townships[0], kind)
    client = client_of(organiser)
    everything = client.get(f"/meetings/{meeting.pk}/readiness/").content.decode()
    missing = client.get(f"/meetings/{meeting.pk}/readiness/?show=missing").content.decode()
    assert "青石镇" in everything
    assert "青石镇" not in missing
    assert "白沙乡" in missing


def test_one_click_reminds_exactly_those_who_are_missing_something(
    organiser, meeting, townships, mail
):
    for kind in ("deck", "manuscript"):
        hand_in(meeting, townships[0], kind)
    click = uuid.uuid4()
    client = client_of(organiser)
    for _twice in range(2):
        page = client.post(
            f"/meetings/{meeting.pk}/readiness/remind/", {"click": str(click), "note": "急用"}
        )
        assert page.status_code == 302
    outbox.send_waiting()
    assert mail.box.readers == ["other_member@example.invalid"]
    assert "急用" in mail.box.text("other_member@example.invalid")
    entry = log_of(meeting)[0]
    assert (entry.kind, entry.who) == ("hand", "组织者")
    assert [(words, len(found)) for _state, words, found in entry.outcomes] == [("已发送", 1)]
    assert AuditRow.objects.get(action="reminders.asked").detail["townships"] == ["白沙乡"]


def test_one_township_alone_can_be_reminded(organiser, meeting, townships):
    made = remind(organiser, meeting, township_ids=[townships[1].pk])
    assert [row.to for row in made] == ["白沙委员"]


def test_quiet_hours_do_not_hold_back_what_an_organiser_asks_for(organiser, meeting, mail, county):
    from meetings.models import CallPlan

    CallPlan.objects.create(county=county, quiet_from=dt.time(0, 0), quiet_until=dt.time(23, 59))
    remind(organiser, meeting)
    assert outbox.send_waiting() == 2


def test_nobody_is_reminded_of_nothing(organiser, meeting, townships):
    for town in townships[:2]:
        for kind in ("deck", "manuscript"):
            hand_in(meeting, town, kind)
    with pytest.raises(NothingMissing):
        remind(organiser, meeting)


def test_who_may_remind(
    organiser, member, observer, foreign_organiser, meeting, draft_meeting, closed_meeting
):
    for actor in (member, observer):
        with pytest.raises(NotAllowed):
            remind(actor, meeting)
    with pytest.raises(NotFound):
        remind(foreign_organiser, meeting)
    with pytest.raises(WrongStatus):
        remind(organiser, draft_meeting)
    with pytest.raises(MeetingClosed):
        remind(organiser, closed_meeting)
    assert not Reminder.objects.exists()


# --- deadline, grace, extensions -------------------------------------------------------------------------


def send(actor, meeting, township):
    import io

    return uploads.receive(
        actor=actor, meeting_id=meeting.pk, township_id=township.pk, kind="deck",
        filename="汇报.pptx", source=io.BytesIO(b"PK\x03\x04slides"),
    )  # fmt: skip


def test_within_the_grace_a_township_hands_in_and_is_marked_late(
    organiser, member, meeting, township
):
    set_deadline(
        actor=organiser,
        meeting_id=meeting.pk,
        deadline=timezone.now() - dt.timedelta(minutes=5),
        grace_minutes=60,
    )
    assert send(member, meeting, township).late
    set_deadline(
        actor=organiser,
        meeting_id=meeting.pk,
        deadline=timezone.now() - dt.timedelta(minutes=65),
        grace_minutes=60,
    )
    with pytest.raises(DeadlinePassed):
        send(member, meeting, township)
    assert send(organiser, meeting, township).late


@pytest.mark.parametrize("grace", [-1, 7 * 1440 + 1])
def test_an_odd_grace_or_deadline_is_refused(organiser, member, meeting, grace):
    after = meeting.starts_at + dt.timedelta(hours=1)
    for deadline, minutes in ((meeting.deadline, grace), (after, 0)):
        with pytest.raises(Invalid):
            set_deadline(
                actor=organiser, meeting_id=meeting.pk, deadline=deadline, grace_minutes=minutes
            )
    with pytest.raises(NotAllowed):
        set_deadline(actor=member, meeting_id=meeting.pk, deadline=None, grace_minutes=0)


def asked(meeting, township, **fields):
    return Material.objects.create(
        meeting=meeting,
        township=township,
        kind="deck",
        extension_asked_at=timezone.now(),
        extension_reason="电脑坏了",
        **fields,
    )


def test_more_time_is_granted_in_one_click_and_logged(organiser, meeting, township):
    material = asked(meeting, township)
    client = client_of(organiser)
    assert "电脑坏了" in client.get(f"/meetings/{meeting.pk}/readiness/").content.decode()
    client.post(f"/materials/{material.pk}/extension/", {"act": "grant"})
    material.refresh_from_db()
    assert material.extended_until == more_time(meeting)
    assert material.extension_asked_at is None
    assert [entry.kind for entry in log_of(meeting)] == ["granted"]
    assert rows(organiser, meeting)["青石镇"].deck.is_extended


def test_what_comes_within_an_extension_is_called_so_and_not_late(
    organiser, member, other_member, meeting, townships
):
    material = asked(meeting, townships[0], extended_until=timezone.now() + dt.timedelta(hours=1))
    meeting.deadline = timezone.now() - dt.timedelta(minutes=1)
    meeting.save()
    send(member, meeting, townships[0])
    send(organiser, meeting, townships[1])
    page = client_of(organiser).get(f"/meetings/{meeting.pk}/readiness/").content.decode()
    assert (page.count("延期内"), page.count("迟交</span>")) == (1, 1)
    address = reverse("material_slot", args=[meeting.pk, townships[0].pk, material.kind])
    slot = client_of(member).get(address)
    assert "延期内" in slot.content.decode()


def test_more_time_is_refused_in_one_click_and_logged(organiser, meeting, township):
    material = asked(meeting, township)
    client_of(organiser).post(f"/materials/{material.pk}/extension/", {"act": "refuse"})
    material.refresh_from_db()
    assert (material.extended_until, material.extension_asked_at) == (None, None)
    assert [entry.kind for entry in log_of(meeting)] == ["refused"]


def test_what_one_click_grants_ends_before_the_meeting(organiser, meeting):
    assert meeting.due_at < more_time(meeting) <= meeting.starts_at


def test_the_board_costs_the_same_for_one_township_and_for_thirty(county, organiser, meeting):
    def cost():
        client = client_of(organiser)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/meetings/{meeting.pk}/readiness/").status_code == 200
        return len(captured)

    hand_in(meeting, Township.objects.first(), "deck")
    remind(organiser, meeting)
    client_of(organiser).get("/")
    few = cost()
    for number in range(28):
        town = Township.objects.create(county=county, name=f"乡{number}", position=number)
        make_item(meeting, town)
        hand_in(meeting, town, "deck")
        asked(meeting, Township.objects.create(county=county, name=f"镇{number}"))
    remind(organiser, meeting)
    assert cost() == few
