"""What a contact left behind: conversations and files, as the caller may see them."""

from __future__ import annotations

from ..domain.principals import Principal
from . import queries
from .conversation_files import SentFile
from .database import Connection
from .filter import Sql, visible, visible_entries

_SQL = queries.load("contact_history")
_VISIBLE = "TRUE /* visible */"


async def list_newest_conversations(connection: Connection, principal: Principal, contact_id: int, *, at_most: int) -> list[int]:
    """The numbers of the contact's own conversations, last active first."""
    sql = Sql(principal.tenant.id)
    for value in (contact_id, at_most):
        sql.bind(value)
    text = _SQL.list_newest_conversations.replace(_VISIBLE, " AND ".join(["TRUE", *visible(sql, principal)]))
    return [record[0] for record in await connection.fetch(text, *sql.parameters)]


async def page_files(connection: Connection, principal: Principal, contact_id: int, *, limit: int, offset: int) -> list[SentFile]:
    """Newest first."""
    sql = Sql(principal.tenant.id)
    for value in (contact_id, limit, offset):
        sql.bind(value)
    text = _SQL.page_files.replace(_VISIBLE, _inside(sql, principal))
    return [SentFile(*record) for record in await connection.fetch(text, *sql.parameters)]


async def count_files(connection: Connection, principal: Principal, contact_id: int) -> int:
    """How many ``page_files`` has."""
    sql = Sql(principal.tenant.id)
    sql.bind(contact_id)
    text = _SQL.count_files.replace(_VISIBLE, _inside(sql, principal))
    return int(await connection.fetchval(text, *sql.parameters))


def _inside(sql: Sql, principal: Principal) -> str:
    return " AND ".join([visible_entries(sql, principal), *visible(sql, principal)])
