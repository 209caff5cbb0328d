"""The steps of a change that say how a conversation is cared for: who answers, how soon, until when it sleeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from ..domain import changes
from ..domain.conversations import PRIORITIES
from ..domain.custom_fields import TENANT_NAMESPACE
from ..domain.principals import Ref
from ..domain.problems import InvalidId, InvalidValue
from ..store import conversation_starts, people, sla_trackers, writes
from ..store.contacts import CONTACTS
from . import nouns
from .change_fields import record_fields
from .checks import check_people
from .edits import Change, Edit, Unset

_LONGEST_TEXT, _LARGEST_NUMBER = 1500, 9_999_999_999


async def _assignee(change: Change, wanted: Edit) -> None:
    """One person answers; the co-owners stay."""
    new, old = wanted.assignee, change.assignee
    if isinstance(new, Unset) or new == old:
        return
    if new is not None:
        await change.ask(check_people, "assignee_id", (new,))
    rest = tuple(owner for owner in change.co_owners if owner != new)
    if rest != change.co_owners:
        await writes.set_co_owners(change.connection, change.tenant_id, change.was.number, rest)
    owners = [tuple(owner for owner in (first, *others) if owner) for first, others in ((old, change.co_owners), (new, rest))]
    change.record(
        changes.person_list_delta("owned_by", *owners),
        "changed who answers",
        await _assigning(change, new),
        assignee_user_id=new.id if new and new.kind == "user" else None,
        assignee_bot_id=new.id if new and new.kind == "bot" else None,
    )


async def _assigning(change: Change, new: Ref | None) -> Callable[[str], str]:
    if new is None:
        return lambda name: f"Conversation unassigned by {name}"
    if new == change.principal.ref:
        return lambda name: f"{name} self-assigned this conversation"
    answers = await change.ask(people.get_person_name, new)
    return lambda name: f"Assigned to {answers} by {name}"


async def _priority(change: Change, wanted: Edit) -> None:
    new, old = wanted.priority, change.was.priority
    if isinstance(new, Unset) or new == old:
        return
    before, after = (None if one is None else PRIORITIES[one] for one in (old, new))
    words = f"set the priority to {after}" if before is None else f"changed the priority from {before} to {after}"
    delta = changes.string_delta("priority", before, after)
    change.record(delta, words if after is not None else "removed the priority", priority=new)


async def _snooze(change: Change, wanted: Edit) -> None:
    """Only what sleeps has a time to wake up."""
    new, old = wanted.snoozed_until, change.was.snoozed_until
    if isinstance(new, Unset) or new == old or change.values.get("status", change.was.status) != "snoozed":
        return
    delta = changes.value_delta("snoozed_until", "date_time", old and old.isoformat(), new and new.isoformat())
    words = "" if "status" in change.values else f"snoozed it until {new:%Y-%m-%d %H:%M} UTC" if new else "snoozed it until the next reply"
    change.record(delta, words, snoozed_until=new)


async def _sla(change: Change, wanted: Edit) -> None:
    """A policy applies from now on, for good. Raises InvalidValue where another does, InvalidId for one that there is not."""
    new, old = wanted.sla_policy_id, change.was.sla_policy_id
    if isinstance(new, Unset) or new == old:
        return
    if new is None or old is not None:
        why = "cannot remove sla policy from conversation" if new is None else "conversation already has a different sla"
        raise InvalidValue("sla_policy", f"Sla policy {why}")
    name = await sla_trackers.get_policy_name(change.connection, change.tenant_id, new)
    if name is None:
        raise InvalidId("sla_policy", "Sla policy must exist")
    await sla_trackers.insert_tracker(change.connection, change.tenant_id, change.was.number, new, change.principal.ref, change.at)
    change.record(changes.string_delta("sla_policy", None, name), f"added SLA policy {name}", sla_policy_id=new)


async def _mute(change: Change, wanted: Edit) -> None:
    """A muted conversation's contact is blocked, in all their conversations."""
    if isinstance(wanted.is_muted, Unset):
        return
    place = await conversation_starts.get_contact_place(change.connection, change.tenant_id, change.was.contact_id)
    if place is None or place.blocked == wanted.is_muted:
        return
    values = {"blocked": wanted.is_muted}
    await nouns.change(change.connection, change.context, change.principal, CONTACTS, change.was.contact_id, values)
    words = "has muted the conversation" if wanted.is_muted else "has unmuted the conversation"
    change.record(changes.bool_delta("is_muted", place.blocked, wanted.is_muted), words)


async def _attributes(change: Change, wanted: Edit) -> None:
    """All of the tenant's own fields, whether defined or not, and of any type."""
    if isinstance(wanted.attributes, Unset):
        return
    check_attributes("custom_attributes", wanted.attributes)
    before: dict[str, dict[str, Any]] = msgspec.json.decode(change.was.custom_fields)
    record_fields(change, before, before | {TENANT_NAMESPACE: dict(wanted.attributes)}, {})


def check_attributes(field: str, given: Mapping[str, Any]) -> None:
    """Raises InvalidValue for a text or a number that is too large for the original too."""
    title = field.replace("_", " ").capitalize()
    for key, value in given.items():
        if isinstance(value, str) and len(value) > _LONGEST_TEXT:
            raise InvalidValue(field, f"{title} {key} length should be < {_LONGEST_TEXT}")
        if isinstance(value, int) and value > _LARGEST_NUMBER:
            raise InvalidValue(field, f"{title} {key} value should be < {_LARGEST_NUMBER}")


STEPS: tuple[Callable[[Change, Edit], Awaitable[None]], ...] = (_assignee, _priority, _snooze, _sla, _mute, _attributes)
