"""The rest of the live benchmark: bursts, the herd, a stalled reader, posting, many rooms."""

import http.client
import re
import statistics
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from .live_clients import Client, Crowd
from .live_world import DAPHNE, Served, World, make_meetings, publish, publish_in_each
from .report import Report

PUBLISHED_TOGETHER = 10  # rooms whose event of a second is written at once

if TYPE_CHECKING:
    from .live import Contender


def bursts(
    report: Report, world: World, limit: "Contender", room: "Contender", quick: bool
) -> None:
    """100 events at once, to 500 readers: the limit sends them one by one, the room together."""
    readers = 500
    for one in (limit, room):
        one.connect(readers, world.sessions)
    figures: dict[str, list[float]] = {limit.name: [], room.name: []}
    for _ in range(2 if quick else 4):
        for one in (limit, room):
            cpu = one.served.cpu()
            one.send(100)
            one.wait()
            figures[one.name].append(100 * readers / (one.served.cpu() - cpu))
    for one in (limit, room):
        one.disconnect()
        report.add(
            f"burst of 100, N={readers}: {one.name}",
            statistics.median(figures[one.name]),
            "d/CPU-s",
        )
    ratio = statistics.median(figures[room.name]) / statistics.median(figures[limit.name])
    report.add(f"burst of 100, N={readers}: room / limit", ratio, "x", ">= 2.5")


def queries(served: Served) -> float:
    """How many database queries the rooms and the door of a server made so far."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    found = re.search(r"^lihui_live_queries_total (\S+)", text, re.M)
    return float(found[1]) if found else 0.0


def herd(report: Report, world: World, room: "Contender", bare: "Contender", quick: bool) -> None:
    """N readers come back at once, each with its session, and get 100 missed events."""
    sizes = (100, 400) if quick else (500, 2000)
    made = {}
    for readers in sizes:
        bare_seconds = bare.connect(readers, world.sessions)
        bare.disconnect()
        before = queries(room.served)
        room.number = publish(room.meeting, 100)
        seconds = room.connect(readers, world.sessions, after=room.number - 100)
        room.target = room.number
        crowd = room.crowd
        assert crowd is not None
        done = crowd.pump(lambda: all(c.seq == room.number for c in crowd.clients.values()), 60)  # noqa: B023
        failed = sum(client.seq != room.number for client in crowd.clients.values())
        room.disconnect()
        time.sleep(0.5)
        made[readers] = queries(room.served) - before
        report.add(f"herd of {readers}: unauthenticated handshakes", readers / bare_seconds, "/s")
        report.add(f"herd of {readers}: with sign-in and 100 missed", readers / seconds, "/s")
        goal = readers == sizes[-1]
        report.add(
            f"herd of {readers}: of the unauthenticated rate",
            bare_seconds / seconds,
            "x",
            ">= 0.6" if goal else None,
        )
        report.add(
            f"herd of {readers}: failed", failed if done else readers, "", "<= 0" if goal else None
        )
        report.add(f"herd of {readers}: database queries", made[readers], "")
    report.add(
        f"herd: queries per reader, {sizes[-1]} against {sizes[0]}",
        (made[sizes[-1]] / sizes[-1]) / (made[sizes[0]] / sizes[0]),
        "x",
        "<= 0.5",
    )


def stalled(report: Report, world: World, room: "Contender", quick: bool) -> None:
    """20 of 100 never read, at up to 200 events a second: the others must not notice."""
    seconds = 4.0 if quick else 30.0
    figures, memory = {}, {}
    for asleep in (0, 20):
        room.connect(100, world.sessions)
        crowd = room.crowd
        assert crowd is not None
        sleepers = list(crowd.clients.values())[:asleep]
        for client in sleepers:
            crowd.leave_unread(client)
        awake = 100 - asleep
        before = room.served.rss()
        taken: list[float] = []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            begun = time.perf_counter()
            room.send(10)
            crowd.pump(lambda: room.arrived + crowd.lost >= awake, 10)  # noqa: B023
            taken.append((time.perf_counter() - begun) * 1000)
            pause = begun + 0.05
            crowd.pump(lambda: time.perf_counter() >= pause, 1)  # noqa: B023
        figures[asleep] = sorted(taken)[int(len(taken) * 0.99)]
        memory[asleep] = room.served.rss() - before
        room.disconnect()
        report.add(f"{asleep} of 100 stalled: the others' p99", figures[asleep], "ms")
    report.add("stalled: the others' p99 / without", figures[20] / figures[0], "x", "<= 1.2")
    report.add("stalled: memory grew by", memory[20] - max(0.0, memory[0]), "MB", "<= 20")


def posting(report: Report, world: World, room: "Contender", quick: bool) -> None:
    """Posts through the API against a bare Django view that inserts one row."""
    view = world.start(
        "view", DAPHNE, "bench.live_apps:view", DJANGO_SETTINGS_MODULE="bench.settings"
    )
    seconds = 2.0 if quick else 8.0
    (meeting,) = make_meetings(1, "announced")
    path = f"/api/v1/meetings/{meeting.pk}/posts"
    rates: dict[str, list[float]] = {"view": [], "api": []}
    for turn in range(1 if quick else 2):
        for served, wanted in ((view, "/insert"), (room.served, "/accounts/login/")):
            rate(served, lambda n: (wanted, {}, ""), 0.5)  # noqa: B023 - to warm up
        if turn == 0:
            rate(room.served, lambda n: api_post(world, path, n, 99), 1.0)
        rates["view"].append(rate(view, lambda n: ("/insert", {}, ""), seconds)[0])
        done, failed = rate(room.served, lambda n: api_post(world, path, n, turn), seconds)  # noqa: B023
        rates["api"].append(done)
        report.add("posting: refused", failed, "", "<= 0")
    view.child.kill()
    report.add("posting: bare view inserting a row", statistics.median(rates["view"]), "/s")
    report.add("posting: through the API", statistics.median(rates["api"]), "/s")
    ratio = statistics.median(rates["api"]) / statistics.median(rates["view"])
    report.add("posting: API / bare view", ratio, "x", ">= 0.5")


def api_post(world: World, path: str, number: int, turn: int) -> tuple[str, dict[str, str], str]:
    """A post of the number-th person; everybody posts once before anybody posts twice."""
    key = world.sessions[number % len(world.sessions)]
    token = "0123456789abcdefghijklmnopqrstuv"
    headers = {
        "Cookie": f"sessionid={key}; csrftoken={token}",
        "X-CSRFToken": token,
        "Content-Type": "application/json",
    }
    body = f'{{"kind": "problem", "body": "第{number}个问题", "client_id": "{turn}-{number}"}}'
    return path, headers, body


def rate(served: Served, request: Any, seconds: float, workers: int = 8) -> tuple[float, int]:
    """Requests answered per second by `workers` connections, and how many were refused."""
    done, failed, numbers = [0], [0], iter(range(10**9))
    until = time.perf_counter() + seconds

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        while time.perf_counter() < until:
            path, headers, body = request(next(numbers))
            connection.request("POST", path, body.encode(), headers)
            answer = connection.getresponse()
            answer.read()
            done[0] += answer.status in (200, 201)
            failed[0] += answer.status not in (200, 201)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done[0] / (time.perf_counter() - begun), failed[0]


def many_rooms(report: Report, world: World, room: "Contender", quick: bool) -> None:
    """300 rooms of 40 sockets, one event a second in each, on one core."""
    rooms, sockets, seconds = (20, 20, 4) if quick else (300, 40, 15)
    meetings = make_meetings(rooms, "announced")
    taken: list[float] = []
    sent: dict[bytes, float] = {}
    seen = [0]

    def on_frame(client: Client, data: bytes) -> None:
        at = data.find(b'"seq":', 0, 40)
        if b'"events"' in data[:20] and at > 0:
            seq = int(data[at + 6 : data.find(b",", at)])
            if seq > client.seq:
                seen[0] += seq - client.seq
                client.seq = seq
                taken.append(time.perf_counter() - sent[client.request + b"%d" % seq])
        elif b'"hello"' in data[:20]:
            client.greeted = True

    crowd = Crowd(on_frame)
    clients = 0
    for number, meeting in enumerate(meetings):
        for index in range(sockets):
            key = world.sessions[(number * sockets + index) % len(world.sessions)]
            client = crowd.add(
                room.served.port,
                f"/ws/meetings/{meeting.pk}/?after=0",
                f"Cookie: sessionid={key}\r\n",
            )
            clients += 1
        if number % 10 == 9:
            crowd.pump(lambda: crowd.opened + crowd.lost >= clients, 60)  # noqa: B023
    by_path: dict[Any, list[Client]] = {meeting.pk: [] for meeting in meetings}
    for client in crowd.clients.values():
        by_path[_meeting_of(client)].append(client)
    cpu, begun = room.served.cpu(), time.perf_counter()
    total = 0
    for turn in range(1, seconds + 1):
        for number in range(0, rooms, PUBLISHED_TOGETHER):
            due = begun + turn - 1 + number / rooms
            crowd.read(0)
            crowd.pump(lambda: time.perf_counter() >= due, 5, tick=lambda: None)  # noqa: B023
            some, now = meetings[number : number + PUBLISHED_TOGETHER], time.perf_counter()
            for meeting in some:
                for client in by_path[meeting.pk]:
                    sent[client.request + b"%d" % turn] = now
            publish_in_each([meeting.pk for meeting in some], turn)
            total += sockets * len(some)
    published = time.perf_counter() - begun
    crowd.pump(lambda: seen[0] >= total, 20)
    elapsed = time.perf_counter() - begun
    busy = (room.served.cpu() - cpu) / elapsed
    values = sorted(taken) or [99.0]
    crowd.close()
    name = f"{rooms} rooms x {sockets}, 1 event/s each"
    report.add(f"{name}: not delivered", total - seen[0] + crowd.lost, "", "<= 0")
    rate = total / sockets / published
    report.add(f"{name}: events published per second", rate, "/s", f">= {rooms * 0.95:g}")
    report.add(f"{name}: server core busy", busy * 100, "%", "<= 95")
    report.add(f"{name}: p99", values[int(len(values) * 0.99)] * 1000, "ms", "<= 250")


def _meeting_of(client: Client) -> Any:
    return uuid.UUID(client.request.split(b"/")[3].decode())
