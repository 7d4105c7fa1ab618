"""The pages of the room: rendered with the state at a known number, readable without scripts."""

import json
import re
import uuid

import pytest
from django.urls import reverse

from board import services
from board.models import Post
from meetings.models import Meeting
from tests.people import client_of, make_item, no_more_queries_than


def state_of(answer):
    found = re.search(
        r'<script id="state" type="application/json">(.*?)</script>', answer.content.decode()
    )
    assert found is not None
    return json.loads(found.group(1))


def add(actor, meeting, body):
    return services.add_post(
        actor=actor,
        meeting_id=meeting.pk,
        kind="problem",
        body=body,
        client_id=uuid.uuid4().hex,
    )


def test_the_page_holds_the_state_at_its_number(member, other_member, live_meeting):
    post = add(other_member, live_meeting, "</script><script>alert(1)</script>")
    answer = client_of(member).get(reverse("room", args=[live_meeting.pk]))
    state = state_of(answer)
    assert state["seq"] == 1
    assert [one["id"] for one in state["posts"]] == [str(post.pk)]
    assert state["posts"][0]["body"] == "</script><script>alert(1)</script>"
    assert state["me"]["rights"]["moderate"] is False


@pytest.mark.parametrize("page", ["room", "cockpit", "projector"])
def test_a_page_with_many_entries_needs_no_more_queries(page, organiser, member, live_meeting):
    for number in range(8):
        services.add_post(
            actor=member,
            meeting_id=live_meeting.pk,
            kind="problem",
            body=f"第{number}条",
            client_id=str(number),
        )
        make_item(live_meeting)
    client = client_of(organiser)
    client.get(reverse(page, args=[live_meeting.pk]))
    with no_more_queries_than(24):
        assert client.get(reverse(page, args=[live_meeting.pk])).status_code == 200


def test_the_cockpit_is_the_hosts(organiser, member, observer, foreign_organiser, live_meeting):
    path = reverse("cockpit", args=[live_meeting.pk])
    statuses = [
        client_of(actor).get(path).status_code
        for actor in (organiser, member, observer, foreign_organiser)
    ]
    assert statuses == [200, 403, 403, 404]


def test_the_cockpit_opens_starts_and_closes(organiser, meeting):
    item = make_item(meeting)
    client, path = client_of(organiser), reverse("cockpit", args=[meeting.pk])
    client.post(path, {"action": "open"})
    client.post(path, {"action": "start", "item": str(item.pk)})
    now = Meeting.objects.get(pk=meeting.pk)
    assert (now.status, now.current_item_id) == ("live", item.pk)
    client.post(path, {"action": "close"})
    assert Meeting.objects.get(pk=meeting.pk).status == "closed"
    for wrong in ({"action": "explode"}, {"action": "start", "item": "x"}, {}):
        assert client.post(path, wrong).status_code == 404


def test_the_board_can_be_read_and_written_without_scripts(member, live_meeting):
    client, path = client_of(member), reverse("room", args=[live_meeting.pk])
    answer = client.post(path, {"kind": "problem", "body": "没有脚本", "client_id": "p1"})
    assert answer.status_code == 302
    client.post(path, {"kind": "problem", "body": "没有脚本", "client_id": "p1"})
    assert Post.objects.count() == 1
    assert "没有脚本" in client.get(path, {"plain": 1}).content.decode()
    refused = client.post(path, {"kind": "problem", "body": "改了", "client_id": "p1"})
    assert refused.status_code == 409
    assert "改了" in refused.content.decode()
