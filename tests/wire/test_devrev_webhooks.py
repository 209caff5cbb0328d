"""webhooks.*: over HTTP, against the official document. The resources; what they are told: test_devrev_webhook_events.py."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from devrev import DevRevClient
from devrev.config import DevRevConfig
from devrev.models.webhooks import WebhooksCreateRequest, WebhooksDeleteRequest, WebhooksGetRequest, WebhooksUpdateRequest
from pydantic import SecretStr

from parley.devrev.event_types import EVENT_TYPES
from tests.wire import devrev_world, official
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev

URL = "https://example.org/hook"
SECRET = base64.b64encode(b"0123456789abcdef").decode()

MANY = [{"name": f"A{i}", "value": ""} for i in range(9)]


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


def fetch(dsn: str, text: str, *values: Any) -> list[Any]:
    async def ask() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return list(await connection.fetch(text, *values))
        finally:
            await connection.close()

    return asyncio.run(ask())


def make(devrev: Devrev, **more: Any) -> Any:
    return devrev.call("webhooks.create", {"url": URL} | more, expect=201)["webhook"]


def verify(live: Live, made: Any) -> None:
    """What the events' side does when an endpoint answers the challenge."""
    number = int(made["display_id"].partition("-")[2])
    fetch(live.dsn, "UPDATE webhooks SET verified_at = now(), status = 'active' WHERE tenant_id = 1 AND id = $1", number)


def test_a_webhooks_life(devrev: Devrev, live: Live) -> None:
    headers = [{"name": "X-Key", "value": "a b"}]
    made = make(devrev, event_types=["tag_created", "conversation_created", "tag_created"], headers=headers, secret=SECRET)
    assert made["id"].startswith("don:integration:dvrv-us-1:devo/acme:webhook/")
    assert (made["url"], made["status"], made["secret"], made["headers"]) == (URL, "unverified", SECRET, headers)
    assert made["event_types"] == ["tag_created", "conversation_created"]
    assert made["created_by"]["display_id"] == "DEVU-1"
    assert devrev.call("webhooks.get", {"id": made["display_id"]})["webhook"] == made
    assert devrev.get("webhooks.get", f"id={made['id']}").json()["webhook"] == made
    changed = devrev.call("webhooks.update", {"id": made["id"], "url": "http://other.example:9/x"})["webhook"]
    assert changed["url"] == "http://other.example:9/x"
    assert changed["modified_date"] > made["modified_date"]
    assert devrev.call("webhooks.delete", {"id": made["id"]}) == {}
    assert devrev.call("webhooks.get", {"id": made["id"]}, expect=404)["type"] == "not_found"
    assert devrev.call("webhooks.delete", {"id": made["id"]}, expect=404)["type"] == "not_found"
    assert devrev.call("webhooks.update", {"id": made["id"]}, expect=404)["type"] == "not_found"
    number = int(made["display_id"].partition("-")[2])
    told = fetch(live.dsn, "SELECT kind FROM events WHERE kind LIKE 'webhook.%' AND (data->>'id')::bigint = $1 ORDER BY id", number)
    assert [row[0] for row in told] == ["webhook.created", "webhook.updated", "webhook.deleted"]
    assert fetch(live.dsn, "SELECT 1 FROM tombstones WHERE tenant_id = 1 AND noun = 'webhook' AND id = $1", number)


def test_event_types_are_those_of_the_document(devrev: Devrev) -> None:
    assert list(EVENT_TYPES) == official.definitions()["webhook-event-type"]["enum"]
    assert len(make(devrev, event_types=list(EVENT_TYPES))["event_types"]) == 76


def test_a_secret_is_made_where_none_is_given(devrev: Devrev) -> None:
    made = make(devrev)
    assert len(base64.b64decode(made["secret"])) == 32
    assert make(devrev)["secret"] != made["secret"]
    fresh = devrev.call("webhooks.update", {"id": made["id"], "secret": ""})["webhook"]
    assert len(base64.b64decode(fresh["secret"])) == 32
    assert fresh["secret"] != made["secret"]


def test_a_list_shows_no_secret(devrev: Devrev, live: Live) -> None:
    made, other = make(devrev), make(devrev)
    verify(live, made)
    devrev.call("webhooks.update", {"id": other["id"], "action": "deactivate"})
    listed = devrev.call("webhooks.list")["webhooks"]
    assert {one["secret"] for one in listed} == {""}
    assert [one["id"] for one in listed[-2:]] == [made["id"], other["id"]]
    assert [one["id"] for one in devrev.call("webhooks.list", {"status": ["active"]})["webhooks"]] == [made["id"]]
    assert [one["id"] for one in devrev.get("webhooks.list", "status=inactive").json()["webhooks"]] == [other["id"]]
    assert len(devrev.call("webhooks.list", {"status": ["active", "inactive"]})["webhooks"]) == 2
    devrev.call("webhooks.delete", {"id": made["id"]})
    assert devrev.call("webhooks.list", {"status": ["active"]}) == {"webhooks": []}


def test_only_a_verified_webhook_becomes_active(devrev: Devrev, live: Live) -> None:
    made = make(devrev)

    def update(**change: Any) -> Any:
        return devrev.call("webhooks.update", {"id": made["id"]} | change)["webhook"]["status"]

    assert update(action="activate") == "unverified"
    assert update(action="deactivate") == "inactive"
    assert update(action="activate") == "unverified"
    verify(live, made)
    assert update(action="deactivate") == "inactive"
    assert update(action="activate") == "active"
    assert update(event_types={"set": ["tag_created"]}) == "active"
    assert update(url=URL) == "active"  # the same address
    assert update(url=f"{URL}/2") == "unverified"
    verify(live, made)
    assert update(secret=SECRET) == "active"  # what a rotation is: test_devrev_webhook_events.py
    assert update(url=f"{URL}/3", action="activate") == "unverified"
    assert update(url=f"{URL}/4", action="deactivate") == "inactive"
    assert update(url=f"{URL}/5") == "inactive"
    assert update(action="activate") == "unverified"


def test_lists_are_edited(devrev: Devrev) -> None:
    made = make(devrev, event_types=["tag_created", "tag_updated"], headers=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])

    def update(**change: Any) -> Any:
        return devrev.call("webhooks.update", {"id": made["id"]} | change)["webhook"]

    assert update(event_types={"add": ["tag_deleted", "tag_created"], "remove": ["tag_updated", "verify"]})["event_types"] == [
        "tag_created",
        "tag_deleted",
    ]
    assert update(event_types={"set": []})["event_types"] == []
    edited = update(headers={"add": [{"name": "a", "value": "3"}, {"name": "C", "value": ""}], "remove": ["b", "unknown"]})
    assert edited["headers"] == [{"name": "a", "value": "3"}, {"name": "C", "value": ""}]
    assert update(headers={"set": [{"name": "D", "value": "4"}]})["headers"] == [{"name": "D", "value": "4"}]
    same = update(headers={"add": [{"name": "D", "value": "4"}]})
    assert same["modified_date"] == devrev.call("webhooks.get", {"id": made["id"]})["webhook"]["modified_date"]
    many = [{"name": f"N{i}", "value": ""} for i in range(8)]
    answer = devrev.call("webhooks.update", {"id": made["id"], "headers": {"add": many}}, expect=400)
    assert (answer["type"], answer["field_name"]) == ("value_not_permitted", "headers")


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("webhooks.create", {}, 400, "missing_required_field", "url"),
        ("webhooks.create", {"url": 1}, 400, "unexpected_json_type", "url"),
        ("webhooks.create", {"url": URL, "x": 1}, 400, "invalid_field", "x"),
        ("webhooks.create", {"url": ""}, 400, "value_not_permitted", "url"),
        ("webhooks.create", {"url": "ftp://example.org"}, 400, "value_not_permitted", "url"),
        ("webhooks.create", {"url": "https://"}, 400, "value_not_permitted", "url"),
        ("webhooks.create", {"url": "https://example.org:port/"}, 400, "value_not_permitted", "url"),
        ("webhooks.create", {"url": "https://ada:secret@example.org/"}, 400, "value_not_permitted", "url"),
        ("webhooks.create", {"url": "https://example.org/\r\nX: y"}, 400, "value_not_permitted", "url"),
        ("webhooks.create", {"url": "https://example.org/" + "x" * 2048}, 400, "value_not_permitted", "url"),
        ("webhooks.create", {"url": "http://127.0.0.1:9/x"}, 400, "value_not_permitted", "url"),
        ("webhooks.create", {"url": "http://[::ffff:169.254.169.254]/x"}, 400, "value_not_permitted", "url"),
        ("webhooks.create", {"url": URL, "secret": "???"}, 400, "value_not_permitted", "secret"),
        ("webhooks.create", {"url": URL, "secret": "c2hvcnQ="}, 400, "value_not_permitted", "secret"),
        ("webhooks.create", {"url": URL, "secret": base64.b64encode(b"x" * 33).decode()}, 400, "value_not_permitted", "secret"),
        ("webhooks.create", {"url": URL, "event_types": ["tag_eaten"]}, 400, "invalid_enum_value", "event_types[0]"),
        ("webhooks.create", {"url": URL, "headers": [{"name": "A"}]}, 400, "missing_required_field", "headers[0].value"),
        ("webhooks.create", {"url": URL, "headers": [{"name": "A:", "value": ""}]}, 400, "value_not_permitted", "headers[0].name"),
        ("webhooks.create", {"url": URL, "headers": [{"name": "Host", "value": "x"}]}, 400, "value_not_permitted", "headers[0].name"),
        ("webhooks.create", {"url": URL, "headers": [{"name": "A", "value": "\r\n"}]}, 400, "value_not_permitted", "headers[0].value"),
        ("webhooks.create", {"url": URL, "headers": MANY}, 400, "value_not_permitted", "headers"),
        ("webhooks.get", {}, 400, "missing_required_field", "id"),
        ("webhooks.get", {"id": "TAG-1"}, 400, "unexpected_id_type", "id"),
        ("webhooks.get", {"id": "nonsense"}, 400, "invalid_id", "id"),
        ("webhooks.get", {"id": "WEBHOOK-999999"}, 404, "not_found", None),
        ("webhooks.get", {"id": "don:integration:dvrv-us-1:devo/globex:webhook/1"}, 400, "invalid_id", "id"),
        ("webhooks.list", {"limit": 10}, 400, "invalid_field", "limit"),
        ("webhooks.list", {"cursor": "x"}, 400, "invalid_field", "cursor"),
        ("webhooks.list", {"status": ["asleep"]}, 400, "invalid_enum_value", "status[0]"),
        ("webhooks.update", {"id": "WEBHOOK-1", "action": "verify"}, 400, "invalid_enum_value", "action"),
        ("webhooks.update", {"id": "WEBHOOK-1", "event_types": {"set": [], "add": []}}, 400, "value_not_permitted", "event_types.set"),
        ("webhooks.update", {"id": "WEBHOOK-1", "headers": {"set": [], "remove": []}}, 400, "value_not_permitted", "headers.set"),
        ("webhooks.delete", {"id": "WEBHOOK-999999"}, 404, "not_found", None),
    ],
)  # fmt: skip
def test_bad_input_names_the_field(devrev: Devrev, live: Live, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    before = fetch(live.dsn, "SELECT count(*), max(updated_at) FROM webhooks")
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert fetch(live.dsn, "SELECT count(*), max(updated_at) FROM webhooks") == before


@pytest.mark.parametrize("path", ["create", "get", "list", "update", "delete", "fetch"])
@pytest.mark.parametrize("who", ["bob", "contact"])
def test_administrators_only(devrev: Devrev, path: str, who: str) -> None:
    body = {"url": URL} if path == "create" else {} if path == "list" else {"id": make(devrev)["id"]}
    body |= {"object": "TKT-1"} if path == "fetch" else {}
    assert devrev.call(f"webhooks.{path}", body, who=who, expect=403)["type"] == "forbidden"


def test_another_dev_org_sees_nothing(devrev: Devrev) -> None:
    made = make(devrev)
    assert devrev.call("webhooks.list", who="globex") == {"webhooks": []}
    for path in ("get", "update", "delete"):
        assert devrev.call(f"webhooks.{path}", {"id": made["display_id"]}, who="globex", expect=404)["type"] == "not_found"
        assert devrev.call(f"webhooks.{path}", {"id": made["id"]}, who="globex", expect=400)["type"] == "invalid_id"
    assert devrev.call("webhooks.get", {"id": made["id"]}, who="bot")["webhook"]["id"] == made["id"]


def test_another_wires_webhook_is_not_here(devrev: Devrev, live: Live) -> None:
    insert = "INSERT INTO webhooks (tenant_id, id, wire, url, secret) VALUES (1, 900000, 'chatwoot', 'https://example.org', '\\x00')"
    fetch(live.dsn, insert)
    assert "WEBHOOK-900000" not in [one["display_id"] for one in devrev.call("webhooks.list")["webhooks"]]
    for path in ("get", "update", "delete"):
        devrev.call(f"webhooks.{path}", {"id": "WEBHOOK-900000"}, expect=404)


def test_the_sdk_drives_webhooks(devrev: Devrev, live: Live) -> None:
    config = DevRevConfig.model_construct(base_url=live.url, api_token=SecretStr(devrev.tokens["ada"]), timeout=30, max_retries=0)
    with DevRevClient(config=config) as sdk:
        made = sdk.webhooks.create(WebhooksCreateRequest(url=URL, event_types=["tag_created"], secret=SECRET))
        assert (made.status, made.secret) == ("unverified", SECRET)
        assert sdk.webhooks.update(WebhooksUpdateRequest(id=made.id, url=f"{URL}/2")).url == f"{URL}/2"
        assert sdk.webhooks.get(WebhooksGetRequest(id=made.id)).event_types == ["tag_created"]
        assert made.id in [one.id for one in sdk.webhooks.list()]
        sdk.webhooks.delete(WebhooksDeleteRequest(id=made.id))
        assert made.id not in [one.id for one in sdk.webhooks.list()]


def test_networks_that_the_operator_named_may_be_reached_and_no_others(serve: Callable[..., Live], database: str) -> None:
    world = asyncio.run(devrev_world.build(database))
    devrev = Devrev(serve(outgoing_networks="loopback,10.1.0.0/16").url, world.tokens)
    for url in ("http://127.0.0.1:9/x", "http://localhost:9/x", "http://10.1.2.3/"):
        assert make(devrev, url=url)["url"] == url
    refused = devrev.call("webhooks.create", {"url": "http://10.2.0.1/"}, expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "url")
