"""Chatwoot's four counts: a sum over ``conversation_tallies`` where it can tell, else one pass over the conversations."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from ..domain.filters import ConversationFilter
from ..domain.principals import Principal
from . import queries
from .conversations import numbered_page
from .database import Connection, affected
from .filter import Sql, where
from .order import Order

_SQL = queries.load("counts")

# What a tally row knows of its conversations, and what counts do not look at (contract 1.5 of Chatwoot).
_IN_TALLIES = {"statuses", "inbox_ids", "team_ids", "conditions"}
_TALLIED = {"status", "inbox_id", "team_id", "assignee_id"}
_IGNORED = {"assignee", "modified_after"}
_FIELDS = tuple(field.name for field in fields(ConversationFilter))
_TALLIES = (
    "(SELECT t.tenant_id, t.status, t.inbox_id, nullif(t.team_id, 0) AS team_id,"
    " nullif(t.assignee_user_id, 0) AS assignee_user_id, t.delta FROM conversation_tallies t WHERE t.tenant_id = $1) c"
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Conversations that the caller may see. One with a bot as assignee is unassigned.

    ``complete`` is false where a search's time budget ended before everything was looked at.
    """

    mine: int
    assigned: int
    unassigned: int
    all: int
    complete: bool = True

    @classmethod
    def of(cls, all_: int, mine: int, unassigned: int, *, complete: bool = True) -> Counts:
        return cls(mine, all_ - unassigned, unassigned, all_, complete)


async def count_conversations(connection: Connection, principal: Principal, asked: ConversationFilter) -> Counts:
    """Exact at the snapshot of the connection; ``asked.message_text`` is for ``search.count``."""
    sql = Sql(principal.tenant.id)
    record = await connection.fetchrow(_counting(sql, principal, asked), *sql.parameters)
    assert record is not None
    return Counts.of(*record)


async def count_and_list(
    connection: Connection, principal: Principal, asked: ConversationFilter, order: Order, *, limit: int | None, offset: int
) -> tuple[Counts, list[int]]:
    """The counts and a page's numbers (``conversations.list_numbered_page``) in one statement: a round trip less for each list."""
    sql = Sql(principal.tenant.id)
    page = numbered_page(sql, principal, asked, order, limit, offset)
    text = f"SELECT n.*, ARRAY({page}) FROM ({_counting(sql, principal, asked)}) n"
    record = await connection.fetchrow(text, *sql.parameters)
    assert record is not None
    *totals, numbers = record
    return Counts.of(*totals), numbers


def _counting(sql: Sql, principal: Principal, asked: ConversationFilter) -> str:
    asked = without_ignored(asked)
    tallied = has_tallies(asked, principal)
    columns = counted(sql, principal, "sum(c.delta)" if tallied else "count(*)")
    table = _TALLIES if tallied else "conversations c"
    return f"SELECT {columns} FROM {table} WHERE {where(sql, asked, principal)}"


def without_ignored(asked: ConversationFilter) -> ConversationFilter:
    """The part of a filter that counts look at."""
    if asked.assignee is None and asked.modified_after is None:
        return asked
    return replace(asked, assignee=None, modified_after=None)


def counted(sql: Sql, principal: Principal, aggregate: str = "count(*)") -> str:
    """The select list of all, mine and unassigned over rows ``c`` with an ``assignee_user_id``."""
    mine, unassigned = f"c.assignee_user_id = {sql.bind(principal.user_id)}::bigint", "c.assignee_user_id IS NULL"
    conditions = {"every": "TRUE", "mine": mine, "unassigned": unassigned}
    return ", ".join(f"coalesce({aggregate} FILTER (WHERE {one}), 0)::bigint AS {name}" for name, one in conditions.items())


async def roll_up(connection: Connection, tenant_id: int) -> int | None:
    """Replaces the tenant's deltas by their sums in one statement, exact at every instant for readers and writers.

    Returns how many rows the sums take, None while another transaction does it.
    """
    if not await connection.fetchval(_SQL.lock_roll_up, tenant_id):
        return None
    return affected(await connection.execute(_SQL.roll_up, tenant_id))


async def tally_sizes(connection: Connection) -> dict[int, int]:
    """Rows in ``conversation_tallies`` by tenant."""
    return {record[0]: record[1] for record in await connection.fetch(_SQL.tally_sizes)}


def has_tallies(asked: ConversationFilter, principal: Principal) -> bool:
    """Whether the tallies know every dimension of the filter and of what the caller may see."""
    tallied = all(one.attribute in _TALLIED and one.kind is None for group in asked.conditions or () for one in group)
    return principal.ref.kind != "contact" and tallied and asks_only(asked, _IN_TALLIES)


def asks_only(asked: ConversationFilter, known: set[str]) -> bool:
    """Whether the filter asks for nothing else that counts look at."""
    return all(getattr(asked, name) is None for name in _FIELDS if name not in known and name not in _IGNORED)
