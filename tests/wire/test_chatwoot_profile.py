"""The caller's own profile (contract 3.5)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from chatwoot import ChatwootClient

from parley.actions import provision
from parley.store import control
from parley.store.tenants import raise_allocator
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ADA, BO, OTHER, World, build, insert, run
from tests.wire.conftest import Live

PROFILE, PASSWORD = "/api/v1/profile", "Sample-1234"
KEYS = [
    *("access_token", "account_id", "available_name", "avatar_url", "confirmed", "display_name", "message_signature", "email", "id"),
    *("inviter_id", "name", "provider", "pubsub_token", "role", "ui_settings", "uid", "type", "accounts"),
]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.fill(prepare)
    return world


async def prepare(connection: Any) -> None:
    """Bo belongs to the other account too; new files take numbers above those that the world has."""
    await raise_allocator(connection, 1, "attachment", 99)
    await control.set_password(connection, BO, provision.hash_password(PASSWORD))
    await insert(connection, "memberships", tenant_id=OTHER, user_id=BO, name="Bo", email="u2@x.test", role="administrator")


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def update(chatwoot: Chatwoot, body: dict[str, Any], *, who: str = "agent", expect: int = 200, **more: Any) -> Any:
    return chatwoot.call("PUT", PROFILE, {"profile": body}, who=who, expect=expect, **more)


def test_keys_in_the_originals_order(chatwoot: Chatwoot) -> None:
    found = chatwoot.get(PROFILE)
    assert list(found) == KEYS
    assert (found["id"], found["email"], found["uid"], found["role"], found["account_id"]) == (
        ADA, "u1@x.test", "u1@x.test", "administrator", 1,
    )  # fmt: skip
    (account,) = found["accounts"]
    assert (account["id"], account["name"], account["role"], account["permissions"]) == (1, "Acme", "administrator", ["administrator"])


def test_the_access_token_is_the_one_that_the_caller_came_with(chatwoot: Chatwoot, world: World) -> None:
    assert chatwoot.get(PROFILE)["access_token"] == world.tokens["admin"]


def test_a_custom_role_is_told(chatwoot: Chatwoot) -> None:
    (account,) = chatwoot.get(PROFILE, who="manager")["accounts"]
    assert account["permissions"] == ["conversation_manage", "custom_role"]
    assert account["custom_role"]["name"] == "manage"


def test_every_account_of_the_caller_and_nobody_elses(chatwoot: Chatwoot) -> None:
    assert [one["id"] for one in chatwoot.get(PROFILE, who="agent")["accounts"]] == [1, OTHER]
    assert [one["id"] for one in chatwoot.get(PROFILE, who="foreign")["accounts"]] == [OTHER]


def test_a_change_shows_in_every_account(chatwoot: Chatwoot) -> None:
    changed = update(chatwoot, {"name": "Bo Two", "display_name": "Bobo", "message_signature": "-- B", "ui_settings": {"dark": True}})
    assert (changed["name"], changed["display_name"], changed["available_name"]) == ("Bo Two", "Bobo", "Bobo")
    assert (changed["message_signature"], changed["ui_settings"]) == ("-- B", {"dark": True})
    chatwoot.call("PUT", f"{PROFILE}/set_active_account", {"profile": {"account_id": OTHER}}, who="agent")
    elsewhere = chatwoot.get(PROFILE, who="agent")
    assert (elsewhere["account_id"], elsewhere["role"], elsewhere["name"]) == (OTHER, "administrator", "Bo Two")
    assert chatwoot.get(PROFILE, who="foreign")["name"] == "Foreign"
    chatwoot.call("PUT", f"{PROFILE}/set_active_account", {"profile": {"account_id": 1}}, who="agent")
    assert update(chatwoot, {"display_name": None})["available_name"] == "Bo Two"
    assert update(chatwoot, {})["message_signature"] == "-- B"


@pytest.mark.parametrize(
    ("body", "message", "attribute"),
    [
        ({"name": ""}, "name takes 1 to 255 characters", "name"),
        ({"email": "no address"}, "Email is invalid", "email"),
        ({"email": "U1@x.test"}, "Email has already been taken", "email"),
        ({"ui_settings": []}, "ui_settings: expected object, got array", "ui_settings"),
        ({"avatar": "x"}, "avatar: expected file, got string", "avatar"),
        ({"password": "Another-1"}, "Invalid current password", "current_password"),
        ({"password": "Another-1", "current_password": "wrong"}, "Invalid current password", "current_password"),
        ({"password": "short", "current_password": PASSWORD}, "password takes 6 to 128 characters", "password"),
        ({"password": "alllower", "current_password": PASSWORD, "name": "changed"},
         "password must contain an upper case letter, a digit, a special character", "password"),
        ({"password": "Another-1", "password_confirmation": "Other", "current_password": PASSWORD},
         "password_confirmation doesn't match password", "password_confirmation"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: dict[str, Any], message: str, attribute: str) -> None:
    before = chatwoot.get(PROFILE, who="agent")
    assert update(chatwoot, body, expect=422) == {"message": message, "attributes": [attribute]}
    assert chatwoot.get(PROFILE, who="agent") == before


def test_an_email_holds_at_once_and_the_session_goes_on(chatwoot: Chatwoot) -> None:
    session = sign_in(chatwoot, "u2@x.test", PASSWORD)
    assert update(chatwoot, {"email": "bo@new.test"}, who="", headers=session)["uid"] == "bo@new.test"
    chatwoot.get(PROFILE, who="", headers=session)
    chatwoot.get(PROFILE, who="", headers=session | {"uid": "bo@new.test"})
    chatwoot.post("/auth/sign_in", {"email": "u2@x.test", "password": PASSWORD}, who="", expect=401)
    update(chatwoot, {"email": "u2@x.test"})


def test_a_new_password_ends_the_other_sessions(chatwoot: Chatwoot, world: World) -> None:
    mine, other = sign_in(chatwoot, "u2@x.test", PASSWORD), sign_in(chatwoot, "u2@x.test", PASSWORD)
    change = {"password": "Another-1", "password_confirmation": "Another-1", "current_password": PASSWORD}
    update(chatwoot, change, who="", headers=mine)
    chatwoot.get(PROFILE, who="", headers=mine)
    chatwoot.get(PROFILE, who="", headers=other, expect=401)
    chatwoot.get(PROFILE, who="agent")
    chatwoot.post("/auth/sign_in", {"email": "u2@x.test", "password": PASSWORD}, who="", expect=401)
    sign_in(chatwoot, "u2@x.test", "Another-1")
    world.fill(lambda connection: control.set_password(connection, BO, provision.hash_password(PASSWORD)))


def sign_in(chatwoot: Chatwoot, email: str, password: str) -> dict[str, str]:
    answer = chatwoot.ask("POST", "/auth/sign_in", {"email": email, "password": password}, who="")
    assert answer.status_code == 200, answer.text
    return {name: answer.headers[name] for name in ("access-token", "client", "uid")}


def test_a_picture_comes_as_a_form_and_goes(chatwoot: Chatwoot) -> None:
    files = {"profile[avatar]": ("me.png", PNG, "image/png")}
    changed = chatwoot.call("PUT", PROFILE, who="agent", files=files, data={"profile[name]": "Bo"})
    assert changed["name"] == "Bo"
    assert "me.png" in changed["avatar_url"]
    assert httpx.get(changed["avatar_url"]).content == PNG
    chatwoot.call("DELETE", f"{PROFILE}/avatar", who="agent")
    assert chatwoot.get(PROFILE, who="agent")["avatar_url"] == ""
    text = {"profile[avatar]": ("me.txt", b"x", "text/plain")}
    refused = chatwoot.call("PUT", PROFILE, who="agent", files=text, expect=422)
    assert refused == {"message": "Avatar filetype not supported", "attributes": ["avatar"]}


def test_a_key_makes_a_change_happen_once_whatever_accounts_there_are(chatwoot: Chatwoot) -> None:
    body, key = {"profile": {"message_signature": "once"}}, {"Idempotency-Key": "sign"}
    answers = [chatwoot.ask("PUT", PROFILE, body, who="agent", headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"


def test_availability_is_of_one_account(chatwoot: Chatwoot) -> None:
    chatwoot.post(f"{PROFILE}/auto_offline", {"profile": {"account_id": 1, "auto_offline": False}}, who="agent")
    shown = chatwoot.post(f"{PROFILE}/availability", {"profile": {"account_id": 1, "availability": "busy"}}, who="agent")
    here, there = shown["accounts"]
    assert (here["availability"], here["availability_status"], here["auto_offline"]) == ("busy", "busy", False)
    assert (there["availability"], there["availability_status"], there["auto_offline"]) == ("online", "offline", True)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("availability", {"account_id": 3, "availability": "busy"}, 404),
        ("availability", {"account_id": 1, "availability": "gone"}, 422),
        ("availability", {"availability": "busy"}, 422),
        ("auto_offline", {"account_id": 3, "auto_offline": True}, 404),
        ("auto_offline", {"account_id": 1, "auto_offline": "maybe"}, 422),
    ],
)
def test_another_account_is_not_found_and_odd_values_are_refused(chatwoot: Chatwoot, path: str, body: object, status: int) -> None:
    chatwoot.post(f"{PROFILE}/{path}", {"profile": body}, who="agent", expect=status)
    chatwoot.call("PUT", f"{PROFILE}/set_active_account", {"account_id": 3}, who="agent", expect=404)


def test_a_new_api_token_ends_the_one_that_asked(chatwoot: Chatwoot, world: World) -> None:
    first = chatwoot.post(f"{PROFILE}/reset_access_token", who="idle")["access_token"]
    chatwoot.get(PROFILE, who="idle", expect=401)
    assert chatwoot.get(PROFILE, who=first)["access_token"] == first
    second = chatwoot.post(f"{PROFILE}/reset_access_token", who=first)["access_token"]
    chatwoot.get(PROFILE, who=first, expect=401)
    assert chatwoot.get("canned_responses", who=second) == []
    chatwoot.post(f"{PROFILE}/reset_access_token", who=second, headers={"Idempotency-Key": "k"}, expect=422)


def test_confirming_again(chatwoot: Chatwoot, world: World) -> None:
    assert chatwoot.post(f"{PROFILE}/resend_confirmation", who="agent") is None
    world.execute("UPDATE memberships SET confirmed = false WHERE user_id = 7")
    refused = chatwoot.post(f"{PROFILE}/resend_confirmation", who="powerless", expect=422)
    assert "sends no mail" in refused["message"]


def test_devices_are_kept_and_forgotten(chatwoot: Chatwoot, world: World) -> None:
    body = {"subscription_type": "fcm", "subscription_attributes": {"device_id": "d-1", "push_token": "t-1"}}
    made = chatwoot.post("/api/v1/notification_subscriptions", {"notification_subscription": body}, who="agent")
    assert (made["user_id"], made["identifier"], made["subscription_attributes"]) == (BO, "d-1", body["subscription_attributes"])
    again = chatwoot.post("/api/v1/notification_subscriptions", {"notification_subscription": body}, who="admin")
    assert (again["id"], again["user_id"]) == (made["id"], ADA), "a device belongs to who registered it last"
    chatwoot.call("DELETE", "/api/v1/notification_subscriptions", {"push_token": "t-1"}, who="agent")
    assert world_count(world) == 1, "it is not the agent's any more"
    chatwoot.call("DELETE", "/api/v1/notification_subscriptions", params={"push_token": "t-1"})
    assert world_count(world) == 0
    chatwoot.call("DELETE", "/api/v1/notification_subscriptions", expect=422)
    for wrong in ({"subscription_type": "pigeon"}, {"subscription_attributes": {}}, {"subscription_type": "browser_push"}):
        chatwoot.post("/api/v1/notification_subscriptions", {"notification_subscription": body | wrong}, expect=422)
    assert world_count(world) == 0


def world_count(world: World) -> int:
    found: list[int] = []

    async def look(connection: Any) -> None:
        found.append(await connection.fetchval("SELECT count(*) FROM push_subscriptions"))

    world.fill(look)
    return found[0]


@pytest.mark.parametrize(("who", "status"), [("bot", 401), ("contact", 401), ("", 401), ("no such token", 401)])
def test_only_users_have_a_profile(chatwoot: Chatwoot, who: str, status: int) -> None:
    chatwoot.get(PROFILE, who=who, expect=status)
    update(chatwoot, {"name": "x"}, who=who, expect=status)


def test_a_token_that_may_only_read_changes_nothing(chatwoot: Chatwoot, world: World) -> None:
    async def make(connection: Any) -> None:
        reading.append(await control.insert_token(connection, tenant_id=1, owner_kind="user", owner_id=ADA, scope="read"))

    reading: list[str] = []
    world.fill(make)
    assert chatwoot.get(PROFILE, who=reading[0])["id"] == ADA
    for method, path in (("PUT", ""), ("POST", "/reset_access_token"), ("DELETE", "/avatar")):
        chatwoot.call(method, f"{PROFILE}{path}", {"profile": {"name": "x"}}, who=reading[0], expect=401)


def test_each_change_is_an_event_in_every_account(chatwoot: Chatwoot, world: World) -> None:
    update(chatwoot, {"message_signature": "told"})

    async def look(connection: Any) -> None:
        for tenant in (1, OTHER):
            row = await connection.fetchrow(
                "SELECT kind, actor_id, data::text FROM events WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1", tenant
            )
            assert (row[0], row[1]) == ("user.updated", BO)
            assert "message_signature" in row[2]

    world.fill(look)


def test_patch_is_the_same_as_put(chatwoot: Chatwoot, world: World) -> None:
    answer = httpx.patch(f"{world.url}{PROFILE}", json={"name": "Idle"}, headers={"api_access_token": world.tokens["agent"]})
    assert (answer.status_code, answer.json()["name"]) == (200, "Idle")


def test_the_sdk_reads_it(live: Live, world: World) -> None:
    with ChatwootClient(base_url=live.url, api_token=world.tokens["admin"]) as client:
        profile = client.profile.get()
    assert (profile.id, profile.email, profile.account_id, profile.accounts[0].name) == (ADA, "u1@x.test", 1, "Acme")
