"""That the load generator decides nothing, and what only a large machine can show: 10,000 sockets."""

import resource
import statistics
import time
from typing import TYPE_CHECKING

import psutil

from .live_world import World
from .report import Report

if TYPE_CHECKING:
    from .live import Contender

HINDRANCE = 20e-6  # seconds of useless work a frame: about as much again as the generator needs
LARGE, FILES_EACH, MB_EACH = 10_000, 200, 1_500


def generator(report: Report, world: World, contenders: list["Contender"], quick: bool) -> None:
    """The same fan-out, once as always and once with a generator that needs twice as long for a frame.

    Were the generator what limits, the hindered figures would be lower by as much.
    """
    readers, deliveries = 500, 3_000 if quick else 20_000
    figures: dict[tuple[str, bool], list[float]] = {}
    for one in contenders:
        one.connect(readers, world.sessions)
        one.fan_out(1)
    for _ in range(2 if quick else 3):
        for hindered in (False, True):
            for one in contenders:
                assert one.crowd is not None
                one.crowd.hindrance = HINDRANCE if hindered else 0.0
                one.figures.clear()
                one.fan_out(max(2, deliveries // readers))
                figures.setdefault((one.name, hindered), []).extend(one.figures)
    for one in contenders:
        one.disconnect()
        ratio = statistics.median(figures[one.name, True]) / statistics.median(
            figures[one.name, False]
        )
        name = f"N={readers}: {one.name}, generator half as fast / as always"
        report.add(name, ratio, "x", ">= 0.85")


def large(report: Report, world: World, contenders: list["Contender"], quick: bool) -> None:
    """10,000 readers of one meeting, one contender after the other, where files and memory allow."""
    if quick:
        return
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    memory = psutil.virtual_memory().available / 1e6
    if files < LARGE + FILES_EACH or memory < MB_EACH:
        print(f"not on this machine: {files} open files, {memory:.0f} MB free")
        report.add(f"N={LARGE}: this machine has too few files or too little memory", 0, "")
        return
    figures = {}
    for one in contenders:
        seconds = one.connect(LARGE, world.sessions)
        one.fan_out(1)
        one.figures.clear()
        for _ in range(3):
            one.fan_out(3)
        figures[one.name] = statistics.median(one.figures)
        report.add(f"N={LARGE}: {one.name}", figures[one.name], "d/CPU-s")
        report.add(f"N={LARGE}: {one.name}, connected in", seconds, "s")
        report.add(f"N={LARGE}: {one.name}, memory", one.served.rss(), "MB")
        one.disconnect()
        time.sleep(2)
    for name in ("room on daphne", "room on uvicorn"):
        report.add(f"N={LARGE}: {name} / limit", figures[name] / figures["limit"], "x")
