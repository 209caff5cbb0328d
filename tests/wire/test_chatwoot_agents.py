"""Agents on Chatwoot's wire (contract 3.5): users of the account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ADA, BO, FOREIGN, FULL, GONE, MANAGE, OTHER, STOREFRONT, TEAM, World, build, run
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    found.execute(
        f"UPDATE users SET email = 'both@x.test' WHERE id = {FOREIGN}",
        f"UPDATE memberships SET email = 'both@x.test' WHERE user_id = {FOREIGN}",
    )
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def names(chatwoot: Chatwoot) -> list[str]:
    return [one["name"] for one in chatwoot.get("agents")]


def test_the_list_has_who_has_not_left_by_name(chatwoot: Chatwoot) -> None:
    found = chatwoot.get("agents", who="agent")
    assert [one["name"] for one in found][:3] == ["Ada", "Bo", "Idle"]
    assert GONE not in [one["id"] for one in found]
    ada = {
        "id": ADA, "account_id": 1, "availability_status": "offline", "auto_offline": True, "confirmed": True, "email": "u1@x.test",
        "provider": "email", "available_name": "Ada", "name": "Ada", "role": "administrator", "thumbnail": "", "custom_role_id": None,
    }  # fmt: skip
    assert found[0] == ada
    assert list(found[0]) == list(ada)
    assert "/agent.png?" in found[1]["thumbnail"]


def test_a_life(chatwoot: Chatwoot, world: World) -> None:
    new = {"email": "Grace@X.test", "name": "Grace", "role": "agent", "availability": "busy", "auto_offline": False}
    made = chatwoot.post("agents", new)
    assert (made["email"], made["availability_status"], made["role"], made["auto_offline"]) == ("grace@x.test", "busy", "agent", False)
    assert chatwoot.get(f"agents/{made['id']}") == made
    changed = chatwoot.call("PATCH", f"agents/{made['id']}", {"role": "administrator", "name": "Grace H", "custom_role_id": MANAGE})
    assert changed == made | {"role": "administrator", "name": "Grace H", "available_name": "Grace H", "custom_role_id": MANAGE}
    chatwoot.post("inbox_members", {"inbox_id": STOREFRONT, "user_ids": [made["id"]]})
    chatwoot.post(f"teams/{TEAM}/team_members", {"user_ids": [made["id"]]})
    assert chatwoot.call("DELETE", f"agents/{made['id']}") is None
    for path in ("agents", f"teams/{TEAM}/team_members"):
        assert made["id"] not in [one["id"] for one in chatwoot.get(path)]
    assert made["id"] not in [one["id"] for one in chatwoot.get(f"inbox_members/{STOREFRONT}")["payload"]]
    for method in ("GET", "PATCH", "DELETE"):
        assert chatwoot.ask(method, f"agents/{made['id']}", {} if method == "PATCH" else None).status_code == 404
    back = chatwoot.post("agents", {"email": "grace@x.test", "name": "Grace"})
    assert (back["id"], back["role"], back["custom_role_id"]) == (made["id"], "agent", None)


def test_a_user_of_another_account_joins_with_their_token(chatwoot: Chatwoot) -> None:
    assert chatwoot.ask("GET", "agents", who="foreign").status_code == 401
    made = chatwoot.post("agents", {"email": "BOTH@x.test", "role": "agent"})
    assert (made["id"], made["name"]) == (FOREIGN, "Foreign")
    assert "Foreign" in [one["name"] for one in chatwoot.get("agents", who="foreign")]
    chatwoot.call("DELETE", f"agents/{FOREIGN}")
    assert chatwoot.ask("GET", "agents", who="foreign").status_code == 401
    assert chatwoot.ask("GET", "agents", who="foreign", account=OTHER).status_code == 200


def test_a_shadow_user_becomes_active(chatwoot: Chatwoot, world: World) -> None:
    made = chatwoot.post("agents", {"email": "shade@x.test"})
    world.execute(f"UPDATE memberships SET state = 'shadow' WHERE tenant_id = 1 AND user_id = {made['id']}")
    assert chatwoot.post("agents", {"email": "shade@x.test"})["id"] == made["id"]
    assert chatwoot.post("agents", {"email": "shade@x.test"}, expect=422)["attributes"] == ["email"]


def test_bulk_create_skips_members_and_refuses_all_for_a_wrong_address(chatwoot: Chatwoot) -> None:
    assert chatwoot.post("agents/bulk_create", {"emails": ["one@x.test", "u1@x.test", "two@x.test", "one@x.test"]}) is None
    assert {"one", "two"} <= set(names(chatwoot))
    before = names(chatwoot)
    refused = chatwoot.post("agents/bulk_create", {"emails": ["three@x.test", "nonsense"]}, expect=422)
    assert refused == {"message": "Email is invalid", "attributes": ["emails[1]"]}
    assert names(chatwoot) == before


def test_the_last_administrator_stays(chatwoot: Chatwoot, world: World) -> None:
    world.execute(f"UPDATE memberships SET role = 'agent' WHERE tenant_id = 1 AND user_id <> {ADA}")
    assert chatwoot.call("PATCH", f"agents/{ADA}", {"role": "agent"}, expect=422)["attributes"] == ["role"]
    assert chatwoot.call("DELETE", f"agents/{ADA}", expect=422)["attributes"] == ["id"]
    assert chatwoot.get(f"agents/{ADA}")["role"] == "administrator"


def test_who_left_is_no_assignee_any_more_and_comes_back_as_one(chatwoot: Chatwoot) -> None:
    assert chatwoot.get(f"conversations/{FULL}")["meta"]["assignee"]["id"] == BO
    chatwoot.call("DELETE", f"agents/{BO}")
    assert "assignee" not in chatwoot.get(f"conversations/{FULL}")["meta"]
    assert chatwoot.ask("GET", "agents", who="agent").status_code == 401
    chatwoot.post("agents", {"email": "u2@x.test", "name": "Bo"})
    assert chatwoot.get(f"conversations/{FULL}")["meta"]["assignee"]["id"] == BO


@pytest.mark.parametrize(
    ("body", "message", "attribute"),
    [
        ({}, "Email can't be blank", "email"),
        ({"email": "nonsense"}, "Email is invalid", "email"),
        ({"email": "u1@x.test"}, "Email has already been taken", "email"),
        ({"email": "n@x.test", "role": "owner"}, "role must be one of agent, administrator", "role"),
        ({"email": "n@x.test", "availability": "gone"}, "availability must be one of online, offline, busy", "availability"),
        ({"email": "n@x.test", "custom_role_id": 999}, "no such custom role", "custom_role_id"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: Any, message: str, attribute: str) -> None:
    before = chatwoot.get("agents")
    assert chatwoot.post("agents", body, expect=422) == {"message": message, "attributes": [attribute]}
    assert chatwoot.get("agents") == before


def test_only_administrators_change_agents(chatwoot: Chatwoot) -> None:
    for who in ("idle", "manager"):
        chatwoot.post("agents", {"email": "m@x.test"}, who=who, expect=401)
        chatwoot.post("agents/bulk_create", {"emails": []}, who=who, expect=401)
        for method in ("PATCH", "DELETE"):
            answer = chatwoot.ask(method, f"agents/{ADA}", {} if method == "PATCH" else None, who=who)
            assert answer.json() == {"error": "You are not authorized to do this action"}
    for who in ("bot", "contact", ""):
        chatwoot.get("agents", who=who, expect=401)


def test_another_account_never_finds_them(chatwoot: Chatwoot) -> None:
    assert [one["id"] for one in chatwoot.ask("GET", "agents", who="foreign", account=OTHER).json()] == [FOREIGN]
    for method in ("GET", "PATCH", "DELETE"):
        assert chatwoot.ask(method, f"agents/{ADA}", {} if method == "PATCH" else None, who="foreign", account=OTHER).status_code == 404
