"""`make bench-live`: the live room against its limit and its peers, in one run, as ratios.

Everything runs on one machine: each server on the first core, this load generator on the second.
Figures are taken as deliveries per second of the server's CPU, so that a slow load generator cannot
flatter them, and as latency from publishing to the receipt by everybody.
"""

import json
import resource
import socket
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .live_clients import Client, Crowd
from .live_world import (
    DAPHNE,
    ROOT,
    STOCK,
    STOCK_ADDRESS,
    UVICORN,
    Served,
    World,
    make_meetings,
    make_world,
    publish,
)
from .report import Report

SIZE = 900  # bytes of a frame of the peers; set to what Lihui's frame measures


@dataclass
class Contender:
    """A server with N readers. `send(count)` publishes `count` events and returns the newest number."""

    name: str
    served: Served
    path: str = "/"
    meeting: Any = None
    number: int = 0
    crowd: Crowd | None = None
    arrived: int = 0
    target: int = 0
    bad: int = 0
    figures: list[float] = field(default_factory=list)
    control: socket.socket | None = None
    redis: Any = None

    def connect(self, readers: int, sessions: Sequence[str], after: int | None = None) -> float:
        """Connect N readers and wait for their greetings; how long it took, in seconds."""
        self.crowd = Crowd(self.on_frame)
        cursor = self.number if after is None else after
        path = f"{self.path}?after={cursor}" if self.meeting else self.path
        begun = time.perf_counter()
        for index in range(readers):
            key = sessions[index % len(sessions)]
            client = self.crowd.add(self.served.port, path, f"Cookie: sessionid={key}\r\n")
            client.seq = cursor if self.meeting else 0
        self.greeted = 0
        crowd = self.crowd
        if not crowd.pump(lambda: self.greeted + crowd.lost >= readers, 120):
            raise RuntimeError(f"{self.name}: only {self.greeted} of {readers} were greeted")
        return time.perf_counter() - begun

    def disconnect(self) -> None:
        if self.crowd is not None:
            self.crowd.close()
            self.crowd = None

    def on_frame(self, client: Client, data: bytes) -> None:
        if not client.greeted and b'"hello"' in data[:20]:
            client.greeted = True
            self.greeted += 1
            return
        at = data.find(b'"seq":', 0, 60)
        if at < 0:
            return
        seq = int(data[at + 6 : data.find(b",", at)])
        if self.meeting is not None:
            if seq == client.seq:
                return  # the answer to a heartbeat, or presence
            count = data.count(b'"kind":"post.added"')
            self.bad += count != seq - client.seq
        elif seq <= client.seq:
            return
        client.seq = seq
        if seq == self.target:
            self.arrived += 1

    def send(self, count: int = 1, at_once: bool = True) -> None:
        """Publish and set the target everybody has to reach."""
        self.arrived = 0
        self.target = self.number + count
        if self.meeting is not None:
            self.number = publish(self.meeting, count)
            assert self.number == self.target
            return
        first, self.number = self.number + 1, self.target
        if self.redis is not None:
            for number in range(first, first + count):
                self.redis(number)
        elif self.name == "limit":
            if self.control is None:
                self.control = socket.create_connection(("127.0.0.1", self.served.port))
            self.control.sendall(f"SEND {first} {count} {SIZE}\n".encode())
        else:
            self.control = socket.create_connection(("127.0.0.1", self.served.port))
            self.control.sendall(
                f"GET /send?{first},{count},{SIZE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
            )

    def wait(self, seconds: float = 60) -> bool:
        crowd = self.crowd
        assert crowd is not None
        everybody = len(crowd.clients)
        return crowd.pump(lambda: self.arrived + crowd.lost >= everybody, seconds)

    def fan_out(self, rounds: int) -> None:
        """Publish one event after the other, each when all have the one before."""
        assert self.crowd is not None
        cpu = self.served.cpu()
        for _ in range(rounds):
            self.send()
            if not self.wait():
                raise RuntimeError(f"{self.name}: an event did not reach everybody")
        self.figures.append(rounds * len(self.crowd.clients) / (self.served.cpu() - cpu))


def interleave(
    contenders: list[Contender],
    readers: int,
    sessions: Sequence[str],
    repeats: int,
    deliveries: int,
) -> dict[str, float]:
    """Median deliveries per server CPU second of each contender, all measured in turn."""
    for one in contenders:
        one.figures.clear()
        one.connect(readers, sessions)
        one.fan_out(1)
        one.figures.clear()
    for _ in range(repeats):
        for one in contenders:
            share = 20 if one.name.startswith("plain") else 1
            one.fan_out(max(2, deliveries // readers // share))
    for one in contenders:
        one.disconnect()
    return {one.name: statistics.median(one.figures) for one in contenders}


def latency(one: Contender, readers: int, sessions: Sequence[str], seconds: float) -> list[float]:
    """Milliseconds from publishing to the receipt by everybody, at 5 events a second, sorted."""
    one.connect(readers, sessions)
    one.send()
    one.wait()
    taken = []
    due = time.perf_counter()
    until = due + seconds
    while due < until:
        due = max(due + 0.2, time.perf_counter())
        crowd = one.crowd
        assert crowd is not None
        crowd.pump(lambda: time.perf_counter() >= due, 5, tick=lambda: None)  # noqa: B023
        begun = time.perf_counter()
        one.send()
        if not one.wait():
            raise RuntimeError(f"{one.name} lost an event")
        taken.append((time.perf_counter() - begun) * 1000)
    one.disconnect()
    return sorted(taken)


def at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def redis_publisher(world: World, group: str) -> Callable[[int], None]:
    """Publishes to a group of plain Channels, as `group_send` would."""
    import redis
    from channels_redis.pubsub import RedisPubSubChannelLayer

    from .live_apps import payload

    layer = RedisPubSubChannelLayer(hosts=[f"redis://127.0.0.1:{world.redis_port}/0"])
    client = redis.Redis(port=world.redis_port)

    def send(number: int) -> None:
        frame = json.loads(payload(SIZE, number))
        client.publish(f"asgi__group__{group}", layer.serialize({"type": "event", "frame": frame}))

    return send


def measure_size(room: Contender, sessions: Sequence[str]) -> int:
    """The size of Lihui's frame of one event, which the peers then send too."""
    room.connect(1, sessions)
    assert room.crowd is not None
    before = 0
    for client in room.crowd.clients.values():
        before = client.bytes
    room.send()
    room.wait()
    size = max(client.bytes for client in room.crowd.clients.values()) - before
    room.disconnect()
    return size


def main(quick: bool = False) -> None:
    """Run everything; `quick` takes under a minute and skips the large ones.

    A part that fails is said so and the next ones run; what is known so far is kept in
    tests/output/bench-live.json, also when the run is cut off.
    """
    global SIZE  # noqa: PLW0603
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    report = Report("live", kept=ROOT / "tests" / "output" / "bench-live.json")
    report.keep_when_cut()
    world = make_world(600 if quick else 2400)
    try:
        # Announced, not live: who stays in a live one is noted on the attendance sheet, by events that
        # would be taken for the benchmark's own.
        first, second = make_meetings(2, "announced")
        room = Contender(
            "room on daphne", world.start("daphne", DAPHNE), f"/ws/meetings/{first.pk}/", first.pk
        )
        uvicorn = Contender(
            "room on uvicorn",
            world.start("uvicorn", UVICORN, "asgi:application"),
            f"/ws/meetings/{second.pk}/",
            second.pk,
        )
        SIZE = measure_size(room, world.sessions)
        print(f"a frame of one event has {SIZE} bytes; server on core 0, load on another\n")
        limit = Contender("limit", world.start("limit", ["-m", "bench.live_apps"]))
        plain = Contender(
            "plain Channels",
            world.start("plain", DAPHNE, "bench.live_apps:channels", BENCH_GROUP="plain"),
        )
        stock = Contender(
            "plain Channels, stock daphne",
            world.start(
                "stock",
                STOCK,
                "bench.live_apps:channels",
                address=STOCK_ADDRESS,
                BENCH_GROUP="stock",
            ),
        )
        plain.redis, stock.redis = (redis_publisher(world, name) for name in ("plain", "stock"))
        bare = Contender("bare ASGI", world.start("bare", DAPHNE, "bench.live_apps:bare"))
        parts(report, world, [limit, bare, stock, plain, room, uvicorn], quick)
        lost = room.bad + uvicorn.bad
        report.add("lost, doubled or reordered events, all runs", lost, "", "<= 0")
    finally:
        world.close()
        report.finish()


def parts(report: Report, world: World, contenders: list[Contender], quick: bool) -> None:
    """All measurements, the shortest and most important first."""
    from . import live_more, live_proof

    limit, bare, _stock, _plain, room, uvicorn = contenders
    named: dict[str, Callable[[], None]] = {
        "fan-out": lambda: fan_out(report, world, contenders, quick),
        "load generator": lambda: live_proof.generator(report, world, [limit, room], quick),
        "bursts": lambda: live_more.bursts(report, world, limit, room, quick),
        "latency": lambda: latencies(report, world, contenders, quick),
        "posting": lambda: live_more.posting(report, world, room, quick),
        "herd": lambda: live_more.herd(report, world, room, bare, quick),
        "stalled readers": lambda: live_more.stalled(report, world, room, quick),
        "many rooms": lambda: live_more.many_rooms(report, world, room, quick),
        "10,000 sockets": lambda: live_proof.large(
            report, world, [limit, bare, room, uvicorn], quick
        ),
    }
    for name, run in named.items():
        begun = time.perf_counter()
        report.part(name, run)
        for one in contenders:
            one.disconnect()
        print(f"-- {name}: {time.perf_counter() - begun:.0f} s", flush=True)


def fan_out(report: Report, world: World, contenders: list[Contender], quick: bool) -> None:
    sizes = (100, 500) if quick else (100, 500, 2000)
    for readers in sizes:
        figures = interleave(
            contenders, readers, world.sessions, 2 if quick else 3, 3_000 if quick else 20_000
        )
        for name, value in figures.items():
            report.add(f"N={readers}: {name}", value, "d/CPU-s")
        goal = readers >= 500
        limit, room = figures["limit"], figures["room on daphne"]
        report.add(
            f"N={readers}: room on daphne / limit", room / limit, "x", ">= 0.5" if goal else None
        )
        report.add(
            f"N={readers}: room on uvicorn / limit",
            figures["room on uvicorn"] / limit,
            "x",
            ">= 0.4" if goal else None,
        )
        report.add(
            f"N={readers}: room on daphne / plain Channels",
            room / figures["plain Channels"],
            "x",
            ">= 20" if goal else None,
        )


def latencies(report: Report, world: World, contenders: list[Contender], quick: bool) -> None:
    sizes, seconds = ((500,), 2) if quick else ((100, 500, 2000), 12)
    for readers in sizes:
        figures = {one.name: latency(one, readers, world.sessions, seconds) for one in contenders}
        for name, values in figures.items():
            report.add(f"5 events/s, N={readers}: {name}, p50", at(values, 0.5), "ms")
            report.add(f"5 events/s, N={readers}: {name}, p99", at(values, 0.99), "ms")
        ratio = at(figures["room on daphne"], 0.99) / at(figures["limit"], 0.99)
        name = f"5 events/s, N={readers}: room on daphne p99 / limit's"
        report.add(name, ratio, "x", "<= 3" if readers == 2000 else None)
