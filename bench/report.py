"""What every benchmark prints: a table, and last one JSON line (DESIGN's public contract)."""

import json
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Report:
    """Rows of one benchmark. `target` is text like ">= 0.5" or "<= 3", or None for a row that only
    informs; `met` follows from it."""

    bench: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    kept: Path | None = None  # where the rows so far are written, so that a long run loses nothing

    def add(self, name: str, value: float | None, unit: str, target: str | None = None) -> None:
        """Add a row. A value of None means that it could not be measured: the target is not met."""
        met = None if target is None else value is not None and holds(value, target)
        shown = value if value is None else round(float(value), 4)
        row = {"name": name, "value": shown, "unit": unit, "target": target, "met": met}
        self.rows.append(row)
        print(line(row), flush=True)
        if self.kept is not None:
            self.kept.parent.mkdir(parents=True, exist_ok=True)
            self.kept.write_text(self.as_json())

    def part(self, name: str, run: Callable[[], object]) -> None:
        """Run one part of the benchmark; when it fails, a row says so and the next parts still run."""
        try:
            run()
        except Exception as error:
            traceback.print_exc()
            self.add(f"{name}: ended early ({type(error).__name__})", None, "", "<= 0")

    def keep_when_cut(self) -> None:
        """SIGTERM and SIGHUP end the run like an error: what was measured so far is still printed."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: sys.exit(128 + number))

    def finish(self) -> None:
        """Print the table of targets and the JSON line."""
        print(f"\n{self.bench}: all rows\n")
        for row in self.rows:
            print(line(row))
        missed = [row["name"] for row in self.rows if row["met"] is False]
        print(f"\nmissed: {', '.join(missed) or 'none'}")
        print(self.as_json(), flush=True)

    def as_json(self) -> str:
        return json.dumps({"bench": self.bench, "rows": self.rows}, ensure_ascii=False)


def holds(value: float, target: str) -> bool:
    """Whether a value keeps a target such as ">= 0.5"."""
    sign, number = target.split()
    return value >= float(number) if sign == ">=" else value <= float(number)


def line(row: dict[str, Any]) -> str:
    """A row as a line of the table."""
    value = "-" if row["value"] is None else f"{row['value']:,.3f}".rstrip("0").rstrip(".")
    mark = {True: "met", False: "MISSED", None: ""}[row["met"]]
    return f"{row['name']:<62} {value:>12} {row['unit']:<12} {row['target'] or '':<9} {mark}"
