"""DevRev's official document as JSON Schema: what every request and answer of a test is held against."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.wire.schema import Schema

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


@functools.cache
def schema_of(path: str, part: str) -> Schema | None:
    """What a POST's ``request`` or its 2xx answer (``response``) must fit; None where there is none."""
    operation = document()["paths"][path]["post"]
    if part == "request":
        holder = operation.get("requestBody", {})
    else:
        holder = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    schema = _follow(holder).get("content", {}).get("application/json", {}).get("schema")
    return Schema(_plain(schema), definitions()) if schema else None


@functools.cache
def error_schema(status: int) -> Schema:
    """Of the body of a refusal."""
    return Schema({"$ref": f"#/components/schemas/{ERRORS[status]}"}, definitions())


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
    return {"if": chosen, "then": {"$ref": ref}}
