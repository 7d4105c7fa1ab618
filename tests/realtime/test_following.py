"""A reader that follows a meeting gets every event in order, exactly once, wherever it comes from."""

import asyncio

import httpx

from meetings.models import Meeting
from realtime.hall import CHECK_SECONDS
from tests.processes import Server
from tests.realtime.live import awrite_post, follow, headers_of
from townships.actors import Actor


async def test_hello_then_what_was_missed_then_live(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """Hello names the newest number; what is after the cursor follows; then the present."""
    await awrite_post(live_meeting.pk, 5)
    async with follow(
        daphne_server, live_meeting, await headers_of(daphne_server, member), 2
    ) as me:
        assert me.hello == {"type": "hello", "seq": 5}
        await me.reach(5)
        assert me.seqs == [3, 4, 5]
        await awrite_post(live_meeting.pk, 2)
        await me.reach(7)
        assert me.seqs == [3, 4, 5, 6, 7]


async def test_every_reader_gets_the_same_in_the_same_order(
    daphne_server: Server, live_meeting: Meeting, member: Actor, organiser: Actor, guest: Actor
) -> None:
    """Three readers of three audiences, 60 events written by three writers at once."""
    actors = [member, organiser, guest]
    headers = [await headers_of(daphne_server, actor) for actor in actors]
    async with (
        follow(daphne_server, live_meeting, headers[0]) as one,
        follow(daphne_server, live_meeting, headers[1]) as two,
        follow(daphne_server, live_meeting, headers[2]) as three,
    ):

        async def write() -> None:
            for _ in range(20):
                await awrite_post(live_meeting.pk)

        await asyncio.gather(
            write(), write(), write(), *(r.reach(60, 40) for r in (one, two, three))
        )
        for reader in (one, two, three):
            assert reader.seqs == list(range(1, 61))
            assert [event["data"]["id"] for event in reader.events] == [
                event["data"]["id"] for event in one.events
            ]


async def test_an_event_written_by_another_process_arrives_without_a_nudge(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """A lost nudge (here: none is sent) is healed by the room's own look at the log, which it takes
    within 3 seconds, also where Redis wakes it."""
    assert CHECK_SECONDS < 3
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        before = await asyncio.to_thread(daphne_server.live_figures)
        for number in range(1, 4):
            await awrite_post(live_meeting.pk, nudge=False)
            await me.reach(number)
        after = await asyncio.to_thread(daphne_server.live_figures)
        healed = after["lihui_live_healed_total"] - before["lihui_live_healed_total"]
        assert healed == 3


async def test_a_post_over_the_api_is_live_at_once(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """The writer's own request nudges the room: the others have it in well under a second."""
    headers = await headers_of(daphne_server, member)
    async with follow(daphne_server, live_meeting, headers) as me:

        def post() -> int:
            cookies = dict([headers["Cookie"].split("=", 1)])
            token = "0123456789abcdefghijklmnopqrstuv"
            with httpx.Client(
                base_url=daphne_server.url,
                cookies=cookies | {"csrftoken": token},
                headers={"X-CSRFToken": token, "Origin": daphne_server.url},
            ) as http:
                body = {"kind": "problem", "body": "活动室没有暖气", "client_id": "c1"}
                path = f"/api/v1/meetings/{live_meeting.pk}/posts"
                return http.post(path, json=body, timeout=20).status_code

        assert await asyncio.to_thread(post) == 201
        begun = asyncio.get_running_loop().time()
        await me.reach(1)
        assert asyncio.get_running_loop().time() - begun < 0.7
        assert me.events[0]["kind"] == "post.added"
        assert me.events[0]["data"]["body"] == "活动室没有暖气"


async def test_many_reconnects_while_events_flow(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """Connections cut at any moment, even mid-frame: with the cursor nothing is missed or doubled."""
    headers = await headers_of(daphne_server, member)
    total, got, cursor = 60, [], 0

    async def write() -> None:
        for _ in range(total // 2):
            await awrite_post(live_meeting.pk, 2)

    writing = asyncio.create_task(write())
    async with asyncio.timeout(60):
        while cursor < total:
            async with follow(daphne_server, live_meeting, headers, cursor) as me:
                await me.until(lambda: me.seq > cursor, 20)  # noqa: B023
                got += me.seqs
                cursor = me.seq
                me.socket.transport.abort()
    await writing
    assert got == list(range(1, total + 1))


async def test_a_cursor_ahead_of_the_log_is_told_to_start_anew(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """`resync`, and the socket is closed without anything else."""
    headers = await headers_of(daphne_server, member)
    async with follow(daphne_server, live_meeting, headers, 99) as me:
        assert me.others == [{"type": "resync", "seq": 0}]
        assert await me.close_code() == 1000
        assert me.hello is None


async def test_the_heartbeat_is_answered_and_moves_the_cursor(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """An empty `events` frame with the number the reader is at."""
    await awrite_post(live_meeting.pk, 3)
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        await me.reach(3)
        await me.socket.send('{"type": "after", "seq": 3, "role": "organiser", "author": "x"}')
        frame = await me.step()
        while frame["type"] == "presence":
            frame = await me.step()
        assert frame == {"type": "events", "seq": 3, "events": []}


async def test_presence_counts_people_once_and_names_them_to_organisers_only(
    daphne_server: Server, live_meeting: Meeting, member: Actor, organiser: Actor, guest: Actor
) -> None:
    headers = {who: await headers_of(daphne_server, who) for who in (member, organiser, guest)}
    async with (
        follow(daphne_server, live_meeting, headers[member]) as one,
        follow(daphne_server, live_meeting, headers[member]),
        follow(daphne_server, live_meeting, headers[guest]),
        follow(daphne_server, live_meeting, headers[organiser]) as host,
    ):
        await one.until(lambda: one.presence and one.presence[-1]["people"] == 3)
        assert one.presence[-1] == {
            "type": "presence",
            "people": 3,
            "guests": 1,
            "townships": {str(member.township_id): 1},
        }
        await host.until(lambda: host.presence and host.presence[-1]["people"] == 3)
        assert {name["name"] for name in host.presence[-1]["names"]} == {
            member.name,
            organiser.name,
            guest.name,
        }
