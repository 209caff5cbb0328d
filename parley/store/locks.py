"""Rows that an action keeps from others, many at once and always in the order of their numbers: then two wait for each other in turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from . import queries
from .database import Connection

_SQL = queries.load("locks")
Kind: TypeAlias = Literal["conversations", "contacts", "works"]
_ALL = {"conversations": _SQL.lock_conversations, "contacts": _SQL.lock_contacts, "works": _SQL.lock_works}
_FREE = {"conversations": _SQL.lock_free_conversations, "contacts": _SQL.lock_free_contacts, "works": _SQL.lock_free_works}


async def lock(connection: Connection, tenant_id: int, kind: Kind, numbers: Sequence[int]) -> list[int]:
    """Those of the rows that there are, once nobody else works on them."""
    return [record[0] for record in await connection.fetch(_ALL[kind], tenant_id, numbers)]


async def lock_free(connection: Connection, tenant_id: int, kind: Kind, numbers: Sequence[int]) -> list[int]:
    """Those of the rows that nobody else works on just now."""
    return [record[0] for record in await connection.fetch(_FREE[kind], tenant_id, numbers)]
