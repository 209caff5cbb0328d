"""Files and what they belong to: an upload waits without a message until one takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from . import queries
from .database import Connection

_SQL = queries.load("attachments")


class Waiting(NamedTuple):
    """A file, locked. ``owner`` (``kind:id``) has it beside messages, as a picture or its own; ``uploaded`` once its bytes are there."""

    id: int
    message_id: int | None
    conversation_number: int | None
    created_by: str | None
    uploaded: bool
    owner: str | None


async def lock_attachments(connection: Connection, tenant_id: int, ids: Sequence[int]) -> dict[int, Waiting]:
    """Files by id; absent ones are left out."""
    return {record[0]: Waiting(*record) for record in await connection.fetch(_SQL.lock_attachments, tenant_id, list(ids))}


async def attach(connection: Connection, tenant_id: int, message_id: int, ids: Sequence[int]) -> None:
    await connection.execute(_SQL.attach, tenant_id, message_id, list(ids))


async def remove(connection: Connection, tenant_id: int, message_id: int, ids: Sequence[int]) -> None:
    """Deletes files of a message."""
    await connection.execute(_SQL.remove, tenant_id, message_id, list(ids))


async def list_of_message(connection: Connection, tenant_id: int, message_id: int) -> list[int]:
    return [record[0] for record in await connection.fetch(_SQL.list_of_message, tenant_id, message_id)]
