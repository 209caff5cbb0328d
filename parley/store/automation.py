"""Automation rules, and how far they have come in the tenant's events."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .events import get_head
from .nouns import Noun

_SQL = queries.load("automation")


class Rule(NamedTuple):
    """A rule; ``conditions`` and ``actions`` are JSON text. Only what happened after ``active_since`` is its business."""

    id: int
    name: str
    description: str | None
    event_name: str
    conditions: str
    actions: str
    active: bool
    active_since: datetime
    created_at: datetime


class Happened(NamedTuple):
    """An event that rules look at; ``data`` is JSON text."""

    id: int
    position: int
    kind: str
    conversation_number: int
    message_id: int | None
    data: str
    created_at: datetime


class Text(NamedTuple):
    """What somebody said, as far as rules ask."""

    id: int
    kind: str
    visibility: str
    body: str | None


RULES = Noun(
    table="automation_rules",
    kind="automation_rule",
    row=Rule,
    columns="n.id, n.name, n.description, n.event_name, n.conditions, n.actions, n.active, n.active_since, n.created_at",
    writable=frozenset({"name", "description", "event_name", "conditions", "actions", "active", "active_since"}),
    filters={"active": "n.active = {}::boolean"},
    json=frozenset({"conditions", "actions"}),
)


async def tenants_with_rules(connection: Connection) -> list[int]:
    """Needs no tenant: tells ids and nothing else."""
    return [record[0] for record in await connection.fetch(_SQL.tenants_with_rules)]


async def begin(connection: Connection, tenant_id: int, rule_id: int) -> None:
    """Before a rule becomes active: where no other is, what happened so far is nobody's business."""
    if not await connection.fetchval(_SQL.has_active_rules, tenant_id, rule_id):
        await connection.execute(_SQL.begin_progress, tenant_id, await get_head(connection, tenant_id))


async def lock_progress(connection: Connection, tenant_id: int) -> int | None:
    """The position that the rules have come to, held until commit; None while another server is at it."""
    found: int | None = await connection.fetchval(_SQL.lock_progress, tenant_id)
    return found


async def set_progress(connection: Connection, tenant_id: int, position: int) -> None:
    await connection.execute(_SQL.set_progress, tenant_id, position)


async def list_events(connection: Connection, tenant_id: int, after: int, head: int, *, at_most: int) -> list[Happened]:
    """Events after one position and up to another, in order."""
    return [Happened(*record) for record in await connection.fetch(_SQL.list_events, tenant_id, after, head, at_most)]


async def list_texts(connection: Connection, tenant_id: int, number: int, message_id: int | None) -> list[Text]:
    """A message of a conversation, or with None the fifty newest."""
    return [Text(*record) for record in await connection.fetch(_SQL.list_texts, tenant_id, number, message_id)]


async def find_last_responder(connection: Connection, tenant_id: int, number: int) -> int | None:
    found: int | None = await connection.fetchval(_SQL.find_last_responder, tenant_id, number)
    return found


async def mark_rule(connection: Connection, rule_id: int | None) -> None:
    """From here on the transaction's events are this rule's doing; None: they are not."""
    await connection.fetchval(_SQL.mark_rule, rule_id)
