"""How many rows a batch of an import takes: so many that whoever wants one of them at the same time does not wait long."""

from __future__ import annotations

from time import monotonic

ENOUGH_S = 0.5
# Fewer would not make a batch much shorter: its statements cost something whatever they find.
_LEAST = 100


class Pace:
    """``rows`` is for the next batch, at most ``most``; ``done`` is told when a batch has been committed."""

    def __init__(self, most: int) -> None:
        self.rows = min(most, _LEAST)
        self._most = most
        self._began = monotonic()

    def begin(self) -> None:
        self._began = monotonic()

    def done(self) -> None:
        self.learn(monotonic() - self._began)

    def learn(self, took_s: float) -> None:
        """A batch took so long. From one to the next it no more than doubles."""
        fitting = int(self.rows * ENOUGH_S / max(took_s, 0.001))
        self.rows = min(max(fitting, _LEAST), 2 * self.rows, self._most)
