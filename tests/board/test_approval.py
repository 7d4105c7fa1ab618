"""Approval first: entries wait for the organiser; their authors see that they wait."""

import pytest

from board import services
from board.models import Post
from board.problems import PostGone
from meetings import services as meetings
from meetings.models import Event
from townships.problems import NotAllowed, NotFound


@pytest.fixture
def approving(organiser, live_meeting):
    return meetings.change_meeting(actor=organiser, meeting_id=live_meeting.pk, approve_first=True)


def seen(actor, meeting):
    return list(Post.objects.visible_to(actor).filter(meeting=meeting))


def test_an_entry_waits_and_only_its_author_and_organisers_see_it(
    api, organiser, member, other_member, observer, guest, approving, post_by
):
    post = post_by(member)
    assert post.held_at is not None
    assert seen(member, approving) == seen(organiser, approving) == [post]
    assert (
        seen(other_member, approving) == seen(observer, approving) == seen(guest, approving) == []
    )
    told = api(member).get(f"/meetings/{approving.pk}/posts").json()["posts"]
    assert [(row["held"], row["mine"]) for row in told] == [(True, True)]
    with pytest.raises(NotFound):
        services.set_support(actor=other_member, post_id=post.pk, supported=True)
    with pytest.raises(NotFound):
        services.add_reply(actor=other_member, post_id=post.pk, body="答", client_id="x")


def test_guests_entries_wait_organisers_do_not(organiser, guest, approving, post_by):
    assert post_by(guest).held_at is not None
    assert post_by(organiser).held_at is None


def test_approving_puts_it_on_the_board_and_can_be_undone(
    organiser, member, other_member, approving, post_by
):
    post = post_by(member)
    services.approve_post(actor=organiser, post_id=post.pk, approved=True)
    services.approve_post(actor=organiser, post_id=post.pk, approved=True)
    assert seen(other_member, approving) == [post]
    services.approve_post(actor=organiser, post_id=post.pk, approved=False)
    assert seen(other_member, approving) == []
    kinds = list(Event.objects.filter(meeting=approving).values_list("kind", flat=True))
    assert kinds == ["meeting.changed", "post.added", "post.approved", "post.held"]


def test_only_organisers_approve(member, other_member, observer, approving, post_by):
    post = post_by(member)
    with pytest.raises(NotAllowed):
        services.approve_post(actor=member, post_id=post.pk, approved=True)
    with pytest.raises(NotFound):
        services.approve_post(actor=other_member, post_id=post.pk, approved=True)


def test_what_goes_on_the_screen_is_approved_by_that(organiser, member, approving, post_by):
    post = post_by(member)
    services.mark_post(actor=organiser, post_id=post.pk, status="on_screen")
    post.refresh_from_db()
    assert (post.held_at, post.status) == (None, "on_screen")


def test_a_changed_entry_waits_again(organiser, member, approving, post_by):
    post = post_by(member)
    services.approve_post(actor=organiser, post_id=post.pk, approved=True)
    services.edit_post(actor=member, post_id=post.pk, body="别的话")
    post.refresh_from_db()
    assert post.held_at is not None


def test_its_author_may_withdraw_it_but_nobody_adopts_it(organiser, member, approving, post_by):
    post = post_by(member, kind="practice")
    with pytest.raises(PostGone):
        services.set_adoption(actor=member, post_id=post.pk, status="planned")
    services.withdraw_post(actor=member, post_id=post.pk)
    with pytest.raises(PostGone):
        services.approve_post(actor=organiser, post_id=post.pk, approved=True)


def test_what_still_waits_when_the_meeting_closes_becomes_no_case(
    organiser, member, other_member, approving, post_by
):
    post = post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=approving.pk)
    post.refresh_from_db()
    assert post.case is None
    assert seen(other_member, approving) == []


def test_sent_twice_it_is_one_entry_that_waits(api, member, approving):
    body = {"kind": "problem", "body": "名册太旧", "client_id": "once"}
    first = api(member).post(f"/meetings/{approving.pk}/posts", body)
    again = api(member).post(f"/meetings/{approving.pk}/posts", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["held"] is True


def test_organisers_switch_it_on_over_the_api(api, organiser, member, live_meeting):
    path = f"/meetings/{live_meeting.pk}"
    assert api(member).patch(path, {"approve_first": True}).status_code == 403
    assert api(organiser).patch(path, {"approve_first": True}).json()["approve_first"] is True
