"""How a value compares with those of a condition, as SQL: a column's, or a custom field's as its type.

A custom field's value that is none of its type (an import may bring any) counts as missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..domain.conditions import Condition, FieldKind
from .sql import Sql


class Field(NamedTuple):
    """A custom field's value as SQL: as JSON, and as text."""

    json: str
    text: str


def compared(sql: Sql, one: Condition, value: str, cast: str) -> str:
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


def _text_field(sql: Sql, one: Condition, field: Field) -> str:
    """In any case."""
    if one.operator in ("is_present", "is_not_present"):
        return compared(sql, one, field.text, "text")
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


FIELDS: dict[FieldKind, Callable[[Sql, Condition, Field], str]] = {
    "text": _text_field,
    "number": _number_field,
    "date": _date_field,
    "flag": _flag_field,
}
