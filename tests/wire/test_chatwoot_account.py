"""The account itself on Chatwoot's wire (contract 3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ADA, OTHER, World, build, run
from tests.wire.conftest import Live

A = "/api/v1/accounts/1"


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return run(build(live.dsn, live.url))


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_keys_in_the_originals_order(chatwoot: Chatwoot) -> None:
    found = chatwoot.get(A, who="agent")
    assert list(found) == [
        *("settings", "created_at", "domain", "features", "id", "locale", "name", "support_email", "status", "cache_keys"),
        *("latest_chatwoot_version", "subscribed_features"),
    ]
    assert (found["id"], found["name"], found["features"], found["settings"]) == (1, "Acme", {"sla": True}, {})


def test_a_change_puts_settings_beside_settings(chatwoot: Chatwoot, world: World) -> None:
    changed = chatwoot.call("PATCH", A, {"name": "Acme 2", "locale": "de", "domain": "acme.test", "auto_resolve_after": 1440})
    assert (changed["name"], changed["locale"], changed["domain"]) == ("Acme 2", "de", "acme.test")
    body = {"auto_resolve_message": "Bye", "auto_resolve_ignore_waiting": True, "industry": "Bikes", "timezone": "Europe/Lisbon"}
    changed = chatwoot.call("PATCH", A, body)
    assert changed["settings"] == {"auto_resolve_after": 1440, "auto_resolve_message": "Bye", "auto_resolve_ignore_waiting": True}
    assert (changed["custom_attributes"]["industry"], changed["custom_attributes"]["timezone"]) == ("Bikes", "Europe/Lisbon")
    assert changed["custom_attributes"]["plan_name"] is None
    again = chatwoot.call("PATCH", A, {"auto_resolve_after": None, "company_size": "9"})
    assert again["settings"] == {"auto_resolve_message": "Bye", "auto_resolve_ignore_waiting": True}
    assert (again["custom_attributes"]["industry"], again["custom_attributes"]["company_size"]) == ("Bikes", "9")
    assert again == {name: value for name, value in chatwoot.get(A).items() if name in again}
    assert chatwoot.ask("GET", "/api/v1/accounts/2", who="foreign").json()["name"] == "Other"


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({"name": ""}, "name"),
        ({"locale": "Klingon!"}, "locale"),
        ({"support_email": "nowhere"}, "support_email"),
        ({"auto_resolve_after": 9}, "auto_resolve_after"),
        ({"auto_resolve_after": 1439857}, "auto_resolve_after"),
        ({"auto_resolve_ignore_waiting": "maybe"}, "auto_resolve_ignore_waiting"),
        ({"timezone": "Atlantis"}, "timezone"),
        ({"name": "changed", "domain": "x" * 101}, "domain"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: dict[str, Any], attribute: str) -> None:
    before = chatwoot.get(A)
    assert chatwoot.call("PATCH", A, body, expect=422)["attributes"] == [attribute]
    assert chatwoot.get(A) == before


@pytest.mark.parametrize(
    ("who", "read", "write"),
    [("agent", 200, 401), ("manager", 200, 401), ("powerless", 200, 401), ("bot", 401, 401), ("contact", 401, 401), ("foreign", 401, 401)],
)
def test_who_may(chatwoot: Chatwoot, who: str, read: int, write: int) -> None:
    chatwoot.get(A, who=who, expect=read)
    chatwoot.get("cache_keys", who=who, expect=read)
    chatwoot.post("update_active_at", who=who, expect=read)
    chatwoot.call("PATCH", A, {"name": "Theirs"}, who=who, expect=write)
    assert chatwoot.get(A)["name"] != "Theirs"


def test_being_here_makes_it_the_account_used_last(chatwoot: Chatwoot) -> None:
    before = chatwoot.get("/api/v1/profile")["accounts"][0]["active_at"]
    assert chatwoot.post("update_active_at") is None
    assert chatwoot.get("/api/v1/profile")["accounts"][0]["active_at"] > (before or "")


def test_cache_keys_change_with_what_they_stand_for(chatwoot: Chatwoot, world: World) -> None:
    before = chatwoot.get("cache_keys")["cache_keys"]
    assert list(before) == ["label", "inbox", "team"]
    world.execute("UPDATE teams SET updated_at = now() + interval '1 second' WHERE tenant_id = 1 AND id = 5")
    after = chatwoot.get("cache_keys")["cache_keys"]
    assert after["team"] > before["team"]
    assert (after["label"], after["inbox"]) == (before["label"], before["inbox"])
    world.execute(
        "INSERT INTO tombstones (tenant_id, noun, id, event_id, deleted_by_kind, deleted_at)"
        " VALUES (1, 'inbox', 99, 1, 'user', now() + interval '1 minute'), (2, 'tag', 99, 1, 'user', now())"
    )
    last = chatwoot.get(A)["cache_keys"]
    assert last["inbox"] > after["inbox"]
    assert last["label"] == after["label"], "another account's"


def test_nobody_signs_up(chatwoot: Chatwoot) -> None:
    for who in ("", "admin"):
        refused = chatwoot.post("/api/v1/accounts", {"account_name": "x", "email": "x@x.test"}, who=who, expect=404)
        assert "parley tenant create" in refused["error"]


def test_a_change_is_an_event(chatwoot: Chatwoot, world: World) -> None:
    chatwoot.call("PATCH", A, {"domain": "told.test"})

    async def look(connection: Any) -> None:
        row = await connection.fetchrow("SELECT kind, actor_id, tenant_id FROM events ORDER BY id DESC LIMIT 1")
        assert tuple(row) == ("account.updated", ADA, 1)
        assert await connection.fetchval("SELECT count(*) FROM events WHERE tenant_id = $1", OTHER) == 0

    world.fill(look)
