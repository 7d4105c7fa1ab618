"""Support and votes: of one device's wishes the newest counts, in whatever order their copies arrive."""

import itertools

import pytest

from board.models import Support, Vote, Wish
from meetings.models import Event

DEVICE, OTHER = "0123456789abcdef", "fedcba9876543210"


def test_a_copy_of_a_support_that_was_taken_back_changes_nothing(
    api, member, other_member, post_by
):
    path = f"/posts/{post_by(other_member).pk}/support"
    for method, number in (("put", 1), ("delete", 2), ("put", 1), ("put", 1), ("delete", 2)):
        answer = getattr(api(member), method)(f"{path}?wish={DEVICE}-{number}")
        assert answer.status_code == 200
    assert not Support.objects.exists()
    assert Event.objects.filter(kind="support.changed").count() == 2


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_the_newest_wish_counts_in_every_order(api, member, other_member, post_by, order):
    """Given, taken back, given again: supported in the end, however the three arrive."""
    path = f"/posts/{post_by(other_member).pk}/support"
    for number in order:
        method = "delete" if number == 2 else "put"
        getattr(api(member), method)(f"{path}?wish={DEVICE}-{number}")
    assert Support.objects.filter(supporter_key=member.key).exists()
    assert Wish.objects.get().number == 3


def test_devices_are_not_compared(api, member, other_member, post_by):
    """Another device, which counts for itself, and a client that does not count: who speaks last wins."""
    path = f"/posts/{post_by(other_member).pk}/support"
    api(member).put(f"{path}?wish={DEVICE}-900")
    api(member).delete(f"{path}?wish={OTHER}-1")
    assert not Support.objects.exists()
    api(member).put(path)
    assert Support.objects.exists()


def test_a_refused_wish_is_not_remembered(api, organiser, member, other_member, post_by):
    post = post_by(other_member)
    api(organiser).patch(f"/posts/{post.pk}", {"hidden": True})
    assert api(organiser).put(f"/posts/{post.pk}/support?wish={DEVICE}-7").status_code == 409
    assert not Wish.objects.exists()


def test_a_late_copy_of_a_vote_changes_nothing(api, organiser, member, live_meeting):
    body = {"question": "几点散会？", "options": ["两点", "三点"]}
    poll = api(organiser).post(f"/meetings/{live_meeting.pk}/polls", body).json()
    api(organiser).patch(f"/polls/{poll['id']}", {"state": "open"})
    first, second = (option["id"] for option in poll["options"])
    for number, option in ((1, first), (2, second), (1, first)):
        path = f"/polls/{poll['id']}/vote?wish={DEVICE}-{number}"
        assert api(member).put(path, {"option": option}).status_code == 200
    assert str(Vote.objects.get().option_id) == second


@pytest.mark.parametrize(
    "wish", ["1", "zz-1", "0123456789abcdef-", "0123456789abcdef--1", "0" * 60]
)
def test_a_malformed_wish_is_refused(api, member, other_member, post_by, wish):
    path = f"/posts/{post_by(other_member).pk}/support"
    assert api(member).put(f"{path}?wish={wish}").status_code == 400
