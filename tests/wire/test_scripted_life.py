"""A conversation opened over DevRev reads the same over Chatwoot's list after each step of a life."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


def chatwoot(devrev: Devrev, status: str, number: int, **asked: str) -> Any:
    """The conversation as Chatwoot's list of this status shows it; None where that list has it not."""
    answer = httpx.get(
        f"{devrev.url}/api/v1/accounts/1/conversations",
        params={"status": status, "sort_by": "last_activity_at_desc", **asked},
        headers={"api_access_token": devrev.tokens["ada"]},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return next((one for one in answer.json()["data"]["payload"] if one["id"] == number), None)


def say(devrev: Devrev, who: str, number: int, body: str, **more: Any) -> None:
    devrev.call(
        "timeline-entries.create", {"type": "timeline_comment", "object": f"CONV-{number}", "body": body, **more}, who=who, expect=201
    )


def update(devrev: Devrev, number: int, **fields: Any) -> None:
    devrev.call("conversations.update", {"id": f"CONV-{number}", **fields})


# What happens, the stage and state on DevRev's wire after it, and the status and unread messages on Chatwoot's.
LIFE: tuple[tuple[str, Callable[[Devrev, int], None], str, str, str, int], ...] = (
    ("opened", lambda _, __: None, "new", "open", "open", 1),
    ("a note", lambda d, n: say(d, "ada", n, "look into it", visibility="internal"), "new", "open", "open", 1),
    ("a bot replies", lambda d, n: say(d, "bot", n, "one moment"), "new", "open", "open", 1),
    ("an agent replies", lambda d, n: say(d, "ada", n, "We are on it"), "waiting_on_user", "in_progress", "open", 1),
    ("the customer answers", lambda d, n: say(d, "contact", n, "Thank you"), "needs_response", "in_progress", "open", 2),
    ("hold", lambda d, n: update(d, n, stage={"name": "hold"}), "hold", "in_progress", "snoozed", 2),
    ("the customer wakes it", lambda d, n: say(d, "contact", n, "Hello?"), "needs_response", "in_progress", "open", 3),
    ("hold by status", lambda d, n: update(d, n, status="snoozed"), "hold", "in_progress", "snoozed", 3),
    ("resolved", lambda d, n: update(d, n, stage={"stage": "STAGE-6"}), "resolved", "closed", "resolved", 3),
    ("reopened by the customer", lambda d, n: say(d, "contact", n, "Again"), "needs_response", "in_progress", "open", 4),
    ("resolved by status", lambda d, n: update(d, n, status="resolved"), "resolved", "closed", "resolved", 4),
    ("reopened by an agent", lambda d, n: update(d, n, status="open"), "needs_response", "in_progress", "open", 4),
    ("suspended", lambda d, n: update(d, n, stage={"name": "suspended"}), "suspended", "open", "pending", 4),
    ("resolved again", lambda d, n: update(d, n, stage={"name": "resolved"}), "resolved", "closed", "resolved", 4),
    ("archived", lambda d, n: update(d, n, stage={"name": "archived"}), "archived", "closed", "resolved", 4),
)


def test_a_life_reads_the_same_over_both_wires(devrev: Devrev) -> None:
    body = {"type": "support", "title": "Where is it", "source_channel_v2": "CHAN-1", "messages": [{"body": "Where is my parcel?"}]}
    made = devrev.call("conversations.create", body, who="contact", expect=201)["conversation"]
    number = int(made["display_id"].removeprefix("CONV-"))
    update(devrev, number, owned_by={"set": ["DEVU-2"]}, tags={"set": [{"id": "TAG-1"}]}, group="GROUP-1")
    for step, act, stage, state, status, unread in LIFE:
        act(devrev, number)
        shown = devrev.call("conversations.get", {"id": made["id"]})["conversation"]
        assert (shown["stage"]["name"], shown["stage"]["state"]["name"]) == (stage, state), step
        assert ("actual_close_date" in shown) == (state == "closed"), step
        assert chatwoot(devrev, "open", number) is None or status == "open", step
        row = chatwoot(devrev, status, number)
        assert (row["status"], row["unread_count"]) == (status, unread), step
        same_on_both(shown, row)


def same_on_both(shown: Any, row: Any) -> None:
    """Who it is about, who has it, what was said last and when."""
    assert row["meta"]["sender"]["id"] == int(shown["members"][0]["display_id"].removeprefix("REVU-"))
    assert row["meta"]["assignee"]["id"] == int(shown["owned_by"][0]["display_id"].removeprefix("DEVU-"))
    assert row["meta"]["team"]["id"] == int(shown["group"]["display_id"].removeprefix("GROUP-"))
    assert row["labels"] == [tag["tag"]["name"] for tag in shown["tags"]]
    assert row["inbox_id"] == int(shown["source_channel_v2"]["display_id"].removeprefix("CHAN-"))
    last = shown["messages"][-1]
    assert row["last_non_activity_message"]["content"] == last["body"]
    assert row["last_non_activity_message"]["private"] == (last["visibility"] == "internal")


def test_an_edit_and_a_deletion_show_on_both_wires(devrev: Devrev) -> None:
    body = {"type": "support", "members": ["REVU-1"], "messages": [{"body": "a giraffe"}]}
    made = devrev.call("conversations.create", body, expect=201)["conversation"]
    number, entry = int(made["display_id"].removeprefix("CONV-")), made["messages"][0]["id"]
    devrev.call("timeline-entries.update", {"type": "timeline_comment", "id": entry, "body": "a walrus"})
    assert chatwoot(devrev, "open", number)["last_non_activity_message"]["content"] == "a walrus"
    assert chatwoot(devrev, "open", number, q="walrus") is not None
    assert chatwoot(devrev, "open", number, q="giraffe") is None
    devrev.call("timeline-entries.delete", {"id": entry})
    assert chatwoot(devrev, "open", number, q="walrus") is None
    assert chatwoot(devrev, "open", number)["last_non_activity_message"]["content"] == "This message was deleted"
    assert "body" not in devrev.call("conversations.get", {"id": made["id"]})["conversation"]["messages"][0]
    devrev.call("conversations.delete", {"id": made["id"]})
    assert chatwoot(devrev, "open", number) is None
