"""How many requests that wait for events each token has open in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import TooManyStreams

MOST_PER_TOKEN = 50


class Streams:
    """Counts by token; one counter for the whole face."""

    def __init__(self, most: int = MOST_PER_TOKEN) -> None:
        self.most = most
        self._open: Counter[int] = Counter()

    def check(self, token_id: int) -> None:
        """Raises TooManyStreams."""
        if self._open[token_id] >= self.most:
            raise TooManyStreams(f"this token has {self.most} streams open; close one, or use another token")

    @contextmanager
    def held(self, token_id: int) -> Iterator[None]:
        """One more for the block."""
        self._open[token_id] += 1
        try:
            yield
        finally:
            self._open[token_id] -= 1
            if not self._open[token_id]:
                del self._open[token_id]
