"""What a run says: measurements with their targets, as a table and as JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

LINES = {
    1: "DevRev list of 50 with messages, by stage",
    2: "Export of 5,000 with messages",
    3: "Depth",
    4: "Growth and counts",
    5: "Search and what it costs writers",
    6: "At rest",
    7: "Durable writes over HTTP",
    8: "What Chatwoot's clients ask, against the same SQL",
    9: "Each key of Chatwoot's filter alone, in plain list pages",
    10: "Deliveries to a fast endpoint",
    11: "Live connections",
    12: "Lists kept ready",
    13: "Tails",
    14: "Export of ready bodies",
    15: "Writes beside renderings and search",
    16: "Counts in baseline pages",
    17: "Bulk work beside single writes",
    18: "Ten times the data",
}


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number. ``target`` None makes it a remark; ``at_least`` tells which side of the target is good.

    ``plan``: the query plan that explains it, for the page.
    """

    line: int
    name: str
    value: float
    unit: str = "x"
    target: float | None = None
    at_least: bool = False
    detail: str = ""
    plan: str = ""

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        met = self.value >= self.target if self.at_least else self.value <= self.target
        return "pass" if met else "MISS"

    def goal(self) -> str:
        return "" if self.target is None else f"{'>=' if self.at_least else '<='} {self.target:g} {self.unit}"


@dataclass(slots=True)
class Report:
    """Everything one run measured, and where."""

    machine: dict[str, Any]
    measurements: list[Measurement] = field(default_factory=list)

    def table(self) -> Table:
        table = Table(
            title="Parley benchmarks", caption=", ".join(f"{key} {value}" for key, value in self.machine.items()), title_justify="left"
        )
        for heading, justify in (("what", "left"), ("target", "right"), ("measured", "right"), ("", "left"), ("how", "left")):
            table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
        for line, title in LINES.items():
            mine = [one for one in self.measurements if one.line == line]
            if mine:
                table.add_section()
                table.add_row(f"[bold]{line}. {title}[/bold]")
            for one in mine:
                colour = {"pass": "green", "MISS": "bold red"}.get(one.verdict, "dim")
                table.add_row(f"   {one.name}", one.goal(), f"{shown(one.value)} {one.unit}", f"[{colour}]{one.verdict}[/]", one.detail)
        return table

    def write_json(self, path: Path) -> None:
        rows = [asdict(one) | {"verdict": one.verdict} for one in self.measurements]
        path.write_text(json.dumps({"machine": self.machine, "measurements": rows}, indent=2) + "\n")

    def print(self, console: Console) -> None:
        console.print(self.table())
        missed = [one.name for one in self.measurements if one.verdict == "MISS"]
        console.print(f"[bold red]missed:[/] {'; '.join(missed)}" if missed else "[green]every target of the lines that ran is met[/]")


def shown(value: float) -> str:
    """Three digits that matter, no exponent."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread(values: Sequence[float], unit: str) -> str:
    """The rounds behind a median: smallest to largest."""
    return f"{shown(min(values))} to {shown(max(values))} {unit}"


def describe_machine(*, scale: int, postgres: str) -> dict[str, Any]:
    memory = next((line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")), "0")
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "scale": f"{scale:,}",
        "machine": f"{cpu_count()} x {_processor()}, {int(memory) >> 20} GB",
        "python": platform.python_version(),
        "postgresql": postgres,
        "parley": version("parley"),
        "granian": version("granian"),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
