"""Macros (contract 3.5): inside ``payload``; execute carries one out on conversations."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..actions import macros as actions
from ..domain.principals import Ref
from ..reference.notation import shape
from ..store import people
from ..store.macros import MACROS, Macro
from . import encode_people
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json

_ALL = f"{ACCOUNT}/macros"
_ONE = f"{_ALL}/{{id}}"


async def list_macros(call: Call) -> Json:
    found = await MACROS.find(call.connection, call.tenant_id, {"seen_by": str(call.principal.ref)})
    return {"payload": await _shown(call, found)}


async def show_macro(call: Call) -> Json:
    return await _one(call, call.path["id"])


async def create_macro(call: Call) -> Json:
    return await _one(call, await actions.create_macro(call.context, call.principal, call.given))


async def update_macro(call: Call) -> Json:
    await actions.change_macro(call.context, call.principal, call.path["id"], call.given)
    return await _one(call, call.path["id"])


async def delete_macro(call: Call) -> None:
    await actions.delete_macro(call.context, call.principal, call.path["id"])


async def execute_macro(call: Call) -> Json:
    skipped = await actions.execute_macro(call.context, call.principal, call.path["id"], call.given["conversation_ids"])
    return {"payload": [{"conversation_id": number, "skipped": [one._asdict() for one in steps]} for number, steps in skipped.items()]}


async def _one(call: Call, number: int) -> Json:
    macro = await actions.get_macro(call.connection, call.principal, number)
    return {"payload": (await _shown(call, [macro]))[0]}


async def _shown(call: Call, macros: Sequence[Macro]) -> list[Json]:
    refs = [Ref.parse(one) for macro in macros for one in (macro.created_by, macro.modified_by) if one]
    members = await people.get_members(call.connection, call.tenant_id, {ref.id for ref in refs if ref.kind == "user"})
    agents = {f"user:{number}": encode_people.agent(one, call.wire) for number, one in members.items()}
    return [_encoded(one, agents, call.tenant_id) for one in macros]


def _encoded(one: Macro, agents: dict[str, Json | None], account_id: int) -> Json:
    shown: Json = {"id": one.id, "name": one.name, "visibility": one.visibility}
    for key, person in (("created_by", one.created_by), ("updated_by", one.modified_by)):
        if agent := agents.get(person or ""):
            shown[key] = agent
    return shown | {"account_id": account_id, "actions": msgspec.json.decode(one.actions)}


_ACTIONS = """What is done, in order: assign_agent, assign_team, remove_assigned_team, add_label, remove_label, send_message,
              add_private_note, change_status, resolve_conversation, open_conversation, pending_conversation, snooze_conversation,
              mute_conversation, change_priority, send_webhook_event, add_sla."""
_EXAMPLE = {"name": "Close", "visibility": "global", "actions": [{"action_name": "resolve_conversation", "action_params": []}]}

FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_macros, "List macros", "payload*  [macro]  The global ones and my own."),
        Endpoint("GET", _ONE, show_macro, "Show a macro", "payload*  macro  The macro.", refuses=(404,)),
        Endpoint(
            "POST",
            _ALL,
            create_macro,
            "Make a macro",
            "payload*  macro  The macro.",
            request=f"""
            name*       text(1..255)       Its name.
            visibility  <personal global>  Who may use it; an agent's is personal.
            actions*    [desk-action](1..50)  {_ACTIONS}
            """,
            example=_EXAMPLE,
            wrap="macro",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_macro,
            "Change a macro",
            "payload*  macro  The macro.",
            text="Its author may, and an administrator.",
            request=f"""
            name        text(1..255)       Its name.
            visibility  <personal global>  Who may use it; an agent's is personal.
            actions     [desk-action](1..50)  {_ACTIONS}
            """,
            example={"name": "Close it"},
            wrap="macro",
            refuses=(404,),
        ),
        Endpoint("DELETE", _ONE, delete_macro, "Delete a macro", "", refuses=(404,), text="Its author may, and an administrator."),
        Endpoint(
            "POST",
            f"{_ONE}/execute",
            execute_macro,
            "Carry out a macro",
            "payload*  [macro-outcome]  What was skipped, by conversation.",
            text="At once, in one transaction. A step that cannot be done is skipped and told; those after it are done.",
            request="conversation_ids*  [int64](1..100)  On which conversations.",
            example={"conversation_ids": [1]},
            refuses=(404,),
        ),
    ),
    shapes=(
        shape(
            "macro",
            "Steps that are carried out at once.",
            """
            id*          int64              Its number.
            name*        text               Its name.
            visibility*  <personal global>  Who may use it.
            created_by   agent              Who made it.
            updated_by   agent              Who changed it last.
            account_id*  int64              The account.
            actions*     [desk-action]      What is done.
            """,
        ),
        shape(
            "desk-action",
            "One step.",
            """
            action_name*   text           What is done.
            action_params  [any](..100)?  With what: the number of an agent, team or policy, labels, a text, a status or an address.
            """,
        ),
        shape(
            "macro-outcome",
            "How it went.",
            """
            conversation_id*  int64  The conversation's number.
            skipped*          [skipped-step]  What could not be done.
            """,
        ),
        shape(
            "skipped-step",
            "A step that could not be done.",
            """
            action_name*  text  The step.
            error*        text  Why.
            """,
        ),
    ),
)
