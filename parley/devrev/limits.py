"""Rate limits: so many requests of one token in one minute on one worker, told on every answer.

Source: contract section 4, last paragraph, and 0.9 (a 429 needs an integer Retry-After).
"""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.problems import RateLimited

WINDOW_S = 60
# What the headers tell where there is no limit: the largest number that every client's integers hold.
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

    def headers(self) -> dict[str, str]:
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(self.reset_s),
        }


class Limiter:
    """Counts in fixed windows, and forgets all counts when one ends: memory follows the callers of one minute."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._window = -1
        self._used: dict[int, int] = {}

    def untouched(self, now_s: float) -> Allowance:
        """What a caller has who is not known (yet)."""
        limit = self.limit or UNLIMITED
        return Allowance(limit, limit, self._reset_s(now_s))

    def take(self, token_id: int, now_s: float) -> Allowance:
        """Counts one request; an allowance that is ``spent`` refuses it."""
        if not self.limit:
            return self.untouched(now_s)
        window = int(now_s) // WINDOW_S
        if window != self._window:
            self._window, self._used = window, {}
        used = self._used[token_id] = self._used.get(token_id, 0) + 1
        return Allowance(self.limit, max(0, self.limit - used), self._reset_s(now_s), used > self.limit)

    @staticmethod
    def _reset_s(now_s: float) -> int:
        return (int(now_s) // WINDOW_S + 1) * WINDOW_S
