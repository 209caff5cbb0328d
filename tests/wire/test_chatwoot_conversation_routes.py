"""Who may ask what of a conversation (contract 1.4, 4 and 8.1): every route of it, as every kind of caller."""

from __future__ import annotations

from typing import Any

import pytest

from parley.chatwoot import conversation_actions, conversation_people, conversation_reading, conversations
from parley.chatwoot.conversations import CONVERSATION
from parley.chatwoot.endpoints import Endpoint
from tests.wire.chatwoot_care import care_world, fetch, give_token, place
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import OTHER, STOREFRONT, T0, World
from tests.wire.conftest import Live

MODULES = (conversations, conversation_actions, conversation_people, conversation_reading)
ROUTES = [one for module in MODULES for one in module.FAMILY.endpoints if one.path.startswith(CONVERSATION)]
# Contract section 4: what of a conversation a bot may ask.
FOR_BOTS = {
    "show-conversation", "update-conversation", "toggle-conversation-status", "toggle-conversation-priority", "toggle-typing-status",
    "set-conversation-attributes", "assign-conversation", "list-conversation-labels", "set-conversation-labels",
}  # fmt: skip
NUMBER = 300


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = care_world(live.dsn, live.url)
    place(world, NUMBER, messages=1)
    return world


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def path_of(one: Endpoint, number: int) -> str:
    return one.path.removeprefix("/api/v1/accounts/{account_id}/").replace("{conversation_id}", str(number))


def body_of(one: Endpoint) -> Any:
    return dict(one.example) if one.method != "GET" else None


@pytest.mark.parametrize("one", ROUTES, ids=lambda one: one.name)
def test_who_is_refused(chatwoot: Chatwoot, world: World, one: Endpoint) -> None:
    """8.1.17, 18, 21, 22, 33, 42, 46, 51, 60, 63, 65, 67, 70, 73, 74, 77 and the same of every other route."""
    versions = "SELECT version, (SELECT count(*) FROM events WHERE kind NOT LIKE 'notification.%') FROM conversations WHERE number = $1"
    before = fetch(world, versions, NUMBER)
    path, body = path_of(one, NUMBER), body_of(one)
    not_allowed = {"error": "You are not authorized to do this action"}
    for who in ("idle", "powerless", "contact"):
        assert chatwoot.call(one.method, path, body, who=who, expect=401) == not_allowed, who
    signed_out = chatwoot.call(one.method, path, body, who="", expect=401)
    assert signed_out == {"errors": ["You need to sign in or sign up before continuing."]}
    outside = {"error": "You are not authorized to access this account"}
    assert chatwoot.call(one.method, path, body, who="foreign", expect=401) == outside
    assert chatwoot.call(one.method, path, body, who="foreign", account=OTHER, expect=404) == {"error": "Resource could not be found"}
    assert chatwoot.call(one.method, path_of(one, 99999), body, expect=404) == {"error": "Resource could not be found"}
    if one.name not in FOR_BOTS:
        refused = {"error": "Access to this endpoint is not authorized for bots"}
        assert chatwoot.call(one.method, path, body, who="bot", expect=401) == refused
    assert fetch(world, versions, NUMBER) == before


@pytest.mark.parametrize(
    "one", [one for one in ROUTES if one.method != "DELETE" or "/" in one.path[len(CONVERSATION) :]], ids=lambda one: one.name
)
def test_who_may(chatwoot: Chatwoot, world: World, one: Endpoint) -> None:
    """An administrator without membership, an agent of the inbox, a custom role that manages its inboxes, whitelisted bots."""
    world.execute(f"UPDATE conversations SET sla_policy_id = NULL WHERE number = {NUMBER}")
    if one.name == "set-participants" or one.name.endswith("participants"):
        world.execute(f"INSERT INTO inbox_members (tenant_id, inbox_id, user_id) VALUES (1, {STOREFRONT}, 1) ON CONFLICT DO NOTHING")
    for who in ("admin", "agent", "manager", *(["bot"] if one.name in FOR_BOTS else [])):
        chatwoot.call(one.method, path_of(one, NUMBER), body_of(one), who=who)


def test_the_whitelist_is_the_contract_s() -> None:
    assert {one.name for one in ROUTES if one.bots} == FOR_BOTS


def test_a_member_of_the_team_may_open_it_in_another_inbox(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 301, inbox_id=23, team_id=6)
    world.execute("INSERT INTO team_members (tenant_id, team_id, user_id) VALUES (1, 6, 3)")
    assert chatwoot.get(f"conversations/{number}", who="idle")["id"] == number
    chatwoot.post(f"conversations/{number}/toggle_priority", {"priority": "low"}, who="idle")


def test_a_frozen_conversation_is_read_and_not_changed(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 302, is_frozen=True)
    chatwoot.post(f"conversations/{number}/update_last_seen")
    for path, body in (("toggle_status", {}), ("labels", {"labels": ["a"]}), ("mute", {}), ("assignments", {"assignee_id": 2})):
        refused = chatwoot.post(f"conversations/{number}/{path}", body, expect=422)
        assert "frozen" in refused["error"], path


def test_8_1_50_a_platform_app_may_not(chatwoot: Chatwoot, world: World) -> None:
    give_token(world, "app", "platform_app", 1)
    refused = chatwoot.post(f"conversations/{NUMBER}/toggle_typing_status", {"typing_status": "on"}, who="app", expect=401)
    assert refused == {"error": "Access to this endpoint is not authorized for bots"}


def test_a_token_that_only_reads_changes_nothing(chatwoot: Chatwoot, world: World) -> None:
    world.execute("UPDATE tokens SET scope = 'read' WHERE owner_kind = 'user' AND owner_id = 4")
    for one in ROUTES:
        status = 200 if one.method == "GET" else 401
        assert chatwoot.ask(one.method, path_of(one, NUMBER), body_of(one), who="manager").status_code == status, one.name
    world.execute("UPDATE tokens SET scope = 'write' WHERE owner_kind = 'user' AND owner_id = 4")


def test_8_1_1_to_6_lists_and_their_counts(chatwoot: Chatwoot, world: World) -> None:
    world.execute("UPDATE conversations SET inbox_id = 22")
    place(world, 310, messages=1, uuid="6f1d0f0e-6a52-4b1b-9a0e-0a6f4c3f1a99", first_reply_at=T0, waiting_since=None)
    for path in ("conversations", "conversations/meta"):
        chatwoot.get(path, who="", expect=401)
    listed = chatwoot.get("conversations", who="agent")["data"]
    keys = {"mine_count", "assigned_count", "unassigned_count", "all_count"}
    assert (listed["meta"]["all_count"], set(listed["meta"])) == (1, keys)
    assert (listed["payload"][0]["uuid"], listed["payload"][0]["messages"][0]["id"]) == ("6f1d0f0e-6a52-4b1b-9a0e-0a6f4c3f1a99", 3100)
    assert chatwoot.get("conversations/meta", who="agent") == {"meta": listed["meta"]}
    world.execute("DELETE FROM messages WHERE conversation_number = 310")
    assert chatwoot.get("conversations", who="agent")["data"]["payload"][0]["messages"] == []
    place(world, 311)
    place(world, 312, first_reply_at=T0, waiting_since=T0)
    unattended = chatwoot.get("conversations", who="agent", params={"conversation_type": "unattended"})["data"]
    assert (unattended["meta"]["all_count"], {one["id"] for one in unattended["payload"]}) == (2, {311, 312})
