"""The tables' notation: one line per field, and what its type word becomes in JSON Schema.

    name*   type    What it is.          a star: always there, or required
    [x]     an array of x                {x}       an object with values of type x
    <a b>   one of these strings         x?        x or null
    x | y   either                       "s"       exactly this string
    text(1..512)  int(1..50)  [x](..16)  bounds of length, value, number of items
    id:DEVU/REVU  an id of one of these kinds, as DON or display id
    any other word names another shape of the same API

Columns stand two or more spaces apart; a line that begins deeper than its table goes on with the explanation above it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent
from typing import Any, NamedTuple

from . import ids

Schema = dict[str, Any]

SCALARS: dict[str, Schema] = {
    "text": {"type": "string"},
    "int": {"type": "integer"},
    "int32": {"type": "integer", "format": "int32"},
    "int64": {"type": "integer", "format": "int64"},
    "number": {"type": "number"},
    "bool": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
    "any": {},
    "binary": {"type": "string", "format": "binary"},
    "don": {"type": "string", "pattern": "^don:"},
}
_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "array": ("minItems", "maxItems"),
}
_LINE = re.compile(r"(?P<name>[\w.+\-\[\]]+)(?P<star>\*?)\s{2,}(?P<type>.+?)\s{2,}(?P<text>\S.*)")
BOUNDED = re.compile(r"(?P<inner>.+)\((?P<low>-?\d*)\.\.(?P<high>\d*)\)")


class Field(NamedTuple):
    """One line of a table."""

    name: str
    required: bool
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One JSON object. ``closed``: a request that refuses what it does not know."""

    name: str
    text: str
    fields: tuple[Field, ...]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Union:
    """One of several shapes, told apart by the text in their field ``by``."""

    name: str
    text: str
    by: str
    shapes: dict[str, str]


def shape(name: str, text: str, table: str, *, closed: bool = False) -> Shape:
    return Shape(name, text, fields(table), closed)


def table(*parts: str) -> str:
    """Several tables as one, whatever their margins."""
    return "\n".join(dedent(part.strip("\n")) for part in parts)


def fields(table: str) -> tuple[Field, ...]:
    """Parses a table; raises ValueError naming the line that is none."""
    lines: list[str] = []
    margin = min((len(line) - len(line.lstrip()) for line in table.splitlines() if line.strip()), default=0)
    for line in filter(str.strip, table.splitlines()):
        if len(line) - len(line.lstrip()) > margin and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    return tuple(map(_field, lines))


def _field(line: str) -> Field:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"not a line of a table: {line!r}")
    return Field(match["name"], bool(match["star"]), match["type"], match["text"])


def schema_of(shape: Shape | Union, prefix: str) -> Schema:
    """The JSON Schema of a shape; other shapes of the same API are referred to under ``prefix``."""
    if isinstance(shape, Union):
        refs = {value: reference(name, prefix) for value, name in shape.shapes.items()}
        mapping = {value: ref["$ref"] for value, ref in refs.items()}
        return {
            "description": shape.text,
            "oneOf": list(refs.values()),
            "discriminator": {"propertyName": shape.by, "mapping": mapping},
        }
    schema: Schema = {"type": "object", "description": shape.text}
    schema["properties"] = {field.name: described(field, prefix) for field in shape.fields}
    if required := [field.name for field in shape.fields if field.required]:
        schema["required"] = required
    if shape.closed:
        schema["additionalProperties"] = False
    return schema


def described(field: Field, prefix: str) -> Schema:
    return type_schema(field.type, prefix) | {"description": field.text}


def reference(name: str, prefix: str) -> Schema:
    return {"$ref": f"#/components/schemas/{prefix}-{name}"}


def type_schema(text: str, prefix: str) -> Schema:
    """JSON Schema of a type word."""
    text = text.strip()
    if len(either := _split(text)) > 1:
        return {"anyOf": [type_schema(one, prefix) for one in either]}
    if text.endswith("?"):
        return _nullable(type_schema(text[:-1], prefix))
    if match := BOUNDED.fullmatch(text):
        return _bounded(type_schema(match["inner"], prefix), match["low"], match["high"])
    return _composed(text, prefix)


def _composed(text: str, prefix: str) -> Schema:
    inner = text[1:-1]
    if text[0] == "[":
        return {"type": "array", "items": type_schema(inner, prefix)}
    if text[0] == "{":
        return {"type": "object", "additionalProperties": type_schema(inner, prefix)}
    if text[0] == "<":
        return {"type": "string", "enum": inner.split()}
    if text[0] == '"':
        return {"type": "string", "const": inner}
    if text.startswith("id:"):
        return {"type": "string", "pattern": ids.pattern(text.removeprefix("id:"))}
    return dict(SCALARS[text]) if text in SCALARS else reference(text, prefix)


def _nullable(schema: Schema) -> Schema:
    if "$ref" in schema or "anyOf" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "const" in schema:
        schema = {"type": "string", "enum": [schema["const"]]}
    if "enum" in schema:
        schema = schema | {"enum": [*schema["enum"], None]}
    return schema | {"type": [schema["type"], "null"]} if "type" in schema else schema


def _bounded(schema: Schema, low: str, high: str) -> Schema:
    bounds = zip(_BOUNDS[schema["type"]], (low, high), strict=True)
    return schema | {keyword: int(value) for keyword, value in bounds if value}


def _split(text: str) -> list[str]:
    """Splits at bars that stand in no bracket and between spaces."""
    return re.split(r" \| (?![^\[\]{}<>]*[\]}>])", text)
