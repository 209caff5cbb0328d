"""Tickets and issues: their stages, each in a state. Conversations have stages of their own (``stages``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WorkKind = Literal["ticket", "issue"]
WorkState = Literal["open", "in_progress", "closed"]

WORK_KINDS: tuple[WorkKind, ...] = ("ticket", "issue")


@dataclass(frozen=True, slots=True)
class WorkStage:
    """A stage of one kind of work; ``ordinal`` sorts."""

    kind: WorkKind
    name: str
    state: WorkState
    ordinal: int


# DevRev's stock stages; a kind's first one is where its works begin.
WORK_STAGES = (
    WorkStage("ticket", "queued", "open", 1000),
    WorkStage("ticket", "work_in_progress", "in_progress", 2000),
    WorkStage("ticket", "awaiting_product_assist", "in_progress", 3000),
    WorkStage("ticket", "awaiting_customer_response", "in_progress", 4000),
    WorkStage("ticket", "awaiting_development", "in_progress", 5000),
    WorkStage("ticket", "in_development", "in_progress", 6000),
    WorkStage("ticket", "resolved", "closed", 7000),
    WorkStage("ticket", "canceled", "closed", 8000),
    WorkStage("ticket", "accepted", "closed", 9000),
    WorkStage("issue", "triage", "open", 1000),
    WorkStage("issue", "backlog", "open", 2000),
    WorkStage("issue", "prioritized", "open", 3000),
    WorkStage("issue", "in_development", "in_progress", 4000),
    WorkStage("issue", "in_review", "in_progress", 5000),
    WorkStage("issue", "in_testing", "in_progress", 6000),
    WorkStage("issue", "in_deployment", "in_progress", 7000),
    WorkStage("issue", "completed", "closed", 8000),
    WorkStage("issue", "wont_fix", "closed", 9000),
    WorkStage("issue", "duplicate", "closed", 10000),
)
_BY_NAME: dict[tuple[str, str], WorkStage] = {(stage.kind, stage.name): stage for stage in WORK_STAGES}


def find_stage(kind: str, name: str) -> WorkStage | None:
    return _BY_NAME.get((kind, name))


def stages_of(kind: str) -> list[WorkStage]:
    return [stage for stage in WORK_STAGES if stage.kind == kind]
