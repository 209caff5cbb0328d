"""A session of a phone app, request by request, with devise's headers and nothing else (contract 3.9)."""

from __future__ import annotations

from typing import Any

import pytest

from parley.actions import provision
from parley.store import control
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import BO, FULL, STOREFRONT, World, add_conversation, add_message, build, run
from tests.wire.conftest import Live

PASSWORD = "Sample-1234"
OPEN = 400


class Phone:
    """What the app keeps between requests: the session's headers and the account."""

    def __init__(self, chatwoot: Chatwoot) -> None:
        self.chatwoot = chatwoot
        self.session: dict[str, str] = {}
        self.account = 0

    def sign_in(self, email: str, password: str) -> dict[str, Any]:
        answer = self.chatwoot.ask("POST", "/auth/sign_in", {"email": email, "password": password}, who="")
        assert answer.status_code == 200, answer.text
        self.session = {name: answer.headers[name] for name in ("access-token", "client", "uid", "token-type", "expiry")}
        user = dict(answer.json()["data"])
        self.account = user["account_id"]
        return user

    def call(self, method: str, path: str, body: Any = None, *, expect: int = 200, **more: Any) -> Any:
        full = path if path.startswith("/") else f"/api/v1/accounts/{self.account}/{path}"
        return self.chatwoot.call(method, full, body, who="", headers=self.session, expect=expect, **more)


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.fill(prepare)
    return world


async def prepare(connection: Any) -> None:
    await control.set_password(connection, BO, provision.hash_password(PASSWORD))
    await add_conversation(connection, OPEN)
    await add_message(connection, 40_001, OPEN, body="Where is my order?")
    await connection.execute("SELECT setval('message_ids', 100000)")


@pytest.fixture(scope="module")
def phone(live: Live, world: World) -> Phone:
    return Phone(Chatwoot(live.url, world.tokens))


def test_a_session_from_signing_in_to_signing_out(phone: Phone) -> None:
    user = phone.sign_in("u2@x.test", PASSWORD)
    assert phone.call("GET", "/auth/validate_token")["payload"]["data"]["id"] == user["id"] == BO
    opening(phone)
    lists(phone)
    phone.call("POST", "/api/v1/notification_subscriptions", device("t-1"))
    reply_and_resolve(phone)
    phone.call("DELETE", "/api/v1/notification_subscriptions", {"push_token": "t-1"})
    assert phone.call("DELETE", "/auth/sign_out") == {"success": True}
    phone.call("GET", "/auth/validate_token", expect=401)
    phone.call("GET", "conversations", expect=401)
    phone.call("POST", f"conversations/{OPEN}/messages", {"content": "after hours"}, expect=401)


def opening(phone: Phone) -> None:
    """What the app asks when it starts."""
    assert phone.call("GET", "/api/v1/profile")["email"] == "u2@x.test"
    phone.call("PUT", "/api/v1/profile/set_active_account", {"profile": {"account_id": phone.account}})
    shown = phone.call("POST", "/api/v1/profile/availability", {"profile": {"account_id": phone.account, "availability": "online"}})
    assert shown["accounts"][0]["availability"] == "online"
    assert phone.call("GET", f"/api/v1/accounts/{phone.account}")["name"] == "Acme"
    assert "label" in phone.call("GET", "cache_keys")["cache_keys"]
    assert [one["id"] for one in phone.call("GET", "inboxes")["payload"]] == [STOREFRONT]
    assert phone.call("GET", "notification_settings")["user_id"] == BO
    assert phone.call("GET", "notifications")["data"]["meta"]["current_page"] == 1
    assert phone.call("GET", "notifications/unread_count") == 0
    phone.call("GET", "labels")
    phone.call("GET", "teams")
    phone.call("GET", "canned_responses", params={"search": ""})


def lists(phone: Phone) -> None:
    listed = phone.call("GET", "conversations", params={"assignee_type": "all", "status": "open", "page": 1})
    assert OPEN in [one["id"] for one in listed["data"]["payload"]]
    assert phone.call("GET", "conversations/meta", params={"status": "open"})["meta"] == listed["data"]["meta"]
    assert phone.call("GET", f"conversations/{FULL}")["id"] == FULL


def reply_and_resolve(phone: Phone) -> None:
    thread = phone.call("GET", f"conversations/{OPEN}/messages")
    assert [one["content"] for one in thread["payload"]] == ["Where is my order?"]
    phone.call("POST", f"conversations/{OPEN}/update_last_seen")
    sent = phone.call("POST", f"conversations/{OPEN}/messages", {"content": "On its way", "private": False, "echo_id": "e-1"})
    assert (sent["content"], sent["message_type"], sent["echo_id"], sent["sender"]["id"]) == ("On its way", 1, "e-1", BO)
    thread = phone.call("GET", f"conversations/{OPEN}/messages")
    assert [one["content"] for one in thread["payload"] if one["message_type"] in (0, 1)] == ["Where is my order?", "On its way"]
    resolved = phone.call("POST", f"conversations/{OPEN}/toggle_status", {"status": "resolved"})
    assert (resolved["payload"]["success"], resolved["payload"]["current_status"]) == (True, "resolved")
    assert phone.call("GET", f"conversations/{OPEN}")["status"] == "resolved"


def device(token: str) -> dict[str, Any]:
    attributes = {"device_id": "phone-1", "push_token": token, "deviceName": "Pocket", "devicePlatform": "android"}
    return {"notification_subscription": {"subscription_type": "fcm", "subscription_attributes": attributes}}
