"""Rate limits: so many requests of one caller in one minute on one worker."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from .problems import RateLimited

WINDOW_S = 60
# What is told where there is no limit: the largest number that every client's integers hold.
UNLIMITED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one caller has left until the window turns (``reset_s``, epoch seconds); ``spent`` when that was too little."""

    limit: int
    remaining: int
    reset_s: int
    spent: bool = False

    def refuse(self, now_s: float) -> None:
        """Raises RateLimited when the caller has used more than it had."""
        if self.spent:
            raise RateLimited(max(1, self.reset_s - int(now_s)))


class Limiter:
    """Counts in fixed windows, and forgets all counts when one ends: memory follows the callers of one minute."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._window = -1
        self._used: dict[Hashable, int] = {}

    def untouched(self, now_s: float) -> Allowance:
        """What a caller has who is not known (yet)."""
        limit = self.limit or UNLIMITED
        return Allowance(limit, limit, self._reset_s(now_s))

    def take(self, caller: Hashable, now_s: float) -> Allowance:
        """Counts one request; an allowance that is ``spent`` refuses it."""
        if not self.limit:
            return self.untouched(now_s)
        window = int(now_s) // WINDOW_S
        if window != self._window:
            self._window, self._used = window, {}
        used = self._used[caller] = self._used.get(caller, 0) + 1
        return Allowance(self.limit, max(0, self.limit - used), self._reset_s(now_s), used > self.limit)

    @staticmethod
    def _reset_s(now_s: float) -> int:
        return (int(now_s) // WINDOW_S + 1) * WINDOW_S
