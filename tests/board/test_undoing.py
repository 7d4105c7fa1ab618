"""Every act of moderation has its opposite, and afterwards everything is as before."""

import pytest

from board import services
from board.models import Category, Post
from board.representations import post_dict, posts_with_everything
from townships.problems import NotAllowed, NotFound


def state(post):
    told = post_dict(posts_with_everything(Post.objects.filter(pk=post.pk)).get(), staff=True)
    return {name: value for name, value in told.items() if name != "last_seq"}


def a_category(post):
    return Category.objects.filter(county=post.county_id).latest("position").pk


ACTS = {
    "hide": (
        lambda a, p, q: services.hide_post(actor=a, post_id=p.pk),
        lambda a, p, q: services.show_post(actor=a, post_id=p.pk),
    ),
    "pin": (
        lambda a, p, q: services.pin_post(actor=a, post_id=p.pk, pinned=True),
        lambda a, p, q: services.pin_post(actor=a, post_id=p.pk, pinned=False),
    ),
    "merge": (
        lambda a, p, q: services.merge_posts(actor=a, post_id=p.pk, into_id=q.pk),
        lambda a, p, q: services.unmerge_post(actor=a, post_id=p.pk),
    ),
    "answered": (
        lambda a, p, q: services.mark_post(actor=a, post_id=p.pk, status="answered"),
        lambda a, p, q: services.mark_post(actor=a, post_id=p.pk, status="waiting"),
    ),
    "carried": (
        lambda a, p, q: services.mark_post(actor=a, post_id=p.pk, status="carried"),
        lambda a, p, q: services.mark_post(actor=a, post_id=p.pk, status="waiting"),
    ),
    "screen": (
        lambda a, p, q: services.mark_post(actor=a, post_id=p.pk, status="on_screen"),
        lambda a, p, q: services.mark_post(actor=a, post_id=p.pk, status="waiting"),
    ),
    "screen, where another was shown": (
        lambda a, p, q: services.mark_post(actor=a, post_id=p.pk, status="on_screen"),
        lambda a, p, q: services.mark_post(actor=a, post_id=q.pk, status="on_screen"),
    ),
    "file": (
        lambda a, p, q: services.file_post(actor=a, post_id=p.pk, category_id=a_category(p)),
        lambda a, p, q: services.file_post(actor=a, post_id=p.pk, category_id=None),
    ),
    "assign": (
        lambda a, p, q: services.assign_post(actor=a, post_id=p.pk, responsible_name="老王"),
        lambda a, p, q: services.unassign_post(actor=a, post_id=p.pk),
    ),
    "follow": (
        lambda a, p, q: services.open_case(actor=a, post_id=p.pk),
        lambda a, p, q: services.unfollow_post(actor=a, post_id=p.pk),
    ),
    "hold": (
        lambda a, p, q: services.approve_post(actor=a, post_id=p.pk, approved=False),
        lambda a, p, q: services.approve_post(actor=a, post_id=p.pk, approved=True),
    ),
    "hide a reply": (
        lambda a, p, q: services.hide_reply(actor=a, reply_id=p.replies.get().pk, hidden=True),
        lambda a, p, q: services.hide_reply(actor=a, reply_id=p.replies.get().pk, hidden=False),
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_and_its_opposite_leave_everything_as_it_was(
    name, organiser, member, other_member, post_by
):
    first, second = post_by(member), post_by(other_member, body="同一个问题")
    services.set_support(actor=other_member, post_id=first.pk, supported=True)
    services.add_reply(actor=other_member, post_id=first.pk, body="我们也是", client_id="r")
    Category.objects.create(county_id=first.county_id, name="组织建设")
    if name == "screen, where another was shown":
        services.mark_post(actor=organiser, post_id=second.pk, status="on_screen")
    before = (state(first), state(second))
    act, undo = ACTS[name]
    act(organiser, first, second)
    assert (state(first), state(second)) != before
    act(organiser, first, second)  # pressing twice does no more
    undo(organiser, first, second)
    assert (state(first), state(second)) == before
    with pytest.raises(NotAllowed):
        act(member, first, second)


def test_a_hidden_reply_is_the_organisers_to_see(api, organiser, member, other_member, post_by):
    post = post_by(member)
    reply = services.add_reply(actor=other_member, post_id=post.pk, body="不妥", client_id="r")
    answer = api(organiser).patch(f"/replies/{reply.pk}", {"hidden": True})
    assert [row["hidden"] for row in answer.json()["replies"]] == [True]
    listed = api(member).get(f"/meetings/{post.meeting_id}/posts").json()["posts"]
    assert listed[0]["replies"] == []


def test_another_countys_reply_is_not_there(foreign_organiser, member, post_by):
    post = post_by(member)
    reply = services.add_reply(actor=member, post_id=post.pk, body="答", client_id="r")
    with pytest.raises(NotFound):
        services.hide_reply(actor=foreign_organiser, reply_id=reply.pk, hidden=True)


def test_a_merged_entrys_hidden_words_are_the_organisers(
    api, organiser, member, other_member, post_by
):
    kept, gone = post_by(member), post_by(other_member, body="不妥的话")
    services.hide_post(actor=organiser, post_id=gone.pk)
    services.merge_posts(actor=organiser, post_id=gone.pk, into_id=kept.pk)
    for actor, words in ((organiser, "不妥的话"), (member, "")):
        listed = api(actor).get(f"/meetings/{kept.meeting_id}/posts").json()["posts"]
        root = next(row for row in listed if row["id"] == str(kept.pk))
        assert [other["body"] for other in root["others"]] == [words]
