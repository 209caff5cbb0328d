"""The engine of automation rules: it goes through the tenant's events by position and carries out what the rules say.

How far it has come moves in the same transaction, so that every event meets every rule once, whichever server dies when.
What a rule does is marked in its events, and marked events meet no rule.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import asyncpg
import msgspec

from ..domain.automation import Facts, holds
from ..domain.conversations import PRIORITIES, Conversation
from ..domain.custom_fields import TENANT_NAMESPACE
from ..domain.desk_actions import DeskAction
from ..domain.principals import SYSTEM, Principal, Tenant
from ..store import automation, conversations, events, people
from ..store.automation import RULES, Happened, Rule
from ..store.database import Connection
from ..store.savepoints import savepoint
from . import nouns
from .automation_changes import Changed, changes_of
from .context import Context
from .desk_actions import run_actions

LOOK_AT = 200
_log = logging.getLogger(__name__)


async def run_next(context: Context, tenant_id: int) -> int:
    """Goes on to the next event that a rule acts on, and acts, in one transaction.

    Returns how many events that was; 0 when there is nothing left, or while another server is at it.
    """
    async with context.database.write(tenant_id) as connection:
        position = await automation.lock_progress(connection, tenant_id)
        if position is None:
            return 0
        head = await events.get_head(connection, tenant_id)
        found = await automation.list_events(connection, tenant_id, position, head, at_most=LOOK_AT)
        rules = await RULES.find(connection, tenant_id, {"active": True}) if found else []
        for seen, happened in enumerate(found, 1):
            if await _meet(connection, context, tenant_id, happened, rules):
                await automation.set_progress(connection, tenant_id, happened.position)
                return seen
        await automation.set_progress(connection, tenant_id, found[-1].position if len(found) == LOOK_AT else head)
        return len(found)


async def _meet(connection: Connection, context: Context, tenant_id: int, happened: Happened, rules: list[Rule]) -> bool:
    """Whether any rule acted on this event."""
    asking = [rule for rule in rules if rule.active_since <= happened.created_at]
    if not asking:
        return False
    changed = await changes_of(connection, tenant_id, happened)
    names = set(_names(happened, changed))
    known, acted = None, False
    for rule in asking:
        if rule.event_name not in names:
            continue
        if known is None:
            known = await _facts_of(connection, tenant_id, happened)
        if await _try(connection, context, tenant_id, rule, happened, known, changed):
            known, acted = None, True  # what the next one asks may be another thing now
    return acted


def _holds(rule: Rule, known: list[Facts], changed: Changed, today: date) -> bool:
    """Whether the conditions hold of the message, or with an event of the conversation of any one message."""
    conditions = msgspec.json.decode(rule.conditions)
    return any(holds(conditions, facts, changed, today) for facts in known)


async def _try(
    connection: Connection, context: Context, tenant_id: int, rule: Rule, happened: Happened, known: list[Facts], changed: Changed
) -> bool:
    """Whether the rule acted, or failed: a fault of ours undoes it, is told, and does not hold up the others."""
    try:
        if not _holds(rule, known, changed, context.clock().date()):
            return False
        async with savepoint(connection):
            await _act(connection, context, tenant_id, rule, happened)
    except (OSError, asyncpg.TransactionRollbackError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError):
        raise  # the event is tried again
    except Exception:
        _log.exception("rule %s of tenant %s failed on event %s", rule.id, tenant_id, happened.id)
        data = {"id": rule.id, "conversation": happened.conversation_number, "event": happened.id}
        await automation.mark_rule(connection, rule.id)
        await nouns.record(connection, context, _performer(tenant_id), "automation_rule.failed", data)
        await automation.mark_rule(connection, None)
    return True


def _names(happened: Happened, changed: Changed) -> Iterator[str]:
    """The events of Chatwoot's rules that this one is."""
    if happened.kind != "conversation.updated":
        yield happened.kind.replace(".", "_")
        return
    yield "conversation_updated"
    if (status := changed.get("status")) and status[0] != status[1] and status[1] in ("open", "resolved"):
        yield "conversation_opened" if status[1] == "open" else "conversation_resolved"


async def _facts_of(connection: Connection, tenant_id: int, happened: Happened) -> list[Facts]:
    """What is known, once for each message that is looked at; nothing where the conversation or the message is gone."""
    number, is_message = happened.conversation_number, happened.kind == "message.created"
    rows = await conversations.get_conversations(connection, tenant_id, [number])
    texts = await automation.list_texts(connection, tenant_id, number, happened.message_id if is_message else None)
    if not rows or (is_message and not texts):
        return []
    facts = await _facts(connection, tenant_id, rows[0])
    said: list[dict[str, Any]] = [
        {"content": one.body, "message_type": one.kind, "private_note": one.visibility == "internal"} for one in texts
    ]
    return [{**facts, **message} for message in said or [{}]]


async def _facts(connection: Connection, tenant_id: int, row: Conversation) -> Facts:
    contact = (await people.get_contacts(connection, tenant_id, [row.contact_id]))[row.contact_id]
    tags = await conversations.get_tags(connection, tenant_id, row.tag_ids)
    own, theirs = _json(row.additional_attributes), _json(contact.additional_attributes)
    browser = own.get("browser") if isinstance(own.get("browser"), dict) else {}
    facts: dict[Any, Any] = {
        "status": row.status,
        "priority": None if row.priority is None else PRIORITIES[row.priority],
        "assignee_id": row.assignee_user_id,
        "team_id": row.team_id,
        "inbox_id": row.inbox_id,
        "labels": [tags[tag_id].name for tag_id in row.tag_ids],
        "browser_language": own.get("browser_language") or (browser or {}).get("browser_language"),
        "referer": own.get("referer"),
        "mail_subject": own.get("mail_subject"),
        "conversation_language": own.get("conversation_language"),
        "country_code": own.get("country_code") or theirs.get("country_code"),
        "city": theirs.get("city"),
        "company": theirs.get("company_name") or theirs.get("company"),
        "email": contact.email,
        "phone_number": contact.phone_number,
    }
    stored = {"contact": contact.custom_fields, "conversation": row.custom_fields}
    fields = {kind: _json(text).get(TENANT_NAMESPACE, {}) for kind, text in stored.items()}
    for kind, values in fields.items():
        facts |= {(kind, key): value for key, value in values.items()} | {("any", key): value for key, value in values.items()}
    return facts


def _json(text: str | None) -> dict[str, Any]:
    return msgspec.json.decode(text) if text else {}


def _performer(tenant_id: int) -> Principal:
    return Principal(Tenant(tenant_id, "", ""), SYSTEM, can_write=True)


async def _act(connection: Connection, context: Context, tenant_id: int, rule: Rule, happened: Happened) -> None:
    """Carries it out; what cannot be done is told in its event."""
    principal = _performer(tenant_id)
    steps = [DeskAction(one["action_name"], tuple(one["action_params"])) for one in msgspec.json.decode(rule.actions)]
    await automation.mark_rule(connection, rule.id)
    cause = {"rule": rule.id, "event": rule.event_name}
    skipped = await run_actions(connection, context, principal, happened.conversation_number, steps, cause)
    told: Mapping[str, Any] = {"id": rule.id, "conversation": happened.conversation_number, "event": happened.id}
    outcome = {"skipped": [one._asdict() for one in skipped]} if skipped else {}
    await nouns.record(connection, context, principal, "automation_rule.ran", {**told, **outcome})
    await automation.mark_rule(connection, None)
