"""Defining the tenant's own custom fields as Chatwoot's clients do: any agent may, and values outlive a definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.attribute_types import STORED, is_standard
from ..domain.custom_fields import TENANT_NAMESPACE
from ..domain.principals import Principal
from ..domain.problems import InvalidValue, NotFound
from ..store.attribute_definitions import ATTRIBUTE_DEFINITIONS, AttributeRow
from ..store.database import Connection
from ..store.schemas import Place, has_values
from .context import Context
from .nouns import change, changing, create, remove

_TAKEN = {"custom_fields_key": "attribute_key"}
_FIXED = {"noun": "attribute_model", "key": "attribute_key", "field_type": "attribute_display_type"}


async def create_definition(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """The new one's id. Raises Conflict for a key that the noun has, InvalidValue for one that means something else."""
    whole = _stored({"noun": "conversation", "chatwoot_type": "text"} | dict(values))
    _check_key(whole["noun"], whole["key"])
    async with changing(context, principal, taken=_TAKEN) as connection:
        return await create(connection, context, principal, ATTRIBUTE_DEFINITIONS, whole | {"namespace": TENANT_NAMESPACE})


async def change_definition(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """Raises NotFound, Conflict, and InvalidValue for another key, model or type while there are values."""
    async with changing(context, principal, taken=_TAKEN) as connection:
        row = await _get(connection, principal, number)
        before, wanted = row._asdict(), _stored(dict(values))
        _check_key(wanted.get("noun", row.noun), wanted.get("key", row.key))
        moved = [wire for column, wire in _FIXED.items() if column in wanted and wanted[column] != before[column]]
        if moved and await has_values(connection, principal.tenant.id, Place(row.noun, "", TENANT_NAMESPACE, None, row.key)):
            raise InvalidValue(moved[0], f"{moved[0]} cannot change while there are values of {row.key}")
        await change(connection, context, principal, ATTRIBUTE_DEFINITIONS, number, wanted)


async def delete_definition(context: Context, principal: Principal, number: int) -> None:
    """The values stay, as in the original. Raises NotFound."""
    async with changing(context, principal) as connection:
        await _get(connection, principal, number)
        await remove(connection, context, principal, ATTRIBUTE_DEFINITIONS, number)


async def _get(connection: Connection, principal: Principal, number: int) -> AttributeRow:
    """A field of the tenant's own namespace; apps' and subtypes' fields are not for this wire."""
    found = await ATTRIBUTE_DEFINITIONS.find(connection, principal.tenant.id, {"ids": [number], "namespace": TENANT_NAMESPACE})
    if not found:
        raise NotFound("no such custom_field")
    return found[0]


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    return values | ({"field_type": STORED[values["chatwoot_type"]]} if "chatwoot_type" in values else {})


def _check_key(noun: str, key: str) -> None:
    if is_standard(noun, key):
        raise InvalidValue("attribute_key", "The provided key is not allowed as it might conflict with default attributes.")
