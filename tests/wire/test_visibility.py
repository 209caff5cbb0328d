"""The same conversations are visible on either wire, and none more: every kind of caller asks all three endpoints."""

from __future__ import annotations

import asyncio

import asyncpg
import httpx
import pytest

from parley.store import control
from tests.wire import devrev_world
from tests.wire.conftest import Live

ROLES = {
    "manager": ["conversation_manage"],
    "queue": ["conversation_unassigned_manage"],
    "own": ["conversation_participating_manage"],
    "none": ["contact_manage"],
}
CALLERS = ["ada", "bob", "contact", *ROLES]


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(_build(module_database))


async def _build(dsn: str) -> devrev_world.World:
    world = await devrev_world.build(dsn)
    connection = await asyncpg.connect(dsn)
    inboxes = await connection.fetchval("SELECT array_agg(id ORDER BY id) FROM inboxes WHERE tenant_id = 1")
    for user_id, (name, permissions) in enumerate(ROLES.items(), 100):
        await connection.execute(
            "INSERT INTO custom_roles (tenant_id, id, name, permissions) VALUES (1, $1, $2, $3)", user_id, name, permissions
        )
        await control.insert_user(connection, name=name, email=f"{name}@acme.example", user_id=user_id)
        await connection.execute(
            "INSERT INTO memberships (tenant_id, user_id, name, custom_role_id) VALUES (1, $1, $2, $1)",
            user_id,
            name,
        )
        await connection.execute("INSERT INTO inbox_members (tenant_id, inbox_id, user_id) VALUES (1, $1, $2)", inboxes[0], user_id)
        await connection.execute(
            "UPDATE conversations SET assignee_user_id = $1, assignee_bot_id = NULL WHERE tenant_id = 1 AND number % 11 = $2",
            user_id,
            user_id % 11,
        )
        world.tokens[name] = await control.insert_token(connection, tenant_id=1, owner_kind="user", owner_id=user_id, scope="read")
    await connection.close()
    return world


def devrev_list(url: str, token: str) -> set[int]:
    body: dict[str, object] = {"limit": 7}
    seen: list[int] = []
    while True:
        page = httpx.post(f"{url}/conversations.list", json=body, headers={"Authorization": token}).raise_for_status().json()
        seen += [int(c["display_id"].removeprefix("CONV-")) for c in page["conversations"]]
        if "next_cursor" not in page:
            assert len(seen) == len(set(seen))
            return set(seen)
        body["cursor"] = page["next_cursor"]


def devrev_export(url: str, token: str) -> set[int]:
    answer = httpx.post(f"{url}/conversations.export", json={"first": 5000}, headers={"Authorization": token}).raise_for_status().json()
    return {int(c["display_id"].removeprefix("CONV-")) for c in answer["conversations"]}


def chatwoot_list(url: str, token: str) -> set[int]:
    seen: list[int] = []
    for page in range(1, 100):
        answer = httpx.get(
            f"{url}/api/v1/accounts/1/conversations", params={"status": "all", "page": page}, headers={"api_access_token": token}
        ).raise_for_status()
        data = answer.json()["data"]
        seen += [c["id"] for c in data["payload"]]
        if not data["payload"]:
            assert data["meta"]["all_count"] == len(seen) == len(set(seen))
            return set(seen)
    raise AssertionError("no end")


async def expected(dsn: str, caller: str) -> set[int]:
    """The rule of design.md in plain SQL, written apart from the filter builder."""
    connection = await asyncpg.connect(dsn)
    user = {"ada": 1, "bob": 2} | {name: number for number, name in enumerate(ROLES, 100)}
    rule = {
        "ada": "true",
        "contact": "contact_id = 1 OR number IN (SELECT conversation_number FROM conversation_members WHERE kind = 'contact' AND id = 1)",
        "none": "false",
        "queue": f"inbox_id IN (SELECT inbox_id FROM inbox_members WHERE user_id = {user['queue']})"
        f" AND (assignee_user_id IS NULL OR assignee_user_id = {user['queue']})",
        "own": f"inbox_id IN (SELECT inbox_id FROM inbox_members WHERE user_id = {user['own']}) AND assignee_user_id = {user['own']}",
    }.get(caller) or f"inbox_id IN (SELECT inbox_id FROM inbox_members WHERE tenant_id = 1 AND user_id = {user[caller]})"
    rows = await connection.fetch(f"SELECT number FROM conversations WHERE tenant_id = 1 AND ({rule})")
    await connection.close()
    return {row["number"] for row in rows}


@pytest.mark.parametrize("caller", CALLERS)
def test_all_three_endpoints_show_what_the_rule_allows(world: devrev_world.World, live: Live, caller: str) -> None:
    token = world.tokens[caller]
    wanted = asyncio.run(expected(world.dsn, caller))
    assert devrev_list(live.url, token) == wanted
    assert devrev_export(live.url, token) == wanted
    assert chatwoot_list(live.url, token) == wanted


def test_the_callers_really_differ(world: devrev_world.World) -> None:
    seen = {caller: frozenset(asyncio.run(expected(world.dsn, caller))) for caller in CALLERS}
    assert seen["none"] == frozenset()
    assert len(set(seen.values())) >= len(CALLERS) - 1
    assert seen["own"] < seen["manager"] < seen["ada"]
    assert seen["queue"] < seen["manager"]


def test_a_foreign_token_sees_nothing_of_this_tenant(world: devrev_world.World, live: Live) -> None:
    token = world.tokens["globex"]
    for path in ("conversations.list", "conversations.export"):
        answer = httpx.post(f"{live.url}/{path}", json={}, headers={"Authorization": token})
        assert ":devo/acme:" not in answer.text
        refused = httpx.post(f"{live.url}/{path}", json={}, headers={"Authorization": token, "X-Parley-Tenant": "acme"})
        assert refused.status_code == 403
    refused = httpx.get(f"{live.url}/api/v1/accounts/1/conversations", headers={"api_access_token": token})
    assert refused.status_code == 401


def test_nobody_sees_nothing(live: Live, world: devrev_world.World) -> None:
    assert httpx.post(f"{live.url}/conversations.list", json={}).status_code == 401
    assert httpx.post(f"{live.url}/conversations.export", json={}).status_code == 401
    assert httpx.get(f"{live.url}/api/v1/accounts/1/conversations").status_code == 401


@pytest.mark.parametrize("caller", ["ada", "contact"])
def test_private_and_internal_words_stay_where_they_belong(world: devrev_world.World, live: Live, caller: str) -> None:
    """Each entry's visibility in the database against who is shown its body, on both wires."""
    secret = asyncio.run(_hide_words(world.dsn))
    token = world.tokens[caller]
    headers = {"Authorization": token, "api_access_token": token}
    everything = "/api/v1/accounts/1/conversations?status=all&updated_within=999999999"
    export = httpx.post(f"{live.url}/conversations.export", json={"first": 5000}, headers=headers).raise_for_status().text
    newest = httpx.get(f"{live.url}{everything}", headers=headers).raise_for_status().text
    assert secret["external"] in export
    for text in (export, newest):
        assert (secret["internal"] in text) == (caller == "ada")
        assert secret["private"] not in text


async def _hide_words(dsn: str) -> dict[str, str]:
    """Puts a note, a private entry of somebody else's and a public word into a conversation of contact 1."""
    connection = await asyncpg.connect(dsn)
    number = await connection.fetchval("SELECT max(number) FROM conversations WHERE tenant_id = 1 AND contact_id = 1")
    words = {visibility: f"word-{visibility}-{number}" for visibility in ("external", "private", "internal")}
    for visibility, body in words.items():
        await connection.execute(
            "INSERT INTO messages (tenant_id, conversation_number, kind, visibility, author_kind, author_id, body, created_at)"
            " VALUES (1, $1, 'outgoing', $2, 'user', 2, $3, now())",
            number,
            visibility,
            body,
        )
    await connection.close()
    return words


def test_a_contact_sees_no_changes_and_no_agents_address(world: devrev_world.World, live: Live) -> None:
    address = asyncio.run(_address_of_an_agent(world.dsn))

    def everything(caller: str) -> str:
        token = world.tokens[caller]
        headers = {"Authorization": token, "api_access_token": token, "X-Devrev-Scope": "beta"}
        exported = httpx.post(f"{live.url}/conversations.export", json={"first": 5000}, headers=headers).raise_for_status().text
        path = "/api/v1/accounts/1/conversations?status=all&updated_within=999999999"
        return exported + httpx.get(f"{live.url}{path}", headers=headers).raise_for_status().text

    for secret in ("timeline_change_event", address):
        assert everything("ada").count(secret) >= 2
        assert secret not in everything("contact")


async def _address_of_an_agent(dsn: str) -> str:
    """Of one whose words and changes stand in a conversation of contact 1."""
    connection = await asyncpg.connect(dsn)
    number = await connection.fetchval("SELECT max(number) FROM conversations WHERE tenant_id = 1 AND contact_id = 1")
    for kind, event in (("outgoing", None), ("activity", "annotated")):
        await connection.execute(
            "INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, body, event_type)"
            " VALUES (1, $1, $2, 'user', 2, 'words', $3)",
            number,
            kind,
            event,
        )
    await connection.execute(
        "UPDATE conversations SET assignee_user_id = 2, assignee_bot_id = NULL WHERE tenant_id = 1 AND number = $1", number
    )
    email = await connection.fetchval(
        "UPDATE memberships SET email = 'agent-two@acme.example' WHERE tenant_id = 1 AND user_id = 2 RETURNING email"
    )
    await connection.close()
    return str(email)
