"""The suite's own net: what is not as documented fails in whichever client sent it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.wire import chatwoot_official, held

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


LABEL = {"id": 1, "title": "vip", "description": None, "color": "#1f93ff", "show_on_sidebar": True}
LABELS = "/api/v1/accounts/1/labels"


def test_chatwoots_answers_pass_as_documented() -> None:
    assert ask(200, LABEL, path=LABELS).status_code == 200
    assert ask(401, {"errors": ["You need to sign in."]}, path=LABELS).status_code == 401
    assert ask(404, {"error": "Resource could not be found"}, path="/api/v1/accounts/1/unicorns").status_code == 404


@pytest.mark.parametrize(
    ("status", "answer", "path"),
    [
        pytest.param(200, LABEL | {"shoe_size": 46}, LABELS, id="a key that we do not tell of"),
        pytest.param(200, LABEL | {"title": 7}, LABELS, id="a value of the wrong type"),
        pytest.param(418, {"error": "e"}, LABELS, id="a status that we do not tell of"),
        pytest.param(401, LABEL, LABELS, id="an error in another shape"),
        pytest.param(500, {"error": "e"}, LABELS, id="a failure of the server"),
        pytest.param(200, {}, "/api/v1/accounts/1/unicorns", id="an answer of a path that we do not tell of"),
    ],
)
def test_chatwoots_answers_fail_else(status: int, answer: Any, path: str) -> None:
    with pytest.raises(AssertionError):
        ask(status, answer, path=path)


def test_chatwoots_document_is_asked_too() -> None:
    """Ours takes this body: an array of numbers. Theirs says words."""
    with pytest.raises(AssertionError):
        chatwoot_official.validate("GET", "/api/v1/accounts/{account_id}/conversations/{conversation_id}/labels", 200, {"payload": [1]})


def test_what_is_neithers_is_let_be() -> None:
    assert ask(200, {"anything": 1}, path="/hooks/1").status_code == 200


def test_a_failure_may_be_asked_for() -> None:
    with held.failing():
        assert ask(500, {"type": "internal_error", "message": "m", "detail": "d", "reference_id": "1"}).status_code == 500
