"""Bots (DevRev: service accounts) and system users, the server itself among them; their profiles are read by ``people``."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .nouns import Noun


class BotRow(NamedTuple):
    """A bot with its stamps. ``kind``: service_account or system."""

    id: int
    kind: str
    name: str
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


class SystemUserRow(NamedTuple):
    """A system user with its stamps; 0 is the server itself."""

    id: int
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


BOTS = Noun(
    table="bots",
    kind="bot",
    row=BotRow,
    columns="n.id, n.kind, n.name, n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset({"name"}),
    filters={"name": "n.name = {}::text", "kind": "n.kind = {}::text"},
)
SYSTEM_USERS = Noun(
    table="sys_users",
    kind="bot",
    row=SystemUserRow,
    columns="n.id, n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset(),
)
