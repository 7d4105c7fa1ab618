"""Calendars: feeds by secret address, one meeting as a file, read by other people's parsers."""

import datetime as dt

import caldav
import icalendar
import pytest
from django.utils import timezone

from meetings import services
from meetings.calendars.ics import Entry, Person, calendar_of
from meetings.models import CalendarKey, Meeting, ReminderChoice
from meetings.services import calendars
from meetings.services.calls import set_choice
from tests.meetings.calls import plan_of
from tests.people import client_of, make_item, make_meeting, make_person, no_more_queries_than
from townships.actors import Actor
from townships.models import AuditRow, County, Membership, Township
from townships.problems import Invalid, NotAllowed, NotFound

DAY = dt.timedelta(days=1)


def address(key: CalendarKey) -> str:
    return f"/calendar/{calendars.secret_of(key)}.ics"


def feed(key: CalendarKey, actor: Actor) -> list[icalendar.Event]:
    """The events of a feed, as icalendar and a CalDAV client read them. Nobody is signed in."""
    from django.test import Client

    answer = Client().get(address(key))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    parsed = icalendar.Calendar.from_ical(answer.content)
    for event in parsed.walk("VEVENT"):
        alone = icalendar.Calendar()
        alone.add("version", "2.0")
        alone.add("prodid", "test")
        alone.add_component(event)
        read = caldav.Event(data=alone.to_ical().decode()).icalendar_component
        assert read["uid"] == event["uid"]
    return list(parsed.walk("VEVENT"))


@pytest.fixture
def announced(organiser: Actor, draft_meeting: Meeting, townships: list[Township]) -> Meeting:
    make_item(draft_meeting, townships[0])
    services.change_meeting(
        actor=organiser,
        meeting_id=draft_meeting.pk,
        starts_at=timezone.now() + 10 * DAY,
        ends_at=timezone.now() + 10 * DAY + dt.timedelta(hours=3),
        deadline=timezone.now() + 8 * DAY,
    )
    return services.announce_meeting(actor=organiser, meeting_id=draft_meeting.pk)


def test_a_person_sees_meetings_and_what_is_owed(
    member: Actor, observer: Actor, announced: Meeting
) -> None:
    key = calendars.make_key(actor=member, language="zh-hans")
    events = feed(key, member)
    assert [str(event["summary"]) for event in events] == [
        announced.title,
        f"截止：《{announced.title}》的演示文稿",
        f"截止：《{announced.title}》的文稿",
    ]
    assert events[0].decoded("dtstart") == announced.starts_at.replace(microsecond=0)
    assert events[0]["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert events[1].decoded("dtend") == announced.deadline.replace(microsecond=0)
    assert len(feed(calendars.make_key(actor=observer), observer)) == 1


def test_organisers_see_drafts_as_tentative_and_others_do_not_see_them(
    organiser: Actor, member: Actor, draft_meeting: Meeting
) -> None:
    (event,) = feed(calendars.make_key(actor=organiser), organiser)
    assert event["status"] == "TENTATIVE"
    assert feed(calendars.make_key(actor=member), member) == []
    assert feed(calendars.make_key(actor=organiser, county=True), organiser) == []


def test_a_change_keeps_the_uid_and_raises_the_sequence_and_a_call_off_cancels(
    organiser: Actor, announced: Meeting
) -> None:
    key = calendars.make_key(actor=organiser, county=True)
    (first,) = feed(key, organiser)
    services.change_meeting(actor=organiser, meeting_id=announced.pk, venue="大礼堂; 二楼")
    (second,) = feed(key, organiser)
    services.call_off_meeting(actor=organiser, meeting_id=announced.pk, reason="防汛")
    (third,) = feed(key, organiser)
    assert first["uid"] == second["uid"] == third["uid"] == f"{announced.pk}@lihui"
    assert [int(event["sequence"]) for event in (first, second, third)] == [1, 2, 3]
    assert [str(event["status"]) for event in (first, second, third)] == [
        "CONFIRMED",
        "CONFIRMED",
        "CANCELLED",
    ]
    assert str(second["location"]) == "大礼堂; 二楼"
    assert "防汛" in str(third["description"])


def test_a_new_address_ends_the_old_one_and_a_revoked_one_finds_nothing(member: Actor) -> None:
    first = calendars.make_key(actor=member)
    second = calendars.make_key(actor=member)
    client = client_of(member)
    assert client.get(address(first)).status_code == 404
    assert client.get(address(second)).status_code == 200
    calendars.revoke_key(actor=member)
    assert client.get(address(second)).status_code == 404
    actions = AuditRow.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == [
        "calendar.address_made",
        "calendar.address_revoked",
        "calendar.address_made",
        "calendar.address_revoked",
    ]


def test_whoever_lost_their_role_has_no_calendar(member: Actor) -> None:
    key = calendars.make_key(actor=member)
    Membership.objects.filter(pk=member.membership_id).update(active=False)
    assert client_of(member).get(address(key)).status_code == 404


def test_guessed_and_altered_addresses_find_nothing_and_are_throttled(member: Actor) -> None:
    secret = calendars.secret_of(calendars.make_key(actor=member))
    client = client_of(member)
    for wrong in (
        secret[:-1] + ("0" if secret[-1] != "0" else "1"),
        "0" * 64,
        "x",
        secret.upper(),
        "ä" * 64,
    ):
        assert client.get(f"/calendar/{wrong}.ics").status_code == 404
    answers = {client.get(f"/calendar/{'0' * 64}.ics").status_code for _number in range(70)}
    assert answers == {404, 429}
    assert client.get(f"/calendar/{secret}.ics").status_code == 200


def test_only_organisers_give_the_countys_calendar_away(
    organiser: Actor, member: Actor, guest: Actor, foreign_organiser: Actor, announced: Meeting
) -> None:
    with pytest.raises(NotAllowed):
        calendars.make_key(actor=member, county=True)
    with pytest.raises(NotFound):
        calendars.make_key(actor=guest)
    assert feed(calendars.make_key(actor=foreign_organiser, county=True), organiser) == []
    page = client_of(member).get("/calendar/").content.decode()
    assert "全县" not in page
    assert client_of(guest).get("/calendar/").status_code == 403


def test_a_feed_is_answered_with_304_while_nothing_changed(
    member: Actor, announced: Meeting
) -> None:
    key = calendars.make_key(actor=member)
    client = client_of(member)
    first = client.get(address(key))
    again = client.get(address(key), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == "private, max-age=300"
    assert CalendarKey.objects.get().used_at is not None


@pytest.mark.parametrize("count", [1, 30])
def test_a_feed_needs_the_same_queries_for_any_number_of_meetings(
    organiser: Actor, county: County, township: Township, member: Actor, count: int
) -> None:
    for number in range(count):
        meeting = make_meeting(county, starts_at=timezone.now() + number * DAY + DAY)
        make_item(meeting, township)
    key = calendars.make_key(actor=member)
    client = client_of(member)
    client.get(address(key))
    with no_more_queries_than(6):
        assert client.get(address(key)).status_code == 200


def test_what_people_type_stays_text(organiser: Actor, announced: Meeting) -> None:
    """CRLF, colons and semicolons open no property of their own; long lines are folded."""
    nasty = "会议;X=1:2,\\n BEGIN:VALARM"
    services.change_meeting(
        actor=organiser,
        meeting_id=announced.pk,
        title=nasty + "长" * 100,
        note="第一行\r\nATTENDEE:mailto:evil@example.invalid\r\nEND:VCALENDAR",
    )
    answer = client_of(organiser).get(f"/meetings/{announced.pk}/invitation.ics")
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["summary"]) == nasty + "长" * 100
    assert "attendee" not in event
    lines = answer.content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert not any(line.startswith((b"ATTENDEE", b"END:VCALENDAR ")) for line in lines)
    assert lines.count(b"END:VCALENDAR") == 1


def test_times_stay_local_where_clocks_change() -> None:
    """Nine o'clock in Berlin before and after the change, with the zone's own rules inside."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Europe/Berlin")
    entries = [
        Entry(
            uid=str(month),
            sequence=0,
            starts=dt.datetime(2026, month, 27, 9, tzinfo=zone),
            ends=dt.datetime(2026, month, 27, 12, tzinfo=zone),
            title="t",
            stamp=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        )
        for month in (3, 4)
    ]
    text = calendar_of(entries, zone=zone, method="PUBLISH")
    parsed = icalendar.Calendar.from_ical(text)
    assert [str(z["tzid"]) for z in parsed.walk("VTIMEZONE")] == ["Europe/Berlin"]
    found = [event.decoded("dtstart") for event in parsed.walk("VEVENT")]
    assert [moment.astimezone(dt.UTC).hour for moment in found] == [8, 7]
    assert {moment.hour for moment in found} == {9}


def test_a_name_cannot_break_out_of_its_parameter() -> None:
    reader = Person('A";X="b\r\nBEGIN:VEVENT', "a@example.invalid")
    entry = Entry(
        uid="1",
        sequence=0,
        starts=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        ends=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        title="t",
        stamp=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
    from zoneinfo import ZoneInfo

    text = calendar_of(
        [entry], zone=ZoneInfo("UTC"), method="REQUEST", sender=reader, reader=reader
    )
    assert len(icalendar.Calendar.from_ical(text).walk("VEVENT")) == 1
    assert text.count(b"\r\nBEGIN:VEVENT") == 1


def test_another_countys_meeting_is_no_file(
    foreign_organiser: Actor, county: County, announced: Meeting
) -> None:
    other = make_person(foreign_organiser_county(foreign_organiser), "observer", "somebody")
    assert client_of(other).get(f"/meetings/{announced.pk}/invitation.ics").status_code == 404


def foreign_organiser_county(actor: Actor) -> County:
    return County.objects.get(pk=actor.county_id)


def alarms(actor: Actor) -> list[list[float]]:
    """Hours before the end (of what is due) or the start (of the meeting) at which it rings."""
    found = []
    for event in feed(calendars.make_key(actor=actor), actor):
        due = event["transp"] == "TRANSPARENT"
        base = event.decoded("dtend") if due else event.decoded("dtstart")
        found.append(
            [
                round(
                    (base - event.decoded("dtstart") - alarm["trigger"].dt) / dt.timedelta(hours=1),
                    2,
                )
                for alarm in event.walk("VALARM")
            ]
        )
    return found


@pytest.mark.parametrize(
    ("choice", "meeting_rings", "due_rings"),
    [("all", [1.0], [48.0, 3.0]), ("last", [1.0], [3.0]), ("none", [], [])],
)
def test_the_calendar_rings_by_the_call_plan_and_the_readers_choice(
    county: County,
    member: Actor,
    announced: Meeting,
    choice: str,
    meeting_rings: list[float],
    due_rings: list[float],
) -> None:
    plan_of(county, 2 * 1440, 180)
    set_choice(actor=member, mail="all", calendar=choice)
    assert alarms(member) == [meeting_rings, due_rings, due_rings]


def test_without_a_plan_it_rings_a_day_before_and_never_in_quiet_hours(
    county: County, member: Actor, announced: Meeting
) -> None:
    assert alarms(member)[1] == [24.0]
    due = timezone.localtime(announced.deadline, announced.zone)
    plan_of(
        county, 180,
        quiet_from=(due - dt.timedelta(hours=4)).time(),
        quiet_until=(due - dt.timedelta(hours=2)).time(),
    )  # fmt: skip
    assert alarms(member)[1] == [2.0]


def test_the_page_of_choices_keeps_both(member: Actor, announced: Meeting) -> None:
    client = client_of(member)
    page = client.post("/account/reminders/", {"mail": "last", "calendar": "none"})
    assert page.status_code == 302
    row = ReminderChoice.objects.get(user_id=member.user_id)
    assert (row.mail, row.calendar) == ("last", "none")
    assert client.post("/account/reminders/", {"mail": "all", "calendar": "x"}).status_code == 400
    with pytest.raises(Invalid):
        set_choice(actor=member, mail="all", calendar="never")
