"""DevRev's official document as JSON Schema: what every request and answer of a test is held against."""

from __future__ import annotations

import functools
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

SPEC = Path(__file__).resolve().parents[2].parent / "shared" / "contracts" / "devrev" / "openapi-2026-01-beta.yaml"
ERRORS = {
    400: "error-bad-request",
    401: "error-unauthorized",
    403: "error-forbidden",
    404: "error-not-found",
    409: "error-conflict",
    413: "error-request-entity-too-large",
    429: "error-too-many-requests",
    500: "error-internal-server-error",
    503: "error-service-unavailable",
}


@functools.cache
def document() -> dict[str, Any]:
    """The document; parsing its YAML takes seconds, so the JSON of it is kept beside the other temporary files."""
    if not SPEC.exists():
        pytest.skip(f"{SPEC} is not there: a user's clone has none")
    kept = Path(tempfile.gettempdir()) / f"parley-devrev-{SPEC.stat().st_mtime_ns}.json"
    if not kept.exists():
        loaded = yaml.load(SPEC.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        fresh = kept.with_suffix(f".{id(loaded)}")
        fresh.write_text(json.dumps(loaded, default=str))
        fresh.replace(kept)
    found: dict[str, Any] = json.loads(kept.read_text())
    return found


@functools.cache
def definitions() -> dict[str, Any]:
    return {name: _plain(schema) for name, schema in document()["components"]["schemas"].items()}


def schema_of(path: str, part: str) -> dict[str, Any] | None:
    """The schema of a POST's ``request`` or of its 2xx answer (``response``); None where there is none."""
    operation = document()["paths"][path]["post"]
    if part == "request":
        holder = operation.get("requestBody", {})
    else:
        holder = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    holder = _follow(holder)
    schema = holder.get("content", {}).get("application/json", {}).get("schema")
    return _plain(schema) if schema else None


def validate(body: object, schema: dict[str, Any]) -> None:
    """Raises AssertionError with the first reasons."""
    validator = jsonschema.Draft202012Validator({"$defs": definitions(), **schema}, format_checker=_FORMATS)
    errors = [_reason(error) for error in validator.iter_errors(body)]
    assert not errors, errors[:5]


def validate_error(status: int, body: object) -> None:
    validate(body, {"$ref": f"#/$defs/{ERRORS[status]}"})


_FORMATS = jsonschema.FormatChecker(formats=[])


@_FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or (datetime.fromisoformat(value).tzinfo is not None and "T" in value)


def _follow(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    *_, kind, name = value["$ref"].split("/")
    found: dict[str, Any] = document()["components"][kind][name]
    return found


def _plain(schema: Any) -> Any:
    """JSON Schema 2020-12: a discriminator says which branch of its ``oneOf`` applies."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _plain(value) for key, value in schema.items() if key not in ("discriminator", "example")}
    if isinstance(ref := made.get("$ref"), str):
        made["$ref"] = ref.replace("#/components/schemas/", "#/$defs/")
    if "discriminator" in schema and "oneOf" in made:
        del made["oneOf"]
        key = schema["discriminator"]["propertyName"]
        made["allOf"] = [*made.get("allOf", ()), *(_branch(key, *one) for one in schema["discriminator"].get("mapping", {}).items())]
    if made.get("additionalProperties") is False and not made.get("properties"):
        del made["additionalProperties"]  # how the generator writes "no more than the base has"
    if made.pop("nullable", False) and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


def _branch(key: str, value: str, ref: str) -> dict[str, Any]:
    chosen = {"properties": {key: {"const": value}}, "required": [key]}
    return {"if": chosen, "then": {"$ref": ref.replace("#/components/schemas/", "#/$defs/")}}


def _reason(error: jsonschema.ValidationError) -> str:
    best = jsonschema.exceptions.best_match([error])
    return f"{best.json_path}: {best.message[:300]}"
