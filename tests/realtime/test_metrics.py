"""What the room says of itself in /metrics moves by exactly what happened."""

import asyncio
from collections.abc import Callable

from asgiref.sync import sync_to_async

from meetings.models import Meeting
from tests.people import make_meeting
from tests.processes import Server
from tests.realtime.live import awrite_post, follow, headers_of
from townships.actors import Actor
from townships.models import County

NAMES = {
    "sockets": "lihui_live_sockets",
    "rooms": "lihui_live_rooms",
    "events": "lihui_live_events_total",
    "deliveries": "lihui_live_deliveries_total",
    "lags": "lihui_live_lag_seconds_count",
    "replays": "lihui_live_replays_total",
    "dropped": 'lihui_live_dropped_total{code="4400"}',
}


async def test_sockets_rooms_events_lag_dropped_and_replayed(
    start_server: Callable[..., Server],
    county: County,
    live_meeting: Meeting,
    member: Actor,
    organiser: Actor,
) -> None:
    server = await asyncio.to_thread(start_server)
    elsewhere = await sync_to_async(make_meeting)(county, "announced")

    async def figures(**expected: float) -> None:
        """The server comes to say this."""
        found: dict[str, float] = {}
        for _ in range(100):
            said = await asyncio.to_thread(server.live_figures)
            found = {name: said.get(NAMES[name], 0.0) for name in expected}
            if found == expected:
                break
            await asyncio.sleep(0.2)
        assert found == expected

    headers, host = [await headers_of(server, actor) for actor in (member, organiser)]
    async with (
        follow(server, live_meeting, headers) as one,
        follow(server, live_meeting, host) as two,
        follow(server, elsewhere, headers),
    ):
        await figures(sockets=3, rooms=2, events=0, deliveries=0, lags=0, replays=0)
        await awrite_post(live_meeting.pk, 5)
        await one.reach(5)
        await two.reach(5)
        # Five events of one write are one round, and of that the lag is taken.
        await figures(events=5, deliveries=10, lags=1, replays=0, dropped=0)
        async with follow(server, live_meeting, headers, 2) as back:
            await back.reach(5)
            assert back.seqs == [3, 4, 5]
            await figures(sockets=4, rooms=2, events=5, replays=1)
            await back.socket.send("hello")
            assert await back.close_code() == 4400
        await figures(sockets=3, dropped=1)
    await figures(sockets=0, rooms=0, events=5, replays=1, dropped=1)
