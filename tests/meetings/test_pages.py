"""The pages of meetings: editing, the agenda editor, series; without scripts."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from meetings import services
from meetings.models import Meeting, Series
from tests.people import client_of, make_item, make_meeting, no_more_queries_than
from townships.actors import Actor
from townships.models import County, Township

FORM = {
    "title": "组织工作例会",
    "starts_at": "2026-12-25T09:00",
    "ends_at": "2026-12-25T12:00",
    "deadline": "2026-12-23T18:00",
}
RULE = {
    "name": "每月例会",
    "kind": "weekday",
    "nth": "-1",
    "weekday": "4",
    "weekend": "before",
    "starts_on": "2026-01-01",
    "time": "09:00",
    "minutes": "180",
    "deadline_days": "2",
}


def test_a_new_meeting_is_meant_in_the_countys_time_zone(organiser: Actor, county: County) -> None:
    County.objects.update(time_zone="Asia/Urumqi")
    answer = client_of(organiser).post("/meetings/new/", FORM)
    meeting = Meeting.objects.get()
    assert answer["Location"] == f"/meetings/{meeting.pk}/agenda/"
    assert meeting.starts_at == dt.datetime(2026, 12, 25, 3, 0, tzinfo=dt.UTC)
    page = client_of(organiser).get(f"/meetings/{meeting.pk}/").content.decode()
    assert "09:00" in page


def test_a_wrong_form_keeps_what_was_typed(organiser: Actor) -> None:
    answer = client_of(organiser).post("/meetings/new/", FORM | {"deadline": "2026-12-26T09:00"})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["deadline"]
    assert "组织工作例会" in answer.content.decode()
    assert not Meeting.objects.exists()


def test_an_agenda_is_made_moved_and_announced_without_scripts(
    organiser: Actor, draft_meeting: Meeting, townships: list[Township]
) -> None:
    client = client_of(organiser)
    path = f"/meetings/{draft_meeting.pk}"
    client.post(f"{path}/agenda/", {"kind": "other", "title": "签到", "minutes": "170"})
    several = {
        "towns": [str(town.pk) for town in townships],
        "several_kind": "presentation",
        "several_minutes": "10",
        "several_deck": "on",
    }
    client.post(f"{path}/agenda/several/", several)
    items = list(draft_meeting.agenda.all())
    assert [item.minutes for item in items] == [170, 10, 10, 10]
    client.post(f"/agenda/{items[1].pk}/move/", {"by": "-1"})
    assert draft_meeting.agenda.first() == items[1]
    assert client.get(f"{path}/agenda/").context["table"].over == 20
    client.post(f"/agenda/{items[0].pk}/remove/")
    assert draft_meeting.agenda.count() == 3
    assert client.post(f"{path}/announce/")["Location"] == f"{path}/"
    draft_meeting.refresh_from_db()
    assert draft_meeting.status == "announced"


def test_announcing_an_empty_agenda_says_why(organiser: Actor, draft_meeting: Meeting) -> None:
    client = client_of(organiser)
    answer = client.post(f"/meetings/{draft_meeting.pk}/announce/", follow=True)
    draft_meeting.refresh_from_db()
    assert draft_meeting.status == "draft"
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


def test_the_agenda_of_the_meeting_before_is_taken_over(
    organiser: Actor, closed_meeting: Meeting, township: Township, county: County
) -> None:
    make_item(closed_meeting, township, presenter="上月主讲")
    later = make_meeting(county, "draft", starts_at=timezone.now() + dt.timedelta(days=30))
    client_of(organiser).post(f"/meetings/{later.pk}/agenda/take-over/")
    copied = later.agenda.get()
    assert (copied.township, copied.presenter, copied.expects_deck) == (township, "", True)


def test_opening_leads_to_the_cockpit_and_closing_freezes(
    organiser: Actor, meeting: Meeting
) -> None:
    client = client_of(organiser)
    assert client.post(f"/meetings/{meeting.pk}/open/")["Location"].endswith("/cockpit/")
    client.post(f"/meetings/{meeting.pk}/close/")
    answer = client.post(f"/meetings/{meeting.pk}/edit/", FORM)
    assert answer.status_code == 400
    meeting.refresh_from_db()
    assert (meeting.status, meeting.title) == ("closed", "乡镇组织工作例会")


def test_states_are_changed_by_post_only(organiser: Actor, meeting: Meeting) -> None:
    client = client_of(organiser)
    for step in ("announce", "open", "close", "discard", "join-code"):
        assert client.get(f"/meetings/{meeting.pk}/{step}/").status_code == 405


def test_posting_needs_the_csrf_token(organiser: Actor, meeting: Meeting) -> None:
    client = client_of(organiser, enforce_csrf_checks=True)
    assert client.post(f"/meetings/{meeting.pk}/open/").status_code == 403
    meeting.refresh_from_db()
    assert meeting.status == "announced"


def test_titles_are_shown_as_text(organiser: Actor, county: County) -> None:
    bad = "<script>alert(1)</script>\"'><img src=x onerror=y>"
    meeting = make_meeting(county, title=bad, venue=bad, note=bad)
    make_item(meeting, title=bad, presenter=bad, expects_deck=False, expects_manuscript=False)
    client = client_of(organiser)
    tails = ["", "edit/", "agenda/", "agenda/print/"]
    for path in ["/", "/meetings/", *(f"/meetings/{meeting.pk}/{tail}" for tail in tails)]:
        text = client.get(path).content.decode()
        assert "alert(1)" in text, path
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path


def test_the_next_dates_are_shown_before_a_series_is_saved(organiser: Actor) -> None:
    client = client_of(organiser)
    answer = client.post("/series/new/", RULE | {"preview": "1"})
    assert answer.status_code == 200
    assert len(answer.context["dates"]) == 6
    assert all(date["day"].weekday() == 4 for date in answer.context["dates"])
    assert not Series.objects.exists()
    client.post("/series/new/", RULE)
    assert Series.objects.get().rule == "FREQ=MONTHLY;BYDAY=-1FR"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "weekly"}, "weekdays"),
        ({"kind": "day", "day": "32"}, "day"),
        ({"kind": "day", "day": ""}, "day"),
        ({"kind": "never"}, "kind"),
        ({"nth": "9"}, "nth"),
        ({"minutes": "1"}, "minutes"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_series_names_its_field(
    organiser: Actor, change: dict[str, str], field: str
) -> None:
    answer = client_of(organiser).post("/series/new/", RULE | change)
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert not Series.objects.exists()


def monthly(organiser: Actor, **fields: object) -> Series:
    values = {
        "name": "组织工作例会",
        "rule": "FREQ=MONTHLY;BYMONTHDAY=25",
        "starts_on": dt.date(2026, 1, 1),
        "time": dt.time(9),
        "minutes": 180,
        "weekend": "before",
        **fields,
    }
    return services.create_series(actor=organiser, **values)


def test_a_series_makes_its_next_meeting_in_one_click(organiser: Actor) -> None:
    series = monthly(organiser)
    client = client_of(organiser)
    client.post(f"/series/{series.pk}/next/")
    client.post(f"/series/{series.pk}/next/")
    first, second = Meeting.objects.order_by("starts_at")
    assert first.series_day < second.series_day
    assert first.title.startswith("组织工作例会 20")
    assert first.title.endswith("月")
    assert first.deadline < first.starts_at


def test_the_list_of_series_shows_the_newest_meeting_of_each(organiser: Actor) -> None:
    """One query finds them, however many meetings the series have."""
    client = client_of(organiser)
    newest: dict[uuid.UUID, uuid.UUID | None] = {}
    for name in ("例会", "学习会"):
        series = monthly(organiser, name=name)
        for _month in range(3):
            client.post(f"/series/{series.pk}/next/")
        newest[series.pk] = Meeting.objects.filter(series=series).latest("starts_at").pk
    bare = monthly(organiser, name="没有会")
    newest[bare.pk] = None
    rows = client.get("/series/").context["rows"]
    found = {row["series"].pk: row["newest"] and row["newest"].pk for row in rows}
    assert found == newest


def test_a_moved_meeting_still_stands_for_its_day(organiser: Actor) -> None:
    series = monthly(organiser)
    made = services.create_meeting_from_series(
        actor=organiser, series_id=series.pk, day=dt.date(2026, 4, 25)
    )
    assert timezone.localtime(made.starts_at).date() == dt.date(2026, 4, 24)  # a Friday
    services.change_meeting(
        actor=organiser,
        meeting_id=made.pk,
        starts_at=made.starts_at + dt.timedelta(days=3),
        ends_at=made.ends_at + dt.timedelta(days=3),
    )
    with pytest.raises(services.series.AlreadyMade):
        services.create_meeting_from_series(
            actor=organiser, series_id=series.pk, day=dt.date(2026, 4, 25)
        )


def test_two_series_may_meet_on_one_day(organiser: Actor) -> None:
    for name in ("例会", "讲座"):
        series = monthly(organiser, name=name)
        services.create_meeting_from_series(
            actor=organiser, series_id=series.pk, day=dt.date(2026, 5, 25)
        )
    assert Meeting.objects.count() == 2


@pytest.mark.parametrize("page", ["0", "1e9", "NaN", "-1", "9" * 30])
def test_odd_page_numbers_show_a_page(organiser: Actor, meeting: Meeting, page: str) -> None:
    client = client_of(organiser)
    assert client.get("/meetings/", {"page": page, "year": page}).status_code == 200


@pytest.mark.parametrize("count", [1, 24])
def test_pages_need_the_same_queries_for_any_number(
    organiser: Actor, county: County, township: Township, count: int
) -> None:
    meeting = make_meeting(county)
    for _ in range(count):
        make_item(meeting, township)
        make_meeting(county, "draft")
    client = client_of(organiser)
    for path, limit in [
        ("/meetings/", 8),
        (f"/meetings/{meeting.pk}/agenda/", 11),
        (f"/meetings/{meeting.pk}/agenda/print/", 7),
    ]:
        with no_more_queries_than(limit):
            assert client.get(path).status_code == 200
