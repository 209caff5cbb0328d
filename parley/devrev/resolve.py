"""From a request's fields to what the store is asked: the part of decoding that has to look into the tenant.

Parts of every kind share one number series, and so do service accounts and system users: an id of the wrong kind names
nothing. Custom fields must exist and be filterable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..domain.conversations import FieldDefinition
from ..domain.custom_fields import split_wire_name
from ..domain.filters import ConversationFilter, TagMatch
from ..domain.principals import Ref
from ..domain.problems import InvalidField, InvalidValue
from ..store import conversations, people
from ..store.database import Connection
from .dons import NOBODY, Id

_NOUNS: dict[str, str] = {"dev_user": "user", "rev_user": "contact", "service_account": "bot", "sys_user": "bot"}
# What the nouns with custom fields are called on this wire.
_WORDS = {"conversation": "conversations", "company": "accounts", "workspace": "rev orgs", "contact": "rev users"}
_NUMBERS = {
    "account": "company_ids",
    "brand": "brand_ids",
    "channels": "channel_ids",
    "group": "team_ids",
    "owned_by_agent": "owner_agent_ids",
    "rev_orgs": "workspace_ids",
    "source_channel_v2": "inbox_ids",
}
_AS_GIVEN = {
    "is_creator_verified": "is_creator_verified",
    "is_frozen": "is_frozen",
    "is_spam": "is_spam",
    "source_channels": "source_channels",
    "state": "states",
    "subtype": "subtypes",
}


async def to_filter(connection: Connection, tenant_id: int, asked: Mapping[str, Any], now: datetime) -> ConversationFilter:
    """``asked`` comes from ``decode``. Raises InvalidField or InvalidValue for custom fields that cannot be asked for."""
    wanted: dict[str, Any] = {column: asked[key] for key, column in _AS_GIVEN.items() if key in asked}
    wanted |= {column: _numbers(asked[key]) for key, column in _NUMBERS.items() if key in asked}
    wanted |= _ranges(asked, now) | _stage(asked.get("stage", {})) | _tags(asked)
    if "applies_to_parts" in asked:
        wanted["part_ids"] = await _part_ids(connection, tenant_id, asked["applies_to_parts"])
    for key, column in (("members", "members"), ("owned_by", "owners")):
        if key in asked:
            wanted[column] = await people_refs(connection, tenant_id, asked[key])
    if "custom_fields" in asked:
        wanted["custom_fields"] = await custom_field_filter(connection, tenant_id, "conversation", asked["custom_fields"])
    return ConversationFilter(**wanted)


def _numbers(ids: Sequence[Id]) -> tuple[int, ...]:
    return tuple(one.number for one in ids)


def _ranges(asked: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    sla = asked.get("sla_summary", {})
    given = {
        "modified": asked.get("modified_date"),
        "closed": asked.get("actual_close_date"),
        "sla_target": sla.get("target_time"),
    }
    ranges = {column: value.range(now) for column, value in given.items() if value is not None}
    return ranges | ({"sla_stages": sla["stage"]} if "stage" in sla else {})


def _stage(asked: Mapping[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {"stage_names": asked["name"]} if "name" in asked else {}
    return wanted | ({"stage_ids": _numbers(asked["stages"])} if "stages" in asked else {})


def _tags(asked: Mapping[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if "tags" in asked:
        wanted["tags"] = tuple(TagMatch(one.number) for one in asked["tags"])
    if "tags_v2" in asked:
        wanted["tags_with_value"] = tuple(_tag_match(one) for one in asked["tags_v2"])
    return wanted


def _tag_match(asked: Mapping[str, Any]) -> TagMatch:
    return TagMatch(asked["id"].number if "id" in asked else None, asked.get("value"))


async def _part_ids(connection: Connection, tenant_id: int, ids: Sequence[Id]) -> tuple[int, ...]:
    found = await conversations.get_parts(connection, tenant_id, _numbers(ids))
    return tuple(one.number for one in ids if one.number in found and found[one.number].kind == one.type)


async def people_refs(connection: Connection, tenant_id: int, ids: Sequence[Id]) -> tuple[Ref, ...]:
    """People by our kinds; an id of the wrong kind of bot names nobody."""
    bot_ids = [one.number for one in ids if _NOUNS[one.type] == "bot"]
    bots = await people.get_bots(connection, tenant_id, bot_ids)
    kinds = {bot.id: "sys_user" if bot.kind == "system" else "service_account" for bot in bots.values()}
    return tuple(_ref(one, kinds) for one in ids)


def _ref(one: Id, bot_kinds: Mapping[int, str]) -> Ref:
    noun = _NOUNS[one.type]
    if one.type == "sys_user" and one.number == 0:
        return Ref("system", 0)
    if noun == "bot" and bot_kinds.get(one.number) != one.type:
        return Ref("bot", NOBODY)
    return Ref(noun, one.number)  # type: ignore[arg-type]


async def custom_field_filter(
    connection: Connection, tenant_id: int, noun: str, asked: Sequence[tuple[str, tuple[Any, ...]]]
) -> tuple[tuple[str, str, tuple[Any, ...]], ...]:
    """``(namespace, key, accepted values)`` of each field. Raises InvalidField or InvalidValue for one that cannot be asked for."""
    known: dict[tuple[str, str], list[FieldDefinition]] = {}
    for definition in await conversations.list_field_definitions(connection, tenant_id, noun):
        known.setdefault((definition.namespace, definition.key), []).append(definition)
    return tuple(_custom_field(noun, name, values, known) for name, values in asked)


def _custom_field(
    noun: str, name: str, values: tuple[Any, ...], known: Mapping[tuple[str, str], Sequence[FieldDefinition]]
) -> tuple[str, str, tuple[Any, ...]]:
    key = split_wire_name(name)
    path = f"custom_fields.{name}"
    definitions = known.get(key, ()) if key else ()
    if not key or not definitions:
        raise InvalidField(path, f"{path}: {_WORDS[noun]} have no such custom field")
    if not any(definition.is_filterable for definition in definitions):
        raise InvalidValue(path, f"{path}: this custom field is not filterable")
    types = {definition.field_type for definition in definitions}
    return (*key, tuple(spelling for value in values for spelling in _spellings(value, types)))


def _spellings(value: Any, types: set[str]) -> list[Any]:
    """A value as given and, since a query string holds only text, as what its field's type makes of it."""
    if not isinstance(value, str):
        return [value]
    if "bool" in types and value in ("true", "false"):
        return [value, value == "true"]
    if types & {"int", "double", "uenum"} and (number := _number(value)) is not None:
        return [value, number]
    return [value]


def _number(text: str) -> int | float | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
