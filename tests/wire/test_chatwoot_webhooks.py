"""Webhooks of the account on Chatwoot's wire (contract 3.5): the resource."""

from __future__ import annotations

import httpx
import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import MAIL, OTHER, World, build, run
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return run(build(live.dsn, live.url))


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_a_life(chatwoot: Chatwoot) -> None:
    body = {"webhook": {"url": "https://x.test/a", "name": "A", "subscriptions": ["message_created", "message_created"], "inbox_id": MAIL}}
    made = chatwoot.post("webhooks", body)["payload"]["webhook"]
    assert (made["name"], made["subscriptions"], made["inbox"]) == ("A", ["message_created"], {"id": MAIL, "name": "Mail"})
    assert len(made["secret"]) == 24
    assert made in chatwoot.get("webhooks")["payload"]["webhooks"]
    asked = {"url": "http://x.test/b", "subscriptions": ["contact_created"], "inbox_id": None}
    changed = chatwoot.call("PATCH", f"webhooks/{made['id']}", asked)["payload"]["webhook"]
    assert (changed["url"], changed["subscriptions"], changed["secret"]) == ("http://x.test/b", ["contact_created"], made["secret"])
    assert "inbox" not in changed
    assert chatwoot.call("DELETE", f"webhooks/{made['id']}") is None
    chatwoot.call("DELETE", f"webhooks/{made['id']}", expect=404)


def test_without_a_word_it_gets_the_eight_that_the_original_gives(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("webhooks", {"url": "https://x.test/eight"})["payload"]["webhook"]
    assert len(made["subscriptions"]) == 8
    assert "conversation_typing_on" not in made["subscriptions"]


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({}, "url"),
        ({"url": "ftp://x.test"}, "url"),
        ({"url": "x"}, "url"),
        ({"url": "https://me:secret@x.test"}, "url"),
        ({"url": "http://localhost:8080/x"}, "url"),
        ({"url": "http://0x7f.1/x"}, "url"),
        ({"url": "https://x.test/bad", "subscriptions": []}, "subscriptions"),
        ({"url": "https://x.test/bad", "subscriptions": ["conversation_deleted"]}, "subscriptions"),
        ({"url": "https://x.test/bad", "subscriptions": "message_created"}, "subscriptions"),
        ({"url": "https://x.test/bad", "inbox_id": 987}, "inbox_id"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: object, attribute: str) -> None:
    before = chatwoot.get("webhooks")
    assert chatwoot.post("webhooks", body, expect=422)["attributes"] == [attribute]
    assert chatwoot.get("webhooks") == before


def test_an_address_is_used_once_in_an_account(chatwoot: Chatwoot) -> None:
    chatwoot.post("webhooks", {"url": "https://x.test/once"})
    refused = chatwoot.post("webhooks", {"url": "https://x.test/once"}, expect=422)
    assert refused == {"message": "Url has already been taken", "attributes": ["url"]}
    assert chatwoot.ask("POST", "webhooks", {"url": "https://x.test/once"}, who="foreign", account=OTHER).status_code == 200


def test_each_wire_shows_its_own(chatwoot: Chatwoot, live: Live, world: World) -> None:
    headers = {"authorization": world.tokens["admin"]}
    theirs = httpx.post(f"{live.url}/webhooks.create", json={"url": "https://x.test/dr", "event_types": []}, headers=headers)
    assert theirs.status_code == 201, theirs.text
    urls = [one["url"] for one in chatwoot.get("webhooks")["payload"]["webhooks"]]
    assert "https://x.test/dr" not in urls
    number = int(theirs.json()["webhook"]["id"].rpartition("/")[2])
    chatwoot.call("DELETE", f"webhooks/{number}", expect=404)


def test_administrators_only(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("webhooks", {"url": "https://x.test/mine"})["payload"]["webhook"]
    for who in ("agent", "powerless", "bot", "contact", "foreign", ""):
        for method, path in (("GET", "webhooks"), ("POST", "webhooks"), ("DELETE", f"webhooks/{made['id']}")):
            assert chatwoot.ask(method, path, None if method == "GET" else {}, who=who).status_code == 401, (who, method)
    assert chatwoot.ask("DELETE", f"webhooks/{made['id']}", who="foreign", account=OTHER).status_code == 404
