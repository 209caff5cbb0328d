"""Links between conversations, works, parts, organisations and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from ..domain.filters import ConversationFilter
from ..domain.links import End, LinkEnds
from ..domain.principals import Principal, Ref
from . import queries
from .database import Connection
from .filter import Sql, where
from .nouns import Noun

_SQL = queries.load("links")


class LinkRow(NamedTuple):
    """A link; its ends stand as ``noun:number``."""

    id: int
    link_type: str
    source: str
    target: str
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


def _from(this: str, other: str) -> str:
    """The value is the object and then the nouns that the other end may be of."""
    return f"(n.{this} = ({{0}}::text[])[1] AND split_part(n.{other}, ':', 1) = ANY (({{0}}::text[])[2:]))"


LINKS = Noun(
    table="links",
    kind="link",
    row=LinkRow,
    columns=", ".join(f"n.{name}" for name in LinkRow._fields),
    writable=frozenset({"link_type", "source", "target"}),
    filters={
        "is_source": _from("source", "target"),
        "is_target": _from("target", "source"),
        "either": f"({_from('source', 'target')} OR {_from('target', 'source')})",
        "link_types": "n.link_type = ANY ({}::text[])",
    },
)


async def lock_link(connection: Connection, tenant_id: int, link_id: int) -> LinkEnds | None:
    record = await connection.fetchrow(_SQL.lock_link, tenant_id, link_id)
    return LinkEnds(record[0], End.parse(record[1]), End.parse(record[2])) if record else None


async def get_titles(connection: Connection, principal: Principal, numbers: Sequence[int]) -> dict[int, str | None]:
    """Titles of conversations that the caller may see, by number."""
    if not numbers:
        return {}
    sql = Sql(principal.tenant.id)
    conditions = where(sql, ConversationFilter(numbers=tuple(set(numbers))), principal)
    records = await connection.fetch(f"SELECT c.number, c.title FROM conversations c WHERE {conditions}", *sql.parameters)
    return {record[0]: record[1] for record in records}


async def insert_entry(
    connection: Connection,
    tenant_id: int,
    number: int,
    *,
    author: Ref,
    event_type: Literal["linked", "deleted"],
    event: Mapping[str, Any],
    sentence: str,
    at: datetime,
) -> int:
    """A change entry of a conversation, with its event; the entry's id."""
    payload = msgspec.json.encode(event).decode()
    return int(await connection.fetchval(_SQL.insert_entry, tenant_id, number, author.kind, author.id, event_type, payload, sentence, at))
