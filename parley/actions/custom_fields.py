"""Custom fields of a write: held against the tenant's definitions, and turned into what the store keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.conversations import FieldDefinition
from ..domain.custom_fields import split_wire_name
from ..domain.problems import CustomFieldRefused
from ..store import conversations
from ..store.database import Connection

Stored = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SchemaSpec:
    """What a write says about its schemas (DevRev: custom_schema_spec). ``subtype`` None leaves it as it is."""

    subtype: str | None = None
    drop_subtype: bool = False
    apps: tuple[str, ...] = ()
    drop_apps: tuple[str, ...] = ()
    tenant_fragment: bool = False
    validate_required: bool = False


async def check_custom_fields(
    connection: Connection,
    tenant_id: int,
    noun: str,
    given: Mapping[str, Any],
    *,
    spec: SchemaSpec,
    subtype: str | None = None,
    before: Mapping[str, Mapping[str, Any]] | None = None,
) -> Stored:
    """The custom fields after this write, as ``{namespace: {raw key: value}}``: ``before`` with ``given`` put over it.

    ``noun`` is conversation, contact, company, work ...; ``given`` maps wire names (``tnt__tier``) to values, null takes a field
    away; ``subtype`` is the object's own before the write. Raises CustomFieldRefused naming the field.
    """
    known = {(d.namespace, d.key): d for d in await conversations.list_field_definitions(connection, tenant_id, noun)}
    after: Stored = {namespace: dict(fields) for namespace, fields in (before or {}).items()}
    for name, value in given.items():
        key = split_wire_name(name)
        definition = known.get(key) if key else None
        if key is None or definition is None:
            raise CustomFieldRefused("field_not_in_schema", f"custom_fields.{name}", "there is no such custom field")
        _put(after, definition, name, value)
    return after


def _put(after: Stored, definition: FieldDefinition, name: str, value: Any) -> None:
    fields = after.setdefault(definition.namespace, {})
    if value is None:
        fields.pop(definition.key, None)
    else:
        fields[definition.key] = value
