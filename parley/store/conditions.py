"""Conditions joined by AND and OR (``domain/conditions.py``) as SQL: the attributes that may be asked, and how each compares.

A custom field's value is compared as its type; one that is none of that type (an import may bring any) counts as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from ..domain.conditions import Condition, Conditions, FieldKind
from . import queries
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
    found = []
    for group in asked:
        found.append(tuple([await _with_tag_ids(connection, tenant_id, one) for one in group]))
    return tuple(found)


async def _with_tag_ids(connection: Connection, tenant_id: int, one: Condition) -> Condition:
    if one.kind is not None or one.attribute != "labels" or not one.values:
        return one
    rows = await connection.fetch(_SQL.list_tag_ids, tenant_id, list(one.values))
    return replace(one, attribute=TAG_IDS, values=tuple(record[0] for record in rows))


def on_conversations(sql: Sql, asked: Conditions) -> str:
    """The conditions on ``conversations c``; no condition at all is true."""
    return _joined(sql, asked, _CONVERSATIONS)


def on_contacts(sql: Sql, asked: Conditions) -> str:
    """The conditions on ``contacts c``; no condition at all is true."""
    return _joined(sql, asked, _CONTACTS)


def _joined(sql: Sql, asked: Conditions, attributes: Mapping[str, Build]) -> str:
    groups = [" AND ".join(_condition(sql, one, attributes) for one in group) for group in asked]
    return f"({' OR '.join(groups)})" if groups else "TRUE"


class Field(NamedTuple):
    """A custom field's value as SQL: as JSON, and as text."""

    json: str
    text: str


def _condition(sql: Sql, one: Condition, attributes: Mapping[str, Build]) -> str:
    if one.kind is None:
        return attributes[one.attribute](sql, one)
    key = f"{sql.bind(one.attribute)}::text"
    field = Field(f"(c.custom_fields -> 'tnt' -> {key})", f"(c.custom_fields -> 'tnt' ->> {key})")
    if one.operator in ("contains", "does_not_contain"):
        return _compared(sql, one, field.text, "text")
    return _FIELDS[one.kind](sql, one, field)


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
        if one.attribute == TAG_IDS:
            carried += f" AND {_compared(sql, Condition('', 'equal_to', one.values), 'ct.tag_id', 'bigint')}"
        elif one.values:
            named = f"SELECT t.id FROM tags t WHERE t.tenant_id = $1 AND t.name = ANY ({sql.bind(list(one.values))}::text[])"
            carried += f" AND ct.tag_id = ANY (ARRAY({named}))"
        negated = "NOT " if one.operator in ("not_equal_to", "is_not_present") else ""
        return f"{negated}EXISTS (SELECT FROM {table} ct WHERE {carried})"

    return build


def _text_field(sql: Sql, one: Condition, field: Field) -> str:
    """In any case."""
    if one.operator in ("is_present", "is_not_present"):
        return _compared(sql, one, field.text, "text")
    values = f"ARRAY(SELECT lower(v) FROM unnest({sql.bind(list(one.values))}::text[]) v)"
    if one.operator == "equal_to":
        return f"lower({field.text}) = ANY ({values})"
    missing = f" OR {field.text} IS NULL" if one.operator == "differs" else ""
    return f"(lower({field.text}) <> ALL ({values}){missing})"


def _number_field(sql: Sql, one: Condition, field: Field) -> str:
    """A JSON number is compared as JSON, which costs half of what its conversion does; a text with a number in it too."""
    is_number = rf"length({field.text}) < 100 AND {field.text} ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{{1,3}})?\s*$'"
    if one.operator in ("is_present", "is_not_present"):
        found = f"CASE jsonb_typeof({field.json}) WHEN 'number' THEN TRUE WHEN 'string' THEN {is_number} END"
        return f"({found}) IS {'' if one.operator == 'is_present' else 'NOT '}TRUE"
    sign = _SIGNS[one.operator]
    in_json = ", ".join(f"{sql.bind(format(value, 'f'))}::text::jsonb" for value in one.values)
    in_text = f"CASE WHEN {is_number} THEN {field.text}::numeric END {sign} ({sql.bind(list(one.values))}::numeric[])"
    holds = f"CASE jsonb_typeof({field.json}) WHEN 'number' THEN {field.json} {sign} (ARRAY[{in_json}]) WHEN 'string' THEN {in_text} END"
    return f"({holds}) IS {'NOT FALSE' if one.operator == 'differs' else 'TRUE'}"


_SIGNS = {"equal_to": "= ANY", "not_equal_to": "<> ALL", "differs": "<> ALL", "is_greater_than": "> ALL", "is_less_than": "< ALL"}


def _date_field(sql: Sql, one: Condition, field: Field) -> str:
    """Days as ISO texts, which sort as days do. The comparison comes first: it costs less than to see whether this is a day."""
    text, day = f'({field.text} COLLATE "C")', f"left({field.text}, 10)"
    is_day = f"translate({day}, '123456789', '000000000') = '0000-00-00'"
    if one.operator == "is_present":
        return is_day
    if one.operator == "is_not_present":
        return f"coalesce({is_day}, FALSE) IS FALSE"
    if one.operator == "is_less_than":
        return f"({text} < {sql.bind(one.values[0].isoformat())}::text AND {is_day})"
    if one.operator == "is_greater_than":
        # A time of the same day is a longer text, so greater than its day: all that begins with the day is left out.
        return f"({text} > {sql.bind(one.values[0].isoformat() + '~')}::text AND {is_day})"
    values = f"{sql.bind([value.isoformat() for value in one.values])}::text[]"
    if one.operator == "equal_to":
        return f"{day} = ANY ({values})"
    another = f"{day} <> ALL ({values})"
    return f"({another} AND {is_day})" if one.operator == "not_equal_to" else f"({another} OR {field.text} IS NULL)"


_YES, _NO = ("true", "t", "yes", "y", "on", "1"), ("false", "f", "no", "n", "off", "0")


def _flag_field(sql: Sql, one: Condition, field: Field) -> str:
    """By the words that mean the flags that are wanted."""
    wanted = {True, False} - set(one.values) if one.operator in ("not_equal_to", "differs") else set(one.values)
    if one.operator in ("is_present", "is_not_present"):
        wanted = {True, False}
    words = sql.bind([*(_YES if True in wanted else ()), *(_NO if False in wanted else ())])
    if one.operator == "is_not_present":
        return f"(lower({field.text}) = ANY ({words}::text[])) IS NOT TRUE"
    if one.operator == "differs":
        every = sql.bind([*_YES, *_NO])
        return f"(lower({field.text}) = ANY ({words}::text[]) OR (lower({field.text}) = ANY ({every}::text[])) IS NOT TRUE)"
    return f"lower({field.text}) = ANY ({words}::text[])"


_FIELDS: dict[FieldKind, Callable[[Sql, Condition, Field], str]] = {
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
