"""From a request's table (``reference/notation.py``) to its readers: what a body is documented to take is what it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..domain.problems import InvalidValue, MissingField, UnexpectedJsonType
from ..reference import ids
from ..reference.notation import BOUNDED, Shape
from . import dates, dons
from .values import Read, anything, flag, identifier, integer, list_of, needs, one_of, require, shape, text

Shapes = Mapping[str, Shape]
_INT32, _INT64 = 2**31 - 1, 2**63 - 1


def body(table: Shape, shapes: Shapes, own: Mapping[str, Read]) -> Read:
    """The reader of an object. ``own`` has readers by shape name for what the notation cannot say."""
    fields = {field.name: of_type(field.type, shapes, own) for field in table.fields}
    required = [field.name for field in table.fields if field.required]
    read_fields = shape(fields)

    def read(path: str, value: Any, slug: str) -> dict[str, Any]:
        given: dict[str, Any] = read_fields(path, value, slug)
        if path:
            needs(path, given, *required)
        else:
            require_all(given, required)
        return given

    return read


def require_all(given: Mapping[str, Any], required: list[str]) -> None:
    """Raises MissingField for the first required field of a body that is absent."""
    for name in required:
        if name not in given:
            raise MissingField(name, f"{name} is required")


def of_type(word: str, shapes: Shapes, own: Mapping[str, Read]) -> Read:
    """The reader of a type word."""
    word = word.strip()
    if word.endswith("?"):
        return _nullable(of_type(word[:-1], shapes, own))
    if match := BOUNDED.fullmatch(word):
        return _bounded(match["inner"], match["low"], match["high"], shapes, own)
    inner = word[1:-1]
    if word[0] == "[":
        return list_of(of_type(inner, shapes, own))
    if word[0] == "{":
        return _map_of(of_type(inner, shapes, own))
    if word[0] == "<":
        return one_of(inner.split())
    if word[0] == '"':
        return one_of([inner])
    if word.startswith("id:"):
        return identifier(*_kinds(word.removeprefix("id:")))
    if word in _SCALARS:
        return _SCALARS[word]
    return own[word] if word in own else _named(word, shapes, own)


def _named(word: str, shapes: Shapes, own: Mapping[str, Read]) -> Read:
    """Another shape, read when first needed: shapes may refer to each other."""
    made: list[Read] = []

    def read(path: str, value: Any, slug: str) -> Any:
        if not made:
            made.append(body(shapes[word], shapes, own))
        return made[0](path, value, slug)

    return read


def _kinds(words: str) -> list[str]:
    """``DEVU/SVCACC`` -> dev_user, service_account."""
    prefixes = ids.PERSON if words == "person" else words.split("/")
    return [dons.type_of_prefix(prefix) for prefix in prefixes]


def _nullable(read: Read) -> Read:
    return lambda path, value, slug: None if value is None else read(path, value, slug)


def _map_of(read: Read) -> Read:
    def read_map(path: str, value: Any, slug: str) -> dict[str, Any]:
        require(path, value, dict)
        return {text(path, key, slug): read(f"{path}.{key}", item, slug) for key, item in value.items()}

    return read_map


def _bounded(inner: str, low: str, high: str, shapes: Shapes, own: Mapping[str, Read]) -> Read:
    if inner in ("int", "int32", "int64"):
        return integer(int(low or -_INT64), int(high or _INT64))
    if inner == "number":
        return _number_between(float(low or "-inf"), float(high or "inf"))
    read = of_type(inner, shapes, own)
    least, most = int(low or 0), int(high or _INT64)
    unit = "items" if inner.startswith("[") else "characters"

    def read_bounded(path: str, value: Any, slug: str) -> Any:
        given = read(path, value, slug)
        if not least <= len(given) <= most:
            raise InvalidValue(path, f"{path} takes {least} to {most} {unit}" if high else f"{path} takes at least {least} {unit}")
        return given

    return read_bounded


def _number(path: str, value: Any, slug: str) -> float:
    require(path, value, float)
    return float(value)


def _number_between(least: float, most: float) -> Read:
    def read(path: str, value: Any, slug: str) -> float:
        given = _number(path, value, slug)
        if not least <= given <= most:
            raise InvalidValue(path, f"{path} must be a number from {least:g} to {most:g}")
        return given

    return read


def _object(path: str, value: Any, slug: str) -> dict[str, Any]:
    require(path, value, dict)
    return dict(anything(path, value, slug))


def _time(path: str, value: Any, slug: str) -> Any:
    return dates.lower_bound(text(path, value, slug), path)


_SCALARS: dict[str, Read] = {
    "text": text,
    "int": integer(-_INT64, _INT64),
    "int32": integer(-_INT32 - 1, _INT32),
    "int64": integer(-_INT64 - 1, _INT64),
    "number": _number,
    "bool": flag,
    "time": _time,
    "object": _object,
    "any": anything,
}


def from_query(pairs: list[tuple[str, str]], table: Shape, shapes: Shapes, split: Callable[[str], list[str]]) -> dict[str, Any]:
    """The object that POST would have sent. Keys of inner objects stand behind a dot or in brackets; an unknown key goes through as it
    is, for the reader to refuse by name. Where a list of objects is meant, such keys make its one object."""
    given: dict[str, Any] = {}
    for key, value in pairs:
        name = re.sub(r"\[(\w+)\]", r".\1", re.sub(r"\[\d*\]$", "", key))
        word = _word_of(name, table, shapes)
        *outer, last = name.split(".")
        inside = given
        for step in outer:
            inside = inside.setdefault(step, {})
            if not isinstance(inside, dict):
                raise InvalidValue(name, f"{name} is given in two forms that disagree")
        if word is not None and word.startswith("["):
            listed = inside.setdefault(last, [])
            if not isinstance(listed, list):
                raise InvalidValue(name, f"{name} is given in two forms that disagree")
            listed.extend(_scalar(name, _item(word), one) for one in split(value))
        elif last in inside:
            raise InvalidValue(name, f"{name} is given more than once")
        else:
            inside[last] = _scalar(name, word, value)
    lists = {field.name for field in table.fields if field.type.startswith("[")}
    return {key: [value] if key in lists and isinstance(value, dict) else value for key, value in given.items()}


def _word_of(name: str, table: Shape, shapes: Shapes) -> str | None:
    """The type word of a dotted name; None when there is none."""
    first, _, rest = name.partition(".")
    word = next((field.type for field in table.fields if field.name == first), None)
    if word is None or not rest:
        return word
    if word.startswith("{"):
        return word[1:-1]
    inner = shapes.get(word.removesuffix("?"))
    return _word_of(rest, inner, shapes) if isinstance(inner, Shape) else None


def _item(word: str) -> str:
    return re.sub(r"\(\d*\.\.\d*\)$", "", word)[1:-1]


def _scalar(name: str, word: str | None, value: str) -> Any:
    if word is not None and word.startswith("{"):
        return _object_of(name, value)
    plain = re.sub(r"\(-?\d*\.\.\d*\)$", "", (word or "text").removesuffix("?"))
    if plain == "bool":
        if value not in ("true", "false"):
            raise UnexpectedJsonType(name, "string", "bool")
        return value == "true"
    if plain in ("int", "int32", "int64"):
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise UnexpectedJsonType(name, "string", "number")
        return int(value)
    if plain == "number":
        if not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", value):
            raise UnexpectedJsonType(name, "string", "number")
        return float(value)
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _object_of(name: str, value: str) -> dict[str, Any]:
    """A whole object as JSON in one key."""
    try:
        return msgspec.json.decode(value, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidValue(name, f"{name} must be a JSON object") from error
