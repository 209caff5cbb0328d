"""A conversation's service level, shown where the tenant has the feature ``sla`` (contract 2.1)."""

from __future__ import annotations

from typing import Any

from ..domain.conversations import SlaEvent, Tracker
from .encode_types import epoch, json_object


def applied_sla(tracker: Tracker) -> dict[str, Any]:
    return {
        "id": tracker.id,
        "sla_id": tracker.policy_id,
        "sla_status": tracker.status,
        "created_at": epoch(tracker.created_at),
        "updated_at": epoch(tracker.updated_at),
        "sla_description": tracker.policy_description,
        "sla_name": tracker.policy_name,
        "sla_first_response_time_threshold": tracker.first_response_s,
        "sla_next_response_time_threshold": tracker.next_response_s,
        "sla_only_during_business_hours": tracker.only_during_business_hours,
        "sla_resolution_time_threshold": tracker.resolution_s,
    }


def sla_event(event: SlaEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "event_type": event.kind,
        "meta": json_object(event.meta),
        "updated_at": epoch(event.updated_at),
        "created_at": epoch(event.created_at),
    }
