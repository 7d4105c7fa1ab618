"""Pages about the month ask the database as often for 30 townships and 24 months as for one of each."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from meetings.models import AgendaItem, Attendance, Meeting, Series, Turn
from meetings.services.calendars import make_key, secret_of
from tests.meetings.test_next_month import monthly
from tests.people import client_of, make_person
from townships.actors import Actor
from townships.models import County, Membership, Township
from uploads.models import Material, Version

HOURS = dt.timedelta(hours=3)


def months(county: County, series: Series, towns: list[Township], actor: Actor, many: int) -> None:
    """So many months: closed ones before this month's, which is announced; turns for those to come."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    meetings = [
        Meeting(
            county=county, series=series, title=f"例会{number}", notice=1,
            series_day=(now - dt.timedelta(days=30 * number)).date(),
            starts_at=now - dt.timedelta(days=30 * number - 3),
            ends_at=now - dt.timedelta(days=30 * number - 3) + HOURS,
            status="closed" if number else "announced",
        )
        for number in range(many)
    ]  # fmt: skip
    Meeting.objects.bulk_create(meetings)
    AgendaItem.objects.bulk_create(
        AgendaItem(
            meeting=meeting, position=place, kind="presentation", township=town,
            expects_deck=True, due_at=meeting.starts_at - dt.timedelta(days=place % 3),
        )
        for meeting in meetings
        for place, town in enumerate(towns)
    )  # fmt: skip
    materials = [
        Material(meeting=meeting, township=town, kind="deck")
        for meeting in meetings
        for town in towns[::2]
    ]
    Material.objects.bulk_create(materials)
    Version.objects.bulk_create(
        Version(material=one, number=1, state="ready", filename="a.pptx", size=1, sha256="0" * 64)
        for one in materials
    )
    Attendance.objects.bulk_create(
        Attendance(
            meeting=meeting, user_id=actor.user_id, name=actor.name, township=towns[0], how="scan"
        )
        for meeting in meetings
    )
    Turn.objects.bulk_create(
        Turn(series=series, day=(now + dt.timedelta(days=30 * number)).date(), township=town)
        for number in range(1, 4)
        for town in towns
    )


def count(actor: Actor, address: str) -> int:
    client = client_of(actor)
    client.get(address)  # what is kept in memory from the first look is not counted
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


PAGES = [
    "/",
    "/meetings/",
    "/meetings/month/",
    "/series/",
    "/series/{series}/roster/",
    "/series/{series}/",
    "/series/{series}/days/",
    "/reminders/",
    "/reminders/plan/{series}/",
    "/calendar/",
    "/people/",
    "/people/{person}/",
    "/townships/{township}/",
    "/people/invitations/",
    "/county/hand-over/",
    "/attendance/",
    "/archive/numbers/",
    "/meetings/{meeting}/",
    "/meetings/{meeting}/readiness/",
    "/meetings/{meeting}/notice/",
    "/meetings/{meeting}/notice.docx",
    "/meetings/{meeting}/invitation.ics",
    "/meetings/{meeting}/agenda/print/",
    "/meetings/{meeting}/attendance/",
    "/meetings/{meeting}/attendance/print/",
    "/meetings/{meeting}/check-in/screen/",
    "{feed}",
    "/meetings/{meeting}/agenda/",
]


def counted(organiser: Actor, series: Series, someone: Actor) -> dict[str, int]:
    meeting = Meeting.objects.get(status="announced")
    feed = reverse("meetings:feed", args=[secret_of(make_key(actor=organiser))])
    names = {
        "series": series.pk,
        "meeting": meeting.pk,
        "feed": feed,
        "person": someone.membership_id,
        "township": someone.township_id,
    }
    addresses = {page: page.format(**names) for page in PAGES}
    return {page: count(organiser, address) for page, address in addresses.items()}


@pytest.mark.timeout(240)
def test_thirty_townships_and_24_months_take_no_more_queries(
    county: County, organiser: Actor, townships: list[Township], member: Actor
) -> None:
    series = monthly(organiser, starts_on=timezone.localdate() - dt.timedelta(days=800))
    months(county, series, townships[:2], member, 2)
    few = counted(organiser, series, member)
    Attendance.objects.all().delete()
    Material.objects.all().delete()
    Meeting.objects.all().delete()
    Turn.objects.all().delete()
    more = Township.objects.bulk_create(
        Township(county=county, name=f"第{number}镇", position=number) for number in range(27)
    )
    for number, town in enumerate(more):
        make_person(county, "member", f"w{number}", town)
        make_person(county, "member", f"beside{number}", townships[0])
        Membership.objects.create(
            user_id=member.user_id, county=county, role="member", township=town, active=False
        )
    months(county, series, [*townships, *more], member, 24)
    many = counted(organiser, series, member)
    assert {page: number for page, number in many.items() if number > few[page]} == {}, few
    assert max(many.values()) <= 30, many
