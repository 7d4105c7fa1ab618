"""Editing, withdrawing, supporting, marking, adopting: each change one event and one audit row."""

import datetime as dt

import pytest
from django.utils import timezone

from board import services
from board.models import Post
from board.problems import BadStatus, EditTimeOver, NotAPractice, PostGone
from board.representations import post_dict
from meetings.models import Event
from townships.models import AuditRow
from townships.problems import NotFound, TooMany


def kinds() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("kind", flat=True))


def test_an_author_edits_for_five_minutes(member, post_by):
    post = post_by(member)
    edited = services.edit_post(actor=member, post_id=post.pk, body="改好了")
    assert edited.edited_at is not None
    services.edit_post(actor=member, post_id=post.pk, body="改好了")  # nothing new: no event
    assert kinds() == ["post.added", "post.changed"]
    Post.objects.update(created_at=timezone.now() - dt.timedelta(minutes=5, seconds=1))
    with pytest.raises(EditTimeOver):
        services.edit_post(actor=member, post_id=post.pk, body="太晚")
    with pytest.raises(EditTimeOver):
        services.withdraw_post(actor=member, post_id=post.pk)


def test_a_withdrawn_entry_is_gone_for_others_and_stays_gone(member, other_member, post_by):
    post = post_by(member)
    services.withdraw_post(actor=member, post_id=post.pk)
    with pytest.raises(NotFound):
        services.add_reply(actor=other_member, post_id=post.pk, body="答", client_id="1")
    assert kinds() == ["post.added", "post.withdrawn"]


def test_support_is_counted_by_people_and_townships(member, other_member, guest, post_by):
    post = post_by(other_member)
    for actor in (member, other_member, guest):
        services.set_support(actor=actor, post_id=post.pk, supported=True)
    assert post_dict(Post.objects.get())["supports"] == {"people": 3, "townships": 2}
    services.set_support(actor=member, post_id=post.pk, supported=False)
    services.set_support(actor=member, post_id=post.pk, supported=False)
    assert post_dict(Post.objects.get())["supports"] == {"people": 2, "townships": 1}
    assert kinds() == ["post.added", *["support.changed"] * 4]


def test_one_entry_is_on_the_screen_at_a_time(organiser, member, post_by):
    first, second = post_by(member), post_by(member)
    services.mark_post(actor=organiser, post_id=first.pk, status="on_screen")
    services.mark_post(actor=organiser, post_id=second.pk, status="on_screen")
    assert Post.objects.get(pk=first.pk).status == "waiting"
    assert Post.objects.get(pk=second.pk).status == "on_screen"
    with pytest.raises(BadStatus):
        services.mark_post(actor=organiser, post_id=second.pk, status="merged")


def test_hiding_and_showing_again_changes_nothing_else(organiser, member, post_by):
    post = post_by(member)
    services.hide_post(actor=organiser, post_id=post.pk)
    services.hide_post(actor=organiser, post_id=post.pk)
    services.show_post(actor=organiser, post_id=post.pk)
    assert kinds() == ["post.added", "post.hidden", "post.shown"]


def test_a_practice_is_adopted_followed_and_given_back(member, other_member, post_by):
    post = post_by(other_member, kind="practice")
    for status, result in [("planned", ""), ("planned", ""), ("done", "三个村都用上了")]:
        services.set_adoption(actor=member, post_id=post.pk, status=status, result=result)
    adoption = post.adoptions.get()
    assert (adoption.status, adoption.result) == ("done", "三个村都用上了")
    assert services.set_adoption(actor=member, post_id=post.pk, status=None) is None
    assert post.adoptions.count() == 0
    assert kinds() == ["post.added", *["adoption.changed"] * 3]
    with pytest.raises(NotAPractice):
        services.set_adoption(actor=member, post_id=post_by(member).pk, status="planned")


def test_a_hidden_entry_takes_no_support_even_from_an_organiser(organiser, member, post_by):
    post = post_by(member)
    services.hide_post(actor=organiser, post_id=post.pk)
    with pytest.raises(PostGone):
        services.set_support(actor=organiser, post_id=post.pk, supported=True)


def test_every_change_leaves_its_audit_row(organiser, member, post_by):
    post = post_by(member)
    services.pin_post(actor=organiser, post_id=post.pk, pinned=True)
    rows = AuditRow.objects.order_by("pk").values_list("action", "actor_id", "object_id")
    assert list(rows) == [
        ("post.added", member.membership_id, str(post.pk)),
        ("post.changed", organiser.membership_id, str(post.pk)),
    ]


def test_ten_entries_a_minute_and_history_is_not_counted(member, post_by):
    for _ in range(10):
        post_by(member)
    with pytest.raises(TooMany):
        post_by(member)
    loaded = post_by(member, at=timezone.now() - dt.timedelta(days=400))
    assert Event.objects.get(object_id=loaded.pk).at == loaded.created_at


def test_a_repeat_is_not_counted_as_another_entry(member, post_by):
    for _ in range(30):
        post_by(member, client_id="same")
    assert Post.objects.count() == 1
