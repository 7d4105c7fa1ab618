"""Numbers per meeting and per year: counted rightly, the same as table, chart and download, few queries."""

import csv
import datetime as dt
import io
import re

from django.utils import timezone
from openpyxl import load_workbook

from archive.figures.charts import by_meeting, by_township
from archive.figures.facts import numbers_of
from board.models import Adoption, Case, Hand, Post
from meetings.models import Absence, Attendance, Meeting
from tests.archive.material import add_deck, add_entry
from tests.people import client_of, make_item, make_meeting, no_more_queries_than
from townships.actors import Actor
from townships.models import County, Township
from uploads.models import Material, Version

HOUR = dt.timedelta(hours=1)


def full_meeting(
    county: County, townships: list[Township], member: Actor, **fields: object
) -> Meeting:
    """Closed: the first township hands in and speaks 10 + 5 minutes, the second is late, the third brings nothing."""
    meeting = make_meeting(county, "closed", **fields)
    now = timezone.now()
    for place, town in enumerate(townships):
        item = make_item(meeting, town, position=place, expects_manuscript=False)
        if place == 0:
            item.started_at, item.ended_at, item.used_seconds = (
                now - HOUR,
                now - HOUR + dt.timedelta(minutes=10),
                600,
            )
            item.save()
    add_deck(meeting, townships[0], [{"title": "一"}])
    late = add_deck(meeting, townships[1], [{"title": "二"}])
    late.versions.update(late=True)
    Hand.objects.create(
        meeting=meeting,
        township=townships[0],
        person_key="k",
        state="done",
        started_at=now - HOUR,
        ended_at=now - HOUR + dt.timedelta(minutes=5),
    )
    Attendance.objects.create(
        meeting=meeting,
        township=townships[0],
        user_id=member.user_id,
        name="甲",
        how="scan",
        at=meeting.starts_at,
    )
    Absence.objects.create(
        meeting=meeting, township=townships[1], user_id=member.user_id, name="乙", on_leave=False
    )
    problem = add_entry(meeting, townships[0], "问题")
    add_entry(meeting, townships[1], "另一个问题")
    practice = add_entry(meeting, townships[0], "做法", kind="practice")
    Adoption.objects.create(post=practice, township=townships[2])
    case = Case.objects.create(
        county=county, township=townships[0], kind="problem", title="问题", status="solved", opened_in=meeting,
        created_at=now - dt.timedelta(days=12), closed_at=now - dt.timedelta(days=2),
    )  # fmt: skip
    Post.objects.filter(pk=problem.pk).update(case=case)
    return meeting


def test_every_figure(county: County, townships: list[Township], member: Actor) -> None:
    meeting = full_meeting(county, townships, member)
    numbers = numbers_of([Meeting.objects.select_related("county").get(pk=meeting.pk)])
    first, second, third = (numbers.by_township[town.pk] for town in townships)
    assert dict(numbers.whole.submissions) == {"on_time": 1, "late": 1, "missing": 1}
    assert (first.punctuality, second.punctuality, third.punctuality) == (100, 0, 0)
    assert (numbers.whole.present, numbers.whole.expected, numbers.whole.attendance) == (1, 2, 50)
    assert (first.minutes, second.minutes) == (15.0, 0.0)
    assert (numbers.whole.problems, numbers.whole.practices, numbers.whole.solved) == (2, 1, 1)
    assert (third.adopted, first.adopted) == (1, 0)
    assert (first.median_days, third.median_days) == (10.0, None)
    assert numbers.by_meeting[meeting.pk].problems == 2


def test_who_kept_to_an_extension_is_in_time(
    county: County, townships: list[Township], member: Actor
) -> None:
    meeting = full_meeting(county, townships, member)
    late = Version.objects.get(late=True)
    Material.objects.filter(pk=late.material_id).update(extended_until=late.uploaded_at + HOUR)
    assert submitted(meeting) == {"on_time": 2, "missing": 1}
    Material.objects.filter(pk=late.material_id).update(extended_until=late.uploaded_at - HOUR)
    assert submitted(meeting) == {"on_time": 1, "late": 1, "missing": 1}


def submitted(meeting: Meeting) -> dict[str, int]:
    found = [Meeting.objects.select_related("county").get(pk=meeting.pk)]
    return dict(numbers_of(found).whole.submissions)


def test_what_is_hidden_withdrawn_or_merged_does_not_count(
    county: County, townships: list[Township], member: Actor
) -> None:
    meeting = full_meeting(county, townships, member)
    entries = list(Post.objects.filter(kind="problem"))
    Post.objects.filter(pk=entries[0].pk).update(hidden_at=timezone.now())
    Post.objects.filter(pk=entries[1].pk).update(
        status="merged", merged_into=Post.objects.get(kind="practice")
    )
    assert (
        numbers_of([Meeting.objects.select_related("county").get(pk=meeting.pk)]).whole.problems
        == 0
    )


def test_the_table_the_chart_and_the_downloads_say_the_same(
    county: County, townships: list[Township], member: Actor, organiser: Actor
) -> None:
    meeting = full_meeting(county, townships, member)
    year = meeting.starts_at.astimezone(meeting.zone).year
    client = client_of(organiser)
    page = client.get(f"/archive/numbers/{year}/")
    charts = [each["chart"] for group in page.context["groups"] for each in group["charts"]]
    assert len(charts) == 12
    for chart in charts:
        told = client.get(f"/archive/numbers/{year}/{chart.key}.csv").content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(told)))
        assert rows[0] == chart.header
        assert [row[0] for row in rows[1:]] == chart.labels
        book = load_workbook(
            io.BytesIO(client.get(f"/archive/numbers/{year}/{chart.key}.xlsx").content)
        )
        assert [cell.value for cell in book.active[book.active.max_row]] == [
            value if value is not None else None for value in chart.rows[-1]
        ]
        assert chart.data["series"][0]["values"] == [row[1] for row in chart.rows]
    whole = load_workbook(io.BytesIO(client.get(f"/archive/numbers/{year}/all.xlsx").content))
    assert len(whole.sheetnames) == 12
    html = page.content.decode()
    assert not re.search(r"<[^>]+\sstyle=", html), "no style attribute: the policy forbids it"


def test_unknown_charts_years_and_endings(
    county: County, townships: list[Township], member: Actor, organiser: Actor
) -> None:
    meeting = full_meeting(county, townships, member)
    year = meeting.starts_at.astimezone(meeting.zone).year
    client = client_of(organiser)
    for path in (
        "1999/",
        f"{year}/nothing.csv",
        f"{year}/all.csv",
        f"{year}/problems-by-meeting.pdf",
        "99999999/",
    ):
        assert client.get(f"/archive/numbers/{path}").status_code == 404, path


def test_without_a_meeting_the_page_says_so(organiser: Actor, member: Actor) -> None:
    assert "暂无数据" in client_of(organiser).get("/archive/numbers/").content.decode()
    assert client_of(member).get("/archive/numbers/").status_code == 200


def test_24_months_and_30_townships_take_the_same_queries(
    county: County, townships: list[Township], member: Actor
) -> None:
    first = full_meeting(county, townships, member)
    one = list(Meeting.objects.select_related("county").filter(pk=first.pk))
    with no_more_queries_than(16):
        numbers_of(one)
    more = [
        Township.objects.create(county=county, name=f"乡{n}", position=9 + n) for n in range(27)
    ]
    for n in range(1, 24):
        meeting = make_meeting(
            county, "closed", starts_at=first.starts_at - dt.timedelta(days=30 * n)
        )
        for town in more:
            make_item(meeting, town)
    many = list(Meeting.objects.select_related("county").order_by("starts_at"))
    with no_more_queries_than(16):
        numbers = numbers_of(many)
    assert len(numbers.townships) == 30
    assert len(by_meeting(numbers)[0].labels) == 24
    assert len(by_township(numbers)[0].labels) == 30


def test_a_meeting_in_figures(
    county: County, townships: list[Township], member: Actor, foreign_member: Actor
) -> None:
    meeting = full_meeting(county, townships, member)
    assert (
        "青石镇"
        in client_of(member).get(f"/archive/meetings/{meeting.pk}/numbers/").content.decode()
    )
    assert (
        client_of(member)
        .get(f"/archive/meetings/{meeting.pk}/numbers/speaking-by-township.csv")
        .status_code
        == 200
    )
    assert (
        client_of(foreign_member).get(f"/archive/meetings/{meeting.pk}/numbers/").status_code == 404
    )
