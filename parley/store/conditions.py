"""Conditions joined by AND and OR (``domain/conditions.py``) as SQL: the attributes that may be asked.

How each of them compares is in ``compare.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from ..domain.conditions import Condition, Conditions
from . import queries
from .compare import FIELDS, Field, compared
from .database import Connection
from .sql import Sql

_SQL = queries.load("conditions")

TAG_IDS = "label ids"
Build: TypeAlias = Callable[[Sql, Condition], str]


class FieldType(NamedTuple):
    """A custom field's type on either wire; ``chatwoot_type`` is null for one that was made over the other."""

    key: str
    field_type: str
    chatwoot_type: str | None


async def list_field_types(connection: Connection, tenant_id: int, noun: str, keys: Iterable[str]) -> dict[str, FieldType]:
    """By key; a key that no custom field has is left out."""
    rows = await connection.fetch(_SQL.list_field_types, tenant_id, noun, list(keys))
    return {record[0]: FieldType(*record) for record in rows}


async def with_tag_ids(connection: Connection, tenant_id: int, asked: Conditions) -> Conditions:
    """The same with labels by their ids: of an id the planner knows how many conversations carry it, of a name it does not."""
    names = {name for group in asked for one in group if _is_named(one) for name in one.values}
    if not names:
        return asked
    ids = {record[0]: record[1] for record in await connection.fetch(_SQL.list_tag_ids, tenant_id, list(names))}

    def by_id(one: Condition) -> Condition:
        return replace(one, attribute=TAG_IDS, values=tuple(ids[name] for name in one.values if name in ids)) if _is_named(one) else one

    return tuple(tuple(map(by_id, group)) for group in asked)


def _is_named(one: Condition) -> bool:
    return one.kind is None and one.attribute == "labels" and bool(one.values)


def on_conversations(sql: Sql, asked: Conditions) -> str:
    """The conditions on ``conversations c``; no condition at all is true."""
    return _joined(sql, asked, _CONVERSATIONS)


def on_contacts(sql: Sql, asked: Conditions) -> str:
    """The conditions on ``contacts c``; no condition at all is true."""
    return _joined(sql, asked, _CONTACTS)


def _joined(sql: Sql, asked: Conditions, attributes: Mapping[str, Build]) -> str:
    groups = [" AND ".join(_condition(sql, one, attributes) for one in group) for group in asked]
    return f"({' OR '.join(groups)})" if groups else "TRUE"


def _condition(sql: Sql, one: Condition, attributes: Mapping[str, Build]) -> str:
    if one.kind is None:
        return attributes[one.attribute](sql, one)
    key = f"{sql.bind(one.attribute)}::text"
    field = Field(f"(c.custom_fields -> 'tnt' -> {key})", f"(c.custom_fields -> 'tnt' ->> {key})")
    if one.operator in ("contains", "does_not_contain"):
        return compared(sql, one, field.text, "text")
    return FIELDS[one.kind](sql, one, field)


def _column(column: str, cast: str) -> Build:
    def build(sql: Sql, one: Condition) -> str:
        if one.operator in ("contains", "does_not_contain"):
            return compared(sql, one, f"c.{column}::text", "text")
        return compared(sql, one, f"c.{column}", cast)

    return build


def _day(column: str) -> Build:
    """Later than a day begins with the next one."""

    def build(sql: Sql, one: Condition) -> str:
        day = f"{sql.bind(one.values[0])}::date"
        if one.operator == "is_greater_than":
            return f"c.{column} >= ({day} + 1)::timestamp AT TIME ZONE 'UTC'"
        return f"c.{column} < {day}::timestamp AT TIME ZONE 'UTC'"

    return build


def _text(value: str) -> Build:
    return lambda sql, one: compared(sql, one, value, "text")


def _attribute(key: str) -> str:
    return f"(c.additional_attributes ->> '{key}')"


def _tags(table: str, condition: str) -> Build:
    """By the names of tags, in the case that they have."""

    def build(sql: Sql, one: Condition) -> str:
        carried = f"ct.tenant_id = $1 AND {condition}"
        if one.attribute == TAG_IDS:
            carried += f" AND {compared(sql, Condition('', 'equal_to', one.values), 'ct.tag_id', 'bigint')}"
        elif one.values:
            named = f"SELECT t.id FROM tags t WHERE t.tenant_id = $1 AND t.name = ANY ({sql.bind(list(one.values))}::text[])"
            carried += f" AND ct.tag_id = ANY (ARRAY({named}))"
        negated = "NOT " if one.operator in ("not_equal_to", "is_not_present") else ""
        return f"{negated}EXISTS (SELECT FROM {table} ct WHERE {carried})"

    return build


_CONVERSATIONS: dict[str, Build] = {
    "status": _column("status", "text"),
    "priority": _column("priority", "smallint"),
    "assignee_id": _column("assignee_user_id", "bigint"),
    "inbox_id": _column("inbox_id", "bigint"),
    "team_id": _column("team_id", "bigint"),
    "campaign_id": _column("campaign_id", "bigint"),
    "contact_id": _column("contact_id", "bigint"),
    "number": _column("number", "bigint"),
    "labels": _tags("conversation_tags", "ct.conversation_number = c.number"),
    TAG_IDS: _tags("conversation_tags", "ct.conversation_number = c.number"),
    "browser_language": _text(_attribute("browser_language")),
    "conversation_language": _text(_attribute("conversation_language")),
    "referer": _text(_attribute("referer")),
    "mail_subject": _text(_attribute("mail_subject")),
    "created_at": _day("created_at"),
    "last_activity_at": _day("last_activity_at"),
}

_CONTACTS: dict[str, Build] = {
    "name": _text("lower(c.name)"),
    "phone_number": _text("lower(c.phone_number)"),
    "email": _text("lower(c.email)"),
    "identifier": _text("lower(c.identifier)"),
    "country_code": _text(f"lower({_attribute('country_code')})"),
    "city": _text(f"lower({_attribute('city')})"),
    "company": _text(f"lower({_attribute('company')})"),
    "labels": _tags("customer_tags", "ct.noun = 'contact' AND ct.customer_id = c.id"),
    "blocked": _column("blocked", "boolean"),
    "created_at": _day("created_at"),
    "last_activity_at": _day("last_activity_at"),
}
