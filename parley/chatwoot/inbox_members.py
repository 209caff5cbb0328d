"""Who works in an inbox (contract 3.5)."""

from __future__ import annotations

from ..actions import inbox_members as actions
from ..actions.inboxes import require_inbox
from ..store import inboxes
from .agents import shown_agents
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json

_ALL = f"{ACCOUNT}/inbox_members"
_REQUEST = """
inbox_id*  int64            The inbox.
user_ids*  [int64](..1000)  Users of the account.
"""
_EXAMPLE = {"inbox_id": 1, "user_ids": [1]}


async def list_inbox_members(call: Call) -> Json:
    return await _shown(call, call.path["inbox_id"])


async def add_inbox_members(call: Call) -> Json:
    await actions.add_members(call.context, call.principal, call.given["inbox_id"], call.given["user_ids"])
    return await _shown(call, call.given["inbox_id"])


async def update_inbox_members(call: Call) -> Json:
    await actions.set_members(call.context, call.principal, call.given["inbox_id"], call.given["user_ids"])
    return await _shown(call, call.given["inbox_id"])


async def remove_inbox_members(call: Call) -> None:
    await actions.remove_members(call.context, call.principal, call.given["inbox_id"], call.given["user_ids"])


async def _shown(call: Call, inbox_id: int) -> Json:
    await require_inbox(call.connection, call.principal, inbox_id)
    ids = await inboxes.list_members(call.connection, call.tenant_id, inbox_id)
    return {"payload": await shown_agents(call, ids)}


FAMILY = Family(
    endpoints=(
        Endpoint("GET", f"{_ALL}/{{inbox_id}}", list_inbox_members, "List the members of an inbox", "agent-list", text="By name."),
        Endpoint(
            "POST",
            _ALL,
            add_inbox_members,
            "Add members to an inbox",
            "agent-list",
            text="Answers with all members.",
            request=_REQUEST,
            example=_EXAMPLE,
            access="administrators",
        ),
        Endpoint(
            "PATCH",
            _ALL,
            update_inbox_members,
            "Set the members of an inbox",
            "agent-list",
            text="These and nobody else.",
            request=_REQUEST,
            example=_EXAMPLE,
            access="administrators",
        ),
        Endpoint(
            "DELETE",
            _ALL,
            remove_inbox_members,
            "Remove members from an inbox",
            "",
            text="Who is no member stays none.",
            request=_REQUEST,
            example=_EXAMPLE,
            access="administrators",
        ),
    ),
)
