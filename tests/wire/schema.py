"""One JSON Schema, compiled once: a fast validator says whether a body fits, a slower one says why not."""

from __future__ import annotations

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
    """Of draft 2020-12, with every ``$ref`` inside; of the formats only date-time is looked at."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._fast = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats={"date-time": _is_time})

    def check(self, body: object) -> None:
        """Raises AssertionError with the first reasons."""
        if self._fast.is_valid(body):
            return
        errors = jsonschema.Draft202012Validator(self._schema, format_checker=_FORMATS).iter_errors(body)
        reasons = [_reason(error) for error in errors] or [str(error) for error in self._fast.iter_errors(body)]
        raise AssertionError(reasons[:MOST_REASONS])


def _reason(error: jsonschema.ValidationError) -> str:
    """Where, and the deepest cause of a failed alternative."""
    best = jsonschema.exceptions.best_match([error])
    return f"{best.json_path}: {best.message[:300]}"
