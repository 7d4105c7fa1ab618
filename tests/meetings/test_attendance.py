"""Attendance: who came, how that is known, leave, and the sheet that stays as it was."""

import datetime as dt
import io
import uuid

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from meetings import attendance, check_in, services
from meetings.attendance_sheet import sheet_of, sheets_of, year_of
from meetings.models import Absence, Attendance, Event, Leave
from meetings.problems import MeetingClosed, WrongStatus
from tests.people import client_of, make_meeting, make_person, no_more_queries_than
from townships.models import Membership, Township, User
from townships.problems import Invalid, NotAllowed, NotFound


def here(actor, meeting, how="scan", **options):
    return attendance.check_in(actor=actor, meeting_id=meeting.pk, how=how, **options)


def states(meeting):
    meeting.refresh_from_db()
    return {line.name: line.state for line in sheet_of(meeting).lines}


# --- checking in -------------------------------------------------------------------------------------


def test_a_person_is_on_the_sheet_once_however_they_came(member, organiser, live_meeting):
    attendance.note_presence(meeting_id=live_meeting.pk, actors=[member])
    assert Attendance.objects.get().how == "room"
    first = here(member, live_meeting)
    again = here(member, live_meeting)
    here(organiser, live_meeting, "host", membership_id=member.membership_id)
    assert first.pk == again.pk == Attendance.objects.get().pk
    assert Attendance.objects.get().how == "scan"
    kinds = list(Event.objects.values_list("kind", flat=True))
    assert kinds == ["attendance.changed", "attendance.changed"]


def test_presence_counts_townships_people_of_a_live_meeting_only(
    member, observer, guest, foreign_member, live_meeting, meeting
):
    new = attendance.note_presence(
        meeting_id=live_meeting.pk, actors=[member, observer, guest, foreign_member]
    )
    assert (new, Attendance.objects.get().name) == (1, "青石委员")
    assert attendance.note_presence(meeting_id=meeting.pk, actors=[member]) == 0
    assert attendance.note_presence(meeting_id=uuid.uuid4(), actors=[member]) == 0
    with no_more_queries_than(1):
        attendance.note_presence(meeting_id=live_meeting.pk, actors=[member])


def test_the_host_writes_anybody_down(organiser, member, live_meeting, township):
    here(organiser, live_meeting, "host", membership_id=member.membership_id)
    here(organiser, live_meeting, "host", name="老书记", unit="市委组织部")
    here(organiser, live_meeting, "host", name="代会人", township_id=township.pk)
    sheet = sheet_of(live_meeting)
    assert [(line.name, line.state) for line in sheet.lines] == [
        ("代会人", "late"),  # the meeting began an hour ago
        ("青石委员", "late"),
    ]
    assert [(line.name, line.township) for line in sheet.others] == [("老书记", "市委组织部")]


def test_the_host_must_say_whom(organiser, live_meeting, other_county):
    elsewhere = Township.objects.create(county=other_county, name="外乡")
    with pytest.raises(Invalid):
        here(organiser, live_meeting, "host")
    with pytest.raises(NotFound):
        here(organiser, live_meeting, "host", name="某人", township_id=elsewhere.pk)
    with pytest.raises(NotFound):
        here(organiser, live_meeting, "host", membership_id=uuid.uuid4())


def test_members_cannot_write_others_down(member, other_member, live_meeting):
    with pytest.raises(NotAllowed):
        here(member, live_meeting, "host", membership_id=other_member.membership_id)
    with pytest.raises(NotAllowed):
        here(member, live_meeting, name="别人")


def test_another_countys_meeting_is_missing(foreign_member, foreign_organiser, live_meeting):
    for actor in (foreign_member, foreign_organiser):
        with pytest.raises(NotFound):
            here(actor, live_meeting)


def test_checking_in_opens_two_hours_before(member, county):
    soon = make_meeting(county, starts_at=timezone.now() + dt.timedelta(minutes=119))
    later = make_meeting(county, starts_at=timezone.now() + dt.timedelta(minutes=125))
    here(member, soon)
    with pytest.raises(attendance.NotYet):
        here(member, later)


def test_nothing_is_noted_after_closing(member, organiser, closed_meeting):
    with pytest.raises(MeetingClosed):
        here(member, closed_meeting)
    with pytest.raises(MeetingClosed):
        here(organiser, closed_meeting, "host", name="某人")


def test_a_substitute_stands_in_for_a_member_of_the_same_township(
    member, other_member, county, township, organiser, live_meeting
):
    second = make_person(county, "member", "second", township, name="青石副书记")
    row = here(second, live_meeting, for_user_id=member.user_id)
    assert row.how == "substitute"
    assert states(live_meeting) == {"青石副书记": "substitute", "白沙委员": "awaited"}
    assert (
        next(line.stand_in for line in sheet_of(live_meeting).lines if line.stand_in) == "青石委员"
    )
    with pytest.raises(NotFound):
        here(other_member, live_meeting, for_user_id=member.user_id)


def test_leaving_early_and_coming_back(member, organiser, live_meeting):
    row = here(member, live_meeting)
    attendance.mark_left(actor=organiser, attendance_id=row.pk)
    assert states(live_meeting)["青石委员"] == "left"
    attendance.note_presence(meeting_id=live_meeting.pk, actors=[member])
    assert states(live_meeting)["青石委员"] == "left"  # an open page is no coming back
    here(member, live_meeting)
    assert Attendance.objects.get().left_at is None


def test_a_mistake_is_taken_off_by_organisers_only(
    member, organiser, foreign_organiser, live_meeting
):
    row = here(member, live_meeting)
    with pytest.raises(NotAllowed):
        attendance.undo_check_in(actor=member, attendance_id=row.pk)
    with pytest.raises(NotFound):
        attendance.undo_check_in(actor=foreign_organiser, attendance_id=row.pk)
    attendance.undo_check_in(actor=organiser, attendance_id=row.pk)
    assert not Attendance.objects.exists()


def test_who_comes_ten_minutes_after_the_beginning_is_late(member, other_member, county):
    meeting = make_meeting(county, "live")
    here(member, meeting, at=meeting.opened_at + dt.timedelta(minutes=9))
    here(other_member, meeting, at=meeting.opened_at + dt.timedelta(minutes=11))
    assert states(meeting) == {"青石委员": "here", "白沙委员": "late"}


# --- the hall's code ------------------------------------------------------------------------------------


def test_a_code_is_good_for_a_minute_and_for_its_meeting_only(meeting, live_meeting):
    now = timezone.now()
    code, left = check_in.code_now(meeting.pk, now)
    assert 0 < left <= 20
    for seconds, good in ((0, True), (39, True), (61, False), (-21, False)):
        moment = now + dt.timedelta(seconds=seconds)
        assert check_in.is_valid(meeting.pk, code, moment) is good
    assert not check_in.is_valid(live_meeting.pk, code, now)
    for nonsense in ("", "a" * 12, code.upper(), code[:-1], "簽到"):
        assert not check_in.is_valid(meeting.pk, nonsense, now)


def scan(client, meeting, code=None):
    code = code or check_in.code_now(meeting.pk)[0]
    return client.get(f"/meetings/{meeting.pk}/check-in/{code}/")


def test_scanning_and_one_tap(member, live_meeting):
    client = client_of(member)
    assert scan(client, live_meeting).url == f"/meetings/{live_meeting.pk}/check-in/"
    page = f"/meetings/{live_meeting.pk}/check-in/"
    assert client.get(page).status_code == 200
    assert not Attendance.objects.exists()  # looking is not coming
    assert client.post(page).status_code == 302
    assert Attendance.objects.get().how == "scan"
    assert "青石委员" in client.get(page).content.decode()


def test_without_a_fresh_code_nobody_checks_in_from_afar(member, live_meeting):
    client = client_of(member)
    old = check_in.code_now(live_meeting.pk, timezone.now() - dt.timedelta(minutes=2))[0]
    assert scan(client, live_meeting, old).status_code == 403
    assert client.post(f"/meetings/{live_meeting.pk}/check-in/").status_code == 403
    assert not Attendance.objects.exists()


def test_signing_in_after_scanning_keeps_the_scan(client, member, live_meeting):
    from tests.people import PASSWORD

    page = scan(client, live_meeting).url
    to_login = client.get(page)
    assert to_login.status_code == 302
    assert "login" in to_login.url
    done = client.post(to_login.url, {"login": "member", "password": PASSWORD})
    assert done.url == page
    assert client.post(page).status_code == 302
    assert Attendance.objects.get().name == "青石委员"


def test_the_code_is_shown_by_organisers_only(organiser, member, foreign_organiser, live_meeting):
    page = f"/meetings/{live_meeting.pk}/check-in/code/"
    answer = client_of(organiser).get(page)
    assert answer["Cache-Control"].startswith("max-age=0")
    assert "<svg" in answer.json()["svg"]
    assert client_of(member).get(page).status_code == 403
    assert client_of(foreign_organiser).get(page).status_code == 404


# --- leave ------------------------------------------------------------------------------------------------


def ask(actor, meeting, **options):
    return attendance.ask_leave(
        actor=actor,
        meeting_id=meeting.pk,
        **{"reason": "下乡防汛", "substitute": "副书记"} | options,
    )


def test_leave_is_asked_and_granted(member, organiser, meeting):
    leave = ask(member, meeting)
    assert states(meeting)["青石委员"] == "asked"
    attendance.answer_leave(actor=organiser, leave_id=leave.pk, granted=True, answer="同意")
    assert states(meeting)["青石委员"] == "leave"
    with pytest.raises(attendance.LeaveAnswered):
        attendance.answer_leave(actor=organiser, leave_id=leave.pk, granted=False)
    with pytest.raises(attendance.LeaveAnswered):
        ask(member, meeting)
    attendance.withdraw_leave(actor=member, leave_id=leave.pk)
    assert states(meeting)["青石委员"] == "awaited"


def test_a_refused_leave_can_be_asked_for_anew(member, organiser, meeting):
    leave = ask(member, meeting)
    attendance.answer_leave(actor=organiser, leave_id=leave.pk, granted=False, answer="必须到会")
    assert states(meeting)["青石委员"] == "awaited"
    again = ask(member, meeting, reason="住院")
    assert (again.pk, again.state, again.answer) == (leave.pk, "asked", "")


def test_leave_is_asked_in_advance_by_members_only(
    member, organiser, observer, live_meeting, meeting, closed_meeting
):
    with pytest.raises(WrongStatus):
        ask(member, live_meeting)
    with pytest.raises(MeetingClosed):
        ask(member, closed_meeting)
    for actor in (organiser, observer):
        with pytest.raises(NotAllowed):
            ask(actor, meeting)
    with pytest.raises(Invalid):
        ask(member, meeting, reason="  ")
    with pytest.raises(Invalid):
        ask(member, meeting, reason="长" * 301)


def test_nobody_elses_leave_can_be_answered_or_withdrawn(
    member, other_member, foreign_organiser, organiser, meeting
):
    leave = ask(member, meeting)
    for actor in (other_member, foreign_organiser):
        with pytest.raises(NotFound):
            attendance.answer_leave(actor=actor, leave_id=leave.pk, granted=True)
        with pytest.raises(NotFound):
            attendance.withdraw_leave(actor=actor, leave_id=leave.pk)
    with pytest.raises(NotAllowed):
        attendance.answer_leave(actor=member, leave_id=leave.pk, granted=True)
    with pytest.raises(NotFound):
        attendance.withdraw_leave(actor=organiser, leave_id=leave.pk)


def test_leave_is_told_to_the_own_township_and_organisers_only(member, meeting, township):
    ask(member, meeting)
    event = Event.objects.get(kind="leave.changed")
    assert event.township_id == township.pk
    assert event.data == {}


# --- the sheet -----------------------------------------------------------------------------------------------


def closed_with(county, organiser, *came):
    meeting = make_meeting(county, "live")
    for actor in came:
        here(actor, meeting, at=meeting.opened_at)
    services.close_meeting(actor=organiser, meeting_id=meeting.pk)
    meeting.refresh_from_db()
    return meeting


def test_a_closed_sheet_stays_as_it_was(county, organiser, member, other_member, townships):
    third = make_person(county, "member", "third", townships[2], name="柳溪委员")
    meeting = make_meeting(county, "live")
    Leave.objects.create(
        meeting=meeting, township=townships[2], user_id=third.user_id, reason="病", state="granted"
    )
    here(member, meeting, at=meeting.opened_at)
    services.close_meeting(actor=organiser, meeting_id=meeting.pk)
    wanted = {"青石委员": "here", "白沙委员": "absent", "柳溪委员": "leave"}
    assert states(meeting) == wanted
    Membership.objects.filter(user_id=other_member.user_id).update(active=False)
    User.objects.filter(pk=member.user_id).update(name="改名了")
    make_person(county, "member", "new", townships[0], name="新来的")
    assert states(meeting) == wanted
    assert Absence.objects.count() == 2


def test_somebody_stood_in_for_is_not_absent(county, organiser, member, township):
    second = make_person(county, "member", "second", township, name="青石副书记")
    meeting = make_meeting(county, "live")
    here(second, meeting, for_user_id=member.user_id)
    services.close_meeting(actor=organiser, meeting_id=meeting.pk)
    assert states(meeting) == {"青石副书记": "substitute"}


def test_the_year_has_everybody_through_all_meetings(county, organiser, member, other_member):
    first = closed_with(county, organiser, member, other_member)
    second = closed_with(county, organiser, member)
    rows = {row.name: row for row in year_of(2026, [first, second]).rows}
    assert rows["青石委员"].states == ["here", "here"]
    assert rows["白沙委员"].states == ["here", "absent"]
    assert (rows["白沙委员"].here, rows["白沙委员"].expected, rows["白沙委员"].percent) == (
        1,
        2,
        50,
    )


def test_sheets_cost_the_same_for_one_meeting_and_for_thirty(county, organiser, member, townships):
    meetings = [closed_with(county, organiser, member) for _ in range(3)]
    with no_more_queries_than(4):
        sheets_of(meetings[:1])
    with no_more_queries_than(4):
        year_of(2026, meetings)


def sheet_file(answer):
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    return load_workbook(io.BytesIO(b"".join(answer) if answer.streaming else answer.content))


def test_the_sheet_as_a_workbook(county, organiser, member, other_member):
    meeting = closed_with(county, organiser, member)
    book = sheet_file(client_of(organiser).get(f"/meetings/{meeting.pk}/attendance/sheet.xlsx"))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    names = {row[2]: row[3] for row in rows if row[2]}
    assert {"青石委员", "白沙委员"} <= set(names)
    year = sheet_file(client_of(organiser).get("/attendance/year.xlsx"))
    assert "白沙委员" in {cell.value for cell in year.worksheets[0]["B"]}


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "\t=1"])
def test_a_name_that_looks_like_a_formula_stays_a_name(county, organiser, name):
    meeting = make_meeting(county, "live")
    here(organiser, meeting, "host", name=name, unit=name)
    book = sheet_file(client_of(organiser).get(f"/meetings/{meeting.pk}/attendance/sheet.xlsx"))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    risky = [cell for cell in cells if str(cell.value) == name.strip()]
    assert len(risky) == 2
    assert all(cell.quotePrefix for cell in risky)


def test_who_may_see_the_sheet(
    county, organiser, member, observer, archivist, guest, foreign_organiser, live_meeting, meeting
):
    def status(actor, which):
        return client_of(actor).get(f"/meetings/{which.pk}/attendance/").status_code

    for actor in (member, observer, archivist):
        assert status(actor, live_meeting) == 200
        assert status(actor, meeting) == 403
    assert status(organiser, meeting) == 200
    assert status(guest, live_meeting) == 403
    assert status(foreign_organiser, live_meeting) == 404


def test_reasons_of_leave_are_for_organisers(county, organiser, member, other_member, meeting):
    leave = ask(member, meeting, reason="家事一件")
    attendance.answer_leave(actor=organiser, leave_id=leave.pk, granted=True)
    services.announce_meeting
    meeting.status, meeting.opened_at = "live", timezone.now()
    meeting.save()
    page = f"/meetings/{meeting.pk}/attendance/"
    assert "家事一件" in client_of(organiser).get(page).content.decode()
    assert "家事一件" not in client_of(other_member).get(page).content.decode()
