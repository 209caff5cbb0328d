"""Bots (DevRev: service accounts) and system users, the server itself among them; their profiles are read by ``people``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection, affected
from .nouns import Noun

_SQL = queries.load("bots")


class BotRow(NamedTuple):
    """A bot with its stamps. ``kind``: service_account or system; ``config`` is JSON text, ``secret`` signs posts to it."""

    id: int
    kind: str
    name: str
    description: str | None
    state: str
    outgoing_url: str | None
    bot_type: str
    config: str
    secret: str | None
    avatar_id: int | None
    picture_name: str | None
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
    columns=(
        "n.id, n.kind, n.name, n.description, n.state, n.outgoing_url, n.bot_type, n.config, n.secret, n.avatar_id, "
        "a.file_name AS picture_name, n.created_at, n.updated_at, n.created_by, n.modified_by"
    ),
    joins="LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = n.avatar_id",
    writable=frozenset({"name", "description", "state", "outgoing_url", "bot_type", "config", "secret", "avatar_id"}),
    json=frozenset({"config"}),
    filters={"name": "n.name = {}::text", "kind": "n.kind = {}::text", "is_deleted": "(n.state = 'deleted') = {}::boolean"},
)
SYSTEM_USERS = Noun(
    table="sys_users",
    kind="bot",
    row=SystemUserRow,
    columns="n.id, n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset(),
)


async def lock_bot(connection: Connection, tenant_id: int, bot_id: int) -> bool:
    """False when the tenant has no bot of its own with this id."""
    return await connection.fetchval(_SQL.lock_bot, tenant_id, bot_id) is not None


async def list_conversations(connection: Connection, tenant_id: int, bot_id: int, after: int, at_most: int | None) -> list[int]:
    """Numbers, beyond one and ascending, of what is assigned to the bot."""
    return [record[0] for record in await connection.fetch(_SQL.list_conversations, tenant_id, bot_id, after, at_most)]


async def leave_conversations(connection: Connection, tenant_id: int, bot_id: int, numbers: Sequence[int]) -> int:
    """What was assigned to the bot of these is nobody's; how many were."""
    return affected(await connection.execute(_SQL.leave_conversations, tenant_id, bot_id, numbers))
