"""What frames say of entries that wait, hidden replies, merged entries and cases, by audience."""

import uuid

import pytest

from board import services
from meetings import services as meetings
from realtime.pages import room_state


@pytest.fixture
def post_by(live_meeting):
    def add(actor, body="名册太旧", kind="problem"):
        return services.add_post(
            actor=actor,
            meeting_id=live_meeting.pk,
            kind=kind,
            body=body,
            client_id=uuid.uuid4().hex,
        )

    return add


def told(api, actor, meeting, after=0):
    answer = api(actor).get(f"/meetings/{meeting.pk}/events", after=after)
    return [(event["kind"], event["data"]) for event in answer.json()["events"]]


def last(api, actor, meeting):
    return told(api, actor, meeting)[-1]


def test_an_entry_that_waits_is_only_the_organisers_until_it_is_approved(
    api, organiser, member, other_member, guest, live_meeting, post_by
):
    """Everyone learns that there is nothing to see; the author's page keeps what it has."""
    meetings.change_meeting(actor=organiser, meeting_id=live_meeting.pk, approve_first=True)
    post = post_by(member, "不要让大家先看到")
    for actor in (member, other_member, guest):
        kind, data = last(api, actor, live_meeting)
        assert (kind, data) == ("post.added", {"id": str(post.pk), "hidden": True, "held": True})
    assert last(api, organiser, live_meeting)[1]["body"] == "不要让大家先看到"
    services.approve_post(actor=organiser, post_id=post.pk, approved=True)
    for _kind, data in told(api, other_member, live_meeting)[1:]:
        assert (data["body"], data["held"]) == ("不要让大家先看到", False)


def test_a_hidden_reply_is_told_to_organisers_only(
    api, organiser, member, other_member, live_meeting, post_by
):
    post = post_by(member)
    reply = services.add_reply(actor=other_member, post_id=post.pk, body="不妥", client_id="r")
    services.hide_reply(actor=organiser, reply_id=reply.pk, hidden=True)
    kind, data = last(api, organiser, live_meeting)
    assert (kind, [row["hidden"] for row in data["replies"]]) == ("reply.hidden", [True])
    assert all("不妥" not in str(data) for _kind, data in told(api, member, live_meeting))


def test_separating_tells_both_entries(api, organiser, member, other_member, live_meeting, post_by):
    kept, gone = post_by(member), post_by(other_member, "同上")
    services.merge_posts(actor=organiser, post_id=gone.pk, into_id=kept.pk)
    assert last(api, member, live_meeting)[1]["others"][0]["id"] == str(gone.pk)
    services.unmerge_post(actor=organiser, post_id=gone.pk)
    (first, back), (second, root) = told(api, member, live_meeting)[-2:]
    assert (first, back["id"], back["merged_into"]) == ("post.unmerged", str(gone.pk), None)
    assert (second, root["id"], root["others"]) == ("post.changed", str(kept.pk), [])


def test_a_case_is_told_with_its_entry_and_gone_when_it_is_taken_back(
    api, organiser, member, live_meeting, post_by
):
    post = post_by(member)
    case = services.assign_post(actor=organiser, post_id=post.pk, responsible_name="县档案馆")
    kinds = dict(told(api, member, live_meeting))
    assert kinds["case.changed"]["responsible"] == "县档案馆"
    assert kinds["post.changed"]["case"]["id"] == str(case.pk)
    services.unassign_post(actor=organiser, post_id=post.pk)
    kinds = dict(told(api, member, live_meeting))
    assert kinds["case.changed"] == {"id": str(case.pk), "removed": True}
    assert kinds["post.changed"]["case"] is None


def test_a_case_does_not_name_meetings_in_preparation(
    api, organiser, member, guest, live_meeting, draft_meeting, post_by
):
    """Neither in frames nor in the page's state: to all but organisers a case tells only whether this
    meeting has it on its list."""
    post = post_by(member)
    case = services.assign_post(actor=organiser, post_id=post.pk, responsible_name="县档案馆")
    for listed in (live_meeting, draft_meeting):
        case.discussions.get_or_create(meeting=listed)
    for actor in (member, guest):
        in_frame = dict(told(api, actor, live_meeting))["case.changed"]
        (in_page,) = room_state(actor, live_meeting)["cases"]
        for state in (in_frame, in_page):
            assert state["meetings"] == [str(live_meeting.pk)]
            assert str(draft_meeting.pk) not in str(state)
    in_frame = dict(told(api, organiser, live_meeting))["case.changed"]
    assert set(in_frame["meetings"]) == {str(live_meeting.pk), str(draft_meeting.pk)}


def test_replays_of_a_closed_meeting_show_what_was_carried(
    api, organiser, member, live_meeting, post_by
):
    post = post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    kind, data = last(api, member, live_meeting)
    assert (kind, data["id"], data["status"]) == ("post.carried", str(post.pk), "carried")
