"""Who has to do with a conversation: assignments, participants and labels (contract 3.1, 11.17)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.wire.chatwoot_care import care_world, events, fetch, place, sentences
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ADA, BO, BOT, CONTACT, EMPTY_TEAM, FOREIGN, GONE, IDLE, SYSTEM_BOT, TEAM, World, add_tags
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return care_world(live.dsn, live.url)


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def assign(chatwoot: Chatwoot, number: int, body: Any, who: str = "admin") -> Any:
    return chatwoot.post(f"conversations/{number}/assignments", body, who=who)


def meta(chatwoot: Chatwoot, number: int) -> dict[str, Any]:
    found: dict[str, Any] = chatwoot.get(f"conversations/{number}")["meta"]
    return found


def test_a_user_is_assigned_and_taken_off(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 500)
    answer = assign(chatwoot, number, {"assignee_id": BO})
    assert (answer["id"], answer["role"]) == (BO, "agent")
    assert meta(chatwoot, number)["assignee"] == answer
    assert assign(chatwoot, number, {"assignee_id": str(IDLE), "team_id": TEAM}, who="agent")["id"] == IDLE, "inboxes are not looked at"
    assert "team" not in meta(chatwoot, number), "a user goes before a team"
    for nobody in (None, 0, 99, FOREIGN, GONE, ""):
        assign(chatwoot, number, {"assignee_id": ADA})
        assert assign(chatwoot, number, {"assignee_id": nobody}) is None
        assert "assignee" not in meta(chatwoot, number)
    assert sentences(world, number)[:4] == [
        "Assigned to Bo by Ada", "Assigned to Idle by Bo", "Ada self-assigned this conversation", "Conversation unassigned by Ada",
    ]  # fmt: skip
    assert chatwoot.post(f"conversations/{number}/assignments", {"assignee_id": []}, expect=422)["attributes"] == ["assignee_id"]


def test_a_bot_is_assigned(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 501, assignee_user_id=BO)
    as_bot = {"assignee_id": BOT, "assignee_type": "AgentBot"}
    assert assign(chatwoot, number, as_bot, who="bot") == {
        "id": BOT, "name": "Triage", "description": "First contact", "thumbnail": "", "outgoing_url": "https://bot.test/hook",
        "bot_type": "webhook",
    }  # fmt: skip
    assert (meta(chatwoot, number)["assignee_type"], meta(chatwoot, number)["assignee"]["id"]) == ("AgentBot", BOT)
    assert assign(chatwoot, number, as_bot | {"assignee_id": 99}) is None
    assert meta(chatwoot, number)["assignee"]["id"] == BOT, "an unknown bot changes nothing"
    assert "outgoing_url" not in assign(chatwoot, number, as_bot | {"assignee_id": SYSTEM_BOT})
    assert assign(chatwoot, number, {"assignee_id": BO})["id"] == BO
    assert meta(chatwoot, number)["assignee_type"] == "User"


def test_11_17_a_team_takes_it_from_who_is_not_its_member(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 502, assignee_user_id=BO)
    team = assign(chatwoot, number, {"team_id": TEAM})
    assert list(team) == ["id", "name", "description", "allow_auto_assign", "account_id", "created_at", "updated_at"]
    assert (team["id"], team["name"]) == (TEAM, "tier one")
    assert "assignee" not in meta(chatwoot, number)
    assert sentences(world, number) == ["Assigned to tier one by Ada. Conversation unassigned by Ada"]
    assign(chatwoot, number, {"assignee_id": ADA})
    assign(chatwoot, number, {"team_id": None})
    assert sentences(world, number)[-1] == "Unassigned from tier one by Ada"
    assign(chatwoot, number, {"team_id": TEAM})
    assert meta(chatwoot, number)["assignee"]["id"] == ADA, "Ada is of the team"
    assign(chatwoot, number, {"team_id": EMPTY_TEAM})
    assert "assignee" not in meta(chatwoot, number)
    assert assign(chatwoot, number, {"team_id": 99}) is None
    assert "team" not in meta(chatwoot, number)
    assert assign(chatwoot, number, {}) is None


def test_co_owners_stay(chatwoot: Chatwoot, world: World) -> None:
    """Those whom DevRev's wire names behind the first owner."""
    number = place(world, 503, assignee_user_id=BO)
    world.execute(f"INSERT INTO conversation_owners (tenant_id, conversation_number, kind, id) VALUES (1, {number}, 'user', {ADA})")
    owners = "SELECT kind || ':' || id FROM conversation_owners WHERE conversation_number = $1"
    assign(chatwoot, number, {"assignee_id": IDLE})
    assert [row[0] for row in fetch(world, owners, number)] == [f"user:{ADA}"]
    assign(chatwoot, number, {"assignee_id": ADA})
    assert fetch(world, owners, number) == []


def test_participants(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 504)
    world.execute(f"INSERT INTO conversation_members (tenant_id, conversation_number, kind, id) VALUES (1, {number}, 'contact', {CONTACT})")
    path = f"conversations/{number}/participants"

    def ids(answer: list[dict[str, Any]]) -> list[int]:
        return [one["id"] for one in answer]

    assert chatwoot.get(path) == []
    assert ids(chatwoot.post(path, {"user_ids": [BO]}, who="agent")) == [BO]
    assert ids(chatwoot.post(path, {"user_ids": [BO, ADA]})) == [ADA], "only those who are new"
    assert ids(chatwoot.get(path, who="agent")) == [BO, ADA]
    assert ids(chatwoot.call("PATCH", path, {"user_ids": [4, ADA]})) == [ADA, 4]
    assert chatwoot.call("DELETE", path, {"user_ids": [ADA, 99]}) is None
    assert ids(chatwoot.get(path)) == [4]
    members = fetch(world, "SELECT kind, id FROM conversation_members WHERE conversation_number = $1 ORDER BY kind", number)
    assert [tuple(row) for row in members] == [("contact", CONTACT), ("user", 4)]
    assert [kind for kind, _ in events(world, number)] == ["conversation.updated"] * 4


@pytest.mark.parametrize("stranger", [IDLE, 99, GONE, FOREIGN])
def test_who_cannot_see_the_inbox_does_not_take_part(chatwoot: Chatwoot, world: World, stranger: int) -> None:
    number = 510 + stranger
    place(world, number)
    for method in ("POST", "PATCH"):
        refused = chatwoot.call(method, f"conversations/{number}/participants", {"user_ids": [BO, stranger]}, expect=422)
        assert refused == {"message": "User must have inbox access", "attributes": ["user"]}
    assert chatwoot.get(f"conversations/{number}/participants") == []
    assert chatwoot.post(f"conversations/{number}/participants", {}, expect=422)["attributes"] == ["user_ids"]


def labels(chatwoot: Chatwoot, number: int, given: Any, who: str = "admin") -> list[str]:
    found: list[str] = chatwoot.post(f"conversations/{number}/labels", {"labels": given}, who=who)["payload"]
    assert chatwoot.get(f"conversations/{number}/labels", who=who)["payload"] == found
    return found


def test_labels_are_replaced_and_any_words_will_do(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 540)
    world.fill(add_tags, number, ["old"])
    assert labels(chatwoot, number, ["support", "Größe XL!"], who="bot") == ["support", "Größe XL!"]
    assert labels(chatwoot, number, [" b , a ", "", "a", "A"]) == ["b", "a"]
    assert labels(chatwoot, number, ["SUPPORT"]) == ["support"], "one of the same name in another case is that one"
    assert chatwoot.get(f"conversations/{number}")["labels"] == ["support"]
    assert labels(chatwoot, number, []) == []
    labels(chatwoot, number, ["support"])
    assert chatwoot.post(f"conversations/{number}/labels") == {"payload": []}
    assert sentences(world, number)[0] == "Triage added support and added Größe XL! and removed old"
    made = fetch(world, "SELECT name, is_label FROM tags WHERE id >= 5000 ORDER BY id")
    assert [tuple(row) for row in made] == [("support", False), ("Größe XL!", False), ("b", False), ("a", False)]
    assert len(fetch(world, "SELECT FROM events WHERE kind = 'tag.created'")) == 4


@pytest.mark.parametrize("given", ["a,b", [{"a": 1}], ["x" * 256], ["a\0"], 3])
def test_bad_labels_change_nothing(chatwoot: Chatwoot, world: World, given: Any) -> None:
    before = chatwoot.get("conversations/10/labels")
    refused = chatwoot.post("conversations/10/labels", {"labels": given}, expect=422)
    assert refused["attributes"][0].startswith("labels")
    assert chatwoot.get("conversations/10/labels") == before


def test_many_who_make_the_same_label_make_one(chatwoot: Chatwoot, world: World) -> None:
    numbers = [place(world, 550 + one) for one in range(4)]
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda number: chatwoot.post(f"conversations/{number}/labels", {"labels": ["rush", "Rush"]}), numbers))
    assert [answer["payload"] for answer in made] == [["rush"]] * 4
    assert len(fetch(world, "SELECT FROM tags WHERE lower(name) = 'rush'")) == 1
