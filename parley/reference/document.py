"""The OpenAPI 3.1 document of every route that this server answers."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from itertools import chain
from typing import Any

from .. import __version__
from .notation import Schema, reference, schema_of, type_schema
from .operations import Answer, Api, Operation, Parameter

_ABOUT = (
    "Parley keeps customer conversations in one PostgreSQL store and answers DevRev's and Chatwoot's APIs, at their original "
    "paths, and one of its own. One token works on all: in `Authorization` (with or without `Bearer`) for DevRev's, in "
    "`api_access_token` for Chatwoot's, in either for its own. `parley token create` makes one."
)
_SECURITY = {
    "devrev": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The token, with or without `Bearer ` before it.",
    },
    "chatwoot": {"type": "apiKey", "in": "header", "name": "api_access_token", "description": "The token."},
    "parley": {"type": "http", "scheme": "bearer", "description": "The token; `api_access_token` takes it too."},
}
HEADERS: dict[str, tuple[str, Schema]] = {
    "X-Ratelimit-Limit": ("Requests that this caller may make in a minute.", {"type": "integer"}),
    "X-Ratelimit-Remaining": ("How many are left of them.", {"type": "integer"}),
    "X-Ratelimit-Reset": ("When the minute ends, in seconds since 1970.", {"type": "integer"}),
    "Retry-After": ("How many seconds to wait.", {"type": "integer"}),
}


def build(server_url: str, apis: Sequence[Api]) -> dict[str, Any]:
    """``server_url`` "/" means: where the document came from."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Parley", "version": __version__, "description": _ABOUT, "license": _LICENSE},
        "servers": [{"url": server_url}],
        "tags": [{"name": api.name, "description": api.text} for api in apis],
        "paths": _paths(apis),
        "components": {"schemas": _schemas(apis), "securitySchemes": _SECURITY},
    }


_LICENSE = {"name": "Apache 2.0", "identifier": "Apache-2.0"}


def _paths(apis: Sequence[Api]) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for api in apis:
        for operation in api.operations:
            paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, api)
    return paths


def _operation(operation: Operation, api: Api) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [api.name],
        "summary": operation.summary,
        "description": operation.text,
        "security": [] if operation.is_open or api.security is None else [{api.security: []}],
    }
    if operation.parameters:
        described["parameters"] = [_parameter(one, api.prefix) for one in operation.parameters]
    if operation.body is not None:
        content = {media: {"schema": reference(operation.body, api.prefix)} for media in operation.media}
        described["requestBody"] = {"required": True, "content": content}
    described["responses"] = _responses(operation, api.prefix)
    described["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": operation.curl}]
    return described


def _parameter(parameter: Parameter, prefix: str) -> dict[str, Any]:
    field = parameter.field
    schema = type_schema(field.type, prefix)
    described = {
        "name": field.name,
        "in": parameter.where,
        "required": field.required,
        "description": field.text,
        "schema": schema,
    }
    if schema.get("type") == "array":
        described |= {"style": "form", "explode": False}
    if schema.get("type") == "object":
        described |= {"style": "deepObject", "explode": True}
    return described


def _responses(operation: Operation, prefix: str) -> dict[str, Any]:
    """By status; one that is told twice comes in either form."""
    told: dict[str, Any] = {}
    for answer in operation.answers:
        one = _answer(answer, prefix)
        one["content"] = told.get(str(answer.status), {}).get("content", {}) | one.get("content", {})
        told[str(answer.status)] = one if one["content"] else {key: value for key, value in one.items() if key != "content"}
    return told


def _answer(answer: Answer, prefix: str) -> dict[str, Any]:
    schema = {"type": "string"} if answer.type is None else type_schema(answer.type, prefix)
    described: dict[str, Any] = {"description": answer.text}
    if answer.status != HTTPStatus.NO_CONTENT and answer.media is not None:
        described["content"] = {answer.media: {"schema": schema}}
    if answer.headers:
        described["headers"] = {name: {"description": HEADERS[name][0], "schema": HEADERS[name][1]} for name in answer.headers}
    return described


def _schemas(apis: Sequence[Api]) -> dict[str, Schema]:
    return dict(chain.from_iterable(_api_schemas(api) for api in apis))


def _api_schemas(api: Api) -> list[tuple[str, Schema]]:
    return [(f"{api.prefix}-{one.name}", schema_of(one, api.prefix)) for one in api.shapes]
