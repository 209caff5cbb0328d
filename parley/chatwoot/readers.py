"""From a request's table (``reference/notation.py``) to its readers, with Rails' leniency: "5" is a number, "true" a flag.

Keys that a table does not have are ignored, as Rails ignores what is not permitted; null for a field that cannot be null is
the same as leaving it out. What cannot be understood is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from ..actions.uploads import Kept
from ..domain.problems import InvalidEnumValue, InvalidValue, MissingField, UnexpectedJsonType
from ..reference.notation import BOUNDED, Shape
from .parameters import BIGINT

Json: TypeAlias = dict[str, Any]
Read: TypeAlias = Callable[[str, Any], Any]
"""A field's path and its value as it came, to the value as it is meant. Raises the BadInput problems, naming the path."""
Shapes: TypeAlias = Mapping[str, Shape]

_DEEPEST = 100
_TRUE, _FALSE = ("true", "t", "1", "on", "yes"), ("false", "f", "0", "off", "no")
_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?")
_JSON_TYPES = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number", type(None): "null"}


def body(table: Shape, shapes: Shapes, own: Mapping[str, Read] | None = None) -> Callable[[Json], Json]:
    """The reader of a whole request. ``own`` has readers by type word for what the notation cannot say. Raises MissingField."""
    read = _object_of(table, shapes, own or {})
    return lambda given: dict(read("", given))


def of_type(word: str, shapes: Shapes, own: Mapping[str, Read]) -> Read:
    """The reader of a type word."""
    word = word.strip()
    if word.endswith("?"):
        read, empty = of_type(word[:-1], shapes, own), ("",) if not word.startswith("text") else ()
        return lambda path, value: None if value is None or value in empty else read(path, value)
    if match := BOUNDED.fullmatch(word):
        return _bounded(match["inner"], match["low"], match["high"], shapes, own)
    inner = word[1:-1]
    if word in own:
        return own[word]
    if word[0] == "[":
        return _list_of(of_type(inner, shapes, own))
    if word[0] == "{":
        return _map_of(of_type(inner, shapes, own))
    if word[0] == "<":
        return _one_of(inner.split())
    return _SCALARS[word] if word in _SCALARS else _named(word, shapes, own)


def _object_of(table: Shape, shapes: Shapes, own: Mapping[str, Read]) -> Read:
    fields = [(field.name, field.required, field.type.endswith("?"), of_type(field.type, shapes, own)) for field in table.fields]

    def read(path: str, value: Any) -> Json:
        _require(path, value, dict)
        found: Json = {}
        for name, required, may_be_null, read_field in fields:
            place = f"{path}.{name}" if path else name
            if name in value and (may_be_null or value[name] is not None):
                found[name] = read_field(place, value[name])
            elif required:
                raise MissingField(place, f"{place} is required")
        return found

    return read


def _named(word: str, shapes: Shapes, own: Mapping[str, Read]) -> Read:
    """Another shape, made when first needed: shapes may refer to each other."""
    made: list[Read] = []

    def read(path: str, value: Any) -> Any:
        if not made:
            made.append(_object_of(shapes[word], shapes, own))
        return made[0](path, value)

    return read


def _list_of(read: Read) -> Read:
    """A list; a form's ``a[0]=x&a[1]=y`` too. One item without its list is refused: Rails drops it."""

    def read_list(path: str, value: Any) -> list[Any]:
        if isinstance(value, dict) and all(key.isdigit() for key in value):
            value = list(value.values())
        _require(path, value, list)
        return [read(f"{path}[{place}]", item) for place, item in enumerate(value)]

    return read_list


def _map_of(read: Read) -> Read:
    def read_map(path: str, value: Any) -> Json:
        _require(path, value, dict)
        return {text(path, key): read(f"{path}.{key}", item) for key, item in value.items()}

    return read_map


def _one_of(allowed: list[str]) -> Read:
    def read(path: str, value: Any) -> str:
        found = text(path, value)
        if found not in allowed:
            raise InvalidEnumValue(path, found, allowed)
        return found

    return read


def _bounded(inner: str, low: str, high: str, shapes: Shapes, own: Mapping[str, Read]) -> Read:
    read = of_type(inner, shapes, own)
    least, most = float(low or "-inf"), float(high or "inf")
    unit = "" if inner in ("int", "int32", "int64", "number") else " items" if inner.startswith("[") else " characters"

    def read_bounded(path: str, value: Any) -> Any:
        given = read(path, value)
        size = len(given) if unit else given
        if not least <= size <= most:
            bounds = f"at most {high}" if not low else f"at least {low}" if not high else f"{low} to {high}"
            raise InvalidValue(path, f"{path} takes {bounds}{unit}" if unit else f"{path} must be {bounds}")
        return given

    return read_bounded


def text(path: str, value: Any) -> str:
    """A string; a number becomes its digits. Raises UnexpectedJsonType, InvalidValue for a null character."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    _require(path, value, str)
    if "\x00" in value:
        raise InvalidValue(path, f"{path} holds a null character")
    return str(value)


def integer(path: str, value: Any) -> int:
    """A whole number, or its digits. Raises UnexpectedJsonType, InvalidValue."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) and "." not in value:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str | float):
        raise InvalidValue(path, f"{path} must be a whole number")
    _require(path, value, int)
    if not -BIGINT - 1 <= value <= BIGINT:
        raise InvalidValue(path, f"{path} is too large")
    return int(value)


def number(path: str, value: Any) -> float:
    """A number, or its digits. Raises UnexpectedJsonType, InvalidValue."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value.strip()):
            raise InvalidValue(path, f"{path} must be a number")
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnexpectedJsonType(path, _JSON_TYPES.get(type(value), "file"), "number")
    try:
        return float(value)
    except OverflowError as error:
        raise InvalidValue(path, f"{path} is too large") from error


def flag(path: str, value: Any) -> bool:
    """A boolean, or a form's word for one. Raises UnexpectedJsonType, InvalidValue."""
    if isinstance(value, bool):
        return value
    word = text(path, value).lower()
    if word not in (*_TRUE, *_FALSE):
        raise InvalidValue(path, f"{path} must be true or false")
    return word in _TRUE


def moment(path: str, value: Any) -> datetime:
    """A time as seconds since 1970, or ISO 8601; without a zone it is UTC. Raises InvalidValue."""
    word = text(path, value).strip()
    try:
        if _NUMBER.fullmatch(word):
            return datetime.fromtimestamp(float(word), UTC)
        found = datetime.fromisoformat(word)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidValue(path, f"{path} must be a time: seconds since 1970, or ISO 8601") from error


def file(path: str, value: Any) -> Kept:
    """A file of a multipart form. Raises UnexpectedJsonType for anything else."""
    if not isinstance(value, Kept):
        raise UnexpectedJsonType(path, _JSON_TYPES.get(type(value), "file"), "file")
    return value


def an_object(path: str, value: Any) -> Json:
    _require(path, value, dict)
    return dict(anything(path, value))


def anything(path: str, value: Any, deep: int = 0) -> Any:
    """Any JSON. Raises InvalidValue for a null character, which the database cannot keep, and for what nests too deep."""
    if deep > _DEEPEST:
        field = path.partition(".")[0].partition("[")[0]
        raise InvalidValue(field, f"{field} is nested deeper than {_DEEPEST}")
    if isinstance(value, str) and "\x00" in value:
        raise InvalidValue(path, f"{path} holds a null character")
    if isinstance(value, dict):
        return {text(path, key): anything(f"{path}.{key}", item, deep + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [anything(f"{path}[{place}]", item, deep + 1) for place, item in enumerate(value)]
    return value


def _require(path: str, value: Any, kind: type[Any]) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UnexpectedJsonType(path, _JSON_TYPES.get(type(value), "file"), _JSON_TYPES[kind])


_SCALARS: dict[str, Read] = {
    "text": text,
    "int": integer,
    "int32": integer,
    "int64": integer,
    "number": number,
    "bool": flag,
    "time": moment,
    "object": an_object,
    "any": anything,
    "binary": file,
}
