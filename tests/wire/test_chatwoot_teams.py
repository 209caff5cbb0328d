"""Teams and their members on Chatwoot's wire (contract 3.5, 11.17)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ADA, BO, EMPTY_TEAM, FOREIGN, FULL, GONE, IDLE, OTHER, TEAM, World, build, run
from tests.wire.conftest import Live

NO_USERS = {"error": "Invalid User IDs"}


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def names(agents: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in agents]


def test_a_life(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("teams", {"name": "Returns", "description": "Parcels", "allow_auto_assign": False})
    wanted = {"name": "returns", "description": "Parcels", "allow_auto_assign": False, "account_id": 1, "is_member": False}
    assert made == {"id": made["id"]} | wanted
    assert made in chatwoot.get("teams", who="agent")
    changed = chatwoot.call("PATCH", f"teams/{made['id']}", {"team": {"name": "BACK again"}})
    assert changed == made | {"name": "back again"}
    assert chatwoot.get(f"teams/{made['id']}", who="idle") == changed
    assert chatwoot.call("DELETE", f"teams/{made['id']}") is None
    for method in ("GET", "PATCH", "DELETE"):
        assert chatwoot.ask(method, f"teams/{made['id']}", {} if method == "PATCH" else None).status_code == 404


def test_a_team_knows_whether_the_caller_belongs_to_it(chatwoot: Chatwoot) -> None:
    assert chatwoot.get(f"teams/{TEAM}")["is_member"] is True
    assert chatwoot.get(f"teams/{TEAM}", who="agent")["is_member"] is False


def test_members(chatwoot: Chatwoot) -> None:
    members = f"teams/{EMPTY_TEAM}/team_members"
    assert chatwoot.get(members) == []
    assert names(chatwoot.post(members, {"user_ids": [BO, str(ADA)]})) == ["Ada", "Bo"]
    assert chatwoot.get(members, who="agent")[1]["email"] == "u2@x.test"
    assert chatwoot.call("PATCH", members, {"user_ids": [IDLE, BO]}) == chatwoot.get(members)
    assert names(chatwoot.get(members)) == ["Bo", "Idle"]
    assert chatwoot.call("DELETE", members, {"user_ids": [BO, ADA]}) is None
    assert names(chatwoot.get(members)) == ["Idle"]
    assert chatwoot.call("PATCH", members, {"user_ids": []}) == []


def test_11_17_adding_members_answers_with_the_new_ones_only(chatwoot: Chatwoot) -> None:
    members = f"teams/{TEAM}/team_members"
    assert names(chatwoot.post(members, {"user_ids": [ADA, IDLE]})) == ["Idle"]
    assert chatwoot.post(members, {"user_ids": [ADA]}) == []


@pytest.mark.parametrize("user", [FOREIGN, GONE, 999_999])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_users_of_elsewhere_are_refused_and_nobody_is_added(chatwoot: Chatwoot, method: str, user: int) -> None:
    members = f"teams/{EMPTY_TEAM}/team_members"
    before = chatwoot.get(members)
    assert chatwoot.call(method, members, {"user_ids": [BO, user]}, expect=401) == NO_USERS
    assert chatwoot.get(members) == before


def test_a_deleted_team_leaves_its_conversations(chatwoot: Chatwoot, world: World) -> None:
    made = chatwoot.post("teams", {"name": "short-lived"})
    world.execute(f"UPDATE conversations SET team_id = {made['id']} WHERE tenant_id = 1 AND number = {FULL}")
    assert chatwoot.get(f"conversations/{FULL}")["meta"]["team"]["id"] == made["id"]
    chatwoot.call("DELETE", f"teams/{made['id']}")
    assert "team" not in chatwoot.get(f"conversations/{FULL}")["meta"]
    world.execute(f"UPDATE conversations SET team_id = {TEAM} WHERE tenant_id = 1 AND number = {FULL}")


@pytest.mark.parametrize(
    ("body", "message", "attribute"),
    [
        ({}, "Name can't be blank", "name"),
        ({"name": "  "}, "Name can't be blank", "name"),
        ({"name": ""}, "name takes 1 to 255 characters", "name"),
        ({"name": "TIER one"}, "Name has already been taken", "name"),
        ({"name": {"a": 1}}, "name: expected string, got object", "name"),
        ({"name": "x", "allow_auto_assign": "maybe"}, "allow_auto_assign must be true or false", "allow_auto_assign"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: Any, message: str, attribute: str) -> None:
    before = chatwoot.get("teams")
    assert chatwoot.post("teams", body, expect=422) == {"message": message, "attributes": [attribute]}
    assert chatwoot.get("teams") == before


def test_only_administrators_change_teams(chatwoot: Chatwoot) -> None:
    for who in ("agent", "manager"):
        chatwoot.post("teams", {"name": "mine"}, who=who, expect=401)
        for method, path in (("PATCH", f"teams/{TEAM}"), ("DELETE", f"teams/{TEAM}")):
            assert chatwoot.ask(method, path, {} if method == "PATCH" else None, who=who).status_code == 401
        for method in ("POST", "PATCH", "DELETE"):
            answer = chatwoot.ask(method, f"teams/{TEAM}/team_members", {"user_ids": [BO]}, who=who)
            assert answer.json() == {"error": "You are not authorized to do this action"}
    for who in ("bot", "contact", ""):
        chatwoot.get("teams", who=who, expect=401)


def test_another_account_never_finds_them(chatwoot: Chatwoot, world: World) -> None:
    assert chatwoot.ask("GET", "teams", who="foreign", account=OTHER).json() == []
    for method in ("GET", "PATCH", "DELETE"):
        assert chatwoot.ask(method, f"teams/{TEAM}", {} if method == "PATCH" else None, who="foreign", account=OTHER).status_code == 404
    for method in ("GET", "POST"):
        body = {"user_ids": [FOREIGN]} if method == "POST" else None
        assert chatwoot.ask(method, f"teams/{TEAM}/team_members", body, who="foreign", account=OTHER).status_code == 404


def test_a_group_of_contacts_is_no_team(chatwoot: Chatwoot, world: World) -> None:
    world.execute("INSERT INTO teams (tenant_id, id, name, member_type) VALUES (1, 900, 'customers', 'rev_user')")
    assert 900 not in [one["id"] for one in chatwoot.get("teams")]
    for method in ("GET", "PATCH", "DELETE"):
        assert chatwoot.ask(method, "teams/900", {} if method == "PATCH" else None).status_code == 404
    assert chatwoot.call("POST", "teams/900/team_members", {"user_ids": [BO]}, expect=404)
