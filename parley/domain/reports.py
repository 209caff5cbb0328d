"""What a report asks: what is measured, of whom, when, and in which steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

Metric = Literal[
    "conversations_count", "incoming_messages_count", "outgoing_messages_count", "resolutions_count", "bot_resolutions_count",
    "bot_handoffs_count", "avg_first_response_time", "avg_resolution_time", "reply_time",
]  # fmt: skip
Subject = Literal["account", "agent", "inbox", "label", "team"]
Period = Literal["hour", "day", "week", "month", "year"]
METRICS: tuple[Metric, ...] = get_args(Metric)
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
PERIODS: tuple[Period, ...] = get_args(Period)
# The reporting event that a metric counts or averages.
EVENT_OF: dict[str, str] = {
    "resolutions_count": "conversation_resolved",
    "bot_resolutions_count": "conversation_bot_resolved",
    "bot_handoffs_count": "conversation_bot_handoff",
    "avg_first_response_time": "first_response",
    "avg_resolution_time": "conversation_resolved",
    "reply_time": "reply_time",
}
AVERAGES = ("avg_first_response_time", "avg_resolution_time", "reply_time")


@dataclass(frozen=True, slots=True)
class Span:
    """From ``since`` until just before ``until``; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def before(self) -> Span:
        """The span of the same length that ends where this one begins; open spans have none before them."""
        if self.since is None or self.until is None:
            return Span(self.since, self.since)
        return Span(self.since - (self.until - self.since), self.since)


@dataclass(frozen=True, slots=True)
class Report:
    """``number`` is the agent's, inbox's, label's or team's. ``offset`` is the asker's time from UTC, for where a day begins."""

    metric: Metric
    subject: Subject = "account"
    number: int | None = None
    span: Span = Span()
    period: Period = "day"
    offset: timedelta = timedelta(0)
    in_business_hours: bool = False
