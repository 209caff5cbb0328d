"""What the tests of conversations on Chatwoot's wire share: a world that gives out fresh ids, and looks into the store."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec

from parley.store import control
from tests.wire.chatwoot_world import ACCOUNT, World, add_conversation, add_message, build, run

_KINDS = ("conversation", "contact_point", "contact", "tag", "attachment", "sla_tracker", "inbox", "team")


def care_world(dsn: str, url: str) -> World:
    """The small account; what is made in it gets ids from 5000."""
    world = run(build(dsn, url))
    rows = ", ".join(f"({ACCOUNT}, '{kind}', 5000)" for kind in _KINDS)
    world.execute(f"INSERT INTO allocators VALUES {rows} ON CONFLICT (tenant_id, kind) DO UPDATE SET next_id = 5000")
    return world


def fetch(world: World, query: str, *values: Any) -> list[Any]:
    """Rows, as the database's owner sees them."""

    async def ask() -> list[Any]:
        connection = await asyncpg.connect(world.dsn)
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    return run(ask())


def events(world: World, number: int) -> list[tuple[str, Any]]:
    """Kind and data of every event about a conversation, in order."""
    query = "SELECT kind, data::text FROM events WHERE tenant_id = $1 AND conversation_number = $2 ORDER BY id"
    return [(row[0], msgspec.json.decode(row[1])) for row in fetch(world, query, ACCOUNT, number)]


def sentences(world: World, number: int) -> list[str]:
    """What the changes of a conversation say, its creation apart."""
    query = (
        "SELECT body FROM messages WHERE tenant_id = $1 AND conversation_number = $2 AND kind = 'activity'"
        " AND event_type = 'updated' ORDER BY created_at, id"
    )
    return [row[0] for row in fetch(world, query, ACCOUNT, number)]


def place(world: World, number: int, *, messages: int = 0, **columns: Any) -> int:
    """A conversation of the quiet contact in the storefront, with so many of its messages."""
    world.fill(add_conversation, number, **columns)
    for one in range(messages):
        world.fill(add_message, number * 10 + one, number, body=f"message {one}")
    return number


def give_token(world: World, who: str, owner_kind: str, owner_id: int) -> None:
    """A token of the account for one more caller, known as ``who``."""

    async def make() -> str:
        connection = await asyncpg.connect(world.dsn)
        try:
            return await control.insert_token(connection, tenant_id=ACCOUNT, owner_kind=owner_kind, owner_id=owner_id, scope="write")
        finally:
            await connection.close()

    world.tokens[who] = run(make())
