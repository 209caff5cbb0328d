"""The fields that an OpenAPI document tells of an operation, for holding an official document against ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


def names(fields: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(fields))


def request_fields(operation: Schema, whole: Schema) -> set[str]:
    body = _follow(operation.get("requestBody", {}), whole)
    return set(_properties(_json(body), whole))


def answer_fields(operation: Schema, whole: Schema, *, depth: int = 2) -> set[str]:
    """The fields of the answer, and those of the objects in it (``tag.name``, ``tags.name``) down to ``depth``."""
    success = next((answer for status, answer in operation["responses"].items() if status.startswith("2")), {})
    return _nested(_json(_follow(success, whole)), whole, depth)


def _nested(schema: Schema, whole: Schema, depth: int) -> set[str]:
    found: set[str] = set()
    schema = _follow(schema, whole)
    if "anyOf" in schema and any("items" in _follow(one, whole) for one in schema["anyOf"]):
        return set().union(*(_nested(one, whole, depth) for one in schema["anyOf"]))
    for name, inner in _properties(schema.get("items", schema), whole).items():
        found.add(name)
        if depth > 1:
            found |= {f"{name}.{key}" for key in _nested(inner, whole, depth - 1)}
    return found


def _json(holder: Schema) -> Schema:
    found: Schema = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _properties(schema: Schema, whole: Schema) -> dict[str, Schema]:
    """The properties that an object can have, whichever branch it is."""
    return dict(_walk(schema, whole, set()))


def _walk(schema: Schema, whole: Schema, seen: set[str]) -> Iterator[tuple[str, Schema]]:
    ref = schema.get("$ref")
    if ref in seen:
        return
    schema = _follow(schema, whole)
    seen = seen | ({ref} if ref else set())
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _walk(part, whole, seen)
    yield from schema.get("properties", {}).items()


def _follow(value: Schema, whole: Schema) -> Schema:
    while "$ref" in value:
        found: Any = whole
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value
