"""docs/performance.md: what was measured last, beside what was committed before, and the plan of each hot query.

``benchmarks/measured.json`` holds the numbers behind the page. A run replaces those of the lines that it measured, and shows
what got worse by more than a third. Only ratios are compared: what has a unit belongs to its machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .explain import execution_ms
from .report import LINES, Measurement, Report, shown

SCALE = 200_000
_ROOT = Path(__file__).resolve().parents[1]
_KEPT, _PAGE = _ROOT / "benchmarks" / "measured.json", _ROOT / "docs" / "performance.md"
_MUCH = 1 / 3
# Of a request only the statements that take so much of its time are shown.
_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Kept:
    """A measurement with where and when it was made."""

    measurement: Measurement
    machine: Mapping[str, Any]


Planned = tuple[str, str]
"""A statement and its plan."""


def read(path: Path = _KEPT) -> dict[str, Kept]:
    """The committed measurements by line and name; none where there is no file."""
    rows = json.loads(path.read_text()) if path.exists() else []
    kept = [Kept(Measurement(**row["measurement"]), row["machine"]) for row in rows]
    return {_key(one.measurement): one for one in kept}


def regressions(measured: Iterable[Measurement], before: Mapping[str, Kept]) -> list[str]:
    """What is worse by more than a third, in words."""
    told = []
    for one in measured:
        was = before.get(_key(one))
        if was is not None and one.unit == "x" and _is_much_worse(one, was.measurement.value):
            told.append(f"{one.line}. {one.name}: {shown(one.value)} x, was {shown(was.measurement.value)} x")
    return told


def write(report: Report, before: Mapping[str, Kept], plans: Mapping[str, Sequence[Planned]]) -> None:
    """The numbers and the page; lines that did not run keep theirs."""
    ran = {one.line for one in report.measurements}
    kept = [one for one in before.values() if one.measurement.line not in ran]
    kept += [Kept(one, report.machine) for one in report.measurements]
    kept.sort(key=lambda one: one.measurement.line)
    rows = [{"measurement": asdict(one.measurement), "machine": dict(one.machine)} for one in kept]
    _KEPT.write_text(json.dumps(rows, indent=1) + "\n")
    _PAGE.write_text(page(kept, before, plans))


def page(kept: Sequence[Kept], before: Mapping[str, Kept], plans: Mapping[str, Sequence[Planned]]) -> str:
    """``make bench`` writes it; the numbers it is compared with are those that were committed."""
    lines = ["# Performance", "", "Written by `make bench`; what each line means stands in [benchmarks.md](benchmarks.md).", ""]
    for number, title in LINES.items():
        mine = [one for one in kept if one.measurement.line == number]
        if mine:
            lines += [f"## {number}. {title}", "", _where(mine[0].machine), ""]
            lines += ["| what | target | measured | before | |", "|---|---|---|---|---|", *(_row(one, before) for one in mine), ""]
            for one in mine:
                if plan := one.measurement.plan:
                    lines += [f"{one.measurement.name}: {one.measurement.detail}. Its slowest statement:", "", "```", plan, "```", ""]
    lines += [
        "## Plans of the hot queries",
        "",
        f"Of each request the statements that take a tenth of its time or more; {SCALE:,} conversations.",
    ]
    for name, planned in plans.items():
        lines += ["", f"### {name}"]
        for statement, plan in _hot(planned):
            lines += ["", "```sql", statement, "```", "", "```", plan, "```"]
    return "\n".join(lines) + "\n"


def _row(one: Kept, before: Mapping[str, Kept]) -> str:
    mine, was = one.measurement, before.get(_key(one.measurement))
    value = f"{shown(mine.value)} {mine.unit}".strip()
    is_worse = was is not None and mine.unit == "x" and _is_much_worse(mine, was.measurement.value)
    told = f"**{value}, worse**" if is_worse else value
    earlier = "" if was is None else f"{shown(was.measurement.value)} {was.measurement.unit}".strip()
    return f"| {mine.name} | {mine.goal()} | {told} | {earlier} | {mine.verdict} |"


def _where(machine: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in machine.items())


def _hot(planned: Sequence[Planned]) -> list[Planned]:
    """The slowest first; a plan that tells no time is left out."""
    timed = [(took, one) for one in planned if (took := execution_ms(one[1]))]
    total = sum(took for took, _ in timed)
    return [one for took, one in sorted(timed, key=lambda pair: -pair[0]) if took >= _SHARE * total]


def _is_much_worse(one: Measurement, before: float) -> bool:
    if one.at_least:
        return one.value < before * (1 - _MUCH)
    return one.value > before * (1 + _MUCH)


def _key(one: Measurement) -> str:
    return f"{one.line}. {one.name}"
