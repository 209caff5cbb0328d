"""Automation rules (contract 3.5, 11.17): in ``payload``, but what was just created is bare, as in the original."""

from __future__ import annotations

from typing import Any

import msgspec

from ..actions import automation_rules as actions
from ..reference.notation import shape
from ..store.automation import RULES, Rule
from .encode_types import epoch
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .nouns import get_one
from .readers import Json

_ALL = f"{ACCOUNT}/automation_rules"
_ONE = f"{_ALL}/{{id}}"


async def list_automation_rules(call: Call) -> Json:
    return {"payload": [_shown(one, call) for one in await RULES.find(call.connection, call.tenant_id, {})]}


async def show_automation_rule(call: Call) -> Json:
    return {"payload": await _one(call, call.path["id"])}


async def create_automation_rule(call: Call) -> Json:
    return await _one(call, await actions.create_rule(call.context, call.principal, call.given))


async def update_automation_rule(call: Call) -> Json:
    await actions.change_rule(call.context, call.principal, call.path["id"], call.given)
    return {"payload": await _one(call, call.path["id"])}


async def clone_automation_rule(call: Call) -> Json:
    return {"payload": await _one(call, await actions.clone_rule(call.context, call.principal, call.path["id"]))}


async def delete_automation_rule(call: Call) -> None:
    await actions.delete_rule(call.context, call.principal, call.path["id"])


async def _one(call: Call, number: int) -> Json:
    return _shown(await get_one(call, RULES, number), call)


def _shown(one: Rule, call: Call) -> dict[str, Any]:
    return {
        "id": one.id,
        "account_id": call.tenant_id,
        "name": one.name,
        "description": one.description,
        "event_name": one.event_name,
        "conditions": msgspec.json.decode(one.conditions),
        "actions": msgspec.json.decode(one.actions),
        "created_on": epoch(one.created_at),
        "active": one.active,
    }


_EVENT = "<conversation_created conversation_updated conversation_opened conversation_resolved message_created>"
_DETAILS = """
            description  text(..10000)?  What it is for.
            active       bool            Whether it looks at what happens from now on.
            conditions   [automation-condition](..50)  When; none means always.
            """
_ACTIONS = "[desk-action](1..50)  What is done, in order, as in a macro."
_EXAMPLE = {
    "name": "Label bugs",
    "event_name": "message_created",
    "conditions": [
        {"attribute_key": "content", "filter_operator": "contains", "values": ["bug"], "query_operator": None, "custom_attribute_type": ""}
    ],
    "actions": [{"action_name": "add_label", "action_params": ["bug"]}],
}
_TEXT = (
    "A rule meets each event once, some moments after it was recorded; what a rule does sets off no rule. Steps that cannot be "
    "done are skipped and told in the event `automation_rule.ran`."
)

FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET", _ALL, list_automation_rules, "List automation rules", "payload*  [automation-rule]  All of them.",
            access="administrators",
        ),
        Endpoint(
            "GET", _ONE, show_automation_rule, "Show an automation rule", "payload*  automation-rule  The rule.",
            access="administrators", refuses=(404,),
        ),
        Endpoint(
            "POST",
            _ALL,
            create_automation_rule,
            "Make an automation rule",
            "automation-rule",
            text=_TEXT,
            request=f"""
            name*        text(1..255)  Its name.
            event_name*  {_EVENT}  What sets it off.
            actions*     {_ACTIONS}
            {_DETAILS}""",
            example=_EXAMPLE,
            wrap="automation_rule",
            access="administrators",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_automation_rule,
            "Change an automation rule",
            "payload*  automation-rule  The rule.",
            request=f"""
            name         text(1..255)  Its name.
            event_name   {_EVENT}  What sets it off.
            actions      {_ACTIONS}
            {_DETAILS}""",
            example={"active": False},
            wrap="automation_rule",
            access="administrators",
            refuses=(404,),
        ),
        Endpoint("DELETE", _ONE, delete_automation_rule, "Delete an automation rule", "", access="administrators", refuses=(404,)),
        Endpoint(
            "POST", f"{_ONE}/clone", clone_automation_rule, "Clone an automation rule", "payload*  automation-rule  The copy.",
            text="The copy is switched off.", access="administrators", refuses=(404,),
        ),
    ),
    shapes=(
        shape(
            "automation-rule",
            "What is done by itself when something happens.",
            f"""
            id*           int64  Its number.
            account_id*   int64  The account.
            name*         text   Its name.
            description*  text?  What it is for.
            event_name*   {_EVENT}  What sets it off.
            conditions*   [automation-condition]  When.
            actions*      [desk-action]  What is done.
            created_on*   int64  When it was made.
            active*       bool   Whether it is switched on.
            """,
        ),
        shape(
            "automation-condition",
            "A condition; AND binds tighter than OR.",
            """
            attribute_key*         text   content, email, country_code, status, message_type, browser_language, assignee_id, team_id,
              referer, city, company, inbox_id, mail_subject, phone_number, priority, conversation_language, labels, private_note, or the
              key of a custom attribute.
            filter_operator*       text   equal_to, not_equal_to, contains, does_not_contain, starts_with, is_present, is_not_present,
              is_greater_than, is_less_than, days_before or attribute_changed.
            values                 any    With what: a list, any of which will do; with attribute_changed an object of `from` and `to`.
            query_operator         text?  and, or: how the next one is joined.
            custom_attribute_type  text?  conversation_attribute or contact_attribute.
            """,
        ),
    ),
)  # fmt: skip
