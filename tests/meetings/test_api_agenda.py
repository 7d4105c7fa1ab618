"""The agenda over the JSON API."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from meetings import services
from meetings.models import Event, Meeting
from tests.people import Api, make_item, no_more_queries_than
from townships.actors import Actor
from townships.models import Township

Caller = Callable[[Actor], Api]


def titles(call: Api, meeting: Meeting) -> list[str]:
    return [item["title"] for item in call.get(f"/meetings/{meeting.pk}/agenda").json()["items"]]


def test_items_come_in_order_with_running_times(
    api: Caller, organiser: Actor, meeting: Meeting, township: Township
) -> None:
    call = api(organiser)
    path = f"/meetings/{meeting.pk}/agenda"
    call.post(path, {"kind": "other", "title": "签到", "minutes": 15})
    made = call.post(
        path,
        {
            "kind": "presentation",
            "township": str(township.pk),
            "presenter": "张三",
            "minutes": 170,
            "expects_deck": True,
        },
    ).json()
    assert made["township"] == {"id": str(township.pk), "name": "青石镇"}
    body = call.get(path).json()
    assert [item["position"] for item in body["items"]] == [0, 1]
    start = dt.datetime.fromisoformat(body["items"][1]["starts_at"])
    assert start == meeting.starts_at + dt.timedelta(minutes=15)
    assert (body["minutes"], body["available"], body["over"]) == (185, 180, 5)


def test_moving_changing_and_removing(api: Caller, organiser: Actor, meeting: Meeting) -> None:
    call = api(organiser)
    ids = [
        make_item(meeting, title=title, expects_deck=False, expects_manuscript=False).pk
        for title in "甲乙丙"
    ]
    assert call.patch(f"/agenda/{ids[2]}", {"position": 0}).json()["position"] == 0
    assert titles(call, meeting) == ["丙", "甲", "乙"]
    call.patch(f"/agenda/{ids[2]}", {"position": 10**12, "title": "丁"})
    assert titles(call, meeting) == ["甲", "乙", "丁"]
    assert call.delete(f"/agenda/{ids[0]}").status_code == 204
    assert titles(call, meeting) == ["乙", "丁"]
    assert call.delete(f"/agenda/{ids[0]}").status_code == 404


def test_a_change_that_also_moves_happens_as_a_whole(organiser: Actor, meeting: Meeting) -> None:
    """A move that fails takes the new title back with it."""
    item = make_item(meeting, title="甲", expects_deck=False, expects_manuscript=False)
    make_item(meeting, title="乙", expects_deck=False, expects_manuscript=False)
    with pytest.raises(TypeError):
        services.change_item(actor=organiser, item_id=item.pk, title="丙", position="last")  # type: ignore[arg-type]
    item.refresh_from_db()
    assert item.title == "甲"
    assert not Event.objects.filter(meeting=meeting, kind="agenda.changed").exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"kind": "other", "minutes": 0}, "minutes"),
        ({"kind": "other", "minutes": 10**9}, "minutes"),
        ({"kind": "other", "minutes": "many"}, "minutes"),
        ({"kind": "other", "title": "长" * 10_000}, "title"),
        ({"kind": "other", "presenter": "长" * 10_000}, "presenter"),
        ({"kind": "presentation", "expects_deck": True}, "township_id"),
        ({"kind": "other", "township": "青石镇"}, "township"),
    ],
)
def test_wrong_input_names_its_field(
    api: Caller, organiser: Actor, meeting: Meeting, body: dict[str, Any], field: str
) -> None:
    answer = api(organiser).post(f"/meetings/{meeting.pk}/agenda", body)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert not meeting.agenda.exists()


def test_a_foreign_township_answers_like_a_missing_one(
    api: Caller, organiser: Actor, foreign_member: Actor, meeting: Meeting
) -> None:
    for township in (foreign_member.township_id, uuid.uuid4()):
        body = {"kind": "presentation", "township": str(township)}
        assert api(organiser).post(f"/meetings/{meeting.pk}/agenda", body).status_code == 404


def test_another_countys_item_answers_like_a_missing_one(
    api: Caller, foreign_organiser: Actor, meeting: Meeting
) -> None:
    item = make_item(meeting, expects_deck=False, expects_manuscript=False)
    call = api(foreign_organiser)
    for pk in (item.pk, uuid.uuid4()):
        assert call.patch(f"/agenda/{pk}", {"title": "x"}).status_code == 404
        assert call.delete(f"/agenda/{pk}").status_code == 404
        assert call.post(f"/agenda/{pk}/start").status_code == 404


def test_members_may_look_only(api: Caller, member: Actor, meeting: Meeting) -> None:
    item = make_item(meeting, expects_deck=False, expects_manuscript=False)
    assert titles(api(member), meeting) == ["多媒体演示"]
    assert api(member).patch(f"/agenda/{item.pk}", {"title": "x"}).status_code == 403
    assert api(member).delete(f"/agenda/{item.pk}").status_code == 403
    assert api(member).delete(f"/agenda/{uuid.uuid4()}").status_code in (403, 404)


def test_starting_an_item_ends_the_one_before(
    api: Caller, organiser: Actor, live_meeting: Meeting
) -> None:
    first = make_item(live_meeting, expects_deck=False, expects_manuscript=False)
    second = make_item(live_meeting, expects_deck=False, expects_manuscript=False)
    call = api(organiser)
    assert call.post(f"/agenda/{first.pk}/start").json()["started_at"]
    call.post(f"/agenda/{second.pk}/start")
    first.refresh_from_db()
    assert first.ended_at is not None
    current = call.get(f"/meetings/{live_meeting.pk}").json()["current_item"]
    assert current == str(second.pk)


def test_starting_needs_a_live_meeting(api: Caller, organiser: Actor, meeting: Meeting) -> None:
    item = make_item(meeting, expects_deck=False, expects_manuscript=False)
    assert api(organiser).post(f"/agenda/{item.pk}/start").json()["code"] == "wrong_status"


@pytest.mark.parametrize("count", [1, 30])
def test_the_agenda_needs_the_same_queries_for_any_number(
    api: Caller, organiser: Actor, meeting: Meeting, township: Township, count: int
) -> None:
    for _ in range(count):
        make_item(meeting, township)
    call = api(organiser)
    with no_more_queries_than(5):
        call.get(f"/meetings/{meeting.pk}/agenda")
