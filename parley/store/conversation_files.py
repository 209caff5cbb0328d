"""The files of a conversation's entries, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ..domain.principals import Principal
from . import queries
from .database import Connection
from .filter import Sql, visible_entries

_SQL = queries.load("conversation_files")
_VISIBLE = "TRUE /* visible */"


class SentFile(NamedTuple):
    """A file by id, and the message that brought it."""

    id: int
    conversation_number: int
    author_kind: str
    author_id: int | None
    sent_at: datetime


async def count_files(connection: Connection, principal: Principal, number: int) -> int:
    sql = Sql(principal.tenant.id)
    sql.bind(number)
    return int(await connection.fetchval(_SQL.count_files.replace(_VISIBLE, visible_entries(sql, principal)), *sql.parameters))


async def list_files(connection: Connection, principal: Principal, number: int, *, limit: int, offset: int) -> list[SentFile]:
    sql = Sql(principal.tenant.id)
    for value in (number, limit, offset):
        sql.bind(value)
    text = _SQL.list_files.replace(_VISIBLE, visible_entries(sql, principal))
    return [SentFile(*record) for record in await connection.fetch(text, *sql.parameters)]
