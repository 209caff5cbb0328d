"""The smaller things that an import reads and writes inside a tenant: its sync unit, teams' members, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from . import queries
from .database import Connection, affected
from .import_rows import Run

_SQL = queries.load("import_tenant")


class Link(NamedTuple):
    """A user in an inbox or a team."""

    group_id: int
    user_id: int
    created_at: datetime


class Avatar(NamedTuple):
    id: int
    file_name: str
    content_type: str | None
    byte_size: int
    width: int | None
    height: int | None
    blob_key: str
    created_at: datetime


async def insert_sync_unit(connection: Connection, tenant_id: int, unit_id: int) -> None:
    await connection.execute(_SQL.insert_sync_unit, tenant_id, unit_id)


async def begin_loading(run: Run) -> None:
    """In the first transaction that changes something: an import cut off after it is finished by the next one."""
    await run.connection.execute(_SQL.begin_loading, run.tenant_id, run.unit_id)


async def finish_loading(run: Run, data: Mapping[str, Any]) -> bool:
    """Writes the import's one event, where anything was changed since the last."""
    text = msgspec.json.encode(data).decode()
    return affected(await run.connection.execute(_SQL.finish_loading, run.tenant_id, run.unit_id, text, run.at)) > 0


async def list_moved_ids(run: Run, noun: str) -> dict[str, int]:
    """Our ids by external id, where they differ."""
    return {row[0]: row[1] for row in await run.connection.fetch(_SQL.list_moved_ids, run.tenant_id, noun, run.system)}


async def list_tags(run: Run) -> dict[str, int]:
    return {row["name"]: row["id"] for row in await run.connection.fetch(_SQL.list_tags, run.tenant_id)}


async def name_bots(run: Run, ids: Sequence[int]) -> dict[int, str]:
    return {row["id"]: row["name"] for row in await run.connection.fetch(_SQL.name_bots, run.tenant_id, ids)}


async def sample_conversations(connection: Connection, tenant_id: int, system: str) -> dict[int, str]:
    """The uuids of some imported conversations by their id in the source."""
    return {row["id"]: row["uuid"] for row in await connection.fetch(_SQL.sample_conversations, tenant_id, system)}


async def replace_inbox_members(run: Run, inbox_ids: Sequence[int], links: Sequence[Link]) -> None:
    await _replace(run, _SQL.replace_inbox_members, inbox_ids, links)


async def replace_team_members(run: Run, team_ids: Sequence[int], links: Sequence[Link]) -> None:
    await _replace(run, _SQL.replace_team_members, team_ids, links)


async def copy_avatars(run: Run, avatars: Sequence[Avatar]) -> int:
    """How many of the pictures were new."""
    columns = [list(column) for column in zip(*avatars, strict=True)] if avatars else [[]] * len(Avatar._fields)
    return affected(await run.connection.execute(_SQL.copy_avatars, run.tenant_id, *columns))


async def leave(run: Run, staying: Sequence[int]) -> list[int]:
    """Imported members who are not among ``staying`` leave; returns them."""
    return [row["user_id"] for row in await run.connection.fetch(_SQL.leave, run.tenant_id, run.system, run.at, staying)]


async def retire_bots(run: Run, staying: Sequence[int]) -> list[int]:
    """Imported bots that are not among ``staying`` are deleted, their rows stay; returns them."""
    return [row["id"] for row in await run.connection.fetch(_SQL.retire_bots, run.tenant_id, run.system, staying)]


async def _replace(run: Run, query: str, group_ids: Sequence[int], links: Sequence[Link]) -> None:
    columns = [link.group_id for link in links], [link.user_id for link in links], [link.created_at for link in links]
    await run.connection.execute(query, run.tenant_id, group_ids, *columns)
