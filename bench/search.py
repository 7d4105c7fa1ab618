"""`make bench-search`: indexing and searching an archive of ten years, on both engines.

Each engine gets an empty database for each size: one year (a tenth), ten years (a county), and on
request (`make bench-search LARGE=1`, about an hour) ten times that. Every query is sent through the
bare engine (one plain SQL query, see `search_engine.bare`) and through the service in turn, in the
same process, so ratios hold whatever else the machine does. What is known so far is kept in
tests/output/bench-search.json after every row, so that an interrupted run is not lost; an engine that
fails costs its own rows only.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.servers import Servers, Unavailable

from .report import Report

ROOT = Path(__file__).resolve().parent.parent
FULL, SMALL, QUICK, LARGE = (120, 1), (12, 1), (3, 1), (120, 10)


def at(values: list[float], share: float) -> float:
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def run_engine(size: tuple[int, int], repeats: int, database: str) -> dict[str, Any]:
    """Build and measure one size on one database, in a process of its own."""
    folder = tempfile.mkdtemp(prefix="lihui-bench-search-")
    environment = {
        name: value for name, value in os.environ.items() if name not in ("S3_BUCKET", "REDIS_URL")
    } | {
        "DATA_DIR": folder,
        "DATABASE_URL": database,
        "SECRET_KEY": "benchmarks only: 0123456789abcdefghijklmnopqrstuvwxyz",
        "DEBUG": "0",
        "DJANGO_SETTINGS_MODULE": "hub.settings",
    }
    command = [sys.executable, "-m", "bench.search_engine", *map(str, size), str(repeats)]
    command += ["--judged"] if size in (SMALL, QUICK) else []
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def all_times(figures: dict[str, Any], whose: str) -> list[float]:
    return [value for row in figures["classes"].values() for value in row[whose]]


def tell(report: Report, engine: str, figures: dict[str, Any], goal: bool) -> None:
    """The rows of one engine at one size; `goal`: with the targets of a county."""
    size = f"{figures['decks']} decks, {figures['slides']} slides, {figures['posts']} posts"
    report.add(f"{engine}: entries ({size})", figures["entries"], "")
    if not goal:
        service, bare = all_times(figures, "service"), all_times(figures, "bare")
        report.add(f"{engine}: there, all queries, p50", at(service, 0.5), "ms")
        report.add(f"{engine}: there, service / bare, p50", at(service, 0.5) / at(bare, 0.5), "x")
        return
    report.add(f"{engine}: indexing", figures["rate"], "entries/s")
    report.add(f"{engine}: index, without the texts", figures["bytes"], "bytes/entry")
    for name, row in figures["classes"].items():
        about = f"{engine}: {name} ({row['hits']:.0f} hits)"
        p50 = {whose: at(row[whose], 0.5) for whose in ("bare", "barest", "service")}
        report.add(f"{about}, p50 bare (barest {p50['barest']:.2f})", p50["bare"], "ms")
        report.add(f"{about}, p50", p50["service"], "ms")
        report.add(f"{about}, service / bare, p50", p50["service"] / p50["bare"], "x", "<= 2")
        report.add(f"{about}, p99", at(row["service"], 0.99), "ms", "<= 100")
    report.add(
        f"{engine}: suggestions with each letter typed, p50", at(figures["typed"], 0.5), "ms"
    )
    report.add(
        f"{engine}: suggestions with each letter typed, p99",
        at(figures["typed"], 0.99),
        "ms",
        "<= 100",
    )
    service, bare = all_times(figures, "service"), all_times(figures, "bare")
    report.add(f"{engine}: all queries, p50", at(service, 0.5), "ms")
    report.add(f"{engine}: all queries, p99", at(service, 0.99), "ms", "<= 100")
    report.add(
        f"{engine}: all queries, service / bare, p50", at(service, 0.5) / at(bare, 0.5), "x", "<= 2"
    )
    report.add(f"{engine}: all queries, service / bare, time in all", sum(service) / sum(bare), "x")


def growth(report: Report, engine: str, small: dict[str, Any], large: dict[str, Any]) -> None:
    """How the cost of a query grows with the archive, as a share of how the archive grows."""
    times = large["entries"] / small["entries"]
    cost = sum(all_times(large, "service")) / sum(all_times(small, "service"))
    report.add(f"{engine}: {times:.0f} times the entries: cost x", cost, "x", f"<= {times:.1f}")


def measured(report: Report, engine: str, size: tuple[int, int], repeats: int) -> dict[str, Any]:
    """One engine at one size; nothing (and a missed row) where it could not be measured."""
    servers = Servers()
    try:
        database = servers._postgres()["DATABASE_URL"] if engine == "PostgreSQL" else ""
        return run_engine(size, repeats, database)
    except (subprocess.CalledProcessError, Unavailable, OSError) as error:
        report.add(f"{engine}: {size[0]} months x {size[1]}: {error}", None, "", ">= 0")
        return {}
    finally:
        servers.stop()


def main(quick: bool = False) -> None:
    """Run both engines; `quick` takes under a minute and builds three months only."""
    report = Report("search", kept=ROOT / "tests" / "output" / "bench-search.json")
    sizes = [QUICK] if quick else [SMALL, FULL]
    if "--large" in sys.argv:
        sizes.append(LARGE)
    for engine in ("SQLite", "PostgreSQL"):
        before: dict[str, Any] = {}
        for size in sizes:
            found = measured(report, engine, size, 2 if quick else 5)
            if not found:
                continue
            tell(report, engine, found, size == FULL)
            if "judged" in found:
                report.add(
                    f"{engine}: judged set, recall@10", found["judged"]["recall"], "", ">= 0.98"
                )
                report.add(f"{engine}: judged set, MRR", found["judged"]["mrr"], "", ">= 0.9")
            if before:
                growth(report, engine, before, found)
            before = found
    report.finish()
