"""Custom filters (contract 3.5): each user keeps their own, and nobody else sees them. DELETE answers 204, as in the original."""

from __future__ import annotations

from typing import Any

from ..actions import custom_filters as actions
from ..domain.problems import NotFound
from ..reference.notation import shape
from ..store.custom_filters import CUSTOM_FILTERS, CustomFilter
from .encode_types import iso, json_object
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .nouns import get_one
from .readers import Json

_ALL = f"{ACCOUNT}/custom_filters"
_ONE = f"{_ALL}/{{id}}"
_TYPES = "<conversation contact report>"
_QUERY = {"payload": [{"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"], "query_operator": None}]}


async def list_custom_filters(call: Call) -> list[Json]:
    asked = {"user_id": call.principal.user_id, "filter_type": call.given.get("filter_type", "conversation")}
    return [_shown(one) for one in await CUSTOM_FILTERS.find(call.connection, call.tenant_id, asked)]


async def show_custom_filter(call: Call) -> Json:
    return await _one(call, call.path["id"])


async def create_custom_filter(call: Call) -> Json:
    number = await actions.create_custom_filter(call.context, call.principal, _values(call))
    return await _one(call, number)


async def update_custom_filter(call: Call) -> Json:
    await actions.change_custom_filter(call.context, call.principal, call.path["id"], _values(call))
    return await _one(call, call.path["id"])


async def delete_custom_filter(call: Call) -> None:
    await actions.delete_custom_filter(call.context, call.principal, call.path["id"])


def _values(call: Call) -> Json:
    """``type`` is what the official document calls ``filter_type``."""
    given = dict(call.given)
    named = given.pop("type", None)
    return {"filter_type": named} | given if named is not None else given


async def _one(call: Call, number: int) -> Json:
    """Raises NotFound, also for another user's."""
    found = await get_one(call, CUSTOM_FILTERS, number)
    if found.user_id != call.principal.user_id:
        raise NotFound()
    return _shown(found)


def _shown(one: CustomFilter) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "filter_type": one.filter_type,
        "query": json_object(one.query),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "type": one.filter_type,
    }


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            _ALL,
            list_custom_filters,
            "List custom filters",
            "[custom-filter]",
            query=f"filter_type  {_TYPES}  Of what they are filters: conversations when absent.",
        ),
        Endpoint("GET", _ONE, show_custom_filter, "Show a custom filter", "custom-filter", refuses=(404,)),
        Endpoint(
            "POST",
            _ALL,
            create_custom_filter,
            "Keep a custom filter",
            "custom-filter",
            request=f"""
            name*        text(1..255)  What it is called.
            filter_type  {_TYPES}  Of what it is a filter: conversations when absent.
            type         {_TYPES}  The same as filter_type.
            query        object        The filter itself, which is kept as it comes.
            """,
            text="At most 1,000 of each user.",
            example={"name": "Open ones", "filter_type": "conversation", "query": _QUERY},
            wrap="custom_filter",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_custom_filter,
            "Change a custom filter",
            "custom-filter",
            request=f"""
            name         text(1..255)  What it is called.
            filter_type  {_TYPES}  Of what it is a filter.
            type         {_TYPES}  The same as filter_type.
            query        object        The filter itself, which is kept as it comes.
            """,
            example={"name": "All open ones"},
            wrap="custom_filter",
            refuses=(404,),
        ),
        Endpoint("DELETE", _ONE, delete_custom_filter, "Delete a custom filter", "", status=204, refuses=(404,)),
    ),
    shapes=(
        shape(
            "custom-filter",
            "Conditions that a user keeps by a name.",
            f"""
            id*           int64   Its number.
            name*         text    What it is called.
            filter_type*  {_TYPES}  Of what it is a filter.
            query*        object  The filter itself, as it came.
            created_at*   time    When it was kept.
            updated_at*   time    When it was changed last.
            type*         {_TYPES}  The same as filter_type.
            """,
        ),
    ),
)
