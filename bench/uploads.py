"""`make bench-uploads`: bytes, decks and memory, each against its limit in the same run.

The web server has the first core, this load generator the second; the worker and bare LibreOffice
have both, equally niced. Conversions are of real decks where the corpus lies beside the project.
Each part stands alone: one that fails is a row, and what was measured is printed also when the run is cut.
"""

import datetime as dt
import multiprocessing
import os
import time
from typing import Any

from . import uploads_bytes, uploads_decks
from .live import Contender
from .live_world import DAPHNE, World, make_meetings, make_world
from .report import Report

MB = 1024 * 1024


def make_meeting() -> Any:
    """An announced meeting that takes materials for days to come."""
    from django.utils import timezone

    from meetings.models import Meeting
    from townships.models import County

    starts = timezone.now() + dt.timedelta(days=3)
    return Meeting.objects.create(
        county=County.objects.get(), title="例会", status="announced", starts_at=starts,
        ends_at=starts + dt.timedelta(hours=3),
    )  # fmt: skip


def latencies(room: Contender, seconds: float, until: Any = None) -> list[float]:
    """Milliseconds from publishing to the receipt by everybody, at five events a second."""
    found: list[float] = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends and not (until and until()):
        begun = time.perf_counter()
        room.send()
        room.wait(20)
        took = time.perf_counter() - begun
        found.append(took * 1000)
        if took < 0.2 and room.crowd is not None:
            room.crowd.pump(lambda begun=begun: time.perf_counter() - begun > 0.2, 1)
    return found


def make_room(members: int) -> Any:
    """A live meeting whose members are on the attendance sheet: the room writes down who has been there for
    half a minute, and such an event is none of those that are timed."""
    from meetings.models import Attendance
    from townships.models import Membership

    (meeting,) = make_meetings(1)
    Attendance.objects.bulk_create(
        Attendance(meeting=meeting, user=one.user, township=one.township, name="委员", how="room")
        for one in Membership.objects.select_related("user", "township")[:members]
    )
    return meeting


def live(report: Report, world: World, hub: "uploads_decks.Hub", quick: bool) -> None:
    """The room's latency while ten files are sent to the same process, and while five decks are converted."""
    from uploads.models import Upload

    meeting = make_room(len(world.sessions))
    served = world.start("room", DAPHNE)
    room = Contender("room", served, f"/ws/meetings/{meeting.pk}/", meeting.pk)
    readers = 100
    room.connect(readers, world.sessions)
    latencies(room, 1)
    quiet = latencies(room, 3 if quick else 20)
    sending = multiprocessing.get_context("spawn").Process(
        target=uploads_bytes.steadily,
        args=(served.port, world.sessions[:10], hub.meeting.pk, 5 if quick else 30),
    )
    sending.start()
    while sending.is_alive() and not Upload.objects.filter(offset__gt=0).exists():
        time.sleep(0.1)
    beside = latencies(room, 3 if quick else 20, lambda: not sending.is_alive())
    sending.join()
    failed = sending.exitcode
    path = uploads_decks.make_deck(world.folder / "live.pptx", 12 if quick else 24)
    deck = uploads_decks.Deck(path)
    versions = [hub.send(deck, place) for place in range(5)]
    busy = latencies(room, 6 if quick else 150, lambda: hub._ended(versions))
    for name, found in (
        ("nothing else", quiet),
        ("ten uploads of 2 MiB a second", beside),
        ("five conversions", busy),
    ):
        report.add(f"live room of {readers} beside {name}, p50", at(found, 0.5), "ms")
        report.add(f"live room of {readers} beside {name}, p99", at(found, 0.99), "ms")
    report.add("p99 beside ten uploads", at(beside, 0.99), "ms", "<= 250")
    report.add("uploads that failed beside the room", failed, "", "<= 0")
    report.add("p99 beside five conversions", at(busy, 0.99), "ms", "<= 250")
    report.add("p50 beside conversions / quiet", at(busy, 0.5) / at(quiet, 0.5), "x", "<= 2")
    lost = room.bad + (room.crowd.lost if room.crowd else 0)
    report.add("events lost, doubled or reordered; sockets lost", lost, "", "<= 0")
    room.disconnect()
    if not quick:
        hub.wait(versions)


def at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main(quick: bool = False) -> None:
    """Measure everything; `quick` takes smaller files, two decks and one round (under a minute)."""
    report = Report("uploads")
    report.keep_when_cut()
    os.environ["UPLOADS_PER_HOUR"] = "100000"
    world = make_world(20)
    world.environment["UPLOADS_PER_HOUR"] = "100000"
    try:
        meeting = make_meeting()
        size, rounds = (32 * MB, 3) if quick else (256 * MB, 5)
        report.part(
            "throughput",
            lambda: uploads_bytes.throughput(report, world, meeting.pk, size, rounds),
        )
        forget_sent()
        one, many = (128 * MB, 16 * MB) if quick else (512 * MB, 128 * MB)
        report.part("memory", lambda: uploads_bytes.memory(report, world, meeting.pk, one, many))
        forget_sent()
        hub = uploads_decks.Hub(world, meeting)
        report.part("decks", lambda: uploads_decks.decks(report, world, hub, quick))
        report.part("live room", lambda: live(report, world, hub, quick))
    finally:
        report.finish()
        world.close()


def forget_sent() -> None:
    """What was sent are no decks: nothing for the worker."""
    from uploads import files
    from uploads.models import Material, Upload, Version

    for version in Version.objects.all():
        files.delete([version.original])
    Material.objects.all().delete()
    Upload.objects.all().delete()
