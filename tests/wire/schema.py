"""One JSON Schema, compiled once: a fast validator says whether a body fits, a slower one says why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import jsonschema
import jsonschema_rs

MOST_REASONS = 5


def _is_time(value: object) -> bool:
    try:
        return not isinstance(value, str) or (datetime.fromisoformat(value).tzinfo is not None and "T" in value)
    except ValueError:
        return False


_FORMATS = jsonschema.FormatChecker(formats=[])
_FORMATS.checks("date-time")(_is_time)


class Schema:
    """Of draft 2020-12; of the formats only date-time is looked at. Each ``$ref`` names one of ``components``.

    Only those that it speaks of are compiled: with all of them a validator takes 30 ms and 5 MB, and there are a thousand.
    """

    def __init__(self, schema: dict[str, Any], components: Mapping[str, Any]) -> None:
        self._schema = schema | {"components": {"schemas": _reached(schema, components)}}
        self._fast = jsonschema_rs.Draft202012Validator(self._schema, validate_formats=True, formats={"date-time": _is_time})

    def accepts(self, body: object) -> bool:
        return bool(self._fast.is_valid(body))

    def errors(self, body: object) -> list[jsonschema.ValidationError]:
        """From the slower validator."""
        return list(jsonschema.Draft202012Validator(self._schema, format_checker=_FORMATS).iter_errors(body))

    def check(self, body: object) -> None:
        """Raises AssertionError with the first reasons."""
        if self.accepts(body):
            return
        reasons = [_reason(error) for error in self.errors(body)] or [str(error) for error in self._fast.iter_errors(body)]
        raise AssertionError(reasons[:MOST_REASONS])


def _reached(schema: Any, components: Mapping[str, Any]) -> dict[str, Any]:
    """The components that a schema speaks of, and those that they speak of."""
    found: dict[str, Any] = {}
    todo = set(_spoken_of(schema))
    while todo:
        name = todo.pop()
        found[name] = components[name]
        todo |= set(_spoken_of(components[name])) - found.keys()
    return found


def _spoken_of(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict) and isinstance(ref := schema.get("$ref"), str):
        yield ref.rpartition("/")[2]
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _spoken_of(inner)


def _reason(error: jsonschema.ValidationError) -> str:
    """Where, and the deepest cause of a failed alternative."""
    best = jsonschema.exceptions.best_match([error])
    return f"{best.json_path}: {best.message[:300]}"
