"""Chatwoot's official swagger.json, for holding answers against it; its known slips are named here (contract 2.6)."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.wire.schema import Schema

SPEC = Path(__file__).resolve().parents[2].parent / "shared" / "contracts" / "chatwoot" / "swagger.json"
# Where the original's own answers leave its schema: (last key of the path, keyword).
SLIPS = {
    ("open_hour", "type"): "null on a day that is closed, as its own description says",
    ("open_minutes", "type"): "the same",
    ("close_hour", "type"): "the same",
    ("close_minutes", "type"): "the same",
    ("snoozed_until", "type"): "an ISO string where the schema says number",
    ("status", "enum"): "the schema forgets snoozed",
    ("payload", "type"): "a made contact is one object where the schema says an array",
    ("value", "type"): "a report's counts are numbers where the schema says string",
    ("attribute_values", "type"): "a list where the schema says string",
}
# Keys that are null in the original where there is nothing to tell; the schema does not say so. Here a user need
# not have an e-mail address, and a contact, who may list, is not told an agent's: `email`, `uid`.
NULLABLE = {
    "email", "uid",
    "content", "hmac_verified", "provider", "description", "outgoing_url", "account_id", "website_url", "widget_color", "website_token",
    "web_widget_script", "reply_time", "hmac_mandatory", "avg_first_response_time", "avg_resolution_time", "default_value",
    "attribute_description", "regex_pattern", "regex_cue", "query_operator", "name",
}  # fmt: skip
# Answers of another kind than the schema tells as a whole.
OTHER_KINDS = {
    "/api/v2/accounts/{}/reports": "an unknown metric is an empty object",
    "/api/v2/accounts/{}/reports/conversations": "told twice, once for the account and once for agents",
}

# Answers that are null where the schema says object: nobody answers any more.
NULLS = {("POST", "/api/v1/accounts/{}/conversations/{}/assignments")}

# Answers that the schema has without the wrapping that the original's have.
UNWRAPPED = {("GET", "/api/v1/accounts/{}/webhooks"): "the schema says a bare list"}


@functools.cache
def document() -> dict[str, Any]:
    if not SPEC.exists():
        pytest.skip(f"no {SPEC}: Chatwoot's document is not part of a user's clone")
    found: dict[str, Any] = json.loads(SPEC.read_text())
    return found


@functools.cache
def _paths() -> dict[str, dict[str, Any]]:
    """By path with the places' names left out: they are named otherwise here and there."""
    return {_bare(path): item for path, item in document()["paths"].items()}


def _bare(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path).rstrip("/")


def is_documented(method: str, template: str) -> bool:
    return SPEC.exists() and method.lower() in _paths().get(_bare(template), {})


def validate(method: str, template: str, status: int, body: Any) -> None:
    """Raises AssertionError where the answer leaves the official schema and it is no known slip."""
    bare = _bare(template)
    found = _schemas_of(method, bare, status)
    if found is None or (body is None and (method, bare) in NULLS) or found.forgiving.accepts(body):
        return
    wrong = [error for error in flat(found.strict.errors(body)) if not is_slip(error)]
    if bare in OTHER_KINDS:
        wrong = [error for error in wrong if error.absolute_path]
    assert not wrong, [f"{error.json_path}: {error.message[:200]}" for error in wrong[:5]]


class _Schemas(NamedTuple):
    """``forgiving`` has most of the known slips mended: what fits it needs no slow search of its errors."""

    strict: Schema
    forgiving: Schema


@functools.cache
def _schemas_of(method: str, bare: str, status: int) -> _Schemas | None:
    if not is_documented(method, bare) or (method, bare) in UNWRAPPED:
        return None
    told = _paths()[bare][method.lower()]["responses"].get(str(status), {})
    schema = told.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return None
    components = document()["components"]["schemas"]
    return _Schemas(Schema(schema, components), Schema(_forgiving(schema), _forgiving_components()))


@functools.cache
def _forgiving_components() -> dict[str, Any]:
    return {name: _forgiving(schema) for name, schema in document()["components"]["schemas"].items()}


def _forgiving(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_forgiving(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _forgiving(value) for key, value in schema.items()}
    if isinstance(properties := made.get("properties"), dict):
        made["properties"] = {key: _mended(key, value) for key, value in properties.items()}
    return made


def _mended(key: str, schema: Any) -> Any:
    kept = {keyword: value for keyword, value in schema.items() if (key, keyword) not in SLIPS}
    return {"anyOf": [kept, {"type": "null"}]} if key in NULLABLE else kept


def is_slip(error: Any) -> bool:
    key, keyword = slip(error)
    return (key, keyword) in SLIPS or (keyword == "type" and error.instance is None and key in NULLABLE)


def slip(error: Any) -> tuple[str, str]:
    """Inside of an array there is no key, and so no slip."""
    last = error.absolute_path[-1] if error.absolute_path else ""
    return (last if isinstance(last, str) else "", error.validator)


def flat(errors: Any) -> Iterator[Any]:
    """Leaves of oneOf and allOf errors, the alternative that is meant."""
    for error in errors:
        if error.context:
            yield from flat([inner for inner in error.context if inner.validator != "type" or inner.absolute_path != error.absolute_path])
        else:
            yield error
