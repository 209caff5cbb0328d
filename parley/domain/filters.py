"""What a caller asks of a list, in our words. Faces decode into this; ``store/filter.py`` turns it into SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from .conditions import Conditions
from .principals import Ref


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Both bounds inclusive; a bound given in milliseconds was widened to its whole millisecond by the face."""

    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class TagMatch:
    """A tag by id, optionally with a value; or a value alone."""

    tag_id: int | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Fields are joined by AND, the values inside one by OR. None means "not asked"; an empty tuple matches nothing."""

    numbers: tuple[int, ...] | None = None
    statuses: tuple[str, ...] | None = None
    stage_names: tuple[str, ...] | None = None
    stage_ids: tuple[int, ...] | None = None
    states: tuple[str, ...] | None = None
    inbox_ids: tuple[int, ...] | None = None
    channel_ids: tuple[int, ...] | None = None
    source_channels: tuple[str, ...] | None = None
    part_ids: tuple[int, ...] | None = None
    brand_ids: tuple[int, ...] | None = None
    team_ids: tuple[int, ...] | None = None
    workspace_ids: tuple[int, ...] | None = None
    company_ids: tuple[int, ...] | None = None
    owner_agent_ids: tuple[int, ...] | None = None
    members: tuple[Ref, ...] | None = None
    owners: tuple[Ref, ...] | None = None
    tags: tuple[TagMatch, ...] | None = None
    tags_with_value: tuple[TagMatch, ...] | None = None
    tag_names: tuple[str, ...] | None = None
    subtypes: tuple[str, ...] | None = None
    custom_fields: tuple[tuple[str, str, tuple[Any, ...]], ...] | None = None
    is_spam: bool | None = None
    is_frozen: bool | None = None
    is_creator_verified: bool | None = None
    created: TimeRange | None = None
    modified: TimeRange | None = None
    closed: TimeRange | None = None
    sla_stages: tuple[str, ...] | None = None
    sla_target: TimeRange | None = None
    assignee: Literal["me", "unassigned", "assigned"] | None = None
    mentioned_user_id: int | None = None
    participant_user_id: int | None = None
    unattended: bool | None = None
    contact_point_source: str | None = None
    message_text: str | None = None
    modified_after: datetime | None = None
    conditions: Conditions | None = None
