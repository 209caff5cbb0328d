"""The steps of a change that set how the contact feels, the subtype and the custom fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from ..domain import changes
from ..domain.conversations import FieldDefinition
from ..domain.custom_fields import wire_name
from ..store import conversations
from .checks import check_subtype
from .custom_fields import SchemaSpec, Stored, check_custom_fields
from .edits import Change, Edit, Unset

# The types of field values by those of custom fields; any other is told as text.
_KINDS = {"bool": "bool", "int": "int", "uenum": "int", "double": "double", "date": "date", "timestamp": "date_time", "id": "id"}
_NUMBERS = {int: ("int", "double"), float: ("double",)}
_LISTED = {"bool", "int", "double", "date", "date_time", "id", "string"}


async def _sentiment(change: Change, wanted: Edit) -> None:
    """A sentiment that comes without its time was found now."""
    was, at = change.was, wanted.sentiment_modified_at
    if not isinstance(wanted.sentiment, Unset) and wanted.sentiment != was.sentiment:
        delta = changes.value_delta("sentiment", "int", was.sentiment, wanted.sentiment)
        change.record(delta, "changed the sentiment", sentiment=wanted.sentiment)
        at = change.at if isinstance(at, Unset) else at
    if not isinstance(wanted.sentiment_summary, Unset) and wanted.sentiment_summary != was.sentiment_summary:
        delta = changes.string_delta("sentiment_summary", was.sentiment_summary, wanted.sentiment_summary)
        change.record(delta, "explained the sentiment", sentiment_summary=wanted.sentiment_summary)
    if not isinstance(at, Unset) and at != was.sentiment_modified_at:
        old = was.sentiment_modified_at and was.sentiment_modified_at.isoformat()
        delta = changes.value_delta("sentiment_modified_date", "date_time", old, at.isoformat())
        change.record(delta, "dated the sentiment", sentiment_modified_at=at)


async def _custom(change: Change, wanted: Edit) -> None:
    if isinstance(wanted.custom_fields, Unset) and isinstance(wanted.schemas, Unset):
        return
    spec = SchemaSpec() if isinstance(wanted.schemas, Unset) else wanted.schemas
    given = {} if isinstance(wanted.custom_fields, Unset) else wanted.custom_fields
    await check_subtype(change.connection, change.tenant_id, spec.subtype)
    before: Stored = msgspec.json.decode(change.was.custom_fields)
    after = await check_custom_fields(
        change.connection, change.tenant_id, "conversation", given, spec=spec, subtype=change.was.subtype, before=before
    )
    subtype = None if spec.drop_subtype else spec.subtype or change.was.subtype
    if subtype != change.was.subtype:
        change.record(changes.string_delta("subtype", change.was.subtype, subtype), "changed the subtype", subtype=subtype)
    await _record_fields(change, before, after)


async def _record_fields(change: Change, before: Stored, after: Stored) -> None:
    """One delta for each field that differs."""
    definitions = await conversations.list_field_definitions(change.connection, change.tenant_id, "conversation")
    record_fields(change, before, after, {(one.namespace, one.key): one for one in definitions})


def record_fields(change: Change, before: Stored, after: Stored, known: Mapping[tuple[str, str], FieldDefinition]) -> None:
    """The same; a field that is not ``known`` is told by what its value looks like."""
    old, new = _flat(before), _flat(after)
    for key in (*old, *(key for key in new if key not in old)):
        if key in old and key in new and _same(old[key], new[key]):
            continue
        kind = _kind(known.get(key), old.get(key) if new.get(key) is None else new[key])
        # A field without a definition may have held anything: what the type cannot tell is told as text.
        if not all(_fits(kind, one.get(key)) for one in (old, new)):
            kind = "string"
        values = [_told(kind, one.get(key)) for one in (old, new)]
        stored = msgspec.json.encode({name: fields for name, fields in after.items() if fields}).decode()
        change.record(changes.value_delta(wire_name(*key), kind, *values), f"changed {key[1]}", custom_fields=stored)


def _same(one: Any, other: Any) -> bool:
    """As JSON: true is not 1."""
    return msgspec.json.encode(one, order="deterministic") == msgspec.json.encode(other, order="deterministic")


def _flat(stored: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Any]:
    return {(namespace, key): value for namespace, fields in stored.items() for key, value in fields.items()}


def _kind(definition: FieldDefinition | None, value: Any) -> str:
    """The type of a field value."""
    if isinstance(value, list):
        base = _KINDS.get(definition.field_type.removesuffix("_list") if definition else "", "string")
        return f"{base}_list" if base in _LISTED else "string_list"
    if definition is not None and not definition.field_type.endswith("_list"):
        return _KINDS.get(definition.field_type, "string")
    return {bool: "bool", int: "int", float: "double"}.get(type(value), "string")


def _fits(kind: str, value: Any) -> bool:
    """Whether a value can be told as this type."""
    if value is None or kind == "string":
        return True
    if kind.endswith("_list"):
        return isinstance(value, list)
    if isinstance(value, bool):
        return kind == "bool"
    return not isinstance(value, list) and (isinstance(value, str) or kind in _NUMBERS.get(type(value), ()))


def _told(kind: str, value: Any) -> Any:
    """A value as its type wants it; what has no type of its own is told as JSON text."""
    if kind == "string" and value is not None and not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    if kind == "string_list" and value is not None:
        return [one if isinstance(one, str) else msgspec.json.encode(one).decode() for one in value]
    return value


STEPS: tuple[Callable[[Change, Edit], Awaitable[None]], ...] = (_sentiment, _custom)
