"""Carrying out what a macro or an automation rule says, through the same actions that people use.

Each step is undone by itself where it fails; those after it go on, as in the original, and who asked is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..domain.conversations import PRIORITIES
from ..domain.desk_actions import NOBODY, DeskAction
from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidId, Problem
from ..store import automation, conversations, participants, people, sla_trackers, timeline
from ..store.database import Connection
from ..store.savepoints import savepoint
from . import assigning, change, labelling
from .context import Context
from .edits import Edit
from .post import NewMessage, post_message


class Skipped(NamedTuple):
    """A step that could not be done, and why."""

    action_name: str
    error: str


class _Step(NamedTuple):
    """What a step works with: ``context`` opens nothing of its own, it is inside ``connection``'s transaction."""

    connection: Connection
    context: Context
    principal: Principal
    number: int
    action: DeskAction
    cause: Mapping[str, Any]

    @property
    def tenant_id(self) -> int:
        return self.principal.tenant.id

    async def edit(self, wanted: Edit) -> None:
        await change.edit(self.context, self.principal, self.number, wanted)


async def run_actions(
    connection: Connection,
    context: Context,
    principal: Principal,
    number: int,
    actions: Sequence[DeskAction],
    cause: Mapping[str, Any],
) -> list[Skipped]:
    """Runs the steps in order inside the open transaction; what was skipped. Raises what is no Problem.

    ``cause`` tells those who are called what for: ``macro``, its id, or ``rule``, its id, with ``event``, what it waited for.
    """
    inside, skipped = context.inside(connection, principal.tenant.id), list[Skipped]()
    for action in actions:
        try:
            async with savepoint(connection):
                await _STEPS[action.name](_Step(connection, inside, principal, number, action, cause))
        except Problem as problem:
            skipped.append(Skipped(action.name, problem.message))
    return skipped


async def check_actions(connection: Connection, principal: Principal, actions: Sequence[DeskAction]) -> None:
    """Raises InvalidId for an agent, a team or a policy that the account does not have."""
    for action in actions:
        number = _number(action) if action.name in ("assign_agent", "assign_team", "add_sla") else None
        if number is not None and not await _exists(connection, principal.tenant.id, action.name, number):
            raise InvalidId("actions", f"{action.name}: there is no such {action.name.partition('_')[2]}")


async def _exists(connection: Connection, tenant_id: int, name: str, number: int) -> bool:
    if name == "assign_agent":
        return bool(await people.list_existing(connection, tenant_id, [Ref("user", number)]))
    if name == "assign_team":
        return bool(await people.get_teams(connection, tenant_id, [number], None))
    return await sla_trackers.get_policy_name(connection, tenant_id, number) is not None


def _number(action: DeskAction) -> int | None:
    return int(action.text) if action.is_number and action.text not in NOBODY else None


async def _assign_agent(step: _Step) -> None:
    """Only somebody who may answer in the inbox, as in the original."""
    user_id = _number(step.action)
    if step.action.text == "self":
        user_id = step.principal.user_id
    elif step.action.text == "last_responding_agent":
        user_id = await automation.find_last_responder(step.connection, step.tenant_id, step.number)
    elif user_id is None:
        await step.edit(Edit(assignee=None))
        return
    if user_id is None:
        raise InvalidId("actions", "there is nobody to assign it to")
    (row,) = await conversations.get_conversations(step.connection, step.tenant_id, [step.number])
    if user_id not in await participants.list_with_access(step.connection, step.tenant_id, row.inbox_id, [user_id]):
        raise InvalidId("actions", "the agent does not belong to the inbox")
    await step.edit(Edit(assignee=Ref("user", user_id)))


async def _assign_team(step: _Step) -> None:
    team_id = _number(step.action)
    if team_id is not None and not await _exists(step.connection, step.tenant_id, "assign_team", team_id):
        raise InvalidId("actions", "there is no such team")
    await assigning.assign_team(step.context, step.principal, step.number, team_id)


async def _add_label(step: _Step) -> None:
    names = [str(one).strip() for one in step.action.params if str(one or "").strip()]
    missing = await labelling.list_missing(step.connection, step.context, step.principal, step.number, names)
    await step.edit(Edit(tags_add=tuple((tag_id, None) for tag_id in missing)))


async def _remove_label(step: _Step) -> None:
    carried = await labelling.list_carried(step.connection, step.principal, step.number, [str(one) for one in step.action.params])
    await step.edit(Edit(tags_remove=tuple(carried)))


async def _send_message(step: _Step) -> None:
    await post_message(step.context, step.principal, step.number, NewMessage(body=step.action.text, visibility="external"))


async def _add_private_note(step: _Step) -> None:
    await post_message(step.context, step.principal, step.number, NewMessage(body=step.action.text, visibility="internal"))


async def _change_priority(step: _Step) -> None:
    wanted = step.action.text
    await step.edit(Edit(priority=PRIORITIES.index(wanted) if wanted in PRIORITIES else None))


async def _send_webhook_event(step: _Step) -> None:
    """What is to be delivered is written down; the deliveries read it from the events."""
    at, me = step.context.clock(), step.principal.ref
    data = {"url": step.action.text, **step.cause}
    await timeline.insert_event(step.connection, step.tenant_id, "conversation.webhook_requested", step.number, None, me, data, at)


async def _add_sla(step: _Step) -> None:
    await step.edit(Edit(sla_policy_id=_number(step.action)))


def _status(status: str | None) -> Callable[[_Step], Awaitable[None]]:
    async def step_to(step: _Step) -> None:
        await step.edit(Edit(status=status or step.action.text))

    return step_to


async def _mute(step: _Step) -> None:
    await step.edit(Edit(status="resolved", is_muted=True))


async def _remove_team(step: _Step) -> None:
    await step.edit(Edit(team_id=None))


_STEPS: dict[str, Callable[[_Step], Awaitable[None]]] = {
    "assign_agent": _assign_agent,
    "assign_team": _assign_team,
    "remove_assigned_team": _remove_team,
    "add_label": _add_label,
    "remove_label": _remove_label,
    "send_message": _send_message,
    "add_private_note": _add_private_note,
    "change_status": _status(None),
    "resolve_conversation": _status("resolved"),
    "open_conversation": _status("open"),
    "pending_conversation": _status("pending"),
    "snooze_conversation": _status("snoozed"),
    "mute_conversation": _mute,
    "change_priority": _change_priority,
    "send_webhook_event": _send_webhook_event,
    "add_sla": _add_sla,
}
