"""Stage is the fact; Chatwoot's status is derived from it (design.md, the stage table)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["open", "pending", "snoozed", "resolved"]
STATUSES: tuple[Status, ...] = ("open", "resolved", "pending", "snoozed")


@dataclass(frozen=True, slots=True)
class StockState:
    """A state that every tenant has; ids are the same everywhere."""

    id: int
    name: str
    ordinal: int
    is_final: bool


@dataclass(frozen=True, slots=True)
class StockStage:
    """A stage that every tenant has; ids are the same everywhere, custom ones start at 100."""

    id: int
    name: str
    state: str
    status: Status
    ordinal: int


STOCK_STATES = (
    StockState(1, "open", 1, False),
    StockState(2, "in_progress", 2, False),
    StockState(3, "closed", 3, True),
)
STOCK_STAGES = (
    StockStage(1, "new", "open", "open", 1000),
    StockStage(2, "suspended", "open", "pending", 2000),
    StockStage(3, "needs_response", "in_progress", "open", 3000),
    StockStage(4, "waiting_on_user", "in_progress", "open", 4000),
    StockStage(5, "hold", "in_progress", "snoozed", 5000),
    StockStage(6, "resolved", "closed", "resolved", 6000),
    StockStage(7, "archived", "closed", "resolved", 7000),
)
FIRST_CUSTOM_ID = 100

_WHEN_STATUS_WRITTEN = {"pending": "suspended", "snoozed": "hold", "resolved": "resolved"}


def stage_for_status(status: Status, *, agent_has_replied: bool, contact_spoke_last: bool) -> str:
    """The stage that a status written by a Chatwoot client stands for."""
    if status != "open":
        return _WHEN_STATUS_WRITTEN[status]
    if not agent_has_replied:
        return "new"
    return "needs_response" if contact_spoke_last else "waiting_on_user"


def stage_after_agent_reply(stage: str) -> str:
    """A public reply by a human agent; a bot's reply and a note move nothing."""
    return "waiting_on_user" if stage in ("new", "needs_response") else stage


def stage_after_contact_message(stage: str, *, active_bot: bool, quiet: bool) -> str:
    """A contact's message; ``quiet`` when the contact is blocked or the conversation is spam or frozen."""
    if quiet or stage not in ("waiting_on_user", "hold", "resolved", "archived"):
        return stage
    return "suspended" if active_bot else "needs_response"
