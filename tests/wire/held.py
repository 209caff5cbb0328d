"""Every request of the suite to a DevRev path, and its answer, held against the official document and our own.

It is done where httpx sends, so that no client is left out, the SDK's among them. What a server must refuse is held on
one side only: the answer must be a valid error. Answers that are read as a stream are not held.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
import pytest

from parley.devrev import families, routes
from tests.wire import described, official

_SERVED = {*routes.READS, *(endpoint.path for family in families.FAMILIES for endpoint in family.endpoints)}

_FAILING = ContextVar("failing", default=False)


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


@contextmanager
def failing() -> Iterator[None]:
    """Inside, a 5xx is what the test is about; it is held as any other error is."""
    token = _FAILING.set(True)
    try:
        yield
    finally:
        _FAILING.reset(token)


def check(answer: httpx.Response) -> None:
    """Raises AssertionError where a request that succeeded, or any answer, is not as documented. Other paths are let be."""
    path, method = answer.request.url.path, answer.request.method.lower()
    if path not in _SERVED or method not in described.DOCUMENT["paths"][path]:
        return
    assert answer.status_code < 500 or _FAILING.get(), answer.text
    if answer.content:
        described.check(path, answer)
    sent = json.loads(answer.request.content) if method == "post" and answer.is_success else None
    if sent is not None and (asked := described.schema_of(path, "post", "request")):
        asked.check(sent)
    if official.SPEC.exists():  # a user's clone has none
        _check_official(path, sent, answer)


def _check_official(path: str, sent: object, answer: httpx.Response) -> None:
    if sent is not None and (asked := official.schema_of(path, "request")):
        asked.check(sent)
    told = official.schema_of(path, "response") if answer.is_success else official.error_schema(answer.status_code)
    if answer.content and told:
        told.check(answer.json())
