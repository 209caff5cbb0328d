"""The platform API (contract 3.6): an app sees what it made, and nothing else."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from parley.actions import platform
from parley.store import control
from parley.store.database import Database
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import World, build, run
from tests.wire.conftest import Live

ROOT = "/platform/api/v1"
REFUSED = {"error": "Non permissible resource"}
PASSWORD = "Sample-1234"


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.fill(control.raise_ids)
    for name in ("app", "other app"):
        world.tokens[name] = run(make_app(live.dsn, name))
    return world


async def make_app(dsn: str, name: str) -> str:
    database = await Database.open(dsn, max_connections=1)
    try:
        return (await platform.create_app(database, name))[1]
    finally:
        await database.close()


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def ask(chatwoot: Chatwoot, method: str, path: str, body: Any = None, *, who: str = "app", expect: int = 200, **more: Any) -> Any:
    return chatwoot.call(method, f"{ROOT}/{path}", body, who=who, expect=expect, **more)


@pytest.fixture(scope="module")
def account(chatwoot: Chatwoot) -> int:
    return int(ask(chatwoot, "POST", "accounts", {"name": "Fresh"})["id"])


@pytest.fixture(scope="module")
def user(chatwoot: Chatwoot) -> dict[str, Any]:
    body = {"name": "Nia", "display_name": "N", "email": "nia@x.test", "password": PASSWORD, "custom_attributes": {"plan": "gold"}}
    return dict(ask(chatwoot, "POST", "users", body))


def test_an_account_lives(chatwoot: Chatwoot) -> None:
    body = {
        "name": "Life", "locale": "pt_BR", "domain": "life.test", "support_email": "help@life.test", "status": "active",
        "limits": {"agents": 5}, "features": {"sla": True, "companies": False}, "custom_attributes": {"a": 1},
    }  # fmt: skip
    made = ask(chatwoot, "POST", "accounts", body)
    number = made.pop("id")
    assert (made["enabled_features"], made["limits"], made["custom_attributes"]) == ({"sla": True}, {"agents": 5}, {"a": 1})
    assert (made["locale"], made["domain"], made["support_email"], made["status"]) == ("pt_BR", "life.test", "help@life.test", "active")
    changed = ask(chatwoot, "PATCH", f"accounts/{number}", {"name": "New life", "features": {"sla": False, "companies": True}})
    assert (changed["name"], changed["enabled_features"], changed["limits"]) == ("New life", {"companies": True}, {"agents": 5})
    assert ask(chatwoot, "GET", f"accounts/{number}") == changed
    assert changed in ask(chatwoot, "GET", "accounts")
    assert ask(chatwoot, "DELETE", f"accounts/{number}") is None
    ask(chatwoot, "GET", f"accounts/{number}", expect=404)
    assert number not in [one["id"] for one in ask(chatwoot, "GET", "accounts")]


def test_a_deleted_account_is_shut_and_then_gone(chatwoot: Chatwoot, world: World) -> None:
    number = ask(chatwoot, "POST", "accounts", {"name": "Going"})["id"]
    someone = ask(chatwoot, "POST", "users", {"name": "Last", "email": "last@x.test"})
    ask(chatwoot, "POST", f"accounts/{number}/account_users", {"user_id": someone["id"], "role": "administrator"})
    chatwoot.post(f"/api/v1/accounts/{number}/canned_responses", {"short_code": "a", "content": "b"}, who=someone["access_token"])
    ask(chatwoot, "DELETE", f"accounts/{number}")
    chatwoot.get(f"/api/v1/accounts/{number}/canned_responses", who=someone["access_token"], expect=401)
    deadline = time.monotonic() + 60
    while left(world, number) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert left(world, number) == 0
    assert ask(chatwoot, "GET", f"users/{someone['id']}")["accounts"] == []


def left(world: World, number: int) -> int:
    found: list[int] = []

    async def look(connection: Any) -> None:
        found.append(await connection.fetchval("SELECT count(*) FROM tenants WHERE id = $1", number))

    world.fill(look)
    return found[0]


def test_an_account_full_of_everything_goes(chatwoot: Chatwoot, account: int, world: World) -> None:
    """In a transaction of its own: the account with the conversation that has everything stays for the other tests."""

    async def look(connection: Any) -> None:
        inner = connection.transaction()
        await inner.start()
        await connection.execute("UPDATE tenants SET deleted_at = now() WHERE id = 1")
        await connection.execute("SELECT empty_tenant(1)")
        assert await connection.fetchval("SELECT count(*) FROM tenants WHERE id = 1") == 0
        assert await connection.fetchval("SELECT count(*) FROM messages WHERE tenant_id = 1") == 0
        await connection.execute("SELECT empty_tenant(3)")
        assert await connection.fetchval("SELECT count(*) FROM tenants WHERE id = 3") == 1, "it was not closed"
        await inner.rollback()

    world.fill(look)
    assert ask(chatwoot, "GET", f"accounts/{account}")["name"] == "Fresh"


def test_a_suspended_account_lets_nobody_in(chatwoot: Chatwoot, user: dict[str, Any]) -> None:
    number = ask(chatwoot, "POST", "accounts", {"name": "Pausing"})["id"]
    ask(chatwoot, "POST", f"accounts/{number}/account_users", {"user_id": user["id"], "role": "administrator"})
    ask(chatwoot, "PATCH", f"accounts/{number}", {"status": "suspended"})
    told = chatwoot.get(f"/api/v1/accounts/{number}/canned_responses", who=user["access_token"], expect=401)
    assert told == {"error": "Account is suspended"}
    ask(chatwoot, "PATCH", f"accounts/{number}", {"status": "active"})
    chatwoot.get(f"/api/v1/accounts/{number}/canned_responses", who=user["access_token"])
    ask(chatwoot, "DELETE", f"accounts/{number}")


def test_a_user_is_told_whole_with_a_token_that_works(chatwoot: Chatwoot, user: dict[str, Any]) -> None:
    assert (user["name"], user["available_name"], user["email"], user["confirmed"]) == ("Nia", "N", "nia@x.test", True)
    assert user["custom_attributes"] == {"plan": "gold"}
    assert chatwoot.get("/api/v1/profile", who=user["access_token"])["id"] == user["id"]
    shown = ask(chatwoot, "GET", f"users/{user['id']}")
    assert "access_token" not in shown, "tokens are kept hashed"
    assert chatwoot.ask("POST", "/auth/sign_in", {"email": "nia@x.test", "password": PASSWORD}, who="").status_code == 200


def test_asking_again_for_its_own_user_is_answered_with_them(chatwoot: Chatwoot, user: dict[str, Any]) -> None:
    assert ask(chatwoot, "POST", "users", {"name": "Nia", "email": "NIA@x.test"})["id"] == user["id"]
    for who, email in (("other app", "nia@x.test"), ("app", "u1@x.test")):
        refused = ask(chatwoot, "POST", "users", {"name": "Not mine", "email": email}, who=who, expect=422)
        assert refused == {"message": "Email has already been taken", "attributes": ["email"]}


def test_a_user_changes_everywhere(chatwoot: Chatwoot, account: int) -> None:
    made = ask(chatwoot, "POST", "users", {"name": "Old", "email": "old@x.test", "password": PASSWORD})
    ask(chatwoot, "POST", f"accounts/{account}/account_users", {"user_id": made["id"], "role": "agent"})
    session = sign_in(chatwoot, "old@x.test", PASSWORD)
    body = {"name": "New", "email": "new@x.test", "password": "Another-1", "custom_attributes": {"a": 1}}
    changed = ask(chatwoot, "PATCH", f"users/{made['id']}", body)
    assert (changed["name"], changed["uid"], changed["custom_attributes"]) == ("New", "new@x.test", {"a": 1})
    chatwoot.get("/api/v1/profile", who="", headers=session, expect=401)
    sign_in(chatwoot, "new@x.test", "Another-1")


def sign_in(chatwoot: Chatwoot, email: str, password: str) -> dict[str, str]:
    answer = chatwoot.ask("POST", "/auth/sign_in", {"email": email, "password": password}, who="")
    assert answer.status_code == 200, answer.text
    return {name: answer.headers[name] for name in ("access-token", "client", "uid")}


def test_a_deleted_user_is_out_and_stays_named(chatwoot: Chatwoot, account: int, world: World) -> None:
    made = ask(chatwoot, "POST", "users", {"name": "Brief", "email": "brief@x.test", "password": PASSWORD})
    ask(chatwoot, "POST", f"accounts/{account}/account_users", {"user_id": made["id"], "role": "agent"})
    session = sign_in(chatwoot, "brief@x.test", PASSWORD)
    assert ask(chatwoot, "DELETE", f"users/{made['id']}") is None
    for who, headers in ((made["access_token"], {}), ("", session)):
        chatwoot.get("/api/v1/profile", who=who, headers=headers, expect=401)
    chatwoot.post("/auth/sign_in", {"email": "brief@x.test", "password": PASSWORD}, who="", expect=401)
    ask(chatwoot, "GET", f"users/{made['id']}", expect=404)
    assert made["id"] not in [one["user_id"] for one in ask(chatwoot, "GET", f"accounts/{account}/account_users")]

    async def look(connection: Any) -> None:
        row = await connection.fetchrow("SELECT name, state FROM memberships WHERE tenant_id = $1 AND user_id = $2", account, made["id"])
        assert tuple(row) == ("Brief", "deleted")
        assert await connection.fetchval("SELECT count(*) FROM tombstones WHERE tenant_id = $1 AND noun = 'user'", account) == 1

    world.fill(look)
    assert ask(chatwoot, "POST", "users", {"name": "Another", "email": "brief@x.test"})["id"] != made["id"]


def test_who_belongs_to_an_account(chatwoot: Chatwoot, account: int, user: dict[str, Any]) -> None:
    path = f"accounts/{account}/account_users"
    made = ask(chatwoot, "POST", path, {"user_id": user["id"], "role": "agent"})
    assert (made["account_id"], made["user_id"], made["role"]) == (account, user["id"], "agent")
    assert ask(chatwoot, "POST", path, {"user_id": user["id"], "role": "administrator"})["role"] == "administrator"
    assert [one["user_id"] for one in ask(chatwoot, "GET", path)].count(user["id"]) == 1
    assert chatwoot.get(f"/api/v1/accounts/{account}/canned_responses", who=user["access_token"]) == []
    ask(chatwoot, "DELETE", path, {"user_id": user["id"]})
    ask(chatwoot, "DELETE", path, params={"user_id": user["id"]})
    assert user["id"] not in [one["user_id"] for one in ask(chatwoot, "GET", path)]
    chatwoot.get(f"/api/v1/accounts/{account}/canned_responses", who=user["access_token"], expect=401)
    ask(chatwoot, "POST", path, {"user_id": user["id"], "role": "agent"})
    chatwoot.get(f"/api/v1/accounts/{account}/canned_responses", who=user["access_token"])


def test_a_login_link_signs_in_once(chatwoot: Chatwoot, user: dict[str, Any]) -> None:
    url = urlsplit(ask(chatwoot, "GET", f"users/{user['id']}/login")["url"])
    assert url.path == "/app/login"
    body = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert chatwoot.post("/auth/sign_in", body, who="")["data"]["id"] == user["id"]
    chatwoot.post("/auth/sign_in", body, who="", expect=401)


def test_a_token_of_a_user(chatwoot: Chatwoot, user: dict[str, Any]) -> None:
    made = ask(chatwoot, "POST", f"users/{user['id']}/token")
    assert (made["expiry"], made["user"]["email"]) == (None, "nia@x.test")
    assert chatwoot.get("/api/v1/profile", who=made["access_token"])["id"] == user["id"]
    chatwoot.get("/api/v1/profile", who=user["access_token"])


def test_a_bot_lives(chatwoot: Chatwoot, account: int) -> None:
    made = ask(chatwoot, "POST", "agent_bots", {"name": "Helper", "account_id": account, "outgoing_url": "https://bot.test"})
    assert (made["name"], made["outgoing_url"], made["account_id"], made["system_bot"]) == ("Helper", "https://bot.test", account, False)
    conversation = f"/api/v1/accounts/{account}/conversations/1"
    chatwoot.get(conversation, who=made["access_token"], expect=404)
    changed = ask(chatwoot, "PATCH", f"agent_bots/{made['id']}", {"name": "Aide", "description": "Helps"})
    assert (changed["name"], changed["description"], changed["outgoing_url"]) == ("Aide", "Helps", "https://bot.test")
    assert changed == ask(chatwoot, "GET", f"agent_bots/{made['id']}")
    assert changed in ask(chatwoot, "GET", "agent_bots")
    assert ask(chatwoot, "DELETE", f"agent_bots/{made['id']}") is None
    chatwoot.get(conversation, who=made["access_token"], expect=401)
    ask(chatwoot, "GET", f"agent_bots/{made['id']}", expect=404)
    assert ask(chatwoot, "GET", "agent_bots") == []


def test_a_bot_of_many_conversations_leaves_them_all(chatwoot: Chatwoot, account: int, world: World) -> None:
    bot, many = ask(chatwoot, "POST", "agent_bots", {"name": "Busy", "account_id": account})["id"], 130
    world.execute(
        f"INSERT INTO inboxes (tenant_id, id, name, kind) VALUES ({account}, 900, 'Theirs', 'api')",
        f"INSERT INTO contacts (tenant_id, id, name) VALUES ({account}, 900, 'Somebody')",
        f"""INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, created_by_kind, modified_by_kind,
              assignee_bot_id)
            SELECT {account}, n, 1, 'open', 900, 900, 'contact', 'contact', {bot} FROM generate_series(9001, 9000 + {many}) n""",
    )
    assert ask(chatwoot, "DELETE", f"agent_bots/{bot}") is None
    ask(chatwoot, "GET", f"agent_bots/{bot}", expect=404)
    found: list[int] = []

    async def look(connection: Any) -> None:
        query = "SELECT count(*) FROM conversations WHERE tenant_id = $1 AND number > 9000 AND assignee_bot_id IS NULL"
        found.append(await connection.fetchval(query, account))
        found.append(
            await connection.fetchval("SELECT count(*) FROM tombstones WHERE tenant_id = $1 AND noun = 'bot' AND id = $2", account, bot)
        )

    world.fill(look)
    assert found == [many, 1]


def test_bots_of_two_accounts_have_numbers_of_their_own(chatwoot: Chatwoot, account: int) -> None:
    other = ask(chatwoot, "POST", "accounts", {"name": "Second"})["id"]
    bots = [ask(chatwoot, "POST", "agent_bots", {"name": "B", "account_id": number}) for number in (account, other)]
    assert bots[0]["id"] != bots[1]["id"]
    assert [(one["id"], one["account_id"]) for one in ask(chatwoot, "GET", "agent_bots")] == [
        (one["id"], one["account_id"]) for one in bots
    ]
    moved = ask(chatwoot, "PATCH", f"agent_bots/{bots[0]['id']}", {"account_id": other}, expect=422)
    assert moved == {"message": "a bot stays in its account", "attributes": ["account_id"]}
    for bot in bots:
        ask(chatwoot, "DELETE", f"agent_bots/{bot['id']}")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "accounts/{account}"), ("PATCH", "accounts/{account}"), ("DELETE", "accounts/{account}"),
        ("GET", "accounts/{account}/account_users"), ("POST", "accounts/{account}/account_users"),
        ("DELETE", "accounts/{account}/account_users"), ("GET", "users/{user}"), ("PATCH", "users/{user}"), ("DELETE", "users/{user}"),
        ("GET", "users/{user}/login"), ("POST", "users/{user}/token"), ("GET", "accounts/1"), ("DELETE", "accounts/1"), ("GET", "users/1"),
        ("DELETE", "users/1"), ("GET", "users/1/login"), ("POST", "users/1/token"),
    ],
)  # fmt: skip
def test_what_another_app_or_nobody_made_is_not_permissible(
    chatwoot: Chatwoot, account: int, user: dict[str, Any], method: str, path: str
) -> None:
    body = {"user_id": user["id"], "role": "agent", "name": "Taken"} if method in ("POST", "PATCH", "DELETE") else None
    full = path.format(account=account, user=user["id"])
    assert ask(chatwoot, method, full, body, who="other app", expect=401) == REFUSED
    if path.endswith("/1"):
        assert ask(chatwoot, method, full, body, expect=401) == REFUSED
    assert ask(chatwoot, "GET", f"accounts/{account}")["name"] == "Fresh"


def test_a_foreign_user_does_not_come_into_an_account(chatwoot: Chatwoot, account: int) -> None:
    path = f"accounts/{account}/account_users"
    assert ask(chatwoot, "POST", path, {"user_id": 1, "role": "agent"}, expect=401) == REFUSED
    ask(chatwoot, "POST", path, {"user_id": 999_999, "role": "agent"}, expect=404)


def test_a_foreign_bot_is_not_permissible(chatwoot: Chatwoot, account: int) -> None:
    made = ask(chatwoot, "POST", "agent_bots", {"name": "Mine", "account_id": account})
    for method in ("GET", "PATCH", "DELETE"):
        assert ask(chatwoot, method, f"agent_bots/{made['id']}", {} if method == "PATCH" else None, who="other app", expect=401) == REFUSED
    assert ask(chatwoot, "POST", "agent_bots", {"name": "In mine", "account_id": account}, who="other app", expect=401) == REFUSED
    assert ask(chatwoot, "GET", "agent_bots", who="other app") == []
    ask(chatwoot, "GET", "agent_bots/51", expect=404)
    ask(chatwoot, "DELETE", f"agent_bots/{made['id']}")


@pytest.mark.parametrize(
    ("path", "body", "attribute"),
    [
        ("accounts", {}, "name"),
        ("accounts", {"name": "x", "locale": "Portuguese"}, "locale"),
        ("accounts", {"name": "x", "status": "gone"}, "status"),
        ("accounts", {"name": "x", "features": {"sla": "maybe"}}, "features.sla"),
        ("accounts", {"name": "x", "support_email": "nowhere"}, "support_email"),
        ("users", {"name": "x"}, "email"),
        ("users", {"name": "x", "email": "nowhere"}, "email"),
        ("users", {"name": "x", "email": "weak@x.test", "password": "weak"}, "password"),
        ("agent_bots", {"account_id": 1}, "name"),
        ("agent_bots", {"name": "x"}, "account_id"),
        ("agent_bots", {"name": "x", "account_id": 1, "outgoing_url": "javascript:alert(1)"}, "outgoing_url"),
        ("agent_bots", {"name": "x", "account_id": 1, "outgoing_url": "http://127.0.0.1/x"}, "outgoing_url"),
        ("agent_bots", {"name": "x", "account_id": 1, "avatar_url": "https://x.test/a.png"}, "avatar_url"),
    ],
)
def test_bad_input_is_refused_by_name_and_makes_nothing(chatwoot: Chatwoot, path: str, body: object, attribute: str) -> None:
    before = [ask(chatwoot, "GET", "accounts"), ask(chatwoot, "GET", "agent_bots")]
    assert ask(chatwoot, "POST", path, body, expect=422)["attributes"] == [attribute]
    assert [ask(chatwoot, "GET", "accounts"), ask(chatwoot, "GET", "agent_bots")] == before
    ask(chatwoot, "POST", "users", {"name": "free", "email": "weak@x.test"})


@pytest.mark.parametrize("who", ["", "admin", "bot", "contact", "no such token"])
def test_only_apps_ask_here_and_apps_ask_nowhere_else(chatwoot: Chatwoot, who: str) -> None:
    for method, path in (("GET", "accounts"), ("POST", "users"), ("GET", "agent_bots")):
        assert ask(chatwoot, method, path, who=who, expect=401) == {"error": "Invalid access_token"}
    told = chatwoot.get("canned_responses", who="app", expect=401)
    assert told == {"error": "Access to this endpoint is not authorized for bots"}
    chatwoot.get("/api/v1/profile", who="app", expect=401)


def test_no_files_and_no_keys_here(chatwoot: Chatwoot, account: int) -> None:
    ask(chatwoot, "POST", "accounts", {"name": "x"}, headers={"Idempotency-Key": "k"}, expect=422)
    ask(chatwoot, "POST", "agent_bots", data={"name": "x"}, files={"avatar": ("a.png", b"x", "image/png")}, expect=415)


def test_events_name_the_app(chatwoot: Chatwoot, account: int, world: World) -> None:
    ask(chatwoot, "PATCH", f"accounts/{account}", {"domain": "fresh.test"})

    async def look(connection: Any) -> None:
        row = await connection.fetchrow(
            "SELECT actor_kind, data::text FROM events WHERE tenant_id = $1 AND kind = 'account.updated' ORDER BY id DESC LIMIT 1", account
        )
        assert row[0] == "system"
        assert '"platform_app": 1' in row[1]

    world.fill(look)


def test_put_is_the_same_as_patch(world: World, account: int) -> None:
    answer = httpx.put(f"{world.url}{ROOT}/accounts/{account}", json={"name": "Fresh"}, headers={"api_access_token": world.tokens["app"]})
    assert answer.status_code == 200
