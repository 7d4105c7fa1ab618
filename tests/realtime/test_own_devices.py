"""What somebody did on one device is right on their other ones, and told to nobody else."""

import pytest
from asgiref.sync import sync_to_async

from board.services import add_post, set_support
from meetings.models import Attendance, Meeting
from realtime.room import PRESENT_SECONDS
from tests.processes import Server
from tests.realtime.live import Reader, follow, headers_of
from townships.actors import Actor


def hints(reader: Reader) -> list[str]:
    return [frame["type"] for frame in reader.others if frame["type"] == "mine"]


async def test_only_a_persons_own_other_pages_are_told_to_ask(
    daphne_server: Server, live_meeting: Meeting, member: Actor, other_member: Actor
) -> None:
    post = await sync_to_async(add_post)(
        actor=other_member,
        meeting_id=live_meeting.pk,
        kind="problem",
        body="话",
        client_id="x",
    )
    headers = await headers_of(daphne_server, member)
    async with (
        follow(daphne_server, live_meeting, headers) as phone,
        follow(daphne_server, live_meeting, headers) as tablet,
        follow(daphne_server, live_meeting, await headers_of(daphne_server, other_member)) as other,
    ):
        await sync_to_async(set_support)(actor=member, post_id=post.pk, supported=True)
        await phone.until(lambda: hints(phone))
        await tablet.until(lambda: hints(tablet))
        await other.reach(2)
        await other.nothing(1)
        assert hints(other) == []
        assert "mark" not in other.events[-1].get("facts", {})


async def test_somebody_with_one_page_is_not_told(
    daphne_server: Server, live_meeting: Meeting, member: Actor, other_member: Actor
) -> None:
    post = await sync_to_async(add_post)(
        actor=other_member,
        meeting_id=live_meeting.pk,
        kind="problem",
        body="话",
        client_id="x",
    )
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        await sync_to_async(set_support)(actor=member, post_id=post.pk, supported=True)
        await me.reach(2)
        await me.nothing(1)
        assert hints(me) == []


@pytest.mark.timeout(120)
async def test_whoever_stays_in_the_room_is_on_the_attendance_sheet_once(
    daphne_server: Server,
    live_meeting: Meeting,
    member: Actor,
    other_member: Actor,
    organiser: Actor,
) -> None:
    """Townships' people only; the event that tells it names nobody. Whoever has another page open,
    such as the township's materials, is not in the room: neither present nor on the sheet."""
    elsewhere = await headers_of(daphne_server, other_member)
    async with (
        follow(daphne_server, live_meeting, elsewhere, beside=True) as aside,
        follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me,
        follow(daphne_server, live_meeting, await headers_of(daphne_server, organiser)) as host,
    ):
        await me.until(lambda: me.events, PRESENT_SECONDS + 20)
        assert [event["kind"] for event in me.events] == ["attendance.changed"]
        assert me.events[0]["data"] == {"id": str(live_meeting.pk)}
        await host.reach(1)
        await aside.reach(1)
        assert {person["name"] for person in host.presence[-1]["names"]} == {"青石委员", "组织者"}
        rows = [row async for row in Attendance.objects.values_list("user", "how")]
        assert rows == [(member.user_id, "room")]
