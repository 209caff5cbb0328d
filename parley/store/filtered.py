"""A page of the conversations that conditions select, and how many there are: what a filter asks at once.

The counts need every match anyway, so their statement brings the numbers along where there are few, and the page is cut
from those. Where there are many, the page is soon full by walking its order; only a page far down is sorted for.
"""

from __future__ import annotations

from dataclasses import replace

from ..domain.conditions import Operator
from ..domain.filters import ConversationFilter
from ..domain.principals import Principal
from .conditions import TAG_IDS, with_tag_ids
from .conversations import list_numbered_page
from .counts import Counts, count_conversations, counted, has_tallies
from .database import Connection
from .filter import where
from .order import Order
from .sql import Sql

_FEW = 2000
# A page beyond this part of all matches is far down.
_FAR = 4


async def find_filtered(
    connection: Connection, principal: Principal, asked: ConversationFilter, order: Order, *, limit: int, offset: int
) -> tuple[Counts, list[int]]:
    """The counts of all matches, exact, and the numbers of a page."""
    asked = replace(asked, conditions=await with_tag_ids(connection, principal.tenant.id, asked.conditions or ()))
    if has_tallies(asked, principal):
        counts, few = await count_conversations(connection, principal, asked), None
    elif (others := _others(asked)) is not None:
        counts, few = await _count_rest(connection, principal, asked, others), None
    else:
        counts, few = await _count(connection, principal, asked)
    if counts.all <= offset:
        return counts, []
    if few is not None:
        asked = replace(asked, conditions=None, numbers=tuple(few))
    is_far = few is None and (offset + limit) * _FAR > counts.all > _FEW
    page = await list_numbered_page(connection, principal, asked, order, limit=limit, offset=offset, few=few is not None or is_far)
    return counts, page


_OPPOSITES: dict[str, Operator] = {"not_equal_to": "equal_to", "is_not_present": "is_present"}
# What every conversation either has or has not: whoever is not among the ones is among the others.
_DIVIDED = {(TAG_IDS, "not_equal_to"), ("labels", "is_not_present"), ("contact_id", "not_equal_to"), ("number", "not_equal_to"),
            ("campaign_id", "is_not_present")}  # fmt: skip


def _others(asked: ConversationFilter) -> ConversationFilter | None:
    """What the one condition leaves out, where counting that and all of them is less work; None elsewhere."""
    ((one, *more), *groups) = asked.conditions or ((None,),)
    if one is None or more or groups or one.kind is not None or (one.attribute, one.operator) not in _DIVIDED or None in one.values:
        return None
    return replace(asked, conditions=((replace(one, operator=_OPPOSITES[one.operator]),),))


async def _count_rest(connection: Connection, principal: Principal, asked: ConversationFilter, others: ConversationFilter) -> Counts:
    """All, which the tallies know, less the others."""
    every = await count_conversations(connection, principal, replace(asked, conditions=None))
    left_out, _ = await _count(connection, principal, others)
    return Counts.of(every.all - left_out.all, every.mine - left_out.mine, every.unassigned - left_out.unassigned)


async def _count(connection: Connection, principal: Principal, asked: ConversationFilter) -> tuple[Counts, list[int] | None]:
    """The counts, and the numbers where they are few."""
    sql = Sql(principal.tenant.id)
    numbers = f"CASE WHEN count(*) <= {_FEW} THEN array_agg(c.number) END"
    text = f"SELECT {counted(sql, principal)}, {numbers} FROM conversations c WHERE {where(sql, asked, principal)}"
    record = await connection.fetchrow(text, *sql.parameters)
    assert record is not None
    *totals, few = record
    return Counts.of(*totals), few if totals[0] <= _FEW else None
