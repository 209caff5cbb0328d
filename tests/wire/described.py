"""Holding answers against our own OpenAPI document, with every object closed: a key that it does not tell of fails."""

from __future__ import annotations

import functools
from typing import Any

from parley.reference import document
from parley.server.reference import APIS
from tests.wire.schema import Schema

DOCUMENT = document.build("/", APIS)


def closed(schema: Any) -> Any:
    """Objects that tell their keys take no others; in an ``anyOf`` and ``oneOf`` each branch decides for itself."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items() if key != "discriminator"}
    return found | ({"additionalProperties": False} if "properties" in schema else {})


COMPONENTS = {name: closed(schema) for name, schema in DOCUMENT["components"]["schemas"].items()}


@functools.cache
def schema_of(path: str, method: str, part: str) -> Schema | None:
    """What a ``request``, or the answer of a status, must fit; None where there is none."""
    told = DOCUMENT["paths"][path][method]
    holder = told.get("requestBody", {}) if part == "request" else told["responses"][part]
    schema = holder.get("content", {}).get("application/json", {}).get("schema")
    return Schema(schema, COMPONENTS) if schema else None


def is_json(answer: Any) -> bool:
    """Of httpx, or of requests' kin, whose headers are lists."""
    found = answer.headers.get("content-type", "")
    return (found if isinstance(found, str) else found[0]).startswith("application/json")


def check(path: str, answer: Any, method: str = "") -> Any:
    """Raises where the answer's status, headers or body are not as described; returns the body.

    ``method`` is what the document calls it, where the request has another.
    """
    method = (method or answer.request.method).lower()
    told = DOCUMENT["paths"][path][method]["responses"]
    assert str(answer.status_code) in told, f"{answer.status_code} is not told: {answer.text[:300]}"
    reply = told[str(answer.status_code)]
    assert set(map(str.lower, reply.get("headers", ()))) <= set(answer.headers), "a header that is told is missing"
    if "content" not in reply:
        assert not answer.content, "an answer that is told to be empty has a body"
        return None
    if "application/json" not in reply["content"]:
        assert not is_json(answer), f"JSON instead of {list(reply['content'])}: {answer.text[:300]}"
        return None
    schema = schema_of(path, method, str(answer.status_code))
    assert schema is not None, f"no body is told: {answer.text[:300]}"
    body = answer.json()
    schema.check(body)
    return body


def shown(body: Any, found: set[str] | None = None) -> set[str]:
    """Every key that a body has anywhere."""
    found = set() if found is None else found
    if isinstance(body, dict):
        found |= set(body)
    for inner in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        shown(inner, found)
    return found
