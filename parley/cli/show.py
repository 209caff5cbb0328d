"""What commands print: one JSON value on stdout for scripts, or a table for people. Progress goes to stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
import typer
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table


def json(value: object) -> None:
    """One line of JSON on stdout."""
    typer.echo(msgspec.json.encode(value).decode())


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table on stdout, as wide as it must be: tokens are there to be copied."""
    shown = Table(*headers, box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    console = Console(highlight=False, markup=False)
    console.width = Measurement.get(console, console.options.update(max_width=10_000), shown).maximum
    console.print(shown)


def note(text: str) -> None:
    """A line for people, on stderr."""
    typer.echo(text, err=True)


def progress() -> Progress:
    """Bars on stderr; nothing where stderr is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)


def bar(bars: Progress) -> Callable[[str, int, int], None]:
    """Reports of progress as bars, one for each thing reported on."""
    tasks: dict[str, TaskID] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done, total=total)

    return report
