"""Merging keeps every author and counts every supporter once."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board import services
from board.models import Post, Support
from board.problems import CannotMerge, NotMerged, PostGone
from board.representations import post_dict, posts_with_everything
from townships.actors import Actor
from townships.models import Role


def person(organiser: Actor, number: int) -> Actor:
    return Actor(
        role=Role.GUEST,
        county_id=organiser.county_id,
        guest_id=uuid.UUID(int=number + 1),
        name=f"来宾{number}",
    )


supporters = st.sets(st.integers(0, 5))


@given(groups=st.lists(supporters, min_size=2, max_size=4), order=st.randoms())
def test_supporters_are_counted_once_whatever_is_merged_and_come_home_whatever_is_undone(
    groups, order, organiser, live_meeting
):
    """However it is merged, everybody counts once; when all is undone, everything is as before."""
    posts = []
    for people in groups:
        post = Post.objects.create(
            meeting=live_meeting, kind="problem", body="同一件事", client_id=uuid.uuid4().hex
        )
        Support.objects.bulk_create(
            Support(post=post, supporter_key=person(organiser, number).key) for number in people
        )
        posts.append(post)
    remaining = list(posts)
    while len(remaining) > 1:
        order.shuffle(remaining)
        merged = remaining.pop()
        services.merge_posts(actor=organiser, post_id=merged.pk, into_id=remaining[0].pk)
    last = Post.objects.get(pk=remaining[0].pk)
    assert last.supports.count() == len(set().union(*groups))
    assert set(last.merged.all()) == set(posts) - {last}
    apart = [post for post in posts if post != last]
    order.shuffle(apart)
    for post in apart:
        if Post.objects.get(pk=post.pk).merged_into_id:
            services.unmerge_post(actor=organiser, post_id=post.pk)
    for post, people in zip(posts, groups, strict=True):
        keys = set(post.supports.values_list("supporter_key", flat=True))
        assert keys == {person(organiser, number).key for number in people}
        assert Post.objects.get(pk=post.pk).status == "waiting"
    assert not Support.objects.filter(post__in=posts).exclude(origin=None).exists()
    Post.objects.filter(pk__in=[post.pk for post in posts]).delete()


def test_undoing_brings_an_entry_back_with_what_was_merged_into_it(
    organiser, member, other_member, post_by
):
    """first <- second <- third: undoing the second's merging brings the third along with it."""
    first, second, third = post_by(member), post_by(other_member), post_by(member)
    services.merge_posts(actor=organiser, post_id=third.pk, into_id=second.pk)
    services.mark_post(actor=organiser, post_id=second.pk, status="answered")
    services.merge_posts(actor=organiser, post_id=second.pk, into_id=first.pk)
    assert set(first.merged.all()) == {second, third}
    back = services.unmerge_post(actor=organiser, post_id=second.pk)
    assert (back.status, back.merged_into_id) == ("answered", None)
    assert list(second.merged.all()) == [third]
    assert list(first.merged.all()) == []
    services.unmerge_post(actor=organiser, post_id=third.pk)
    with pytest.raises(NotMerged):
        services.unmerge_post(actor=organiser, post_id=third.pk)


def test_replies_and_adoptions_go_home_too(organiser, member, other_member, post_by):
    kept = post_by(member, kind="practice", body="公示积分")
    gone = post_by(other_member, kind="practice", body="积分上墙")
    services.add_reply(actor=member, post_id=gone.pk, body="怎么算", client_id="r")
    services.set_adoption(actor=member, post_id=gone.pk, status="running", result="两个村")
    services.merge_posts(actor=organiser, post_id=gone.pk, into_id=kept.pk)
    services.add_reply(actor=member, post_id=kept.pk, body="合并后说的", client_id="s")
    services.unmerge_post(actor=organiser, post_id=gone.pk)
    assert [reply.body for reply in gone.replies.all()] == ["怎么算"]
    assert [reply.body for reply in kept.replies.all()] == ["合并后说的"]
    assert [adoption.result for adoption in gone.adoptions.all()] == ["两个村"]
    assert not kept.adoptions.exists()


def test_taking_support_back_takes_all_of_it_back(organiser, member, other_member, post_by):
    """Who supported both entries and takes it back does not come back when they part."""
    first, second = post_by(member), post_by(member, body="同一个问题")
    for post in (first, second):
        services.set_support(actor=other_member, post_id=post.pk, supported=True)
    services.merge_posts(actor=organiser, post_id=second.pk, into_id=first.pk)
    assert first.supports.count() == 1
    services.set_support(actor=other_member, post_id=first.pk, supported=False)
    services.unmerge_post(actor=organiser, post_id=second.pk)
    assert (first.supports.count(), second.supports.count()) == (0, 0)


def test_an_author_is_named_once_and_does_not_support_the_own_entry(
    organiser, member, other_member, post_by
):
    first, second, third = post_by(member), post_by(other_member), post_by(other_member)
    services.set_support(actor=member, post_id=second.pk, supported=True)
    for post in (second, third):
        services.merge_posts(actor=organiser, post_id=post.pk, into_id=first.pk)
    told = post_dict(Post.objects.get(pk=first.pk))
    assert [author["name"] for author in told["others"]] == ["白沙委员"]
    assert told["supports"] == {"people": 0, "townships": 0}


def test_authors_replies_and_adoptions_move_over(organiser, member, other_member, post_by):
    kept = post_by(member, kind="practice", body="公示积分")
    gone = post_by(other_member, kind="practice", body="积分上墙")
    services.add_reply(actor=member, post_id=gone.pk, body="怎么算", client_id="r")
    services.set_adoption(actor=member, post_id=gone.pk, status="running", result="两个村")
    into = services.merge_posts(actor=organiser, post_id=gone.pk, into_id=kept.pk)
    told = post_dict(Post.objects.get(pk=into.pk))
    assert [author["name"] for author in told["others"]] == ["白沙委员"]
    assert [reply["body"] for reply in told["replies"]] == ["怎么算"]
    assert [(a["status"], a["result"]) for a in told["adoptions"]] == [("running", "两个村")]
    state = post_dict(Post.objects.get(pk=gone.pk))
    assert (state["merged_into"], state["status"]) == (str(kept.pk), "merged")


def test_merging_twice_changes_nothing_and_circles_are_refused(organiser, member, post_by):
    first, second = post_by(member), post_by(member)
    services.merge_posts(actor=organiser, post_id=first.pk, into_id=second.pk)
    services.merge_posts(actor=organiser, post_id=first.pk, into_id=second.pk)
    for wrong in (second.pk, first.pk, uuid.uuid4()):
        with pytest.raises(CannotMerge):
            services.merge_posts(actor=organiser, post_id=second.pk, into_id=wrong)


def test_a_hidden_entry_is_no_target(organiser, member, post_by):
    """What is merged into it would vanish with it."""
    here, hidden = post_by(member), post_by(member)
    services.hide_post(actor=organiser, post_id=hidden.pk)
    with pytest.raises(CannotMerge):
        services.merge_posts(actor=organiser, post_id=here.pk, into_id=hidden.pk)


def said_at(post, *, staff=False):
    shown = posts_with_everything(Post.objects.filter(pk=post.pk)).get()
    return [reply["body"] for reply in post_dict(shown, staff=staff)["replies"]]


def replied(actor, post, body):
    services.add_reply(actor=actor, post_id=post.pk, body=body, client_id=uuid.uuid4().hex)


def test_replies_under_a_hidden_entry_stay_hidden_when_it_is_merged(
    organiser, member, other_member, post_by
):
    """They are read with the entry or not at all; shown again, or taken apart, they are back."""
    root, hidden = post_by(other_member), post_by(member)
    replied(member, root, "公开的")
    replied(other_member, hidden, "不该再看到")
    services.hide_post(actor=organiser, post_id=hidden.pk)
    services.merge_posts(actor=organiser, post_id=hidden.pk, into_id=root.pk)
    assert said_at(root) == ["公开的"]
    services.show_post(actor=organiser, post_id=hidden.pk)
    assert said_at(root) == ["公开的", "不该再看到"]
    services.hide_post(actor=organiser, post_id=hidden.pk)
    assert said_at(root) == ["公开的"]
    assert root.meeting.events.filter(object_id=root.pk).latest("seq").kind == "post.changed"
    services.unmerge_post(actor=organiser, post_id=hidden.pk)
    assert (said_at(root), said_at(hidden)) == (["公开的"], ["不该再看到"])


def test_an_entry_of_another_meeting_is_no_target(organiser, member, meeting, post_by):
    here, there = post_by(member), post_by(member, meeting_id=meeting.pk)
    with pytest.raises(CannotMerge):
        services.merge_posts(actor=organiser, post_id=here.pk, into_id=there.pk)


def test_a_merged_entry_takes_no_more_support_or_replies(organiser, member, other_member, post_by):
    first, second = post_by(member), post_by(member)
    services.merge_posts(actor=organiser, post_id=first.pk, into_id=second.pk)
    with pytest.raises(PostGone):
        services.set_support(actor=other_member, post_id=first.pk, supported=True)
    with pytest.raises(PostGone):
        services.add_reply(actor=other_member, post_id=first.pk, body="答", client_id="x")
