"""Fair comparison on a noisy machine: the things compared take turns, and what they are judged by is a median."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import TypeVar

from .client import Ask, Connection

Key = TypeVar("Key")


def interleaved(rounds: int, measures: Mapping[Key, Callable[[], float]]) -> dict[Key, list[float]]:
    """Each measure once per round, the order turned around every other round."""
    found: dict[Key, list[float]] = {key: [] for key in measures}
    for number in range(rounds):
        keys = list(measures) if number % 2 == 0 else list(reversed(list(measures)))
        for key in keys:
            found[key].append(measures[key]())
    return found


def medians(found: Mapping[Key, list[float]]) -> dict[Key, float]:
    return {key: median(values) for key, values in found.items()}


def ratio(found: Mapping[Key, list[float]], one: Key, other: Key) -> float:
    """The median of the rounds' own ratios: what slowed a whole round down, slowed both."""
    return median(a / b for a, b in zip(found[one], found[other], strict=True))


def latency(request: Ask, times: int) -> Callable[[], float]:
    """The median seconds of an answer over one connection, one request after another."""
    wire = request.wire()

    def measure() -> float:
        with Connection(request.port) as connection:
            connection.ask(wire, keep=False)  # the connection's first answer pays for more than itself
            return median(connection.ask(wire, keep=False).total_s for _ in range(times))

    return measure


def latencies(requests: Mapping[Key, Ask], *, rounds: int, times: int) -> dict[Key, float]:
    """Median seconds of each request, taken in turns."""
    return medians(interleaved(rounds, {key: latency(request, times) for key, request in requests.items()}))
