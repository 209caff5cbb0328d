"""The delivery log over the API: what was sent to whom and how it went, sending it again, an operator's hand on a webhook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from parley.native.routes import VIEWS
from tests.wire import described
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import FULL, World, build, run
from tests.wire.conftest import Live, serving
from tests.wire.hook import Hook, hooked, wait_for


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as one:
        yield one


@pytest.fixture(scope="module")
def live(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    settings = {"outgoing_networks": "loopback", "webhook_retry_s": "0.2,0.2"}
    with serving(module_database, tmp_path_factory.mktemp("serve"), **settings) as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.raise_ids()
    return world


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


@dataclass
class Api:
    """Parley's own API as one of the world's people; every answer is held against its description."""

    world: World

    def ask(self, method: str, path: str, body: Any = None, *, who: str = "admin", **params: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.world.tokens.get(who, who)}"} if who else {}
        sent = {} if body is None else {"json": body}
        answer = httpx.request(method, f"{self.world.url}/api/v1/{path}", params=params, headers=headers, timeout=30, **sent)
        described.check(template(method, f"/api/v1/{path}"), answer)
        return answer

    def get(self, path: str, **params: Any) -> Any:
        answer = self.ask("GET", path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, *, expect: int = 202, who: str = "admin") -> Any:
        answer = self.ask("POST", path, body, who=who)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def log(self, webhook: int, **params: Any) -> list[dict[str, Any]]:
        return list(self.get("deliveries", webhook=webhook, **params)["deliveries"])

    def settled(self, webhook: int, total: int) -> list[dict[str, Any]]:
        """The log of a webhook, once so many of its deliveries have ended."""
        assert wait_for(lambda: sum(one["finished_at"] is not None for one in self.log(webhook)) >= total), self.log(webhook)
        return self.log(webhook)

    def health(self, webhook: int) -> dict[str, Any]:
        return next(one for one in self.get("webhooks")["webhooks"] if one["id"] == webhook)


def template(method: str, path: str) -> str:
    known = [where for verb, where in VIEWS if verb == method]
    return path if path in known else next(one for one in known if fits(one.split("/"), path.split("/")))


def fits(one: list[str], path: list[str]) -> bool:
    return len(one) == len(path) and all(a == b or a.startswith("{") for a, b in zip(one, path, strict=True))


@pytest.fixture(scope="module")
def api(world: World) -> Api:
    return Api(world)


@pytest.fixture
def webhook(chatwoot: Chatwoot, hook: Hook) -> Iterator[int]:
    body = {"url": hook.url, "subscriptions": ["message_created"]}
    number = int(chatwoot.post("webhooks", body)["payload"]["webhook"]["id"])
    yield number
    chatwoot.call("DELETE", f"webhooks/{number}")


def say(chatwoot: Chatwoot, text: str) -> None:
    chatwoot.post(f"conversations/{FULL}/messages", {"content": text})


def test_the_log_tells_what_was_sent_and_how_it_went(api: Api, chatwoot: Chatwoot, hook: Hook, webhook: int) -> None:
    say(chatwoot, "logged")
    headers, body = hook.wait(1)[0]
    one = api.settled(webhook, 1)[0]
    assert (one["state"], one["attempts"], one["last_status"], one["last_error"]) == ("delivered", 1, 200, None)
    assert (one["event_type"], one["endpoint"], one["wire"]) == ("message_created", {"kind": "webhook", "id": webhook}, "chatwoot")
    assert (one["message_id"], one["url"], one["lane"]) == (headers["webhook-id"], hook.url, f"conversation:{FULL}")
    whole = api.get(f"deliveries/{one['id']}")["delivery"]
    assert whole["body"].encode() == body
    assert json.loads(body)["content"] == "logged"
    attempt = whole["tries"][0]
    assert (attempt["number"], attempt["status"], attempt["answer"], attempt["error"]) == (1, 200, "I say 200", None)
    assert attempt["latency_ms"] > 0
    logged = {name.lower(): value for name, value in attempt["request_headers"].items()}
    assert logged["webhook-id"] == headers["webhook-id"]
    assert not {headers["webhook-signature"], headers["x-chatwoot-signature"]} & set(logged.values())


def test_a_delivery_that_failed_is_sent_again_under_its_id(api: Api, chatwoot: Chatwoot, hook: Hook, webhook: int) -> None:
    hook.status = 500
    say(chatwoot, "fails")
    one = api.settled(webhook, 1)[0]
    assert (one["state"], one["attempts"], one["last_status"]) == ("failed", 3, 500)
    assert one["reason"]
    health = api.health(webhook)["health"]
    assert (health["state"], health["failures"]) == ("failing", 3)
    hook.status = 200
    again = api.post(f"deliveries/{one['id']}/redeliver")["delivery"]
    assert again["id"] == one["id"]
    assert wait_for(lambda: api.log(webhook)[0]["state"] == "delivered")
    assert {headers["webhook-id"] for headers, _ in hook.seen} == {one["message_id"]}
    assert len({body for _, body in hook.seen}) == 1
    assert [attempt["status"] for attempt in api.get(f"deliveries/{one['id']}")["delivery"]["tries"]] == [500, 500, 500, 200]
    assert api.health(webhook)["health"]["state"] == "ok"


def test_the_log_is_filtered_and_paged(api: Api, chatwoot: Chatwoot, hook: Hook, webhook: int) -> None:
    for number in range(4):
        say(chatwoot, f"page {number}")
    whole = api.settled(webhook, 4)
    ids = [one["id"] for one in whole]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 4
    first = api.get("deliveries", endpoint=f"webhook:{webhook}", limit=3)
    assert ([one["id"] for one in first["deliveries"]], first["next_before"]) == (ids[:3], ids[2])
    second = api.get("deliveries", webhook=webhook, limit=3, before=first["next_before"])
    assert ([one["id"] for one in second["deliveries"]], second["next_before"]) == (ids[3:], None)
    since = whole[1]["created_at"]
    assert {one["id"] for one in api.log(webhook, since=since)} == {one["id"] for one in whole if one["created_at"] >= since}
    assert {one["id"] for one in api.log(webhook, until=since)} == {one["id"] for one in whole if one["created_at"] < since}
    assert [len(api.log(webhook, state=state)) for state in ("delivered", "failed", "pending")] == [4, 0, 0]
    assert [len(api.log(webhook, event_type=kind)) for kind in ("message_created", "message_updated")] == [4, 0]
    assert api.log(webhook + 1000) == []


def test_a_range_is_sent_again(api: Api, chatwoot: Chatwoot, hook: Hook, webhook: int) -> None:
    hook.status = 503
    for number in range(3):
        say(chatwoot, f"range {number}")
    failed = api.settled(webhook, 3)
    assert {one["state"] for one in failed} == {"failed"}
    hook.status, before = 200, len(hook.seen)
    assert api.post("deliveries/redeliver", {"webhook": webhook, "ids": [failed[0]["id"]]}) == {"redelivered": 1}
    assert wait_for(lambda: len(api.log(webhook, state="delivered")) == 1)
    assert api.post("deliveries/redeliver", {"webhook": webhook, "state": "failed"}) == {"redelivered": 2}
    assert wait_for(lambda: len(api.log(webhook, state="delivered")) == 3)
    assert len(hook.seen) == before + 3
    assert api.post("deliveries/redeliver", {"webhook": webhook, "state": "failed"}) == {"redelivered": 0}
    assert api.ask("POST", "deliveries/redeliver", {}).json()["field"] == "webhook"


def test_a_test_event_is_sent(api: Api, hook: Hook, webhook: int) -> None:
    number = api.post(f"webhooks/{webhook}/test")["delivery_id"]
    headers, body = hook.wait(1)[0]
    assert json.loads(body)["event"] == "webhook_test"
    assert api.settled(webhook, 1)[0]["id"] == number
    assert headers["webhook-id"] == api.get(f"deliveries/{number}")["delivery"]["message_id"]


def test_a_410_switches_off_and_activate_on_again(api: Api, chatwoot: Chatwoot, hook: Hook, webhook: int) -> None:
    hook.status = 410
    say(chatwoot, "gone")
    assert api.settled(webhook, 1)[0]["state"] == "failed"
    shown = api.health(webhook)
    assert (shown["status"], shown["health"]["state"]) == ("inactive", "disabled")
    assert shown["health"]["disabled_at"]
    assert api.post(f"webhooks/{webhook}/test", expect=409)["type"] == "conflict"
    hook.status = 200
    assert api.post(f"webhooks/{webhook}/activate", expect=200)["webhook"]["status"] == "active"
    say(chatwoot, "back")
    assert wait_for(lambda: api.log(webhook)[0]["state"] == "delivered")
    assert api.health(webhook)["health"]["state"] == "ok"


def test_a_new_secret_signs_beside_the_old_one(api: Api, chatwoot: Chatwoot, hook: Hook, webhook: int) -> None:
    old = next(one for one in chatwoot.get("webhooks")["payload"]["webhooks"] if one["id"] == webhook)["secret"]
    rotated = api.post(f"webhooks/{webhook}/rotate-secret", expect=200)
    assert rotated["secret"] != old
    assert rotated["webhook"]["both_secrets_until"]
    assert rotated["secret"] == next(one for one in chatwoot.get("webhooks")["payload"]["webhooks"] if one["id"] == webhook)["secret"]
    say(chatwoot, "signed")
    headers, body = hook.wait(1)[0]
    assert Webhook(rotated["standard_webhooks_secret"]).verify(body, headers)
    assert len(headers["webhook-signature"].split()) == 2


def test_webhooks_of_both_wires_stand_in_one_list_without_their_secrets(api: Api, world: World, webhook: int) -> None:
    headers = {"authorization": world.tokens["admin"]}
    body = {"url": "https://hooks.example/d", "event_types": ["conversation_created"], "secret": "c2VjcmV0c2VjcmV0"}
    made = httpx.post(f"{world.url}/webhooks.create", json=body, headers=headers).json()
    found = api.get("webhooks")["webhooks"]
    assert {one["wire"] for one in found} == {"chatwoot", "devrev"}
    mine = next(one for one in found if one["url"] == body["url"])
    assert (mine["status"], mine["event_types"]) == ("unverified", ["conversation_created"])
    assert "c2VjcmV0" not in json.dumps(found)
    httpx.post(f"{world.url}/webhooks.delete", json={"id": made["webhook"]["id"]}, headers=headers)


ASKED = [
    ("GET", "webhooks"), ("GET", "deliveries"), ("GET", "deliveries/{delivery}"), ("POST", "deliveries/{delivery}/redeliver"),
    ("POST", "deliveries/redeliver"), ("POST", "webhooks/{webhook}/test"), ("POST", "webhooks/{webhook}/activate"),
    ("POST", "webhooks/{webhook}/rotate-secret"),
]  # fmt: skip


@pytest.fixture
def delivery(api: Api, chatwoot: Chatwoot, webhook: int) -> int:
    say(chatwoot, "asked for")
    return int(api.settled(webhook, 1)[0]["id"])


def test_administrators_and_bots_alone_may_ask(api: Api, world: World, webhook: int, delivery: int) -> None:
    world.execute("UPDATE tokens SET scope = 'read' WHERE owner_kind = 'user' AND owner_id = 4", *PROMOTE)
    refused = {"agent": 403, "contact": 403, "idle": 403, "owner of closed": 403, "prl_nobody": 401, "": 401}
    for method, path in ASKED:
        path = path.format(webhook=webhook, delivery=delivery)
        body = {"ids": [delivery]} if path == "deliveries/redeliver" else None
        for who, status in refused.items():
            assert api.ask(method, path, body, who=who).status_code == status, (who, path)
        assert api.ask(method, path, body, who="manager").status_code == (200 if method == "GET" else 403), path
        assert api.ask(method, path, body, who="bot").status_code in (200, 202), path
    world.execute(*DEMOTE)


# The manager becomes an administrator with a token that may only read.
PROMOTE = ["UPDATE memberships SET role = 'administrator' WHERE tenant_id = 1 AND user_id = 4"]
DEMOTE = [
    "UPDATE memberships SET role = 'agent' WHERE tenant_id = 1 AND user_id = 4",
    "UPDATE tokens SET scope = 'write' WHERE owner_id = 4",
]


def test_another_tenants_are_never_found(api: Api, webhook: int, delivery: int) -> None:
    for method, path in ASKED:
        path = path.format(webhook=webhook, delivery=delivery)
        if "/" in path and path != "deliveries/redeliver":
            assert api.ask(method, path, who="foreign").status_code == 404, path
    assert api.post("deliveries/redeliver", {"ids": [delivery]}, who="foreign") == {"redelivered": 0}
    assert api.get("deliveries", who="foreign")["deliveries"] == api.get("webhooks", who="foreign")["webhooks"] == []


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"webhook": "x"}, "webhook"), ({"webhook": "0"}, "webhook"), ({"endpoint": "5"}, "endpoint"), ({"endpoint": "user:5"}, "endpoint"),
        ({"endpoint": "inbox:x"}, "endpoint"), ({"webhook": "1", "endpoint": "inbox:1"}, "endpoint"), ({"state": "late"}, "state"),
        ({"since": "yesterday"}, "since"), ({"until": "2026-13-01"}, "until"), ({"before": "-1"}, "before"), ({"limit": "501"}, "limit"),
        ({"page": "2"}, "page"),
    ],
)  # fmt: skip
def test_bad_questions_name_the_field(api: Api, params: dict[str, str], name: str) -> None:
    answer = api.ask("GET", "deliveries", **params)
    assert (answer.status_code, answer.json()["field"]) == (400, name)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "webhook"), ({"webhook": "1"}, "webhook"), ({"ids": 5}, "ids"), ({"ids": ["x"]}, "ids[0]"), ({"ids": [0]}, "ids[0]"),
        ({"ids": [1] * 1001}, "ids"), ({"state": "late"}, "state"), ({"since": 5}, "since"), ({"endpoint": "x:1"}, "endpoint"),
        ({"all": True}, "all"),
    ],
)  # fmt: skip
def test_bad_ranges_name_the_field_and_send_nothing(api: Api, delivery: int, body: dict[str, Any], name: str) -> None:
    answer = api.ask("POST", "deliveries/redeliver", body)
    assert (answer.status_code, answer.json()["field"]) == (400, name)
    assert api.get(f"deliveries/{delivery}")["delivery"]["attempts"] == 1


@pytest.mark.parametrize("text", ["[]", "{", "5", "\xff"])
def test_a_body_that_is_no_object_is_refused(world: World, text: str) -> None:
    headers = {"authorization": world.tokens["admin"]}
    answer = httpx.post(f"{world.url}/api/v1/deliveries/redeliver", content=text.encode("latin-1"), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "malformed_body")


@pytest.mark.parametrize("path", ["deliveries/999999", "deliveries/999999/redeliver", "webhooks/999999/test", "webhooks/999999/activate"])
def test_what_is_not_there_is_not_found(api: Api, path: str) -> None:
    method = "GET" if path.endswith("9") else "POST"
    assert api.ask(method, path).status_code == 404
    assert api.ask(method, path.replace("999999", "x")).status_code == 400


def test_the_log_outlives_the_server(serve: Callable[..., Live], hook: Hook, tmp_path: Path) -> None:
    """What was begun is in the log after a restart, and goes on."""
    first = serve(outgoing_networks="loopback", webhook_retry_s="1,1,1,1,1,1,1")
    world = run(build(first.dsn, first.url))
    chatwoot = Chatwoot(first.url, world.tokens)
    hook.status = 500
    number = int(chatwoot.post("webhooks", {"url": hook.url, "subscriptions": ["message_created"]})["payload"]["webhook"]["id"])
    say(chatwoot, "kept")
    hook.wait(1)
    first.process.terminate()
    first.process.join(15)
    hook.status = 200
    second = serve(outgoing_networks="loopback", webhook_retry_s="1,1,1,1,1,1,1")
    api = Api(World(second.url, second.dsn, world.tokens))
    one = api.settled(number, 1)[0]
    assert (one["state"], one["attempts"]) == ("delivered", len(hook.seen))
    assert {headers["webhook-id"] for headers, _ in hook.seen} == {one["message_id"]}
