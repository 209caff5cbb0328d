"""Counting by one attribute alone: ``conversation_facets`` holds it apart from the conversations, which are wide.

A row of it has an attribute's value, and the conversation's inbox and assignee, which the counts and what the caller may see
need. A value that is missing has no row, so what asks for missing ones is counted as all less the others (``filtered.py``).
"""

from __future__ import annotations

from ..domain.conditions import Condition
from ..domain.filters import ConversationFilter
from ..domain.principals import Principal
from . import queries
from .compare import FIELDS, Field, compared
from .counts import asks_only
from .database import Connection
from .sql import Sql

_SQL = queries.load("facets")

FACETS = (
    "(SELECT f.tenant_id, f.conversation_number AS number, f.inbox_id, f.assignee_user_id, f.key, f.value, f.raw"
    " FROM conversation_facets f WHERE f.tenant_id = $1) c"
)
_LONGEST = 250
_ATTRIBUTES = {"browser_language", "conversation_language", "referer", "mail_subject"}
_KINDS = {"text", "date", "flag"}
# Of a value that is longer than what is held, these could miss the rest.
_LOOK_INSIDE = {"contains": "LIKE ANY", "does_not_contain": "NOT LIKE ALL"}
_ASK_FOR_MISSING = {"differs", "is_not_present"}


async def find_facet(connection: Connection, asked: ConversationFilter, principal: Principal) -> Condition | None:
    """The one condition that is asked, where the facets can tell which conversations meet it."""
    (one, *more), *others = asked.conditions or ((None,),)
    if one is None or more or others or principal.ref.kind == "contact" or not asks_only(asked, {"conditions", "inbox_ids"}):
        return None
    if not _is_held(one) or one.operator in _ASK_FOR_MISSING or None in one.values:
        return None
    if any(len(value) >= _LONGEST for value in one.values if isinstance(value, str)):
        return None
    is_cut = one.operator in _LOOK_INSIDE and await connection.fetchval(_SQL.has_cut_values, principal.tenant.id, _key(one))
    return None if is_cut else one


def meets(sql: Sql, one: Condition) -> str:
    """The condition on the facets ``c``."""
    key = f"c.key = {sql.bind(_key(one))}::text"
    if one.operator == "is_present" and one.kind in (None, "text"):
        return key
    if one.operator in _LOOK_INSIDE:
        return f"{key} AND c.value {_LOOK_INSIDE[one.operator]} {_folded(sql, one)}"
    if one.operator == "equal_to" and one.kind in (None, "text"):
        key = f"{key} AND c.value = ANY {_folded(sql, one)}"
    if one.kind is None:
        return f"{key} AND {compared(sql, one, 'coalesce(c.raw, c.value)', 'text')}"
    return f"{key} AND {FIELDS[one.kind](sql, one, Field('NULL::jsonb', 'c.value'))}"


def _folded(sql: Sql, one: Condition) -> str:
    """The values as the index has them."""
    return f"(ARRAY(SELECT lower(v) FROM unnest({sql.bind(list(one.values))}::text[]) v))"


def _is_held(one: Condition) -> bool:
    if one.kind is None:
        return one.attribute in _ATTRIBUTES or (one.attribute, one.operator) == ("labels", "is_present")
    return one.kind in _KINDS and len(one.attribute) <= _LONGEST


def _key(one: Condition) -> str:
    return one.attribute if one.kind is None else f"tnt:{one.attribute}"
