"""What every line of the benchmarks is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from . import bed, servers
from .bed import Bed
from .servers import Server


@dataclass(frozen=True, slots=True)
class Bench:
    """The data, and how much patience there is: rounds of a comparison, seconds of a round, answers per median."""

    bed: Bed
    cache: Path
    console: Console
    rounds: int = 5
    seconds: float = 5.0
    times: int = 30

    def say(self, text: str) -> None:
        self.console.print(f"[dim]{text}[/dim]")

    @contextmanager
    def small(self) -> Iterator[Bed]:
        """A tenth of the data, in a database of its own."""
        with bed.opened(self.cache, self.bed.scale // 10, self.console) as small:
            yield small

    @contextmanager
    def tenfold(self) -> Iterator[Bed]:
        """Ten times the data, likewise."""
        with bed.opened(self.cache, 10 * self.bed.scale, self.console) as large:
            yield large

    @contextmanager
    def both(self) -> Iterator[tuple[Server, Server]]:
        """Our server and the baseline."""
        with servers.ours(self.bed.dsn) as ours, servers.baseline(self.bed.dsn) as baseline:
            yield ours, baseline
