"""One conversation on Chatwoot's wire: show, start, change, delete (contract 2.1, 3.1, 8.1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.wire.chatwoot_care import care_world, events, fetch, place, sentences
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ACCOUNT, BO, BOT, CONTACT, FULL, MAIL, ORDERS, OTHER, POLICY, QUIET_CONTACT, STOREFRONT, TEAM, World
from tests.wire.conftest import Live

NOT_ALLOWED = {"error": "You are not authorized to do this action"}
NOT_FOUND = {"error": "Resource could not be found"}


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return care_world(live.dsn, live.url)


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_show_is_what_the_list_shows(chatwoot: Chatwoot, world: World) -> None:
    shown = chatwoot.get(f"conversations/{FULL}")
    listed = world.row(FULL)
    assert shown == listed


def test_who_may_not_open_it_is_told_401_and_an_unknown_one_is_404(chatwoot: Chatwoot) -> None:
    assert chatwoot.get(f"conversations/{FULL}", who="idle", expect=401) == NOT_ALLOWED
    assert chatwoot.get("conversations/99999", who="idle", expect=404) == NOT_FOUND
    chatwoot.get(f"conversations/{FULL}", who="", expect=401)


def test_8_1_18_to_20_who_may_show(chatwoot: Chatwoot) -> None:
    chatwoot.get(f"conversations/{FULL}", who="manager")
    chatwoot.get(f"conversations/{FULL}", who="bot")
    assert chatwoot.get(f"conversations/{FULL}", who="agent")["id"] == FULL
    assert chatwoot.get(f"conversations/{FULL}", who="picker", expect=401) == NOT_ALLOWED


def test_what_follows_a_number_is_nothing_to_a_read_and_refused_by_a_write(chatwoot: Chatwoot) -> None:
    assert chatwoot.get(f"conversations/{FULL}abc")["id"] == FULL
    assert chatwoot.get("conversations/abc", expect=404) == NOT_FOUND
    assert chatwoot.ask("DELETE", f"conversations/{FULL}abc").status_code == 404
    assert chatwoot.get(f"conversations/{FULL}")["id"] == FULL


def test_one_that_nobody_answers_is_refused_to_who_sees_their_own_only(chatwoot: Chatwoot, world: World) -> None:
    assert chatwoot.get(f"conversations/{place(world, 210)}", who="partner", expect=401) == NOT_ALLOWED


def test_8_1_23_24_priority_is_changed(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 200)
    assert chatwoot.call("PATCH", f"conversations/{number}", {"priority": "high"})["priority"] == "high"
    path, headers = f"/api/v1/accounts/{ACCOUNT}/conversations/{number}", {"api_access_token": world.tokens["agent"]}
    assert httpx.put(f"{world.url}{path}", json={"priority": "low"}, headers=headers).json()["priority"] == "low"
    assert chatwoot.call("PATCH", f"conversations/{number}", {"unknown": 1}, who="bot")["priority"] == "low"
    assert chatwoot.call("PATCH", f"conversations/{number}", {"priority": None})["priority"] is None
    assert sentences(world, number) == [
        "Ada set the priority to high", "Bo changed the priority from high to low", "Ada removed the priority",
    ]  # fmt: skip


def test_an_sla_policy_comes_and_stays(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 201)
    shown = chatwoot.call("PATCH", f"conversations/{number}", {"sla_policy_id": POLICY})
    assert (shown["sla_policy_id"], shown["applied_sla"]["sla_name"], shown["applied_sla"]["sla_status"]) == (POLICY, "Gold", "active")
    chatwoot.call("PATCH", f"conversations/{number}", {"sla_policy_id": POLICY})
    removed = chatwoot.call("PATCH", f"conversations/{number}", {"sla_policy_id": None}, expect=422)
    assert removed == {"message": "Sla policy cannot remove sla policy from conversation", "attributes": ["sla_policy"]}
    changed = chatwoot.call("PATCH", f"conversations/{number}", {"sla_policy_id": 99, "priority": "low"}, expect=422)
    assert changed == {"message": "Sla policy conversation already has a different sla", "attributes": ["sla_policy"]}
    unknown = chatwoot.call("PATCH", f"conversations/{place(world, 202)}", {"sla_policy_id": 99}, expect=422)
    assert unknown == {"message": "Sla policy must exist", "attributes": ["sla_policy"]}
    assert chatwoot.get(f"conversations/{number}")["priority"] is None, "a refused change changes nothing"


@pytest.mark.parametrize(
    ("body", "attribute"),
    [({"priority": "HIGH"}, "priority"), ({"priority": {}}, "priority"), ({"sla_policy_id": "x"}, "sla_policy_id")],
)
def test_a_bad_change_is_refused_by_name(chatwoot: Chatwoot, body: object, attribute: str) -> None:
    assert chatwoot.call("PATCH", f"conversations/{FULL}", body, expect=422)["attributes"] == [attribute]


def test_8_1_78_to_80_only_administrators_delete(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 203, inbox_id=MAIL, messages=2)
    assert chatwoot.call("DELETE", f"conversations/{FULL}", who="agent", expect=401) == NOT_ALLOWED
    assert chatwoot.call("DELETE", f"conversations/{number}") is None
    assert chatwoot.call("DELETE", f"conversations/{number}", expect=404) == NOT_FOUND
    assert [kind for kind, _ in events(world, number)] == ["conversation.deleted"]
    assert len(fetch(world, "SELECT FROM tombstones WHERE noun = 'conversation' AND id = $1", number)) == 1
    assert fetch(world, "SELECT FROM messages WHERE conversation_number = $1", number) == []


def test_8_1_26_27_by_source_id(chatwoot: Chatwoot) -> None:
    body = {"source_id": "web-1", "additional_attributes": {"referer": "https://a.test"}, "custom_attributes": {"tier": "gold", "n": 3}}
    made = chatwoot.post("conversations", body, who="agent")
    assert (made["inbox_id"], made["meta"]["sender"]["id"], made["status"]) == (STOREFRONT, CONTACT, "open")
    assert (made["additional_attributes"], made["custom_attributes"]) == (body["additional_attributes"], body["custom_attributes"])
    assert (made["waiting_since"], made["meta"]["hmac_verified"]) == (made["created_at"], True)
    assert chatwoot.get(f"conversations/{made['id']}") == made
    assert chatwoot.post("conversations", {"source_id": "web-1"}, who="idle", expect=401) == NOT_ALLOWED
    assert chatwoot.post("conversations", {"source_id": "nobody"}, expect=404) == NOT_FOUND
    chatwoot.post("conversations", {"source_id": "web-1"}, who="", expect=401)
    chatwoot.post("conversations", {"source_id": "web-1"}, who="contact", expect=401)


def test_8_1_28_a_source_id_of_another_contact(chatwoot: Chatwoot) -> None:
    body = {"source_id": "web-1", "inbox_id": STOREFRONT, "contact_id": QUIET_CONTACT}
    refused = chatwoot.post("conversations", body, expect=422)
    assert refused == {"error": "source_id should be unique"}


@pytest.mark.parametrize("status", ["pending", "resolved", "snoozed", "open"])
def test_8_1_29_with_a_status(chatwoot: Chatwoot, status: str) -> None:
    body = {"source_id": "web-1", "status": status, "snoozed_until": 4102444800}
    made = chatwoot.post("conversations", body)
    assert (made["status"], made["snoozed_until"]) == (status, "2100-01-01T00:00:00.000Z" if status == "snoozed" else None)


def test_8_1_30_with_a_message(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("conversations", {"source_id": "web-1", "message": {"content": "hi"}}, who="agent")
    said = made["last_non_activity_message"]
    assert made["additional_attributes"] == {}
    assert (said["content"], said["message_type"], said["private"], said["sender"]["id"]) == ("hi", 1, False, BO)
    assert (made["waiting_since"], made["first_reply_created_at"]) == (0, said["created_at"])
    noted = chatwoot.post("conversations", {"source_id": "web-1", "message": {"content": "psst", "private": True}})
    assert (noted["last_non_activity_message"]["private"], noted["first_reply_created_at"]) == (True, 0)


def test_8_1_31_a_new_contact_point_is_not_verified(chatwoot: Chatwoot) -> None:
    body = {"inbox_id": ORDERS, "contact_id": QUIET_CONTACT, "hmac_verified": "false"}
    made = chatwoot.post("conversations", body)
    assert (made["inbox_id"], made["meta"]["sender"]["id"], made["meta"]["hmac_verified"]) == (ORDERS, QUIET_CONTACT, False)
    named = chatwoot.post("conversations", body | {"source_id": "q-1", "hmac_verified": "true"})
    assert named["meta"]["hmac_verified"] is True
    again = chatwoot.post("conversations", body | {"source_id": "q-1"})
    assert (again["meta"]["hmac_verified"], again["id"] != named["id"]) == (True, True)


def test_8_1_32_with_an_assignee_and_a_team(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("conversations", {"source_id": "web-1", "assignee_id": BO, "team_id": TEAM})
    assert (made["meta"]["assignee"]["name"], made["meta"]["team"]["name"]) == ("Bo", "tier one")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"message": "Source id can't be blank", "attributes": ["source_id"]}),
        ({"inbox_id": STOREFRONT}, {"message": "Source id can't be blank", "attributes": ["source_id"]}),
        ({"source_id": "web-1", "assignee_id": 99}, {"message": "Assignee must exist", "attributes": ["assignee_id"]}),
        ({"source_id": "web-1", "team_id": 99}, {"message": "Team must exist", "attributes": ["team_id"]}),
        ({"inbox_id": MAIL, "contact_id": QUIET_CONTACT}, {"message": "Contact Email Required", "attributes": ["contact_id"]}),
        (
            {"source_id": "web-1", "custom_attributes": {"a": "x" * 1501}},
            {"message": "Custom attributes a length should be < 1500", "attributes": ["custom_attributes"]},
        ),
        (
            {"source_id": "web-1", "message": "hello"},
            {"message": "message: expected object, got string", "attributes": ["message"]},
        ),
    ],
)
def test_a_bad_start_is_refused_by_name_and_nothing_is_made(
    chatwoot: Chatwoot, world: World, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    count = (
        "SELECT (SELECT count(*) FROM conversations), (SELECT count(*) FROM contact_points),"
        " (SELECT count(*) FROM events WHERE kind NOT LIKE 'notification.%')"
    )
    before = fetch(world, count)
    assert chatwoot.post("conversations", body, expect=422) == expected
    assert fetch(world, count) == before


def test_unknown_inboxes_and_contacts_are_not_found(chatwoot: Chatwoot) -> None:
    for body in (
        {"inbox_id": 99, "contact_id": CONTACT},
        {"inbox_id": ORDERS, "contact_id": 99},
        {"inbox_id": ORDERS, "source_id": "web-1"},
    ):
        assert chatwoot.post("conversations", body, expect=404) == NOT_FOUND
    assert chatwoot.post("conversations", {"inbox_id": ORDERS, "contact_id": CONTACT}, who="agent", expect=401) == NOT_ALLOWED
    assert chatwoot.ask("POST", "conversations", {"source_id": "web-1"}, who="foreign", account=OTHER).status_code == 404


def test_an_email_inbox_reaches_a_contact_by_address(chatwoot: Chatwoot, world: World) -> None:
    made = chatwoot.post("conversations", {"inbox_id": MAIL, "contact_id": CONTACT})
    (point,) = fetch(world, "SELECT p.source_id FROM contact_points p WHERE p.tenant_id = $1 AND p.inbox_id = $2", ACCOUNT, MAIL)
    assert (made["inbox_id"], point[0]) == (MAIL, "zoe@mail.test")


def test_an_inbox_that_keeps_one_conversation_answers_with_it(chatwoot: Chatwoot, world: World) -> None:
    world.execute(
        f"INSERT INTO inboxes (tenant_id, id, name, kind, lock_to_single_conversation) VALUES ({ACCOUNT}, 31, 'One', 'api', true)"
    )
    body = {"inbox_id": 31, "contact_id": CONTACT, "source_id": "one"}
    first = chatwoot.post("conversations", body | {"custom_attributes": {"a": 1}})
    again = chatwoot.post("conversations", {"source_id": "one", "message": {"content": "more"}})
    assert (again["id"], again["custom_attributes"], again["last_non_activity_message"]["content"]) == (first["id"], {"a": 1}, "more")


def test_two_at_once_in_such_an_inbox_are_one(chatwoot: Chatwoot, world: World) -> None:
    world.execute(
        f"INSERT INTO inboxes (tenant_id, id, name, kind, lock_to_single_conversation) VALUES ({ACCOUNT}, 32, 'Two', 'api', true)"
    )
    world.execute(f"INSERT INTO contact_points VALUES ({ACCOUNT}, 401, {CONTACT}, 32, 'two')")
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: chatwoot.post("conversations", {"source_id": "two"})["id"], range(4)))
    assert len(set(made)) == 1


def test_many_who_reach_a_contact_the_same_way_make_one_contact_point(chatwoot: Chatwoot, world: World) -> None:
    body = {"inbox_id": ORDERS, "contact_id": CONTACT, "source_id": "race"}
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: chatwoot.post("conversations", body)["id"], range(4)))
    assert len(set(made)) == 4
    assert len(fetch(world, "SELECT FROM contact_points WHERE source_id = 'race'")) == 1


def test_where_a_bot_answers_first_it_begins_pending_and_a_blocked_contact_s_resolved(chatwoot: Chatwoot, world: World) -> None:
    world.execute(
        f"INSERT INTO inboxes (tenant_id, id, name, kind, active_bot_id) VALUES ({ACCOUNT}, 33, 'Bot', 'api', {BOT})",
        f"INSERT INTO contacts (tenant_id, id, name, blocked) VALUES ({ACCOUNT}, 103, 'Blocked', true)",
    )
    assert chatwoot.post("conversations", {"inbox_id": 33, "contact_id": CONTACT, "status": "open"})["status"] == "pending"
    assert chatwoot.post("conversations", {"inbox_id": ORDERS, "contact_id": 103, "status": "open"})["status"] == "resolved"


def test_a_bot_may_start_one_in_any_inbox(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("conversations", {"source_id": "web-1", "message": {"content": "beep"}}, who="bot")
    assert made["last_non_activity_message"]["sender"] == {"id": BOT, "name": "Triage", "avatar_url": "", "type": "agent_bot"}
    assert made["waiting_since"] == 0, "a bot's answer is one"
    assert made["first_reply_created_at"] == 0, "and not a person's"


def test_who_sees_their_own_only_may_start_one_and_speak(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("conversations", {"source_id": "web-1", "message": {"content": "mine"}}, who="partner")
    assert made["last_non_activity_message"]["content"] == "mine"
    assert chatwoot.get(f"conversations/{made['id']}", who="partner", expect=401) == NOT_ALLOWED


def test_a_key_starts_one_once(chatwoot: Chatwoot) -> None:
    body, headers = {"source_id": "web-1", "message": {"content": "once"}}, {"Idempotency-Key": "start-1"}
    first, again = (chatwoot.ask("POST", "conversations", body, headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"


def test_starting_one_is_an_event(chatwoot: Chatwoot, world: World) -> None:
    made = chatwoot.post("conversations", {"source_id": "web-1", "message": {"content": "hi"}})
    kinds = [kind for kind, _ in events(world, made["id"])]
    assert kinds[0] == "conversation.created"
    assert "message.created" in kinds
