"""A conversation and what it carries, as the store hands it out. JSON columns stay text until a face needs them."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

PRIORITIES = ("low", "medium", "high", "urgent")
"""By the number that is stored."""


class Conversation(Struct, frozen=True, gc=False):
    """One conversation. ``members`` (beside the contact) and ``co_owners`` are refs as ``kind:id``; tag lists run in parallel."""

    number: int
    uuid: str
    title: str | None
    description: str | None
    stage_id: int
    status: str
    priority: int | None
    inbox_id: int
    contact_id: int
    contact_point_id: int | None
    workspace_id: int | None
    company_id: int | None
    team_id: int | None
    brand_id: int | None
    campaign_id: int | None
    sla_policy_id: int | None
    assignee_user_id: int | None
    assignee_bot_id: int | None
    owner_agent_id: int | None
    source_channel: str | None
    subtype: str | None
    is_spam: bool
    is_frozen: bool
    is_creator_verified: bool
    url_context: str | None
    identifier: str | None
    additional_attributes: str
    custom_fields: str
    sentiment: int | None
    sentiment_summary: str | None
    sentiment_modified_at: datetime | None
    created_by_kind: str
    created_by_id: int | None
    modified_by_kind: str
    modified_by_id: int | None
    created_at: datetime
    modified_at: datetime
    last_activity_at: datetime
    closed_at: datetime | None
    snoozed_until: datetime | None
    first_reply_at: datetime | None
    waiting_since: datetime | None
    agent_last_seen_at: datetime | None
    assignee_last_seen_at: datetime | None
    contact_last_seen_at: datetime | None
    last_incoming_at: datetime | None
    last_external_message_at: datetime | None
    unread_count: int
    version: int
    tag_ids: list[int]
    tag_values: list[str | None]
    members: list[str]
    co_owners: list[str]
    part_ids: list[int]
    channel_ids: list[int]


class Stage(Struct, frozen=True, gc=False):
    """A stage in its state; ``chatwoot_status`` is what Chatwoot clients see."""

    id: int
    name: str
    ordinal: int
    notes: str | None
    chatwoot_status: str
    state_id: int
    state_name: str
    state_is_final: bool


class Tag(Struct, frozen=True, gc=False):
    """A tag: Chatwoot's label."""

    id: int
    name: str
    color: str


class Part(Struct, frozen=True, gc=False):
    """A product, capability, feature ... that a conversation applies to."""

    id: int
    kind: str
    name: str
    owner_ids: list[int]


class SchemaFragment(Struct, frozen=True, gc=False):
    """Which custom fields a conversation may carry; ``subtype`` is set for kind subtype only, ``app`` for kind app."""

    id: int
    kind: str
    subtype: str | None
    app: str | None = None


class FieldDefinition(Struct, frozen=True, gc=False):
    """A custom field's definition. ``allowed_values``, ``default_value``, ``mfz``, ``oasis``, ``ui`` and ``constraints`` (what
    its values must fit beside their type) are JSON text; ``leaf_type`` is empty where the field is of every leaf type of its noun."""

    id: int
    namespace: str
    subtype: str | None
    key: str
    display_name: str
    description: str | None
    field_type: str
    allowed_values: str
    default_value: str | None
    is_filterable: bool
    is_immutable: bool
    is_pii: bool
    is_required: bool
    origin: str | None
    mfz: str
    oasis: str
    ui: str
    constraints: str = "{}"
    leaf_type: str = ""


class Origin(Struct, frozen=True, gc=False):
    """Where an imported row came from, with the sync unit that brought it (null when none)."""

    local_id: int
    system: str
    external_id: str
    in_status: str | None
    in_at: datetime | None
    out_status: str | None
    out_at: datetime | None
    unit_id: int | None
    unit_name: str | None
    unit_system_type: str | None
    unit_is_archived: bool | None
    unit_sync_type: str | None
    unit_run_mode: str | None
    unit_run_state: str | None


class Tracker(Struct, frozen=True, gc=False):
    """The SLA tracker of a conversation, a snapshot taken at ``as_of``. Policy thresholds are in seconds."""

    id: int
    conversation_number: int
    policy_id: int
    policy_name: str
    policy_description: str | None
    policy_type: str
    policy_status: str
    first_response_s: float | None
    next_response_s: float | None
    resolution_s: float | None
    only_during_business_hours: bool
    matched_policy: str | None
    stage: str | None
    status: str
    closest_metric_id: int | None
    created_by_kind: str | None
    created_by_id: int | None
    modified_by_kind: str | None
    modified_by_id: int | None
    as_of: datetime
    created_at: datetime
    updated_at: datetime


class Metric(Struct, frozen=True, gc=False):
    """One target of a tracker; removed ones have ``removed_at``."""

    tracker_id: int
    metric_id: int
    metric_name: str
    stage: str
    status: str | None
    target_at: datetime | None
    warning_target_at: datetime | None
    breached_at: datetime | None
    completed_at: datetime | None
    completed_in_s: int | None
    remaining_s: int | None
    next_schedule_transition_at: datetime | None
    in_policy: bool
    is_out_of_schedule: bool
    removed_at: datetime | None
    removed_by_kind: str | None
    removed_by_id: int | None
    schedule_id: int | None
    schedule_name: str | None
    schedule_status: str | None
    schedule_timezone: str | None
    schedule_valid_until: datetime | None


class SlaEvent(Struct, frozen=True, gc=False):
    """A missed target as Chatwoot lists it; ``meta`` is JSON text."""

    id: int
    tracker_id: int
    kind: str
    meta: str
    created_at: datetime
    updated_at: datetime
