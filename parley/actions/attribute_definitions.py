"""Defining the tenant's own custom fields as Chatwoot's clients do: any agent may, and values outlive a definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..domain.attribute_types import STORED, is_standard, shown_type
from ..domain.custom_fields import TENANT_NAMESPACE
from ..domain.principals import Principal
from ..domain.problems import InvalidValue, NotFound
from ..store.attribute_definitions import ATTRIBUTE_DEFINITIONS, AttributeRow
from ..store.database import Connection
from ..store.schemas import Place, has_values
from .context import Context
from .nouns import change, changing, create, remove

_TAKEN = {"custom_fields_key": "attribute_key"}
_FIXED = {"noun": "attribute_model", "key": "attribute_key"}


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
        wanted = _stored(dict(values), row)
        _check_key(wanted.get("noun", row.noun), wanted.get("key", row.key))
        moved = _moved(wanted, row)
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


def _stored(values: dict[str, Any], row: AttributeRow | None = None) -> dict[str, Any]:
    """With the type that is stored. Raises InvalidValue for another type or other values of what only DevRev's wire can say."""
    if not {"chatwoot_type", "allowed_values"} & set(values):
        return values
    if row is not None and row.field_type not in (*STORED.values(), "int", "timestamp"):
        field = "attribute_values" if "allowed_values" in values else "attribute_display_type"
        raise InvalidValue(field, f"{row.key} is of the type {row.field_type}, which the other API defined and can change")
    was = None if row is None else shown_type(row.field_type, row.chatwoot_type)
    kind: str = values.get("chatwoot_type") or was or "text"
    if kind == was and kind != "list":
        return values
    allowed = values.get("allowed_values", [] if row is None else msgspec.json.decode(row.allowed_values))
    # A list of nothing yet takes any text: DevRev's wire knows no enum without values.
    return values | {"field_type": "text" if kind == "list" and not allowed else STORED[kind]}


def _moved(wanted: Mapping[str, Any], row: AttributeRow) -> list[str]:
    """The wire's names of what values depend on."""
    moved = [wire for column, wire in _FIXED.items() if column in wanted and wanted[column] != getattr(row, column)]
    if "chatwoot_type" in wanted and STORED[wanted["chatwoot_type"]] != STORED[shown_type(row.field_type, row.chatwoot_type)]:
        moved.append("attribute_display_type")
    return moved


def _check_key(noun: str, key: str) -> None:
    if is_standard(noun, key):
        raise InvalidValue("attribute_key", "The provided key is not allowed as it might conflict with default attributes.")
