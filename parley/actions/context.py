"""What views and actions are given: nothing reaches for a global."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes

from ..domain.signed_links import Links
from ..outgoing.client import Outgoing
from ..store.blobs import Blobs
from ..store.blobs.folder import Folder
from ..store.database import Connection, Database, OpenTransaction
from ..store.keeper import Keeper
from ..store.live import Live


def utc_now() -> datetime:
    return datetime.now(UTC)


def _private_links() -> Links:
    """Signed with a key that nobody else has: right until somebody gives the server's own."""
    return Links(token_bytes(32))


@dataclass(frozen=True, slots=True)
class Files:
    """Where the bytes of files are, who may fetch and bring them, and how many at once."""

    blobs: Blobs = field(default_factory=lambda: Folder(Path("data/blobs")))
    links: Links = field(default_factory=_private_links)
    max_bytes: int = 100_000_000


@dataclass(frozen=True, slots=True)
class Context:
    """The parts a face works with; ``server/`` makes the only one.

    ``closing`` is set when the server stops: whoever keeps a request open ends it then.
    ``public_url`` has no trailing slash and is empty to use the request's own. ``rate_limit`` counts requests of one
    caller in one minute on one worker, 0 for none; ``public_rate_limit`` those of one address that asks without a token.
    ``live`` is what new events are heard through; None where nobody follows any (the command line).
    ``live_connections`` is how many live connections one worker holds.
    ``chatwoot_page_size`` is Chatwoot's CONVERSATION_RESULTS_PER_PAGE. ``demo_file`` is where ``parley demo`` writes its users and tokens.
    ``outgoing`` sends to the URLs that users set; the default reaches public addresses only.
    ``keeper`` keeps what reads encode ready for the next; None to encode everything afresh.
    """

    database: Database
    cursor_key: bytes
    clock: Callable[[], datetime] = utc_now
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    public_url: str = ""
    rate_limit: int = 0
    public_rate_limit: int = 0
    max_body_bytes: int = 2_000_000
    chatwoot_page_size: int = 25
    search_budget_s: float = 2.0
    live_connections: int = 2000
    demo_file: Path | None = None
    files: Files = field(default_factory=Files)
    live: Live | None = None
    outgoing: Outgoing = field(default_factory=Outgoing)
    keeper: Keeper | None = None

    def inside(self, connection: Connection, tenant_id: int) -> Context:
        """The same with an open transaction as its database: an action that is made of others is one transaction."""
        return replace(self, database=OpenTransaction(connection, tenant_id, may_commit_early=False))
