"""Reading the board: constant queries, what is mine, and nothing of another county."""

import json
import uuid

from board import services
from board.models import Post, Reply, Support
from tests.people import no_more_queries_than


def fill(meeting, member, other_member, count):
    for number in range(count):
        post = Post.objects.create(
            meeting=meeting,
            kind="practice",
            body=f"第{number}条",
            client_id=uuid.uuid4().hex,
            author_key=member.key,
            author_name=member.name,
            township_id=member.township_id,
        )
        Support.objects.create(
            post=post, supporter_key=other_member.key, township_id=other_member.township_id
        )
        Reply.objects.create(post=post, body="答", client_id="r", author_key="k", author_name="某")


def test_a_hundred_entries_cost_no_more_queries_than_one(api, member, other_member, live_meeting):
    fill(live_meeting, member, other_member, 100)
    client = api(member)
    with no_more_queries_than(10):
        posts = client.get(f"/meetings/{live_meeting.pk}/posts").json()["posts"]
    assert len(posts) == 100
    assert posts[0]["supports"] == {"people": 1, "townships": 1}


def test_the_list_says_what_is_mine_and_what_i_support(api, member, other_member, post_by):
    post = post_by(member)
    services.set_support(actor=other_member, post_id=post.pk, supported=True)
    path = f"/meetings/{post.meeting_id}/posts"
    mine = api(member).get(path).json()["posts"][0]
    theirs = api(other_member).get(path).json()
    assert (mine["mine"], mine["supported"]) == (True, False)
    assert (theirs["posts"][0]["mine"], theirs["posts"][0]["supported"]) == (False, True)
    assert theirs["seq"] == 2


def test_no_key_of_a_person_is_told(api, member, other_member, post_by):
    post = post_by(member)
    text = json.dumps(api(other_member).get(f"/meetings/{post.meeting_id}/posts").json())
    assert member.key not in text
    assert str(member.user_id) not in text


def test_another_county_sees_nothing(api, foreign_member, foreign_organiser, member, post_by):
    post = post_by(member)
    for actor in (foreign_member, foreign_organiser):
        client = api(actor)
        missing = client.get(f"/meetings/{uuid.uuid4()}/posts")
        foreign = client.get(f"/meetings/{post.meeting_id}/posts")
        assert (foreign.status_code, foreign.json()) == (404, missing.json())
        patched = client.patch(f"/posts/{post.pk}", {"hidden": True})
        nothing = client.patch(f"/posts/{uuid.uuid4()}", {"hidden": True})
        assert (patched.status_code, patched.json()) == (404, nothing.json())


def test_adding_an_entry_stays_short(api, member, live_meeting):
    """The hot path: signing in, one lock, one look for a repeat, four writes."""
    client = api(member)
    path = f"/meetings/{live_meeting.pk}/posts"
    client.post(path, {"kind": "problem", "body": "先", "client_id": "0"})
    with no_more_queries_than(14):
        answer = client.post(path, {"kind": "problem", "body": "后", "client_id": "1"})
    assert answer.status_code == 201
