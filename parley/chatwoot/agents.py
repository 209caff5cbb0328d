"""Agents (contract 3.5): the users of the account, bare and by name."""

from __future__ import annotations

from collections.abc import Sequence

from ..actions import memberships as actions
from ..domain.problems import NotFound
from ..store import memberships, people
from .encode_people import plain_agent
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json

_ALL = f"{ACCOUNT}/agents"
_ONE = f"{_ALL}/{{id}}"
_MORE = """
role            <agent administrator>     What they may do.
availability    <online offline busy>     What others see while they are here.
auto_offline    bool                      Whether they count as offline while they are away.
custom_role_id  int64?                    A role that narrows what they may do.
"""


async def list_agents(call: Call) -> list[Json]:
    return await shown_agents(call, await memberships.list_present(call.connection, call.tenant_id))


async def show_agent(call: Call) -> Json:
    """Ours: chatwoot-sdk asks it; the original has no such route."""
    return await _one(call, call.path["id"])


async def create_agent(call: Call) -> Json:
    values = {name: value for name, value in call.given.items() if name != "email"}
    user_id = await actions.add_agent(call.context, call.principal, call.given["email"], values)
    return await _one(call, user_id)


async def create_agents(call: Call) -> None:
    await actions.add_agents(call.context, call.principal, call.given["emails"])


async def update_agent(call: Call) -> Json:
    await actions.change_agent(call.context, call.principal, call.path["id"], call.given)
    return await _one(call, call.path["id"])


async def delete_agent(call: Call) -> None:
    await actions.remove_agent(call.context, call.principal, call.path["id"])


async def shown_agents(call: Call, ids: Sequence[int]) -> list[Json]:
    """These users in this order, without those who left."""
    rows = await people.get_members(call.connection, call.tenant_id, ids)
    return [plain_agent(rows[one], call.wire) for one in ids if one in rows and rows[one].left_at is None]


async def _one(call: Call, user_id: int) -> Json:
    found = await shown_agents(call, [user_id])
    if not found:
        raise NotFound()
    return found[0]


FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_agents, "List agents", "[agent]", text="Every user of the account who has not left, by name."),
        Endpoint("GET", _ONE, show_agent, "Show an agent", "agent", text="One user of the account; the original has no such route."),
        Endpoint(
            "POST",
            _ALL,
            create_agent,
            "Add an agent",
            "agent",
            text="They belong to the account at once. No mail is sent: an operator sets a new user's password with `parley user password`. "
            "Somebody with this e-mail in another account keeps their password and belongs to this one too.",
            request=f"""
email*          text(3..320)              Their e-mail address.
name            text(1..255)              Their name; what stands before the @ when absent.{_MORE}""",
            example={"name": "Grace", "email": "judy@example.com", "role": "agent"},
            access="administrators",
            wrap="agent",
        ),
        Endpoint(
            "POST",
            f"{_ALL}/bulk_create",
            create_agents,
            "Add agents",
            "",
            text="All with the role `agent`, named by what stands before the @. Who belongs to the account already stays as they are; one "
            "address that is none refuses all.",
            request="emails*  [text(3..320)](..1000)  Their e-mail addresses.",
            example={"emails": ["grace@example.com", "alan@example.com"]},
            access="administrators",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_agent,
            "Change an agent",
            "agent",
            text="The last administrator stays one.",
            request=f"name            text(1..255)              Their name.{_MORE}",
            example={"availability": "busy"},
            access="administrators",
            wrap="agent",
        ),
        Endpoint(
            "DELETE",
            _ONE,
            delete_agent,
            "Remove an agent",
            "",
            text="They leave the account with its inboxes and teams, and no token of theirs opens it. Conversations assigned to them still "
            "are, and show no assignee. The last administrator stays.",
            access="administrators",
        ),
    ),
)
