"""Messages and changes. What the caller may see is decided by ``filter.visible_entries`` and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ..domain.messages import Attachment, Entry, Message, Reaction
from ..domain.principals import Principal, Ref
from . import queries
from .database import Connection
from .filter import Sql, visible_entries
from .people import get_by_ids

_SQL = queries.load("messages")
_VISIBLE, _ASKED = "TRUE /* visible */", "TRUE /* asked */"
_FORWARD, _BACKWARD = "ORDER BY m.created_at, m.id", "ORDER BY m.created_at DESC, m.id DESC"


class Newest(NamedTuple):
    """The newest entry and the newest message (no change) of a conversation; often the same, None where there is none."""

    entry: Message | None
    message: Message | None


@dataclass(frozen=True, slots=True)
class Between:
    """Which messages of a conversation, by id: from ``least`` on and below ``below``. ``is_chat``: neither notes nor changes."""

    only: int | None = None
    least: int | None = None
    below: int | None = None
    is_chat: bool = False


async def list_latest_entries(
    connection: Connection, principal: Principal, numbers: Sequence[int], *, per_conversation: int, with_changes: bool
) -> dict[int, list[Entry]]:
    """Per conversation the latest entries that the caller may see, oldest first."""
    sql = Sql(principal.tenant.id)
    for value in (list(numbers), per_conversation, with_changes):
        sql.bind(value)
    text = _SQL.list_latest_entries.replace(_VISIBLE, visible_entries(sql, principal))
    entries: dict[int, list[Entry]] = defaultdict(list)
    for record in await connection.fetch(text, *sql.parameters):
        entries[record[1]].append(Entry(*record))
    return entries


async def list_newest(connection: Connection, principal: Principal, numbers: Sequence[int]) -> dict[int, Newest]:
    """Per conversation the newest entry and message that the caller may see; every number has its line."""
    sql = Sql(principal.tenant.id)
    sql.bind(list(numbers))
    text = _SQL.list_newest.replace(_VISIBLE, visible_entries(sql, principal))
    found: dict[int, list[Message]] = {number: [] for number in numbers}
    for record in await connection.fetch(text, *sql.parameters):
        found[record[1]].append(Message(*record))
    return {number: _newest(latest) for number, latest in found.items()}


async def list_newest_said(connection: Connection, tenant_id: int, numbers: Sequence[int]) -> dict[int, Message]:
    """Per conversation the newest message that its contact may see too; a conversation without one has no line."""
    found = [Message(*record) for record in await connection.fetch(_SQL.list_newest_said, tenant_id, list(numbers))]
    return {one.conversation_number: one for one in found}


def _newest(latest: list[Message]) -> Newest:
    """From one or two messages, the newest first."""
    return Newest(next(iter(latest), None), next((one for one in latest if one.kind != "activity"), None))


async def list_messages(
    connection: Connection, principal: Principal, number: int, asked: Between, *, limit: int, newest: bool
) -> list[Message]:
    """The oldest messages asked for, or the ``newest``, that the caller may see; oldest first."""
    sql = Sql(principal.tenant.id)
    sql.bind(number)
    sql.bind(limit)
    text = _SQL.list_messages.replace(_VISIBLE, visible_entries(sql, principal)).replace(_ASKED, _between(sql, asked))
    text = text.replace(_FORWARD, _BACKWARD) if newest else text
    found = [Message(*record) for record in await connection.fetch(text, *sql.parameters)]
    return found[::-1] if newest else found


def _between(sql: Sql, asked: Between) -> str:
    conditions = ["TRUE"]
    if asked.only is not None:
        conditions.append(f"m.id = {sql.bind(asked.only)}")
    if asked.least is not None:
        conditions.append(f"m.id >= {sql.bind(asked.least)}")
    if asked.below is not None:
        conditions.append(f"m.id < {sql.bind(asked.below)}")
    if asked.is_chat:
        conditions.append("m.kind <> 'activity' AND m.visibility NOT IN ('internal', 'private')")
    return " AND ".join(conditions)


async def find_message(connection: Connection, principal: Principal, number: int, message_id: int) -> Message | None:
    """One message or change of a conversation, if the caller may see it."""
    found = await list_messages(connection, principal, number, Between(only=message_id), limit=1, newest=False)
    return found[0] if found else None


async def count_recent(connection: Connection, tenant_id: int, number: int, since: datetime, at_most: int) -> int:
    """How many entries a conversation got since then; does not count beyond ``at_most``."""
    return int(await connection.fetchval(_SQL.count_recent, tenant_id, number, since, at_most))


async def find_by_source(connection: Connection, tenant_id: int, number: int, source_id: str) -> int | None:
    """The first message of a conversation that has this id in its channel."""
    found: int | None = await connection.fetchval(_SQL.find_by_source, tenant_id, number, source_id)
    return found


async def get_entry(connection: Connection, principal: Principal, entry_id: int) -> Entry | None:
    """One entry of a conversation that the caller was already shown to see; None where the entry itself is hidden."""
    sql = Sql(principal.tenant.id)
    sql.bind(entry_id)
    record = await connection.fetchrow(_SQL.get_entry.replace(_VISIBLE, visible_entries(sql, principal)), *sql.parameters)
    return Entry(*record) if record else None


async def list_said(connection: Connection, principal: Principal, numbers: Sequence[int]) -> list[Message]:
    """What was said to all in these conversations, as far as the caller may see it: by conversation, oldest first."""
    sql = Sql(principal.tenant.id)
    sql.bind(list(numbers))
    records = await connection.fetch(_SQL.list_said.replace(_VISIBLE, visible_entries(sql, principal)), *sql.parameters)
    return [Message(*record) for record in records]


async def get_attachments(connection: Connection, tenant_id: int, message_ids: Sequence[int]) -> dict[int, list[Attachment]]:
    """Attachments by message; asks nothing when there are no messages."""
    found: dict[int, list[Attachment]] = defaultdict(list)
    for record in await connection.fetch(_SQL.get_attachments, tenant_id, message_ids) if message_ids else ():
        found[record[1]].append(Attachment(*record))
    return found


async def get_artifacts(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Attachment]:
    return await get_by_ids(connection, _SQL.get_artifacts, Attachment, tenant_id, ids)


async def get_reactions(connection: Connection, tenant_id: int, message_ids: Sequence[int], caller: Ref) -> dict[int, list[Reaction]]:
    """Emoji counts by message."""
    found: dict[int, list[Reaction]] = defaultdict(list)
    for record in await connection.fetch(_SQL.get_reactions, tenant_id, message_ids, caller.kind, caller.id) if message_ids else ():
        found[record[0]].append(Reaction(*record))
    return found


async def count_hidden_replies(connection: Connection, principal: Principal, message_ids: Sequence[int]) -> dict[int, int]:
    """How many of the answers counted under these messages the caller does not see; asks nothing when there are no messages."""
    if not message_ids:
        return {}
    sql = Sql(principal.tenant.id)
    sql.bind(list(message_ids))
    text = _SQL.count_hidden_replies.replace(_VISIBLE, visible_entries(sql, principal))
    return {record[0]: record[1] for record in await connection.fetch(text, *sql.parameters)}
