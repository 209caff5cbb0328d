"""Every request of the suite, and its answer, held against the official document of its face and our own.

It is done where httpx sends, so that no client is left out, the SDK's among them. What a server must refuse is held on
one side only: the answer must be a valid error. Answers that are read as a stream are not held.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
import pytest

from parley.devrev import families, routes
from tests.wire import chatwoot_held, described, official

_SERVED = {*routes.READS, *(endpoint.path for family in families.FAMILIES for endpoint in family.endpoints)}

_FAILING = ContextVar("failing", default=False)
_ANY_REQUEST = ContextVar("any_request", default=False)
_ANY_ANSWER = ContextVar("any_answer", default=False)


@contextmanager
def every_client() -> Iterator[None]:
    """While it is open, a client's ``send`` raises AssertionError for what is not as documented."""
    send, send_async = httpx.Client.send, httpx.AsyncClient.send

    def held(client: httpx.Client, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        answer = send(client, request, stream=stream, **options)
        if not stream:
            check(answer)
        return answer

    async def held_async(client: httpx.AsyncClient, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        answer = await send_async(client, request, stream=stream, **options)
        if not stream:
            check(answer)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.Client, "send", held)
        patch.setattr(httpx.AsyncClient, "send", held_async)
        yield


def failing() -> AbstractContextManager[None]:
    """Inside, a 5xx is what the test is about; it is held as any other error is."""
    return _inside(_FAILING)


def any_request() -> AbstractContextManager[None]:
    """Inside, what is sent need not be as documented: a real client sends it, and it is taken. The answers are held."""
    return _inside(_ANY_REQUEST)


def any_answer() -> AbstractContextManager[None]:
    """Inside, nothing is held: the test has put into the store what no writer puts there."""
    return _inside(_ANY_ANSWER)


@contextmanager
def _inside(flag: ContextVar[bool]) -> Iterator[None]:
    token = flag.set(True)
    try:
        yield
    finally:
        flag.reset(token)


def check(answer: httpx.Response) -> None:
    """Raises AssertionError where a request that succeeded, or any answer, is not as documented. Other paths are let be."""
    path, method = answer.request.url.path, answer.request.method.lower()
    if path.startswith(chatwoot_held.PREFIXES) and not _ANY_ANSWER.get():
        chatwoot_held.check(answer, failing=_FAILING.get())
    if path not in _SERVED or method not in described.DOCUMENT["paths"][path] or _ANY_ANSWER.get():
        return
    assert answer.status_code < 500 or _FAILING.get(), answer.text
    if answer.content:
        check_answer(path, answer)
    if not answer.is_success or _ANY_REQUEST.get():
        return
    if method == "get":
        _check_query(path, answer.request.url.params)
    else:
        _check_body(path, json.loads(answer.request.content))


def check_answer(path: str, answer: Any) -> None:
    """The same for an answer of any library; ``path`` is spelled as in our document."""
    if path.startswith(chatwoot_held.PREFIXES):
        chatwoot_held.check_as(answer.request.method, path, answer)
        return
    body = described.check(path, answer)
    if path in _SERVED and official.SPEC.exists():  # a user's clone has none
        told = official.schema_of(path, "response") if answer.status_code < 300 else official.error_schema(answer.status_code)
        if told is not None:
            told.check(body)


def _check_query(path: str, asked: httpx.QueryParams) -> None:
    """By name: GET's own parameters, and the fields of POST's body with what is inside of them (``created_date.after``)."""
    operations = described.DOCUMENT["paths"][path]
    body = operations["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    told = set(described.DOCUMENT["components"]["schemas"][body].get("properties", ()))
    told |= {one["name"] for one in operations["get"].get("parameters", ())}
    untold = [name for name in asked if not {bare := name.partition("[")[0], bare.partition(".")[0]} & told]
    assert not untold, f"GET {path} tells of no {untold}"


def _check_body(path: str, body: object) -> None:
    asked = [described.schema_of(path, "post", "request")]
    if official.SPEC.exists():
        asked.append(official.schema_of(path, "request"))
    for schema in asked:
        if schema is not None:
            schema.check(body)
