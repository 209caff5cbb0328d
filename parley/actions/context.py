"""What views and actions are given: nothing reaches for a global."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..store.database import Database


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """The parts a face works with; ``server/`` makes the only one.

    ``public_url`` has no trailing slash and is empty to use the request's own. ``rate_limit`` counts requests of one
    caller in one minute on one worker, 0 for none. ``chatwoot_page_size`` is Chatwoot's CONVERSATION_RESULTS_PER_PAGE.
    ``demo_file`` is where ``parley demo`` writes its users and tokens.
    """

    database: Database
    cursor_key: bytes
    clock: Callable[[], datetime] = utc_now
    public_url: str = ""
    rate_limit: int = 0
    max_body_bytes: int = 2_000_000
    chatwoot_page_size: int = 25
    search_budget_s: float = 2.0
    demo_file: Path | None = None
