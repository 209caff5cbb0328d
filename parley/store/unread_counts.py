"""How many open conversations hold something unread, by what they are sorted by."""

from __future__ import annotations

from typing import NamedTuple

from ..domain.principals import Principal
from . import queries
from .database import Connection
from .filter import Sql, visible

_SQL = queries.load("unread_counts")
_VISIBLE = "TRUE /* visible */"


class UnreadCount(NamedTuple):
    """``kind`` is all (with id 0), inbox, team or label."""

    kind: str
    id: int
    counted: int


async def count_unread(connection: Connection, principal: Principal) -> list[UnreadCount]:
    """Of the conversations that a list would show the caller."""
    sql = Sql(principal.tenant.id)
    text = _SQL.count_unread.replace(_VISIBLE, " AND ".join(["TRUE", *visible(sql, principal)]))
    return [UnreadCount(*record) for record in await connection.fetch(text, *sql.parameters)]
