"""Satisfaction surveys: messages that ask, and what customers answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from . import queries
from .database import Connection, keep_plans, vary_plans
from .nouns import Noun

_SQL = queries.load("surveys")
_NEWEST, _OLDEST = "ORDER BY r.created_at DESC, r.id DESC", "ORDER BY r.created_at, r.id"
_BATCH = 1000


class SurveyResponse(NamedTuple):
    """What a customer said. ``assigned_user_id`` answered the conversation then; ``reviewed_by`` wrote ``review_notes``."""

    id: int
    conversation_number: int
    message_id: int
    contact_id: int
    assigned_user_id: int | None
    rating: int
    feedback: str | None
    review_notes: str | None
    reviewed_by: int | None
    reviewed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Question(NamedTuple):
    """How an inbox asks: ``settings`` is JSON text. ``labels`` are the conversation's tags."""

    settings: str
    labels: list[str]


SURVEY_RESPONSES = Noun(
    table="survey_responses",
    kind="survey_response",
    row=SurveyResponse,
    columns=(
        "n.id, n.conversation_number, n.message_id, c.contact_id, n.assigned_user_id, n.rating, n.feedback, n.review_notes, n.reviewed_by,"
        " n.reviewed_at, n.created_at, n.updated_at"
    ),
    joins="JOIN conversations c ON c.tenant_id = $1 AND c.number = n.conversation_number",
    writable=frozenset(
        {"conversation_number", "message_id", "assigned_user_id", "rating", "feedback", "review_notes", "reviewed_by", "reviewed_at"}
    ),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which responses: from ``since`` on, before ``until``; None asks nothing."""

    since: datetime | None = None
    until: datetime | None = None
    user_ids: tuple[int, ...] | None = None
    inbox_id: int | None = None
    team_id: int | None = None
    ratings: tuple[int, ...] | None = None

    @property
    def parameters(self) -> tuple[Any, ...]:
        users = None if self.user_ids is None else list(self.user_ids)
        ratings = None if self.ratings is None else list(self.ratings)
        return (self.since, self.until, users, self.inbox_id, self.team_id, ratings)


async def list_asking(connection: Connection, tenant_id: int, number: int) -> list[int]:
    """The messages that ask, newest first."""
    return [record[0] for record in await connection.fetch(_SQL.list_asking, tenant_id, number)]


async def inbox_asks(connection: Connection, tenant_id: int, inbox_id: int) -> bool:
    return bool(await connection.fetchval(_SQL.inbox_asks, tenant_id, inbox_id))


async def find_question(connection: Connection, tenant_id: int, number: int, at: datetime) -> Question | None:
    """None where the conversation's inbox does not ask, has asked before, or cannot reach the customer any more."""
    record = await connection.fetchrow(_SQL.find_question, tenant_id, number, at)
    return Question(*record) if record else None


async def page_responses(
    connection: Connection, tenant_id: int, choice: Choice, *, limit: int, offset: int, oldest_first: bool = False
) -> list[SurveyResponse]:
    text = _SQL.page_responses.replace(_NEWEST, _OLDEST) if oldest_first else _SQL.page_responses
    await vary_plans(connection)
    records = await connection.fetch(text, tenant_id, *choice.parameters, limit, offset)
    await keep_plans(connection)
    return [SurveyResponse(*record) for record in records]


async def walk_responses(connection: Connection, tenant_id: int, choice: Choice) -> AsyncIterator[list[SurveyResponse]]:
    """All of them, newest first, so many at a time; the transaction stays open until the end."""
    batch: list[SurveyResponse] = []
    await vary_plans(connection)
    async for record in connection.cursor(_SQL.page_responses, tenant_id, *choice.parameters, None, 0, prefetch=_BATCH):
        batch.append(SurveyResponse(*record))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def get_responses(connection: Connection, tenant_id: int, message_ids: Iterable[int]) -> dict[int, SurveyResponse]:
    """By the message that asked."""
    records = await connection.fetch(_SQL.get_responses, tenant_id, list(message_ids))
    return {record["message_id"]: SurveyResponse(*record) for record in records}


async def count_ratings(connection: Connection, tenant_id: int, choice: Choice) -> dict[int, int]:
    """How often each rating was given; a rating that nobody gave is left out."""
    await vary_plans(connection)
    records = await connection.fetch(_SQL.count_ratings, tenant_id, *choice.parameters)
    await keep_plans(connection)
    return {record[0]: record[1] for record in records}


async def count_asked(connection: Connection, tenant_id: int, choice: Choice) -> int:
    """How many messages asked between the two times."""
    return int(await connection.fetchval(_SQL.count_asked, tenant_id, choice.since, choice.until))
