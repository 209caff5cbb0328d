"""Holding answers against our own OpenAPI document, with every object closed: a key that it does not tell of fails."""

from __future__ import annotations

from typing import Any

import jsonschema

from parley.reference import document
from parley.server.reference import APIS

DOCUMENT = document.build("/", APIS)


def closed(schema: Any) -> Any:
    """Objects that tell their keys take no others; in an ``anyOf`` and ``oneOf`` each branch decides for itself."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items() if key != "discriminator"}
    return found | ({"additionalProperties": False} if "properties" in schema else {})


COMPONENTS = {"schemas": {name: closed(schema) for name, schema in DOCUMENT["components"]["schemas"].items()}}


def check(path: str, answer: Any) -> Any:
    """Raises where the answer's status, headers or body are not as described; returns the body."""
    told = DOCUMENT["paths"][path][answer.request.method.lower()]["responses"]
    assert str(answer.status_code) in told, f"{answer.status_code} is not told: {answer.text[:300]}"
    reply = told[str(answer.status_code)]
    assert set(map(str.lower, reply.get("headers", ()))) <= set(answer.headers), "a header that is told is missing"
    if "content" not in reply:
        assert not answer.content, "an answer that is told to be empty has a body"
        return None
    schema = reply["content"]["application/json"]["schema"]
    errors = list(jsonschema.Draft202012Validator(schema | {"components": COMPONENTS}).iter_errors(answer.json()))
    assert not errors, [reason(error) for error in errors[:5]]
    return answer.json()


def reason(error: jsonschema.ValidationError) -> str:
    """Where, and the deepest cause of a failed alternative."""
    best = jsonschema.exceptions.best_match([error])
    return f"{best.json_path}: {best.message[:300]}"


def shown(body: Any, found: set[str] | None = None) -> set[str]:
    """Every key that a body has anywhere."""
    found = set() if found is None else found
    if isinstance(body, dict):
        found |= set(body)
    for inner in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        shown(inner, found)
    return found
