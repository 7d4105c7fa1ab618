"""`make bench-search`: indexing and searching an archive of ten years, on both engines.

Each engine gets an empty database for each size. Every query is sent through the bare engine (one
plain SQL query: match, rank, the twenty best) and through the service in turn, in the same process,
so ratios hold whatever else the machine does. `--large` adds an archive ten times as large.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.servers import Servers

from .report import Report

ROOT = Path(__file__).resolve().parent.parent
FULL, SMALL, QUICK = (120, 1), (12, 1), (3, 1)


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
    command += ["--judged"] if size == SMALL else []
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
    """The rows of one engine at its county size."""
    size = f"{figures['decks']} decks, {figures['slides']} slides, {figures['posts']} posts"
    report.add(f"{engine}: entries ({size})", figures["entries"], "")
    report.add(f"{engine}: indexing", figures["rate"], "entries/s")
    report.add(f"{engine}: index, without the texts", figures["bytes"], "bytes/entry")
    for name, row in figures["classes"].items():
        about = f"{engine}: {name} ({row['hits']:.0f} hits)"
        report.add(f"{about}, p50 bare", at(row["bare"], 0.5), "ms")
        report.add(f"{about}, p50", at(row["service"], 0.5), "ms")
        report.add(f"{about}, p99", at(row["service"], 0.99), "ms", "<= 100" if goal else None)
    service, bare = all_times(figures, "service"), all_times(figures, "bare")
    report.add(f"{engine}: all queries, p50", at(service, 0.5), "ms")
    report.add(f"{engine}: all queries, p99", at(service, 0.99), "ms", "<= 100" if goal else None)
    ratio = sum(service) / sum(bare)
    report.add(
        f"{engine}: all queries, service / bare engine, p50",
        at(service, 0.5) / at(bare, 0.5),
        "x",
        "<= 2",
    )
    report.add(f"{engine}: all queries, service / bare engine, time in all", ratio, "x")


def growth(report: Report, engine: str, small: dict[str, Any], large: dict[str, Any]) -> None:
    """How the cost of a query grows with the archive, as a share of how the archive grows."""
    times = large["entries"] / small["entries"]
    cost = sum(all_times(large, "service")) / sum(all_times(small, "service"))
    report.add(f"{engine}: {times:.0f} times the entries: cost x", cost, "x", f"<= {times:.1f}")


def main(quick: bool = False) -> None:
    """Run both engines; `quick` takes under a minute and builds three months only."""
    report = Report("search")
    sizes = [QUICK] if quick else [SMALL, FULL]
    if "--large" in sys.argv:
        sizes.append((FULL[0], 10))
    servers = Servers()
    for engine in ("SQLite", "PostgreSQL"):
        found = []
        for size in sizes:
            database = ""
            if engine == "PostgreSQL":
                servers = Servers()
                database = servers._postgres()["DATABASE_URL"]
            try:
                found.append(run_engine(size, 2 if quick else 5, database))
            finally:
                servers.stop()
        tell(report, engine, found[-1 if quick else 1], not quick)
        for scores in (figures["judged"] for figures in found if "judged" in figures):
            report.add(f"{engine}: judged set, recall@10", scores["recall"], "", ">= 0.98")
            report.add(f"{engine}: judged set, MRR", scores["mrr"], "", ">= 0.9")
        for small, large in pairwise(found):
            growth(report, engine, small, large)
    report.finish()
