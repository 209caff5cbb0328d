"""SLA summaries and trackers (contract 1.4 and 6). Durations are whole minutes on this wire, rounded down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..domain.conversations import Metric, Tracker
from ..domain.service_levels import find_closest
from . import dates
from .dons import Dons
from .encode_people import Json, People, without_none

# Our tracker's words are Chatwoot's; this wire tells whether a target was ever missed.
STATUS = {"active": "in_progress", "hit": "hit", "missed": "miss", "active_with_misses": "miss"}


def sla_summary(names: Dons, people: People, tracker: Tracker, metrics: Sequence[Metric]) -> Json:
    """``remaining_time`` belongs to a paused metric, ``target_time`` to any that has one."""
    closest = find_closest(metrics, tracker.closest_metric_id)
    summary: Json = {"sla_tracker": sla_tracker(names, people, tracker, metrics)}
    stage = tracker.stage or (closest.stage if closest else None)
    if stage is not None:
        summary["stage"] = stage
    if closest is not None:
        summary["closest_to_breach_metric"] = closest.metric_name
        summary |= _times(closest) | _schedule(names, closest)
    return summary


def tracker_summary(names: Dons, tracker: Tracker) -> Json:
    return {**names.ids("sla_tracker", tracker.id), "applies_to_type": "conversation"}


def sla_tracker(names: Dons, people: People, tracker: Tracker, metrics: Sequence[Metric]) -> Json:
    return without_none(
        {
            **names.ids("sla_tracker", tracker.id),
            "created_by": _person(people, tracker.created_by_kind, tracker.created_by_id),
            "created_date": dates.show(tracker.created_at),
            "modified_by": _person(people, tracker.modified_by_kind, tracker.modified_by_id),
            "modified_date": dates.show(tracker.updated_at),
            "applies_to_id": names.don("conversation", tracker.conversation_number),
            "applies_to_type": "conversation",
            "metric_target_summaries": [_target(names, m) for m in metrics if m.removed_at is None],
            "removed_sla_metric_history": [_removed(names, people, m) for m in metrics if m.removed_at is not None] or None,
            "sla": {
                **names.ids("sla", tracker.policy_id),
                "name": tracker.policy_name,
                "sla_type": tracker.policy_type,
                "status": tracker.policy_status,
            },
            "sla_policy_id": names.don("sla", f"{tracker.policy_id}:sla_policy/{tracker.policy_id}"),
            "stage": tracker.stage,
            "status": STATUS.get(tracker.status, tracker.status),
        }
    )


def _target(names: Dons, metric: Metric) -> Json:
    target: Json = {
        "metric_definition": _definition(names, metric),
        "stage": metric.stage,
        "in_policy": metric.in_policy,
        "is_out_of_schedule": metric.is_out_of_schedule,
    }
    if metric.status is not None:
        target["status"] = metric.status
    if metric.completed_in_s is not None:
        target |= {"completed_in": metric.completed_in_s // 60, "completed_in_seconds": metric.completed_in_s}
    for key, moment in (
        ("breached_at", metric.breached_at),
        ("completed_at", metric.completed_at),
        ("next_schedule_transition", metric.next_schedule_transition_at),
        ("warning_target_time", metric.warning_target_at),
    ):
        if moment is not None:
            target[key] = dates.show(moment)
    return target | _times(metric) | _schedule(names, metric)


def _times(metric: Metric) -> Json:
    times: Json = {}
    if metric.stage == "paused" and metric.remaining_s is not None:
        times["remaining_time"] = metric.remaining_s // 60
    if metric.target_at is not None:
        times["target_time"] = dates.show(metric.target_at)
    return times


def _schedule(names: Dons, metric: Metric) -> Json:
    if metric.schedule_id is None:
        return {}
    schedule = org_schedule(
        names,
        metric.schedule_id,
        name=metric.schedule_name,
        status=metric.schedule_status,
        timezone=metric.schedule_timezone,
        valid_until=metric.schedule_valid_until,
    )
    return {"org_schedule": schedule}


def org_schedule(
    names: Dons, number: int, *, name: str | None, status: str | None, timezone: str | None, valid_until: datetime | None
) -> Json:
    """A schedule-summary."""
    until = dates.show(valid_until) if valid_until else None
    schedule = {**names.ids("org_schedule", number), "name": name, "status": status, "timezone": timezone, "valid_until": until}
    return without_none(schedule)


def _definition(names: Dons, metric: Metric) -> Json:
    return {**names.ids("metric_definition", metric.metric_id), "name": metric.metric_name}


def _removed(names: Dons, people: People, metric: Metric) -> Json:
    assert metric.removed_at is not None
    return {
        "metric_definition": _definition(names, metric),
        "removed_at": dates.show(metric.removed_at),
        "removed_by": people.person(metric.removed_by_kind or "system", metric.removed_by_id),
    }


def _person(people: People, kind: str | None, number: int | None) -> object | None:
    return None if kind is None else people.person(kind, number)
