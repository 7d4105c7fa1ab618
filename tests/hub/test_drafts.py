"""Problems and practices of a deck, offered as drafts for the board: nothing goes there by itself."""

import pytest

from board.models import Post
from meetings.models import Meeting
from tests.people import client_of, no_more_queries_than
from tests.uploads.ready import make_ready

PROBLEMS = "发现的问题\n流动党员联系不上\n村级登记信息不准"


@pytest.fixture
def deck(member, meeting, township):
    return make_ready(member, meeting, township, pages=1, title="发现的问题", text=PROBLEMS)


def address(deck):
    return f"/materials/{deck.material_id}/drafts/"


def rows(actor, deck):
    return client_of(actor).get(address(deck)).context["rows"]


def chosen(found, **texts):
    keys = [row["draft"].key for row in found]
    return {"draft": keys} | {f"text-{key}": texts.get(f"t{n}") for n, key in enumerate(keys)
                              if f"t{n}" in texts}  # fmt: skip


def test_they_are_shown_and_nothing_is_posted(deck, member):
    found = rows(member, deck)
    assert [(row["draft"].kind, row["text"]) for row in found] == [
        ("problem", "流动党员联系不上"),
        ("problem", "村级登记信息不准"),
    ]
    assert not Post.objects.exists()


def test_the_chosen_ones_go_to_the_board_as_changed(deck, member, township):
    """Anchored to their slide, by the person who chose them; changed words are what is posted."""
    body = chosen(rows(member, deck), t0="流动党员半年联系不上")
    answer = client_of(member).post(address(deck), body)
    assert answer.status_code == 302
    posts = Post.objects.order_by("created_at")
    assert [post.body for post in posts] == ["流动党员半年联系不上", "村级登记信息不准"]
    assert {post.page_id for post in posts} == {deck.pages.get().pk}
    assert {post.township_id for post in posts} == {township.pk}


def test_what_is_there_is_not_posted_again(deck, member, organiser, meeting, township):
    """Not by a second click, not by a colleague, and not when the same words come in a new version."""
    body = chosen(rows(member, deck))
    for _again in range(2):
        client_of(member).post(address(deck), body)
    fresh = make_ready(
        member, meeting, township, pages=1, title="发现的问题", text=PROBLEMS, data=b"PK\x03\x04n"
    )
    assert [row["post"] is not None for row in rows(organiser, fresh)] == [True, True]
    client_of(organiser).post(address(fresh), body)
    assert Post.objects.count() == 2


def test_a_refused_text_loses_nothing_typed(deck, member):
    """Too long a text is said; what was typed is still in its place."""
    long = "问" * 2001
    answer = client_of(member).post(address(deck), chosen(rows(member, deck), t1=long))
    assert answer.status_code == 200
    assert answer.context["rows"][1]["text"] == long
    assert Post.objects.count() == 1  # the first one went


def test_none_chosen_is_said(deck, member):
    answer = client_of(member).post(address(deck), {}, follow=True)
    assert "请至少选一条" in answer.content.decode()
    assert not Post.objects.exists()


def test_whose_they_are(
    deck, meeting, other_member, observer, archivist, foreign_organiser, organiser
):
    """The township's and the organisers'; for everybody else there is no such page, open or not."""
    assert client_of(organiser).get(address(deck)).status_code == 200
    for status in ("announced", "live"):
        Meeting.objects.filter(pk=meeting.pk).update(status=status)
        for actor in (other_member, observer, archivist, foreign_organiser):
            assert client_of(actor).get(address(deck)).status_code == 404


def test_a_closed_meeting_shows_them_only(deck, member, meeting):
    body = chosen(rows(member, deck))
    Meeting.objects.filter(pk=meeting.pk).update(status="closed")
    page = client_of(member).get(address(deck))
    assert "<textarea" not in page.content.decode()
    client_of(member).post(address(deck), body)
    assert not Post.objects.exists()


def test_somebody_elses_entry_with_the_same_key_is_not_shown_as_ours(
    deck, member, other_member, meeting, api
):
    key = rows(member, deck)[0]["draft"].key
    api(other_member).post(
        f"/meetings/{meeting.pk}/posts", {"kind": "problem", "body": "别人的", "client_id": key}
    )
    assert rows(member, deck)[0]["post"] is None


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow_with_drafts(member, meeting, township, count):
    text = "发现的问题\n" + "\n".join(f"第{n}个村登记信息不准" for n in range(count))
    deck = make_ready(member, meeting, township, pages=1, title="发现的问题", text=text)
    client = client_of(member)
    with no_more_queries_than(12):
        assert len(client.get(address(deck)).context["rows"]) == count


def test_a_deck_without_the_headings_says_how_to_get_them(member, meeting, township):
    deck = make_ready(member, meeting, township)
    page = client_of(member).get(address(deck)).content.decode()
    assert "month-deck" in page
