"""Contacts by a part of their name, e-mail, phone number or identifier, and the conversations that they lead to."""

from __future__ import annotations

import re

from ..domain.filters import ConversationFilter, TimeRange
from ..domain.principals import Principal
from . import queries
from .database import Connection
from .filter import where
from .search import Pattern
from .sql import Sql

_SQL = queries.load("found_customers")
_CAN_BE_A_NUMBER = re.compile(r"[0-9%_\\]+")


async def find_contacts(connection: Connection, tenant_id: int, text: str, active: TimeRange, *, limit: int, offset: int) -> list[int]:
    """A page of ids, the latest activity first. ``text`` may hold the wildcards of LIKE; an empty one matches everybody."""
    pattern = Pattern.of(text)
    if pattern is None:
        return []
    rows = await connection.fetch(_SQL.find_contacts, tenant_id, pattern.like if text else None, active.after, active.before, limit, offset)
    return [record[0] for record in rows]


async def find_conversations(
    connection: Connection, principal: Principal, text: str, active: TimeRange, *, limit: int, offset: int
) -> list[int]:
    """A page of numbers, the newest first: by the number itself, or by the contact."""
    pattern = Pattern.of(text)
    if pattern is None:
        return []
    sql = Sql(principal.tenant.id)
    conditions = [where(sql, ConversationFilter(), principal)]
    if active.after is not None:
        conditions.append(f"c.last_activity_at >= {sql.bind(active.after)}")
    if active.before is not None:
        conditions.append(f"c.last_activity_at <= {sql.bind(active.before)}")
    if text:
        conditions.append(f"c.number IN ({_found(sql, text, pattern)})")
    page = f"LIMIT {sql.bind(limit)}::bigint OFFSET {sql.bind(offset)}::bigint"
    query = f"SELECT c.number FROM conversations c WHERE {' AND '.join(conditions)} ORDER BY c.created_at DESC, c.number DESC {page}"
    return [record[0] for record in await connection.fetch(query, *sql.parameters)]


def _found(sql: Sql, text: str, pattern: Pattern) -> str:
    like = f"{sql.bind(pattern.like)}::text"
    named = f"SELECT f.found_id FROM search_names($1, 'contacts', ARRAY[lower({like})]) f"
    exactly = " OR ".join(f"k.{column} ILIKE {like}" for column in ("name", "email", "phone_number", "identifier"))
    contacts = f"SELECT k.id FROM contacts k WHERE k.tenant_id = $1 AND k.id = ANY (ARRAY({named})) AND ({exactly})"
    found = f"SELECT v.number FROM conversations v WHERE v.tenant_id = $1 AND v.contact_id = ANY (ARRAY({contacts}))"
    if _CAN_BE_A_NUMBER.fullmatch(text):
        found += f" UNION ALL SELECT v.number FROM conversations v WHERE v.tenant_id = $1 AND v.number::text LIKE {like}"
    return found
