"""The feed over HTTP: the same events, cursor and rights as the socket."""

import uuid

import pytest
from django.utils import timezone

from board.models import Post
from meetings.models import Meeting
from tests.people import no_more_queries_than
from tests.realtime.live import write_post
from tests.realtime.test_rights import receive_material
from townships.actors import Actor
from townships.models import Township


@pytest.fixture
def transaction_free(db: None) -> None:
    """These need no other process."""


def test_pages_of_events(api, live_meeting: Meeting, member: Actor, monkeypatch) -> None:
    """In order, at most a page at a time, `more` until the end."""
    monkeypatch.setattr("realtime.api.MOST_PER_PAGE", 4)
    write_post(live_meeting.pk, 6)
    path = f"/meetings/{live_meeting.pk}/events"
    first = api(member).get(path).json()
    assert [event["seq"] for event in first["events"]] == [1, 2, 3, 4]
    assert (first["seq"], first["more"], first["resync"]) == (4, True, False)
    rest = api(member).get(path, after=4).json()
    assert [event["seq"] for event in rest["events"]] == [5, 6]
    assert (rest["seq"], rest["more"]) == (6, False)
    assert api(member).get(path, after=6).json() == {
        "seq": 6, "more": False, "resync": False, "events": [],
    }  # fmt: skip
    assert api(member).get(path, after=7).json()["resync"] is True


@pytest.mark.parametrize("after", ["-1", "1.5", "NaN", "", "9223372036854775808", "1" * 5000, "x"])
def test_a_bad_cursor_is_400(api, live_meeting: Meeting, member: Actor, after: str) -> None:
    answer = api(member).get(f"/meetings/{live_meeting.pk}/events", after=after)
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")


def test_hidden_text_never_replays(
    api, live_meeting: Meeting, member: Actor, organiser: Actor
) -> None:
    """Replayed to members as `hidden`, to organisers as it is."""
    write_post(live_meeting.pk, 1, "不该再出现的话")
    Post.objects.update(hidden_at=timezone.now())
    path = f"/meetings/{live_meeting.pk}/events"
    (event,) = api(member).get(path).json()["events"]
    assert event["data"] == {"id": str(Post.objects.get().pk), "hidden": True}
    (event,) = api(organiser).get(path).json()["events"]
    assert event["data"]["body"] == "不该再出现的话"


def test_an_object_that_is_gone_is_removed(api, live_meeting: Meeting, member: Actor) -> None:
    write_post(live_meeting.pk)
    gone = Post.objects.get()
    pk = str(gone.pk)
    gone.delete()
    (event,) = api(member).get(f"/meetings/{live_meeting.pk}/events").json()["events"]
    assert event["data"] == {"id": pk, "removed": True}


def test_a_private_material_is_told_to_its_township_only(
    api, meeting: Meeting, township: Township, member: Actor, other_member: Actor
) -> None:
    receive_material(meeting.pk, township)
    path = f"/meetings/{meeting.pk}/events"
    assert [e["kind"] for e in api(member).get(path).json()["events"]] == ["material.received"]
    theirs = api(other_member).get(path).json()
    assert theirs == {"seq": 1, "more": False, "resync": False, "events": []}


def test_the_number_of_queries_does_not_depend_on_the_number_of_events(
    api, live_meeting: Meeting, member: Actor
) -> None:
    write_post(live_meeting.pk, 60)
    reader, path = api(member), f"/meetings/{live_meeting.pk}/events"
    reader.get(path)
    with no_more_queries_than(10):
        assert len(reader.get(path).json()["events"]) == 60


def test_a_foreign_meeting_is_missing(api, live_meeting: Meeting, foreign_member: Actor) -> None:
    reader = api(foreign_member)
    foreign = reader.get(f"/meetings/{live_meeting.pk}/events")
    missing = reader.get(f"/meetings/{uuid.uuid4()}/events")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() == missing.json()
