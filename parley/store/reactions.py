"""Emoji under messages. One emoji may stand in the store as itself or as its code points (``1f44d``): both are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Ref
from . import queries
from .cursor import Position
from .database import Connection, affected

_SQL = queries.load("reactions")


class Reactor(NamedTuple):
    """Somebody who gave an emoji, and when; ``place`` breaks ties."""

    actor_kind: str
    actor_id: int
    created_at: datetime
    place: int


async def add_reaction(connection: Connection, tenant_id: int, message_id: int, spellings: Sequence[str], by: Ref, at: datetime) -> bool:
    """Writes the first spelling; false when the person gave the emoji before."""
    if await connection.fetchval(_SQL.find_reaction, tenant_id, message_id, list(spellings), by.kind, by.id) is not None:
        return False
    await connection.execute(_SQL.insert_reaction, tenant_id, message_id, spellings[0], by.kind, by.id, at)
    return True


async def delete_reaction(connection: Connection, tenant_id: int, message_id: int, spellings: Sequence[str], by: Ref) -> bool:
    """False when the person had not given the emoji."""
    return affected(await connection.execute(_SQL.delete_reaction, tenant_id, message_id, list(spellings), by.kind, by.id)) > 0


async def list_reactors(
    connection: Connection, tenant_id: int, message_id: int, spellings: Sequence[str], *, limit: int, position: Position | None
) -> tuple[list[Reactor], Position | None]:
    """A page of people, and where it goes on; None at the end."""
    after = (position.value, position.number) if position else (None, None)
    records = await connection.fetch(_SQL.list_reactors, tenant_id, message_id, list(spellings), *after, limit + 1)
    rows = [Reactor(*record) for record in records[:limit]]
    return rows, Position.at(rows[-1].created_at, rows[-1].place) if len(records) > limit else None
