"""`make bench` = `python -m benchmarks`: measures the lines below and prints them with their targets."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from . import (
    bed,
    bulk,
    chatwoot,
    counts,
    deliveries,
    depth,
    explain,
    export,
    growth,
    kept_ready,
    list_rate,
    live,
    performance,
    ready_export,
    rendered_writes,
    rest,
    search,
    tails,
    tenfold,
    writes,
)
from .bench import Bench
from .report import LINES, Measurement, Report, describe_machine, shown

MEASURES: dict[int, Callable[[Bench], Iterator[Measurement]]] = {
    1: list_rate.measure,
    2: export.measure,
    3: depth.measure,
    4: growth.measure,
    5: search.measure,
    6: rest.measure,
    7: writes.measure,
    8: chatwoot.measure,
    9: chatwoot.measure_filters,
    10: deliveries.measure,
    11: live.measure,
    12: kept_ready.measure,
    13: tails.measure,
    14: ready_export.measure,
    15: rendered_writes.measure,
    16: counts.measure,
    17: bulk.measure,
    18: tenfold.measure,
}
TENFOLD = 18


def main(
    scale: Annotated[int, typer.Option(help="Conversations in the database; ten times as many messages.")] = 200_000,
    only: Annotated[str | None, typer.Option(help="Lines to measure, such as 1,3; all when not given.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of each comparison.")] = 5,
    seconds: Annotated[float, typer.Option(help="Seconds of a round under load.")] = 5.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the measurements to this file too.")] = None,
    explain_plans: Annotated[bool, typer.Option("--explain", help="Print the plans of the hot requests instead.")] = False,
    cache: Annotated[Path | None, typer.Option(help="Where the data is kept between runs.")] = None,
    keep: Annotated[bool, typer.Option(help="Write docs/performance.md, at the usual scale.")] = True,
) -> None:
    """Measure Parley against baselines in one run; ratios, never times alone."""
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console() if sys.stdout.isatty() else Console(width=150)
    folder = cache or bed.cache_folder()
    with bed.opened(folder, scale, console) as data:
        if explain_plans:
            explain.show(data, console)
            return
        report = Report(describe_machine(scale=scale, postgres=data.fetch("SHOW server_version")[0][0]))
        bench = Bench(data, folder, console, rounds, seconds)
        before = performance.read() if scale == performance.SCALE else {}
        try:
            for line in _lines(only, scale, folder, console):
                _measure(bench, line, report)
        finally:
            report.print(console)
            for words in performance.regressions(report.measurements, before):
                console.print(f"[bold red]worse by more than a third:[/] {words}", highlight=False)
            if json_file:
                report.write_json(json_file)
        if keep and scale == performance.SCALE:
            performance.write(report, before, explain.plans(data))


def _lines(only: str | None, scale: int, folder: Path, console: Console) -> list[int]:
    """All for None, but for the one whose data take long to load where they are not there yet."""
    if only is not None:
        return sorted({int(word) for word in only.split(",")})
    if bed.is_loaded(folder, 10 * scale):
        return list(LINES)
    console.print(f"[yellow]{TENFOLD}. {LINES[TENFOLD]} is left out:[/] `--only {TENFOLD}` first loads {10 * scale:,} conversations.")
    return [line for line in LINES if line != TENFOLD]


def _measure(bench: Bench, line: int, report: Report) -> None:
    bench.console.print(f"[bold]{line}. {LINES[line]}[/bold]")
    for one in MEASURES[line](bench):
        report.measurements.append(one)
        bench.console.print(f"   {one.name}: {shown(one.value)} {one.unit} {one.verdict}  [dim]{one.detail}[/dim]", highlight=False)


def _interrupt(_signal: int, _frame: Any) -> None:
    """Ends like Ctrl-C, so that every server is stopped on the way out."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    typer.run(main)
