"""Conditions joined by AND and OR (``domain/conditions.py``) as SQL: the attributes that may be asked, and how each compares.

A custom field's value is compared as its type; one that is none of that type (an import may bring any) counts as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from ..domain.conditions import Condition, Conditions, FieldKind
from . import queries
from .database import Connection
from .sql import Sql

_SQL = queries.load("conditions")

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
    value = f"(c.custom_fields -> 'tnt' ->> {sql.bind(one.attribute)}::text)"
    if one.operator in ("contains", "does_not_contain"):
        return _compared(sql, one, value, "text")
    return _FIELDS[one.kind](sql, one, value)


def _compared(sql: Sql, one: Condition, value: str, cast: str) -> str:
    """``value`` against the condition's values, which are bound as ``cast``."""
    if one.operator in ("is_present", "is_not_present"):
        return f"{value} IS {'NOT ' if one.operator == 'is_present' else ''}NULL"
    if one.operator in ("is_greater_than", "is_less_than"):
        return f"{value} {'>' if one.operator == 'is_greater_than' else '<'} {sql.bind(one.values[0])}::{cast}"
    # One value keeps the order of the index behind it; through ANY the rows would have to be sorted.
    if one.operator == "equal_to" and len(one.values) == 1:
        return f"{value} = {sql.bind(one.values[0])}::{cast}"
    values = f"{sql.bind(list(one.values))}::{cast}[]"
    if one.operator == "differs":
        return f"({value} <> ALL ({values}) OR {value} IS NULL)"
    return f"{value} {_ANY_OR_ALL[one.operator]} ({values})"


_ANY_OR_ALL = {"equal_to": "= ANY", "not_equal_to": "<> ALL", "contains": "ILIKE ANY", "does_not_contain": "NOT ILIKE ALL"}


def _column(column: str, cast: str) -> Build:
    def build(sql: Sql, one: Condition) -> str:
        if one.operator in ("contains", "does_not_contain"):
            return _compared(sql, one, f"c.{column}::text", "text")
        return _compared(sql, one, f"c.{column}", cast)

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
    return lambda sql, one: _compared(sql, one, value, "text")


def _attribute(key: str) -> str:
    return f"(c.additional_attributes ->> '{key}')"


def _tags(table: str, condition: str) -> Build:
    """By the names of tags, in the case that they have."""

    def build(sql: Sql, one: Condition) -> str:
        carried = f"ct.tenant_id = $1 AND {condition}"
        if one.values:
            named = f"SELECT t.id FROM tags t WHERE t.tenant_id = $1 AND t.name = ANY ({sql.bind(list(one.values))}::text[])"
            carried += f" AND ct.tag_id = ANY (ARRAY({named}))"
        negated = "NOT " if one.operator in ("not_equal_to", "is_not_present") else ""
        return f"{negated}EXISTS (SELECT FROM {table} ct WHERE {carried})"

    return build


def _text_field(sql: Sql, one: Condition, value: str) -> str:
    """In any case."""
    if one.operator in ("is_present", "is_not_present"):
        return _compared(sql, one, value, "text")
    values = f"ARRAY(SELECT lower(v) FROM unnest({sql.bind(list(one.values))}::text[]) v)"
    if one.operator == "equal_to":
        return f"lower({value}) = ANY ({values})"
    missing = f" OR {value} IS NULL" if one.operator == "differs" else ""
    return f"(lower({value}) <> ALL ({values}){missing})"


def _number_field(sql: Sql, one: Condition, value: str) -> str:
    is_number = rf"length({value}) < 100 AND {value} ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{{1,3}})?\s*$'"
    return _compared(sql, one, f"(CASE WHEN {is_number} THEN {value}::numeric END)", "numeric")


def _date_field(sql: Sql, one: Condition, value: str) -> str:
    """Days as ISO texts, which sort as days do; the condition's values are such texts too."""
    is_day = rf"{value} ~ '^\d{{4}}-\d\d-\d\d'"
    return _compared(sql, one, f'(CASE WHEN {is_day} THEN left({value}, 10) COLLATE "C" END)', "text")


def _flag_field(sql: Sql, one: Condition, value: str) -> str:
    yes, no = "('true', 't', 'yes', 'y', 'on', '1')", "('false', 'f', 'no', 'n', 'off', '0')"
    flag = f"(CASE WHEN lower({value}) IN {yes} THEN TRUE WHEN lower({value}) IN {no} THEN FALSE END)"
    return _compared(sql, one, flag, "boolean")


_FIELDS: dict[FieldKind, Callable[[Sql, Condition, str], str]] = {
    "text": _text_field,
    "number": _number_field,
    "date": _date_field,
    "flag": _flag_field,
}

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
