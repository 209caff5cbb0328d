"""The event types of this wire, as the official document lists them (webhook-event-type)."""

from __future__ import annotations

_CRUD = (
    "account", "article", "artifact", "conversation", "dashboard", "dev_user", "incident", "job", "link", "part", "question_answer",
    "rev_org", "rev_user", "survey", "survey_response", "sync_history", "tag", "timeline_entry", "webhook", "widget",
)  # fmt: skip
_OTHERS = (
    "ai_agent_response", "group_created", "group_deleted", "group_member_added", "group_member_removed", "group_updated",
    "sla_tracker_created", "sla_tracker_deleted", "sla_tracker_fetched", "sla_tracker_updated", "sync_unit_updated", "verify",
    "work_created", "work_deleted", "work_fetched", "work_updated",
)  # fmt: skip
EVENT_TYPES = tuple(sorted([*(f"{noun}_{verb}" for noun in _CRUD for verb in ("created", "deleted", "updated")), *_OTHERS]))
