"""Bulk actions on Chatwoot's wire (contract 3.3): asked for, done by the running server, and asked about."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import BO, CONTACT, ORDERS, OTHER, QUIET_CONTACT, TEAM, World, add_conversation, add_tags, build, insert, run
from tests.wire.conftest import Live

FIRST, LAST, FROZEN, HIDDEN = 100, 129, 130, 131


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.fill(_more)
    return world


async def _more(connection: Any) -> None:
    for number in range(FIRST, LAST + 1):
        await add_conversation(connection, number)
    await add_conversation(connection, FROZEN, is_frozen=True)
    await add_conversation(connection, HIDDEN, inbox_id=ORDERS)
    await add_tags(connection, FIRST, ["old"])
    await insert(connection, "allocators", kind="tag", next_id=100)


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def do(chatwoot: Chatwoot, body: dict[str, Any], who: str = "admin") -> dict[str, Any]:
    """Asks, and waits until it is done."""
    asked = chatwoot.post("bulk_actions", {"type": "Conversation"} | body, who=who)
    end = monotonic() + 30
    while monotonic() < end:
        found: dict[str, Any] = chatwoot.get(f"bulk_actions/{asked['id']}", who=who)
        if found["state"] == "done":
            return found
        sleep(0.1)
    raise AssertionError(f"not done in time: {found}")


def test_ids_get_status_assignee_team_and_labels(chatwoot: Chatwoot) -> None:
    fields = {"status": "pending", "assignee_id": BO, "team_id": TEAM}
    done = do(chatwoot, {"ids": [FIRST, FIRST + 1, FIRST], "fields": fields, "labels": {"add": ["new"], "remove": ["old"]}})
    assert (done["total"], done["done"], done["failed"], done["failures"]) == (2, 2, 0, [])
    assert done["finished_at"] >= done["created_at"]
    for number in (FIRST, FIRST + 1):
        row = chatwoot.get(f"conversations/{number}")
        assert (row["status"], row["meta"]["assignee"]["id"], row["meta"]["team"]["id"], row["labels"]) == ("pending", BO, TEAM, ["new"])
    do(chatwoot, {"ids": [FIRST], "fields": {"assignee_id": None, "team_id": 0, "status": "open"}})
    row = chatwoot.get(f"conversations/{FIRST}")
    assert (row["status"], "assignee" in row["meta"], "team" in row["meta"]) == ("open", False, False)


def test_a_snooze_has_an_end(chatwoot: Chatwoot) -> None:
    do(chatwoot, {"ids": [FIRST + 2], "fields": {"status": "snoozed"}, "snoozed_until": 4102444800})
    row = chatwoot.get(f"conversations/{FIRST + 2}")
    assert (row["status"], row["snoozed_until"]) == ("snoozed", "2100-01-01T00:00:00.000Z")


def test_what_cannot_be_changed_is_told_and_the_rest_is_changed(chatwoot: Chatwoot) -> None:
    done = do(chatwoot, {"ids": [987, FROZEN, FIRST + 3], "labels": {"add": ["told"]}})
    assert (done["total"], done["done"], done["failed"]) == (3, 1, 2)
    assert [one["id"] for one in done["failures"]] == [FROZEN, 987]
    assert "987" in done["failures"][1]["error"]
    assert chatwoot.get(f"conversations/{FIRST + 3}")["labels"] == ["told"]
    assert chatwoot.get(f"conversations/{FROZEN}")["labels"] == []


def test_an_agent_changes_only_what_they_see(chatwoot: Chatwoot) -> None:
    done = do(chatwoot, {"ids": [HIDDEN, FIRST + 4], "labels": {"add": ["seen"]}}, who="agent")
    assert [one["id"] for one in done["failures"]] == [HIDDEN]
    assert chatwoot.get(f"conversations/{HIDDEN}")["labels"] == []


def test_everything_that_a_filter_matches(chatwoot: Chatwoot) -> None:
    matching = {"status": "open", "assignee_type": "unassigned", "inbox_id": 21}
    listed = chatwoot.get("conversations", params=matching)["data"]["meta"]["all_count"]
    done = do(chatwoot, {"filter": matching, "labels": {"add": ["many"]}})
    assert done["total"] > 25  # more than a page
    assert (done["done"], done["failed"]) == (done["total"] - 1, 1)  # the frozen one
    assert done["total"] <= listed
    assert chatwoot.get("conversations", params={"labels[]": "many", "status": "all"})["data"]["meta"]["all_count"] == done["done"]
    assert do(chatwoot, {"filter": {"labels": ["many"], "status": "all"}, "labels": {"remove": ["many"]}})["done"] == done["done"]
    assert do(chatwoot, {"filter": {"labels": ["many"], "status": "all"}, "labels": {"add": ["x"]}})["total"] == 0


def test_contacts_get_labels_and_are_deleted_by_administrators(chatwoot: Chatwoot, world: World) -> None:
    done = do(chatwoot, {"type": "Contact", "ids": [CONTACT, 987], "labels": {"add": ["vip"]}}, who="agent")
    assert (done["done"], [one["id"] for one in done["failures"]]) == (1, [987])
    found: list[Any] = []

    async def read(connection: Any) -> None:
        sql = (
            "SELECT array_agg(t.name) FROM customer_tags c JOIN tags t ON t.tenant_id = c.tenant_id AND t.id = c.tag_id"
            " WHERE c.noun = 'contact' AND c.customer_id = $1"
        )
        found.extend([await connection.fetchval(sql, CONTACT)])

    world.fill(read)
    assert found == [["vip"]]
    chatwoot.post("bulk_actions", {"type": "Contact", "ids": [QUIET_CONTACT], "action_name": "delete"}, who="agent", expect=401)
    assert do(chatwoot, {"type": "Contact", "ids": [QUIET_CONTACT], "action_name": "delete"})["done"] == 1
    again = do(chatwoot, {"type": "Contact", "ids": [QUIET_CONTACT], "action_name": "delete"})
    assert again["failed"] == 1


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({"type": "Inbox", "ids": [1], "labels": {"add": ["x"]}}, "type"),
        ({"ids": [1]}, "fields"),
        ({"labels": {"add": ["x"]}}, "ids"),
        ({"ids": [1], "filter": {}, "labels": {"add": ["x"]}}, "ids"),
        ({"ids": ["x"], "labels": {"add": ["x"]}}, "ids[0]"),
        ({"ids": [1], "fields": {"status": "shut"}}, "fields.status"),
        ({"ids": [1], "fields": {"assignee_id": 987}}, "fields.assignee_id"),
        ({"ids": [1], "fields": {"team_id": 987}}, "fields.team_id"),
        ({"ids": [1], "fields": {"status": "open"}, "snoozed_until": 4102444800}, "snoozed_until"),
        ({"ids": [1], "labels": {"add": ["x" * 256]}}, "labels"),
        ({"filter": {"status": "shut"}, "labels": {"add": ["x"]}}, "status"),
        ({"filter": {"status": {"a": 1}}, "labels": {"add": ["x"]}}, "filter.status"),
        ({"type": "Contact", "ids": [1], "fields": {"status": "open"}}, "fields"),
    ],
)
def test_bad_input_is_refused_by_name(chatwoot: Chatwoot, body: dict[str, Any], attribute: str) -> None:
    assert chatwoot.post("bulk_actions", {"type": "Conversation"} | body, expect=422)["attributes"] == [attribute]


def test_who_may_ask_about_it(chatwoot: Chatwoot) -> None:
    mine = do(chatwoot, {"ids": [FIRST], "labels": {"add": ["mine"]}}, who="agent")
    assert chatwoot.get(f"bulk_actions/{mine['id']}")["id"] == mine["id"]
    chatwoot.get(f"bulk_actions/{mine['id']}", who="idle", expect=404)
    assert chatwoot.ask("GET", f"bulk_actions/{mine['id']}", who="foreign", account=OTHER).status_code == 404
    for who in ("bot", "contact", "foreign", ""):
        assert chatwoot.ask("POST", "bulk_actions", {}, who=who).status_code == 401
    chatwoot.post("bulk_actions", {"type": "Conversation", "filter": {"team_id": 987}, "labels": {"add": ["x"]}}, expect=404)
