"""Readers of JSON values: each takes (path, value, the tenant's slug) and returns what was meant, or refuses.

A refusal is one of the BadInput problems with the path as its field name: ``modified_date.after``, ``tags_v2[0].id``.
Lists come back as sorted tuples without duplicates, so that two spellings of one request are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from ..domain.problems import InvalidEnumValue, InvalidField, InvalidValue, MissingField, UnexpectedJsonType
from . import dons

Read: TypeAlias = Callable[[str, Any, str], Any]

_JSON_TYPES: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "bool",
    int: "number",
    float: "number",
    type(None): "null",
}


def require(path: str, value: Any, expected: type) -> None:
    """Raises UnexpectedJsonType unless the value is of this JSON type. An int is a number, a bool is not."""
    actual, wanted = _JSON_TYPES[type(value)], _JSON_TYPES[expected]
    if actual != wanted:
        raise UnexpectedJsonType(path, actual, wanted)


def text(path: str, value: Any, slug: str) -> str:
    require(path, value, str)
    if "\0" in value:
        raise InvalidValue(path, f"{path} must not hold a NUL character")
    return str(value)


def flag(path: str, value: Any, slug: str) -> bool:
    require(path, value, bool)
    return bool(value)


def integer(least: int, most: int) -> Read:
    def read(path: str, value: Any, slug: str) -> int:
        require(path, value, int)
        if value != int(value) or not least <= value <= most:
            raise InvalidValue(path, f"{path} must be a whole number from {least} to {most}")
        return int(value)

    return read


def one_of(allowed: Sequence[str]) -> Read:
    def read(path: str, value: Any, slug: str) -> str:
        require(path, value, str)
        if value not in allowed:
            raise InvalidEnumValue(path, value, allowed)
        return str(value)

    return read


def identifier(*allowed: str) -> Read:
    """A DON or display id of one of these kinds."""

    def read(path: str, value: Any, slug: str) -> dons.Id:
        require(path, value, str)
        return dons.parse(value, field=path, slug=slug, allowed=allowed)

    return read


def list_of(read_item: Read) -> Read:
    """A list in its own order, duplicates kept."""

    def read(path: str, value: Any, slug: str) -> tuple[Any, ...]:
        require(path, value, list)
        return tuple(read_item(f"{path}[{index}]", item, slug) for index, item in enumerate(value))

    return read


def set_of(read_item: Read) -> Read:
    """A list whose order and duplicates mean nothing."""
    read_list = list_of(read_item)
    return lambda path, value, slug: tuple(sorted(set(read_list(path, value, slug)), key=_sort_key))


def shape(fields: Mapping[str, Read]) -> Read:
    """An object of these keys and no others, as a dict of those given."""

    def read(path: str, value: Any, slug: str) -> dict[str, Any]:
        require(path, value, dict)
        inside = f"{path}." if path else ""
        for key in value:
            if key not in fields:
                raise InvalidField(f"{inside}{key}", f"{inside}{key} is not a known field")
        return {key: fields[key](f"{inside}{key}", item, slug) for key, item in value.items()}

    return read


def needs(path: str, given: Mapping[str, Any], *keys: str) -> None:
    """Raises MissingField for the first key that is absent."""
    for key in keys:
        if key not in given:
            raise MissingField(f"{path}.{key}", f"{path}.{key} is required")


def anything(path: str, value: Any, slug: str) -> Any:
    """Any JSON value that the store can hold."""
    if b"\\u0000" in msgspec.json.encode(value):
        raise InvalidValue(path, f"{path} must not hold a NUL character")
    return value


def _sort_key(value: Any) -> Any:
    return msgspec.json.encode(value)
