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
        alone: list[float] = []
        together: list[float] = []
        failed = 0
        for _ in range(1 if quick else 3):
            alone.append(bare.connect(readers, world.sessions))
            bare.disconnect()
            before = queries(room.served)
            seconds, missing = come_back(world, room, readers)
            together.append(seconds)
            failed += missing
            made[readers] = queries(room.served) - before
        bare_rate, rate_of = (readers / statistics.median(each) for each in (alone, together))
        report.add(f"herd of {readers}: unauthenticated handshakes", bare_rate, "/s")
        report.add(f"herd of {readers}: with sign-in and 100 missed", rate_of, "/s")
        goal = readers == sizes[-1]
        name, target = f"herd of {readers}: of the unauthenticated rate", ">= 0.6"
        report.add(name, rate_of / bare_rate, "x", target if goal else None)
        report.add(f"herd of {readers}: failed", failed, "", "<= 0" if goal else None)
        report.add(f"herd of {readers}: database queries", made[readers], "")
    report.add(
        f"herd: queries per reader, {sizes[-1]} against {sizes[0]}",
        (made[sizes[-1]] / sizes[-1]) / (made[sizes[0]] / sizes[0]),
        "x",
        "<= 0.5",
    )


def come_back(world: World, room: "Contender", readers: int) -> tuple[float, int]:
    """A herd that missed 100 events: seconds until all are greeted, and how many lack an event."""
    room.number = publish(room.meeting, 100)
    seconds = room.connect(readers, world.sessions, after=room.number - 100)
    room.target = room.number
    crowd = room.crowd
    assert crowd is not None
    crowd.pump(lambda: all(c.seq == room.number for c in crowd.clients.values()), 60)
    failed = sum(client.seq != room.number for client in crowd.clients.values())
    room.disconnect()
    time.sleep(0.5)
    return seconds, failed


def stalled(report: Report, world: World, room: "Contender", quick: bool) -> None:
    """20 of 100 never read, at up to 200 events a second: the others must not notice."""
    figures: dict[int, list[float]] = {0: [], 20: []}
    memory: dict[int, list[float]] = {0: [], 20: []}
    for _ in range(1 if quick else 3):
        for asleep in (0, 20):
            slowest, grown = others_beside(world, room, asleep, 4.0 if quick else 30.0)
            figures[asleep].append(slowest)
            memory[asleep].append(grown)
    slow, fast = statistics.median(figures[20]), statistics.median(figures[0])
    report.add("0 of 100 stalled: the others' p99", fast, "ms")
    report.add("20 of 100 stalled: the others' p99", slow, "ms")
    report.add("stalled: the others' p99 / without", slow / fast, "x", "<= 1.2")
    grown = max(memory[20]) - max(0.0, statistics.median(memory[0]))
    report.add("stalled: memory grew by", grown, "MB", "<= 20")


def others_beside(
    world: World, room: "Contender", asleep: int, seconds: float
) -> tuple[float, float]:
    """Some of 100 readers never read: the p99 of the others in ms, and by how many MB memory grew."""
    room.connect(100, world.sessions)
    crowd = room.crowd
    assert crowd is not None
    for client in list(crowd.clients.values())[:asleep]:
        crowd.leave_unread(client)
    before = room.served.rss()
    taken: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        begun = time.perf_counter()
        room.send(10)
        crowd.pump(lambda: room.arrived + crowd.lost >= 100 - asleep, 10)
        taken.append((time.perf_counter() - begun) * 1000)
        pause = begun + 0.05
        crowd.pump(lambda: time.perf_counter() >= pause, 1)  # noqa: B023
    grown = room.served.rss() - before
    room.disconnect()
    return sorted(taken)[int(len(taken) * 0.99)], grown


def posting(report: Report, world: World, room: "Contender", quick: bool) -> None:
    """Posts through the API against a bare Django view that inserts one row."""
    view = world.start(
        "view", DAPHNE, "bench.live_apps:view", DJANGO_SETTINGS_MODULE="bench.settings"
    )
    seconds = 2.0 if quick else 8.0
    (meeting,) = make_meetings(1, "announced")
    path = f"/api/v1/meetings/{meeting.pk}/posts"
    rates: dict[str, list[float]] = {"view": [], "api": []}
    for turn in range(1 if quick else 3):
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
    posted_to_readers(report, world, room, quick)


def posted_to_readers(report: Report, world: World, room: "Contender", quick: bool) -> None:
    """From the answer to a post until all 500 readers of the room have it, against the fan-out alone."""
    readers, posts = 500, 20 if quick else 100
    room.connect(readers, world.sessions)
    room.send()
    room.wait()
    path = f"/api/v1/meetings/{room.meeting}/posts"
    connection = http.client.HTTPConnection("127.0.0.1", room.served.port, timeout=30)
    fan_out: list[float] = []
    after: list[float] = []
    for number in range(posts):
        begun = time.perf_counter()
        room.send()
        room.wait()
        fan_out.append((time.perf_counter() - begun) * 1000)
        room.arrived, room.target = 0, room.number + 1
        target, headers, body = api_post(world, path, number, 0)
        connection.request("POST", target, body.encode(), headers)
        answer = connection.getresponse()
        answer.read()
        begun = time.perf_counter()
        if answer.status != 201 or not room.wait():
            raise RuntimeError(f"a post was answered {answer.status}, or did not reach everybody")
        after.append((time.perf_counter() - begun) * 1000)
        room.number = room.target
    room.disconnect()
    alone, together = statistics.median(fan_out), statistics.median(after)
    report.add(f"posting, N={readers}: an event to all readers", alone, "ms")
    report.add(f"posting, N={readers}: from the answer until all have it", together, "ms")
    name = f"posting, N={readers}: the latter less the former"
    report.add(name, together - alone, "ms", "<= 50")


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


def come_in(
    crowd: Crowd, world: World, room: "Contender", meetings: list[Any], sockets: int
) -> None:
    """So many readers for each meeting, ten meetings at a time."""
    clients = 0
    for number, meeting in enumerate(meetings):
        for index in range(sockets):
            key = world.sessions[(number * sockets + index) % len(world.sessions)]
            path = f"/ws/meetings/{meeting.pk}/?after=0"
            crowd.add(room.served.port, path, f"Cookie: sessionid={key}\r\n")
            clients += 1
        if number % 10 == 9:
            crowd.pump(lambda: crowd.opened + crowd.lost >= clients, 60)  # noqa: B023


def many_rooms(report: Report, world: World, room: "Contender", quick: bool) -> None:
    """300 rooms of 40 sockets, one event a second in each, on one core; the median of three windows."""
    rooms, sockets, seconds, windows = (20, 20, 4, 1) if quick else (300, 40, 15, 3)
    meetings = make_meetings(rooms, "announced")
    taken: list[list[float]] = [[] for _ in range(windows)]
    sent: dict[bytes, float] = {}
    seen = [0]

    def on_frame(client: Client, data: bytes) -> None:
        at = data.find(b'"seq":', 0, 40)
        if b'"events"' in data[:20] and at > 0:
            seq = int(data[at + 6 : data.find(b",", at)])
            if seq > client.seq:
                seen[0] += seq - client.seq
                client.seq = seq
                late = time.perf_counter() - sent[client.request + b"%d" % seq]
                taken[(seq - 1) // seconds].append(late)
        elif b'"hello"' in data[:20]:
            client.greeted = True

    crowd = Crowd(on_frame)
    come_in(crowd, world, room, meetings, sockets)
    by_path: dict[Any, list[Client]] = {meeting.pk: [] for meeting in meetings}
    for client in crowd.clients.values():
        by_path[_meeting_of(client)].append(client)
    cpu, begun = room.served.cpu(), time.perf_counter()
    total = 0
    for turn in range(1, seconds * windows + 1):
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
    slowest = [sorted(each)[int(len(each) * 0.99)] if each else 99.0 for each in taken]
    crowd.close()
    name = f"{rooms} rooms x {sockets}, 1 event/s each"
    report.add(f"{name}: not delivered", total - seen[0] + crowd.lost, "", "<= 0")
    rate = total / sockets / published
    report.add(f"{name}: events published per second", rate, "/s", f">= {rooms * 0.95:g}")
    report.add(f"{name}: server core busy", busy * 100, "%", "<= 95")
    report.add(f"{name}: p99", statistics.median(slowest) * 1000, "ms", "<= 250")


def _meeting_of(client: Client) -> Any:
    return uuid.UUID(client.request.split(b"/")[3].decode())
