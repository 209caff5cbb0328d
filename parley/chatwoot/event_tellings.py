"""Who of Chatwoot's wire is called when something happened, and with what (contract 5.1).

Webhooks of the account get what they subscribe to; an API inbox's callback gets all that happens to its conversations; a bot
hears of the inboxes where it answers first and of what is assigned to it; rules and macros name URLs of their own. A URL is
called once for an event, whoever names it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ..actions.context import Context
from ..domain.conversations import Conversation
from ..domain.deliveries import Endpoint, Told
from ..domain.principals import Tenant
from ..store.callbacks import Callback, list_callbacks
from ..store.database import Connection
from ..store.events import EventRow
from .encode_types import encode
from .event_data import account, webhook_contact, webhook_conversation, webhook_message, webhook_person
from .event_inboxes import webhook_inbox
from .event_names import Happened, each, happened
from .event_subjects import Subjects, read_subjects
from .wire import Wire

Json = dict[str, Any]
Tell: TypeAlias = Callable[[Connection, Tenant, Sequence[EventRow]], Awaitable[list[Told]]]

REQUESTED = "webhook.requested"
_OF_CONVERSATIONS = frozenset(
    {
        *("conversation_created", "conversation_status_changed", "conversation_updated", "message_created", "message_updated"),
        *("conversation_typing_on", "conversation_typing_off"),
    }
)
_OF_BOTS = frozenset({"message_created", "message_updated", "conversation_opened", "conversation_resolved"})


def teller(context: Context) -> Tell:
    """What makes deliveries of events. Files are named under the server's public URL; where none is set, by their path alone."""

    async def tell(connection: Connection, tenant: Tenant, events: Sequence[EventRow]) -> list[Told]:
        wire = Wire(tenant, context.public_url, context.clock(), context.files.links)
        return await _tell(connection, wire, each(happened, events))

    return tell


async def _tell(connection: Connection, wire: Wire, events: Sequence[Happened]) -> list[Told]:
    callbacks = await list_callbacks(connection, wire.tenant.id)
    asked = _asked(callbacks)
    told = [one for one in events if one.webhook_name in asked or one.name == REQUESTED]
    if not told:
        return []
    subjects = await read_subjects(connection, wire, told)
    return each(lambda one: _of_one(one, callbacks, subjects), told)


def _asked(callbacks: Iterable[Callback]) -> set[str]:
    """The names of events that anybody may want."""
    asked = set[str]()
    for one in callbacks:
        asked |= set(one.event_types or ()) if one.kind == "webhook" else _OF_CONVERSATIONS if one.kind == "inbox" else _OF_BOTS
    return asked


def _of_one(one: Happened, callbacks: Sequence[Callback], subjects: Subjects) -> Iterator[Told]:
    type_, endpoints = one.webhook_name, list(_endpoints(one, callbacks, subjects))
    if one.name == REQUESTED:
        type_, endpoints = _requested(one)
    payload = _PAYLOADS[one.name](one, subjects) if endpoints else None
    if payload is None:
        return
    body = encode(payload | {"event": type_} | _changes(one)).decode()
    for endpoint in endpoints:
        yield Told(endpoint, "chatwoot", one.event.id, type_, _lane(one), body)


def _endpoints(one: Happened, callbacks: Sequence[Callback], subjects: Subjects) -> Iterator[Endpoint]:
    """Each URL once; a webhook before a callback before a bot."""
    called, row = set[str](), subjects.conversation_of(one)
    for callback in callbacks:
        is_new = callback.url not in called and one.event.created_at >= callback.created_at
        if is_new and _wants(callback, one.webhook_name, row):
            called.add(callback.url)
            yield Endpoint(callback.kind, callback.id, callback.url)


def _wants(callback: Callback, name: str, row: Conversation | None) -> bool:
    if callback.kind == "webhook":
        return name in (callback.event_types or ())
    if row is None:
        return False
    if callback.kind == "inbox":
        return name in _OF_CONVERSATIONS and row.inbox_id == callback.id
    return name in _OF_BOTS and (row.assignee_bot_id == callback.id or row.inbox_id in (callback.inbox_ids or ()))


def _requested(one: Happened) -> tuple[str, list[Endpoint]]:
    """What a rule or a macro calls; the type says for what."""
    data = one.data
    if "macro" in data:
        return "macro.executed", [Endpoint("macro", data["macro"], data["url"])]
    rule = data.get("rule", one.event.rule_id)
    type_ = f"automation_event.{data['event']}" if "event" in data else "automation_event"
    return type_, [] if rule is None else [Endpoint("rule", rule, data["url"])]


def _changes(one: Happened) -> Json:
    if one.name not in _WITH_CHANGES:
        return {}
    changed = [{name: {"previous_value": old, "current_value": new}} for name, (old, new) in one.changed.items()]
    return {"changed_attributes": changed or None}


def _lane(one: Happened) -> str:
    """What must stay in order."""
    if one.event.conversation_number is not None:
        return f"conversation:{one.event.conversation_number}"
    return f"{one.event.kind.partition('.')[0]}:{one.data['id']}"


def _conversation(one: Happened, subjects: Subjects) -> Json:
    row = subjects.conversation_of(one)
    return _gone(one.event.conversation_number, subjects) if row is None else webhook_conversation(row, subjects)


def _gone(number: int | None, subjects: Subjects) -> Json:
    """What can still be said of what was deleted since."""
    return {"id": number, "account": account(subjects.wire)}


def _message(one: Happened, subjects: Subjects) -> Json | None:
    """Changes are no messages to the original's webhooks; of one that is gone nobody knows any more who may hear of it."""
    row, message = subjects.conversation_of(one), subjects.said.get(one.event.message_id or 0)
    return None if row is None or message is None or message.kind == "activity" else webhook_message(message, row, subjects)


def _typing(one: Happened, subjects: Subjects) -> Json | None:
    row = subjects.conversation_of(one)
    if row is None:
        return None
    return {
        "user": webhook_person(one.event.actor, subjects),
        "conversation": webhook_conversation(row, subjects),
        "is_private": bool(one.data.get("is_private")),
    }


def _contact(one: Happened, subjects: Subjects) -> Json | None:
    """A change of nothing that is shown is none."""
    if one.name == "contact.updated" and not one.changed:
        return None
    row = subjects.page.contacts.get(one.data["id"])
    return _gone(one.data["id"], subjects) if row is None else webhook_contact(row, subjects.wire)


def _inbox(one: Happened, subjects: Subjects) -> Json | None:
    if one.name == "inbox.updated" and not one.changed:
        return None
    row = subjects.inboxes.get(one.data["id"])
    return _gone(one.data["id"], subjects) if row is None else webhook_inbox(row, subjects.wire)


_WITH_CHANGES = {"conversation.status_changed", "conversation.updated", "contact.updated", "inbox.updated"}
# None where there is nothing to be told.
_PAYLOADS: Mapping[str, Callable[[Happened, Subjects], Json | None]] = {
    "conversation.created": _conversation,
    "conversation.updated": _conversation,
    "conversation.status_changed": _conversation,
    "conversation.opened": _conversation,
    "conversation.resolved": _conversation,
    REQUESTED: _conversation,
    "message.created": _message,
    "message.updated": _message,
    "conversation.typing_on": _typing,
    "conversation.typing_off": _typing,
    "contact.created": _contact,
    "contact.updated": _contact,
    "inbox.created": _inbox,
    "inbox.updated": _inbox,
}
