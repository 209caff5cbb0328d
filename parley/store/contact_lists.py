"""Which contacts a list shows, in which order; a page is counted from the start and skips inside an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection, keep_plans, vary_plans
from .filter import Sql

_SQL = queries.load("contact_lists")
# As the indexes contacts_known... have it.
KNOWN = "(c.email <> '' OR c.phone_number <> '' OR c.identifier <> '')"
_NULLS_LAST = " NULLS LAST"


class _Key(NamedTuple):
    """``nulls`` says where null stands; empty is PostgreSQL's own way, which turns round with the direction."""

    expression: str
    nulls: str = ""


def _attribute(name: str) -> _Key:
    return _Key(f"\"left\"(c.additional_attributes ->> '{name}', 200)", _NULLS_LAST)


SORTS: dict[str, _Key] = {
    "name": _Key('"left"(lower(c.name), 200)'),
    "email": _Key("c.email"),
    "phone_number": _Key("c.phone_number"),
    "last_activity_at": _Key("c.last_activity_at", _NULLS_LAST),
    "created_at": _Key("c.created_at"),
    "company_name": _attribute("company_name"),
    "city": _attribute("city"),
    "country": _attribute("country"),
}


class Sort(NamedTuple):
    """A key of ``SORTS``."""

    key: str
    descending: bool = False


async def page_known(
    connection: Connection, tenant_id: int, sorts: Sequence[Sort], *, labels: Sequence[str] | None = None, limit: int, offset: int
) -> list[int]:
    """Contacts with an address, a number or an identifier; ``labels`` None asks for no label, else for any of them."""
    sql = Sql(tenant_id)
    conditions = _known(sql, labels)
    text = f"SELECT c.id FROM contacts c WHERE {conditions} ORDER BY {order(sorts)}{_slice(sql, limit, offset)}"
    await vary_plans(connection)
    found = await connection.fetch(text, *sql.parameters)
    await keep_plans(connection)
    return [record[0] for record in found]


async def count_known(connection: Connection, tenant_id: int, labels: Sequence[str] | None = None) -> int:
    """How many ``page_known`` has."""
    sql = Sql(tenant_id)
    return int(await connection.fetchval(f"SELECT count(*) FROM contacts c WHERE {_known(sql, labels)}", *sql.parameters))


async def search(connection: Connection, tenant_id: int, words: str, sorts: Sequence[Sort], *, limit: int, offset: int) -> list[int]:
    """Contacts with these words in name, e-mail address or number in any case, or in the identifier in this one."""
    sql = Sql(tenant_id)
    pattern = sql.bind(f"%{literal(words)}%")
    named = f"SELECT f.found_id FROM search_names($1, 'contacts', ARRAY[lower({pattern}::text)]) f"
    holds = (
        f"(c.name ILIKE {pattern} OR c.email ILIKE {pattern} OR c.phone_number ILIKE {pattern} OR c.identifier LIKE {pattern})"
        " AND c.state <> 'deleted'"
    )
    text = f"SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id IN ({named}) AND {holds}"
    text += f" ORDER BY {order(sorts)}{_slice(sql, limit, offset)}"
    await vary_plans(connection)
    found = await connection.fetch(text, *sql.parameters)
    await keep_plans(connection)
    return [record[0] for record in found]


async def page_present(
    connection: Connection, tenant_id: int, since: datetime, sorts: Sequence[Sort], *, limit: int, offset: int
) -> list[int]:
    """Contacts who were heard of since then."""
    sql = Sql(tenant_id)
    present = f"SELECT p.contact_id FROM contact_presences p WHERE p.tenant_id = $1 AND p.seen_at >= {sql.bind(since)}::timestamptz"
    text = f"SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.state <> 'deleted' AND c.id IN ({present}) ORDER BY {order(sorts)}"
    found = await connection.fetch(text + _slice(sql, limit, offset), *sql.parameters)
    return [record[0] for record in found]


async def count_present(connection: Connection, tenant_id: int, since: datetime) -> int:
    return int(await connection.fetchval(_SQL.count_present, tenant_id, since))


async def exists(connection: Connection, tenant_id: int, contact_id: int) -> bool:
    """Whether there is such a contact that is not deleted."""
    return bool(await connection.fetchval(_SQL.contact_exists, tenant_id, contact_id))


async def get_additional(connection: Connection, tenant_id: int, contact_id: int) -> str:
    """City, company and the like, as JSON text."""
    return str(await connection.fetchval(_SQL.get_additional, tenant_id, contact_id))


async def list_labels(connection: Connection, tenant_id: int, contact_id: int) -> list[str]:
    return [record[0] for record in await connection.fetch(_SQL.list_labels, tenant_id, contact_id)]


def order(sorts: Sequence[Sort]) -> str:
    """The ORDER BY of a list; the id breaks ties in the direction of the last key."""
    parts = []
    for one in sorts:
        key = SORTS[one.key]
        parts.append(f"{key.expression} {'DESC' if one.descending else 'ASC'}{key.nulls}")
    return ", ".join([*parts, f"c.id {'DESC' if sorts and sorts[-1].descending else 'ASC'}"])


def literal(words: str) -> str:
    """What LIKE takes for just these characters."""
    return words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _known(sql: Sql, labels: Sequence[str] | None) -> str:
    conditions = f"c.tenant_id = $1 AND {KNOWN}"
    if labels is None:
        return conditions
    wanted = f"SELECT lower(n) FROM unnest({sql.bind(list(labels))}::text[]) n"
    tags = f"SELECT t.id FROM tags t WHERE t.tenant_id = $1 AND lower(t.name) IN ({wanted})"
    tagged = f"ct.tenant_id = $1 AND ct.noun = 'contact' AND ct.tag_id = ANY (ARRAY({tags}))"
    return f"{conditions} AND c.id IN (SELECT ct.customer_id FROM customer_tags ct WHERE {tagged})"


def _slice(sql: Sql, limit: int, offset: int) -> str:
    return f" LIMIT {sql.bind(limit)}::bigint OFFSET {sql.bind(offset)}::bigint"
