"""A hall that loads the room's page at once: what all see is read once for all of them, never too long."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import meetings.services
from board import services
from meetings.models import Meeting
from realtime import kept
from realtime.pages import room_state
from townships.actors import Actor
from townships.models import Township

OWN_QUERIES = 2  # what the reader supports and voted


def post(actor: Actor, meeting: Meeting, body: str) -> str:
    added = services.add_post(
        actor=actor, meeting_id=meeting.pk, kind="problem", body=body, client_id=uuid.uuid4().hex
    )
    return str(added.pk)


def texts(actor: Actor, meeting: Meeting) -> list[str]:
    """The entries on a page that is loaded now."""
    return [one["body"] for one in room_state(actor, Meeting.objects.get(pk=meeting.pk))["posts"]]


def test_the_second_reader_costs_only_what_is_theirs(
    live_meeting: Meeting, member: Actor, other_member: Actor, guest: Actor, observer: Actor
) -> None:
    post(member, live_meeting, "活动室没有暖气")
    meeting = Meeting.objects.get(pk=live_meeting.pk)
    first = room_state(member, meeting)
    for reader in (other_member, guest, observer):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            state = room_state(reader, meeting)
        assert len(queries) <= OWN_QUERIES
        assert state["posts"] == first["posts"]
        assert "waited_for_by" not in state


def test_whatever_happens_is_on_the_next_page(live_meeting: Meeting, member: Actor) -> None:
    """Entry, edit, withdrawal: each has a number in the log, so nobody gets the page of before."""
    first = post(member, live_meeting, "一")
    assert texts(member, live_meeting) == ["一"]
    post(member, live_meeting, "二")
    assert texts(member, live_meeting) == ["二", "一"]
    services.edit_post(actor=member, post_id=uuid.UUID(first), body="三")
    assert texts(member, live_meeting) == ["二", "三"]
    services.withdraw_post(actor=member, post_id=uuid.UUID(first))
    assert texts(member, live_meeting) == ["二"]


def test_organisers_and_all_others_are_kept_apart(
    live_meeting: Meeting, organiser: Actor, member: Actor, guest: Actor
) -> None:
    """Whoever comes first: what is hidden stays with the organisers."""
    hidden = post(member, live_meeting, "藏")
    services.hide_post(actor=organiser, post_id=uuid.UUID(hidden))
    assert texts(organiser, live_meeting) == ["藏"]
    assert texts(member, live_meeting) == texts(guest, live_meeting) == []
    services.show_post(actor=organiser, post_id=uuid.UUID(hidden))
    assert texts(guest, live_meeting) == texts(organiser, live_meeting) == ["藏"]


def test_what_waits_for_approval_is_on_its_authors_page_only(
    live_meeting: Meeting, organiser: Actor, member: Actor, other_member: Actor, guest: Actor
) -> None:
    meetings.services.change_meeting(
        actor=organiser, meeting_id=live_meeting.pk, approve_first=True
    )
    waiting = post(member, live_meeting, "等")
    post(organiser, live_meeting, "先")
    assert texts(other_member, live_meeting) == texts(guest, live_meeting) == ["先"]
    assert texts(member, live_meeting) == ["等", "先"]
    assert texts(organiser, live_meeting) == ["先", "等"]
    services.approve_post(actor=organiser, post_id=uuid.UUID(waiting), approved=True)
    for actor in (member, other_member, guest, organiser):
        assert texts(actor, live_meeting) == ["先", "等"]


def test_what_has_no_number_is_read_again_after_a_few_seconds(
    live_meeting: Meeting, member: Actor, township: Township, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A township's new name is no event of a meeting."""
    post(member, live_meeting, "一")
    assert room_state(member, live_meeting)["posts"][0]["township"]["name"] == township.name
    Township.objects.filter(pk=township.pk).update(name="新名镇")
    assert room_state(member, live_meeting)["posts"][0]["township"]["name"] == township.name
    monkeypatch.setattr(kept, "KEEP_SECONDS", 0.0)
    assert room_state(member, live_meeting)["posts"][0]["township"]["name"] == "新名镇"


def test_a_hall_that_comes_at_once_reads_once() -> None:
    """Twenty pages of one number: one reads, the others wait for it."""
    meeting, reads, there = Meeting(pk=uuid.uuid4(), last_seq=4), [], threading.Barrier(20)

    def read() -> dict[str, int]:
        reads.append(1)
        time.sleep(0.2)
        return {"of": 4}

    def come(_number: int) -> dict[str, int]:
        there.wait(20)
        return kept.state_at(meeting, False, read)

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(come, range(20))) == [{"of": 4}] * 20
    assert len(reads) == 1
    assert not kept._gates


def test_a_reading_that_fails_keeps_nobody_waiting() -> None:
    meeting = Meeting(pk=uuid.uuid4(), last_seq=4)
    with pytest.raises(ZeroDivisionError):
        kept.state_at(meeting, False, lambda: {"of": 1 // 0})
    assert kept.state_at(meeting, False, lambda: {"of": 4}) == {"of": 4}


def test_who_began_earlier_may_have_what_is_newer_and_never_what_is_older() -> None:
    old, new = Meeting(pk=uuid.uuid4(), last_seq=4), Meeting(last_seq=5)
    new.pk = old.pk
    assert kept.state_at(old, False, lambda: {"of": 4}) == {"of": 4}
    assert kept.state_at(new, False, lambda: {"of": 5}) == {"of": 5}
    for meeting in (old, new):
        assert kept.state_at(meeting, False, lambda: pytest.fail("it is kept")) == {"of": 5}


def test_only_the_last_meetings_are_kept() -> None:
    meetings_ = [Meeting(pk=uuid.uuid4(), last_seq=1) for _ in range(kept.MOST + 1)]
    for meeting in meetings_:
        kept.state_at(meeting, False, dict)
    assert kept.state_at(meetings_[-1], False, lambda: {"read": "again"}) == {}
    assert kept.state_at(meetings_[0], False, lambda: {"read": "again"}) == {"read": "again"}
