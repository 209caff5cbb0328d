"""Which types of DevRev's an event of ours is told as."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from parley.devrev.event_readings import read
from parley.devrev.event_types import EVENT_TYPES
from parley.domain.principals import SYSTEM
from parley.store.events import EventRow

AT = datetime(2026, 1, 2, tzinfo=UTC)
STAGE = {"field": "stage", "old": None, "new": None}
POLICY = {"field": "sla_policy", "old": None, "new": None}
NOUNS = {
    "company": "account", "contact": "rev_user", "link": "link", "part": "part", "tag": "tag", "team": "group", "ticket": "work",
    "issue": "work", "user": "dev_user", "webhook": "webhook", "workspace": "rev_org",
}  # fmt: skip


def event(kind: str, data: dict[str, Any], number: int | None = None, message_id: int | None = None) -> EventRow:
    return EventRow(1, 10, kind, number, message_id, SYSTEM, json.dumps(data), None, AT)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (event("conversation.created", {}, 5), ["conversation_created conversation:5"]),
        (event("conversation.deleted", {}, 5), ["conversation_deleted conversation:5"]),
        (event("conversation.updated", {"changed": ["account"]}, 5), ["conversation_updated conversation:5"]),
        (
            event("conversation.updated", {"deltas": [STAGE]}, 5, 7),
            ["conversation_updated conversation:5", "timeline_entry_created conversation:5"],
        ),
        (
            event("conversation.updated", {"deltas": [POLICY]}, 5, 7),
            ["conversation_updated conversation:5", "timeline_entry_created conversation:5", "sla_tracker_created conversation:5"],
        ),
        (event("conversation.typing_on", {}, 5), []),
        (event("conversation.mentioned", {"users": [1]}, 5, 7), []),
        (event("conversation.read", {}, 5), []),
        (event("message.created", {}, 5, 7), ["timeline_entry_created conversation:5"]),
        (event("message.updated", {"changed": ["body", "labels"]}, 5, 7), ["timeline_entry_updated conversation:5"]),
        (event("message.updated", {"changed": ["status"]}, 5, 7), []),
        (event("message.updated", {"changed": ["submitted_values"]}, 5, 7), []),
        (event("message.deleted", {}, 5, 7), ["timeline_entry_deleted conversation:5"]),
        (event("draft.updated", {}, 5), []),
        (event("sla_tracker.updated", {"id": 3, "conversation": 5}), ["sla_tracker_updated conversation:5"]),
        (event("contact.merged", {"id": 1, "secondary": 2}), ["rev_user_updated contact:1"]),
        (event("contact.erased", {"id": 1}), ["rev_user_updated contact:1"]),
        (event("contact.personal_data", {"id": 1, "personal_data": {}}), []),
        (event("company.merged", {"id": 1, "secondary": 2}), ["account_updated company:1"]),
        (event("user.merged", {"id": 2, "into": 1}), ["dev_user_updated user:1", "dev_user_deleted user:2"]),
        (event("user.deactivated", {"id": 2}), ["dev_user_updated user:2"]),
        (event("user.password_changed", {"id": 2}), []),
        (event("team.member_added", {"id": 1, "member": "user:2"}), ["group_member_added team:1"]),
        (event("team.member_removed", {"id": 1, "member": "user:2"}), ["group_member_removed team:1"]),
        (event("webhook.fetched", {"id": 4, "object": "ticket:2"}), ["work_fetched ticket:2"]),
        (event("token.created", {"id": 1}), []),
        (event("account.updated", {"id": 1, "changed": []}), []),
        (event("tenant.imported", {}), []),
        *(
            (event(f"{noun}.{verb}", {"id": 1}), [f"{wire}_{verb} {noun}:1"])
            for noun, wire in NOUNS.items()
            for verb in ("created", "updated", "deleted")
        ),
    ],
)
def test_what_an_event_says(told: EventRow, said: list[str]) -> None:
    found = read(told)
    assert [f"{one.type} {one.lane}" for one in found] == said
    assert {one.type for one in found} <= set(EVENT_TYPES)


def test_what_was_fetched_is_for_its_webhook_alone() -> None:
    (said,) = read(event("webhook.fetched", {"id": 4, "object": "sla_tracker:9", "conversation": 5}))
    assert (said.only, said.type, said.number) == (4, "sla_tracker_fetched", 5)
