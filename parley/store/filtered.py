"""A page of the conversations that conditions select, and how many there are: what a filter asks at once.

The counts need every match anyway, so their statement brings the numbers along where there are few, and the page is cut
from those. Where there are many, the page is soon full by walking its order; only a page far down is sorted for.
"""

from __future__ import annotations

from dataclasses import replace

from ..domain.conditions import Condition, Conditions, Operator
from ..domain.filters import ConversationFilter
from ..domain.principals import Principal
from .conditions import TAG_IDS, with_tag_ids
from .conversations import list_numbered_page
from .counts import Counts, count_conversations, counted, has_tallies
from .database import Connection
from .facets import FACETS, find_facet, meets
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


_OPPOSITES: dict[str, Operator] = {"not_equal_to": "equal_to", "is_not_present": "is_present", "differs": "equal_to"}
# What every conversation either has or has not: whoever is not among the ones is among the others.
_DIVIDED = {(TAG_IDS, "not_equal_to"), ("labels", "is_not_present"), ("contact_id", "not_equal_to"), ("number", "not_equal_to"),
            ("campaign_id", "is_not_present")}  # fmt: skip


def _others(asked: ConversationFilter) -> ConversationFilter | None:
    """What the one condition leaves out, where counting that and all of them is less work; None elsewhere."""
    one = _alone(asked.conditions or ())
    if one is None or None in one.values:
        return None
    is_divided = (one.attribute, one.operator) in _DIVIDED if one.kind is None else one.operator in ("differs", "is_not_present")
    return replace(asked, conditions=((replace(one, operator=_OPPOSITES[one.operator]),),)) if is_divided else None


def _alone(conditions: Conditions) -> Condition | None:
    """The one condition; another text or none at all is one too."""
    if len(conditions) == 1 and len(conditions[0]) == 1:
        return conditions[0][0]
    if len(conditions) == 2 and len(conditions[0]) == len(conditions[1]) == 1:
        (another,), (missing,) = conditions
        is_same = (another.attribute, another.kind) == (missing.attribute, missing.kind) and another.kind == "text"
        if is_same and (another.operator, missing.operator) == ("not_equal_to", "is_not_present"):
            return replace(another, operator="differs")
    return None


async def _count_rest(connection: Connection, principal: Principal, asked: ConversationFilter, others: ConversationFilter) -> Counts:
    """All, which the tallies know, less the others."""
    every = await count_conversations(connection, principal, replace(asked, conditions=None))
    left_out, _ = await _count(connection, principal, others)
    return Counts.of(every.all - left_out.all, every.mine - left_out.mine, every.unassigned - left_out.unassigned)


async def _count(connection: Connection, principal: Principal, asked: ConversationFilter) -> tuple[Counts, list[int] | None]:
    """The counts, and the numbers where they are few."""
    sql = Sql(principal.tenant.id)
    numbers = f"CASE WHEN count(*) <= {_FEW} THEN array_agg(c.number) END"
    columns = f"{counted(sql, principal)}, {numbers}"
    facet = await find_facet(connection, asked, principal)
    if facet is None:
        text = f"SELECT {columns} FROM conversations c WHERE {where(sql, asked, principal)}"
    else:
        text = f"SELECT {columns} FROM {FACETS} WHERE {where(sql, replace(asked, conditions=None), principal)} AND {meets(sql, facet)}"
    record = await connection.fetchrow(text, *sql.parameters)
    assert record is not None
    *totals, few = record
    return Counts.of(*totals), few if totals[0] <= _FEW else None
