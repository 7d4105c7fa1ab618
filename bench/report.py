"""What every benchmark prints: a table, and last one JSON line (DESIGN's public contract)."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Report:
    """Rows of one benchmark. `target` is text like ">= 0.5" or "<= 3", or None for a row that only
    informs; `met` follows from it."""

    bench: str
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, value: float | None, unit: str, target: str | None = None) -> None:
        """Add a row. A value of None means that it could not be measured: the target is not met."""
        met = None if target is None else value is not None and holds(value, target)
        shown = value if value is None else round(float(value), 4)
        row = {"name": name, "value": shown, "unit": unit, "target": target, "met": met}
        self.rows.append(row)
        print(line(row), flush=True)

    def finish(self) -> None:
        """Print the table of targets and the JSON line."""
        print(f"\n{self.bench}: all rows\n")
        for row in self.rows:
            print(line(row))
        missed = [row["name"] for row in self.rows if row["met"] is False]
        print(f"\nmissed: {', '.join(missed) or 'none'}")
        print(json.dumps({"bench": self.bench, "rows": self.rows}, ensure_ascii=False), flush=True)


def holds(value: float, target: str) -> bool:
    """Whether a value keeps a target such as ">= 0.5"."""
    sign, number = target.split()
    return value >= float(number) if sign == ">=" else value <= float(number)


def line(row: dict[str, Any]) -> str:
    """A row as a line of the table."""
    value = "-" if row["value"] is None else f"{row['value']:,.3f}".rstrip("0").rstrip(".")
    mark = {True: "met", False: "MISSED", None: ""}[row["met"]]
    return f"{row['name']:<62} {value:>12} {row['unit']:<12} {row['target'] or '':<9} {mark}"
