"""What stands in a query string or a body, read by name: an unknown name is refused, a bad value names its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec
from starlette.datastructures import QueryParams

from ..domain.problems import InvalidEnumValue, InvalidField, InvalidValue, MalformedBody, UnexpectedJsonType

Read: TypeAlias = Callable[[str, str], Any]
"""Field and text to a value. Raises InvalidValue."""
MOST = 2**63 - 1
_LONGEST = 1000
_NAMES = {str: "string", int: "number", float: "number", bool: "bool", list: "array", dict: "object", type(None): "null"}


def read_query(given: QueryParams, readers: Mapping[str, Read]) -> dict[str, Any]:
    """Values by name; one that was given twice counts once, the last. Raises InvalidField, InvalidValue."""
    for name in given:
        if name not in readers:
            raise InvalidField(name, f"{name[:100]} is not known; known are {', '.join(readers) or 'none'}")
    return {name: readers[name](name, text) for name, text in given.items() if text != ""}


def read_body(data: bytes, fields: Mapping[str, Callable[[str, Any], Any]]) -> dict[str, Any]:
    """Values by name of a JSON object; no body at all is an empty one. Raises MalformedBody and as ``read_query``."""
    try:
        given = msgspec.json.decode(data or b"{}")
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedBody("the body is not JSON") from error
    if not isinstance(given, dict):
        raise MalformedBody("the body is not a JSON object")
    for name in given:
        if name not in fields:
            raise InvalidField(name, f"{name[:100]} is not known; known are {', '.join(fields) or 'none'}")
    return {name: fields[name](name, value) for name, value in given.items() if value is not None}


def whole(low: int, high: int = MOST) -> Read:
    def read(field: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
            raise InvalidValue(field, f"{field} takes a whole number from {low} to {high}")
        return int(text)

    return read


def one_of(*words: str) -> Read:
    def read(field: str, text: str) -> str:
        if text not in words:
            raise InvalidEnumValue(field, text[:100], words)
        return text

    return read


def plain(field: str, text: str) -> str:
    if len(text) > _LONGEST or "\x00" in text:
        raise InvalidValue(field, f"{field} takes up to {_LONGEST} characters")
    return text


def moment(field: str, text: str) -> datetime:
    """A time with its zone, as RFC 3339 has it; without one it is UTC."""
    try:
        # A plus that nobody escaped comes as a space.
        at = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidValue(field, f"{field} takes a time as 2026-01-31T12:00:00Z") from error


def string(read: Read) -> Callable[[str, Any], Any]:
    """The same of a JSON string."""

    def inner(field: str, value: Any) -> Any:
        if not isinstance(value, str):
            raise UnexpectedJsonType(field, _NAMES[type(value)], "string")
        return read(field, value)

    return inner


def number(low: int, high: int = MOST) -> Callable[[str, Any], int]:
    """A whole JSON number."""

    def read(field: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnexpectedJsonType(field, _NAMES[type(value)], "number")
        if not low <= value <= high:
            raise InvalidValue(field, f"{field} takes a whole number from {low} to {high}")
        return value

    return read


def numbers(most: int) -> Callable[[str, Any], tuple[int, ...]]:
    """A JSON array of ids."""
    read = number(1)

    def inner(field: str, value: Any) -> tuple[int, ...]:
        if not isinstance(value, list):
            raise UnexpectedJsonType(field, _NAMES[type(value)], "array")
        if len(value) > most:
            raise InvalidValue(field, f"{field} takes up to {most} ids")
        return tuple(read(f"{field}[{place}]", one) for place, one in enumerate(value))

    return inner
