"""Sending the same entry again is the same entry, however often and in whatever order."""

import threading
import uuid
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from board import services
from board.models import Post, Reply, Support
from board.problems import ClientIdReused
from meetings.models import Event, Meeting
from townships.problems import Problem


def test_a_first_send_is_201_and_a_repeat_is_200_with_the_same_entry(api, member, live_meeting):
    body = {"kind": "problem", "body": "村级后备干部不足", "client_id": "phone-1"}
    first = api(member).post(f"/meetings/{live_meeting.pk}/posts", body)
    again = api(member).post(f"/meetings/{live_meeting.pk}/posts", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Post.objects.count() == 1
    assert Event.objects.filter(kind="post.added").count() == 1


@pytest.mark.parametrize("change", [{"body": "另一句话"}, {"kind": "question"}])
def test_the_same_client_id_with_something_else_is_refused(api, member, live_meeting, change):
    body = {"kind": "problem", "body": "村级后备干部不足", "client_id": "phone-1"}
    api(member).post(f"/meetings/{live_meeting.pk}/posts", body)
    answer = api(member).post(f"/meetings/{live_meeting.pk}/posts", body | change)
    assert answer.status_code == 409
    assert answer.json()["code"] == "client_id_reused"
    assert Post.objects.count() == 1


def test_two_people_may_use_the_same_client_id(member, other_member, post_by):
    first = post_by(member, client_id="1")
    second = post_by(other_member, client_id="1")
    assert first.pk != second.pk


def test_a_repeat_after_the_meeting_closed_still_answers_the_stored_entry(
    api, member, live_meeting
):
    """An outbox whose first answer got lost must not report the entry as refused."""
    body = {"kind": "problem", "body": "台账", "client_id": "phone-1"}
    first = api(member).post(f"/meetings/{live_meeting.pk}/posts", body)
    Meeting.objects.filter(pk=live_meeting.pk).update(status="closed")
    again = api(member).post(f"/meetings/{live_meeting.pk}/posts", body)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


def test_a_reply_sent_twice_is_one_reply(api, organiser, member, post_by):
    post = post_by(member)
    body = {"body": "由组织科统一台账", "client_id": "r1"}
    first = api(organiser).post(f"/posts/{post.pk}/replies", body)
    again = api(organiser).post(f"/posts/{post.pk}/replies", body)
    other = api(organiser).post(f"/posts/{post.pk}/replies", body | {"body": "改口"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == again.json()
    assert Reply.objects.count() == 1


def test_a_repeated_reply_after_the_meeting_closed_still_answers_the_stored_one(
    api, organiser, member, post_by
):
    post = post_by(member)
    body = {"body": "由组织科统一台账", "client_id": "r1"}
    first = api(organiser).post(f"/posts/{post.pk}/replies", body)
    Meeting.objects.filter(pk=post.meeting_id).update(status="closed")
    again = api(organiser).post(f"/posts/{post.pk}/replies", body)
    assert (again.status_code, again.json()) == (200, first.json())
    late = api(organiser).post(f"/posts/{post.pk}/replies", body | {"client_id": "r2"})
    assert (late.status_code, Reply.objects.count()) == (409, 1)


sends = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["甲", "乙"])), max_size=14
)


@given(sends=sends)
def test_any_order_of_sends_keeps_the_first_of_each_client_id(sends, db, member, settings):
    """The board holds, for each client id, exactly what was sent first."""
    settings.POSTS_PER_MINUTE = 10_000
    meeting = Meeting.objects.create(
        county_id=member.county_id,
        title="例会",
        starts_at="2026-05-25T01:00:00Z",
        ends_at="2026-05-25T03:00:00Z",
        status="live",
    )
    expected: dict[str, str] = {}
    for client_id, body in sends:
        expected.setdefault(client_id, body)
        try:
            services.add_post(
                actor=member,
                meeting_id=meeting.pk,
                kind="problem",
                body=body,
                client_id=client_id,
            )
        except ClientIdReused:
            assert expected[client_id] != body
        else:
            assert expected[client_id] == body
    stored = dict(Post.objects.filter(meeting=meeting).values_list("client_id", "body"))
    assert stored == expected
    numbers = Event.objects.filter(meeting=meeting).values_list("seq", flat=True)
    assert list(numbers) == list(range(1, len(expected) + 1))


def in_parallel(count: int, work: Any) -> list[Any]:
    """Run `work()` in `count` threads at the same moment; what each returned or raised."""
    start, results = threading.Barrier(count), []

    def run() -> None:
        start.wait()
        try:
            results.append(work())
        except Problem as problem:
            results.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
def test_five_sends_at_the_same_moment_make_one_entry(member, live_meeting):
    results = in_parallel(
        5,
        lambda: services.add_post(
            actor=member,
            meeting_id=live_meeting.pk,
            kind="practice",
            body="一户一档",
            client_id="same",
        ),
    )
    assert len({post.pk for post in results}) == 1
    assert sorted(post.was_added for post in results) == [False] * 4 + [True]
    assert Post.objects.count() == 1
    assert list(Event.objects.values_list("seq", flat=True)) == [1]


@pytest.mark.django_db(transaction=True)
def test_support_sent_five_times_at_once_counts_once(member, other_member, live_meeting):
    post = services.add_post(
        actor=member,
        meeting_id=live_meeting.pk,
        kind="problem",
        body="名册",
        client_id=uuid.uuid4().hex,
    )
    in_parallel(
        5,
        lambda: services.set_support(actor=other_member, post_id=post.pk, supported=True),
    )
    assert Support.objects.count() == 1
    assert Event.objects.filter(kind="support.changed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_entries_of_many_writers_get_numbers_without_gaps(member, live_meeting, settings):
    settings.POSTS_PER_MINUTE = 1000
    in_parallel(
        12,
        lambda: services.add_post(
            actor=member,
            meeting_id=live_meeting.pk,
            kind="question",
            body="请问经费来源",
            client_id=uuid.uuid4().hex,
        ),
    )
    numbers = Event.objects.order_by("seq").values_list("seq", flat=True)
    assert list(numbers) == list(range(1, 13))
