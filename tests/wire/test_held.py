"""The suite's own net: what is not as documented fails in whichever client sent it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.wire import held

TAG = {"id": "don:core:dvrv-us-1:devo/acme:tag/1", "display_id": "TAG-1", "name": "billing"}
HEADERS = {"x-ratelimit-limit": "1", "x-ratelimit-remaining": "1", "x-ratelimit-reset": "1", "x-request-id": "1"}


def ask(status: int, answer: Any, body: Any = None, path: str = "/tags.get") -> httpx.Response:
    """As from a server that answers so, whatever it is asked."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=answer, headers=HEADERS))
    with httpx.Client(transport=transport, base_url="http://parley.test") as client:
        return client.post(path, json=body if body is not None else {"id": "TAG-1"})


def test_what_is_as_documented_passes() -> None:
    assert ask(200, {"tag": TAG}).status_code == 200
    assert ask(400, {"type": "invalid_field", "message": "m", "detail": "d", "field_name": "x"}, {"x": 1}).status_code == 400


@pytest.mark.parametrize(
    ("status", "answer", "body"),
    [
        pytest.param(200, {"tag": TAG | {"shoe_size": 46}}, None, id="a key that we do not tell of"),
        pytest.param(200, {"tag": {"name": "billing"}}, None, id="an answer without what is required"),
        pytest.param(200, {"tag": TAG}, {"id": 1}, id="a request of the wrong type that is taken"),
        pytest.param(200, {"tag": TAG}, {"id": "TAG-1", "x": 1}, id="a field that we do not tell of, taken"),
        pytest.param(418, {"message": "m"}, None, id="a status that we do not tell of"),
        pytest.param(400, {"tag": TAG}, None, id="an error in another shape"),
        pytest.param(500, {"type": "internal_error", "message": "m"}, None, id="a failure of the server"),
    ],
)
def test_what_is_not_fails(status: int, answer: Any, body: Any) -> None:
    with pytest.raises((AssertionError, KeyError)):
        ask(status, answer, body)


async def test_an_async_client_is_held_too() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"tag": {}}, headers=HEADERS))
    async with httpx.AsyncClient(transport=transport, base_url="http://parley.test") as client:
        with pytest.raises(AssertionError):
            await client.post("/tags.get", json={"id": "TAG-1"})


def test_what_is_not_devrevs_is_let_be() -> None:
    assert ask(200, {"anything": 1}, path="/api/v1/accounts/1/conversations").status_code == 200


def test_a_failure_may_be_asked_for() -> None:
    with held.failing():
        assert ask(500, {"type": "internal_error", "message": "m", "detail": "d", "reference_id": "1"}).status_code == 500
