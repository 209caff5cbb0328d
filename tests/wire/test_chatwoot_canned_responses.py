"""Canned responses on Chatwoot's wire (contract 3.5)."""

from __future__ import annotations

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import OTHER, World, build, run
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return run(build(live.dsn, live.url))


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_a_life(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("canned_responses", {"short_code": "bye", "content": "Good bye"}, who="agent")
    assert (made["short_code"], made["content"], made["account_id"]) == ("bye", "Good bye", 1)
    assert made in chatwoot.get("canned_responses")
    changed = chatwoot.call("PATCH", f"canned_responses/{made['id']}", {"canned_response": {"content": "So long"}}, who="agent")
    assert (changed["short_code"], changed["content"]) == ("bye", "So long")
    assert changed["updated_at"] > made["updated_at"]
    assert chatwoot.call("DELETE", f"canned_responses/{made['id']}", who="agent") is None
    assert made["id"] not in [one["id"] for one in chatwoot.get("canned_responses")]
    chatwoot.call("DELETE", f"canned_responses/{made['id']}", expect=404)


def test_search_ranks_short_codes_before_contents(chatwoot: Chatwoot) -> None:
    for code, content in (("z", "xyzzy inside"), ("a-xyzzy", "holds it"), ("XYZZY", "begins with it"), ("50%_xyz", "a pattern")):
        chatwoot.post("canned_responses", {"short_code": code, "content": content})
    codes = [one["short_code"] for one in chatwoot.get("canned_responses", params={"search": "xyzzy"})]
    assert codes == ["XYZZY", "a-xyzzy", "z"]
    assert [one["short_code"] for one in chatwoot.get("canned_responses", params={"search": "0%_x"})] == ["50%_xyz"]
    assert chatwoot.get("canned_responses", params={"search": "nothing holds this"}) == []


@pytest.mark.parametrize(
    ("body", "message", "attribute"),
    [
        ({"content": "x"}, "Short code can't be blank", "short_code"),
        ({"short_code": "x"}, "Content can't be blank", "content"),
        ({"short_code": "", "content": "x"}, "short_code takes 1 to 255 characters", "short_code"),
        ({"short_code": ["x"], "content": "x"}, "short_code: expected string, got array", "short_code"),
        ({"short_code": "x\0", "content": "x"}, "short_code holds a null character", "short_code"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: object, message: str, attribute: str) -> None:
    before = chatwoot.get("canned_responses")
    assert chatwoot.post("canned_responses", body, expect=422) == {"message": message, "attributes": [attribute]}
    assert chatwoot.get("canned_responses") == before


def test_a_taken_short_code_is_refused(chatwoot: Chatwoot) -> None:
    chatwoot.post("canned_responses", {"short_code": "taken", "content": "x"})
    refused = chatwoot.post("canned_responses", {"short_code": "taken", "content": "y"}, expect=422)
    assert refused == {"message": "Short code has already been taken", "attributes": ["short_code"]}


def test_another_account_has_its_own(chatwoot: Chatwoot) -> None:
    mine = chatwoot.post("canned_responses", {"short_code": "mine", "content": "x"})
    assert chatwoot.ask("GET", "canned_responses", who="foreign", account=OTHER).json() == []
    for method in ("PATCH", "DELETE"):
        assert chatwoot.ask(method, f"canned_responses/{mine['id']}", {}, who="foreign", account=OTHER).status_code == 404
    assert chatwoot.ask("GET", "canned_responses", who="foreign").status_code == 401


def test_a_body_may_be_a_form(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("canned_responses", data={"canned_response[short_code]": "form", "canned_response[content]": "x"})
    assert made["short_code"] == "form"
    chatwoot.post("canned_responses", headers={"content-type": "application/xml"}, content=b"<x/>", expect=415)
    chatwoot.post("canned_responses", headers={"content-type": "application/json"}, content=b"{", expect=400)


def test_a_key_makes_a_write_happen_once(chatwoot: Chatwoot) -> None:
    answers = [
        chatwoot.ask("POST", "canned_responses", {"short_code": "once", "content": "x"}, headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"
