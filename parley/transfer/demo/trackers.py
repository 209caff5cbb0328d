"""Service levels of the demo: a snapshot of each tracker as it stands at the moment that the data is made for."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from ...domain.stages import STOCK_STAGES
from ...store.load import NewConversation
from .dataset import Dataset, Row

FIRST, NEXT, RESOLUTION = 1, 2, 3
_TARGETS_S = {1: (14400, 28800, 432000), 2: (43200, 86400, 1209600)}
_HOLD = next(stage.id for stage in STOCK_STAGES if stage.name == "hold")
_URGENCY = ("breached", "warning", "running", "paused", "completed")


def track(rng: Random, data: Dataset, conversation: NewConversation, now: datetime, policy: int, remover: int) -> None:
    """A tracker with its metrics and missed targets; ``remover`` is the user who takes targets away."""
    conversation.sla_policy_id = policy
    tracker_id = len(data.details["sla_trackers"]) + 1
    metrics = _metrics(conversation, now, policy)
    if rng.random() < 0.08:
        _remove(metrics[1], conversation, remover)
    for metric in metrics:
        data.details["sla_metrics"].append({"tracker_id": tracker_id, **metric})
    active = [metric for metric in metrics if metric["removed_at"] is None]
    closest = min(active, key=lambda metric: (_URGENCY.index(metric["stage"]), metric["target_at"]))
    missed = [metric for metric in active if metric["status"] == "miss"]
    data.details["sla_trackers"].append(
        {
            "id": tracker_id,
            "conversation_number": conversation.number,
            "sla_policy_id": policy,
            "policy_name": ("Premium", "Standard")[policy - 1],
            "stage": closest["stage"],
            "status": _status(conversation, bool(missed)),
            "closest_metric_id": closest["metric_id"],
            "created_by_kind": "system",
            "modified_by_kind": "system",
            "as_of": now,
            "created_at": conversation.created_at,
            "updated_at": conversation.last_activity_at,
        }
    )
    _record_misses(data, tracker_id, missed)


def _metrics(conversation: NewConversation, now: datetime, policy: int) -> list[Row]:
    first_s, next_s, resolution_s = _TARGETS_S[policy]
    replied, closed = conversation.first_reply_at, conversation.closed_at
    rows = [_metric(FIRST, conversation, conversation.created_at, first_s, replied or closed, now, policy)]
    if replied:
        since = conversation.waiting_since or conversation.last_incoming_at or conversation.created_at
        answered = None if conversation.waiting_since else conversation.last_external_message_at
        rows.append(_metric(NEXT, conversation, min(since, answered or since), next_s, answered or closed, now, policy))
    rows.append(_metric(RESOLUTION, conversation, conversation.created_at, resolution_s, closed, now, policy))
    return rows


def _metric(
    metric_id: int, conversation: NewConversation, start: datetime, target_s: int, done: datetime | None, now: datetime, policy: int
) -> Row:
    """One target, counted from ``start``."""
    target, warning = start + timedelta(seconds=target_s), start + timedelta(seconds=target_s * 0.8)
    late = (done or now) > target
    stage = "completed" if done else "breached" if late else "warning" if now > warning else "running"
    if stage in ("running", "warning") and conversation.stage_id == _HOLD:
        stage = "paused"
    return {
        "metric_id": metric_id,
        "stage": stage,
        "status": "miss" if late else "hit" if done else "in_progress",
        "org_schedule_id": policy,
        "target_at": target,
        "warning_target_at": warning,
        "breached_at": target if late else None,
        "completed_at": done,
        "completed_in_s": int((done - start).total_seconds()) if done else None,
        "remaining_s": int((target - now).total_seconds()) if stage == "paused" else None,
        "next_schedule_transition_at": now + timedelta(hours=8) if policy == 2 and not done else None,
        "is_out_of_schedule": policy == 2 and not done,
        "removed_at": None,
        "removed_by_kind": None,
        "removed_by_id": None,
    }


def _remove(metric: Row, conversation: NewConversation, remover: int) -> None:
    metric |= {"removed_at": conversation.last_activity_at, "removed_by_kind": "user", "removed_by_id": remover}


def _status(conversation: NewConversation, missed: bool) -> str:
    """Chatwoot's word for the whole tracker."""
    if conversation.closed_at:
        return "missed" if missed else "hit"
    return "active_with_misses" if missed else "active"


def _record_misses(data: Dataset, tracker_id: int, missed: list[Row]) -> None:
    for metric in missed:
        event = {"id": len(data.details["sla_events"]) + 1, "tracker_id": tracker_id, "kind": ("frt", "nrt", "rt")[metric["metric_id"] - 1]}
        data.details["sla_events"].append(event | {"created_at": metric["target_at"], "updated_at": metric["target_at"]})
