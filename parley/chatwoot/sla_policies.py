"""SLA policies (contract 3.5, EE; free here): inside ``payload``. DevRev's wire shows the same ones as published SLAs."""

from __future__ import annotations

from typing import Any

from ..actions import sla_policies as actions
from ..reference.notation import shape
from ..store.sla_policies import SLA_POLICIES, SlaPolicy
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json

_ALL = f"{ACCOUNT}/sla_policies"
_ONE = f"{_ALL}/{{id}}"
_COLUMNS = {
    "first_response_time_threshold": "first_response_s",
    "next_response_time_threshold": "next_response_s",
    "resolution_time_threshold": "resolution_s",
}


async def list_sla_policies(call: Call) -> Json:
    found = await SLA_POLICIES.find(call.connection, call.tenant_id, {"status": actions.IN_FORCE})
    return {"payload": [_shown(one) for one in found]}


async def show_sla_policy(call: Call) -> Json:
    return await _one(call, call.path["id"])


async def create_sla_policy(call: Call) -> Json:
    return await _one(call, await actions.create_policy(call.context, call.principal, _values(call.given)))


async def update_sla_policy(call: Call) -> Json:
    await actions.change_policy(call.context, call.principal, call.path["id"], _values(call.given))
    return await _one(call, call.path["id"])


async def delete_sla_policy(call: Call) -> None:
    await actions.delete_policy(call.context, call.principal, call.path["id"])


def _values(given: Json) -> dict[str, Any]:
    return {_COLUMNS.get(name, name): value for name, value in given.items()}


async def _one(call: Call, number: int) -> Json:
    return {"payload": _shown(await actions.get_policy(call.connection, call.tenant_id, number))}


def _shown(one: SlaPolicy) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "description": one.description,
        "first_response_time_threshold": one.first_response_s,
        "next_response_time_threshold": one.next_response_s,
        "only_during_business_hours": one.only_during_business_hours,
        "resolution_time_threshold": one.resolution_s,
    }


_ANSWER = "payload*  sla-policy  The policy."
_FIELDS = """
            description                    text(..10000)?  What it promises.
            first_response_time_threshold  number(0..1000000000)?  Seconds until the first answer.
            next_response_time_threshold   number(0..1000000000)?  Seconds until each further answer.
            resolution_time_threshold      number(0..1000000000)?  Seconds until it is resolved.
            only_during_business_hours     bool  Whether the clock stops outside business hours.
            """

FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_sla_policies, "List SLA policies", "payload*  [sla-policy]  Those in force."),
        Endpoint("GET", _ONE, show_sla_policy, "Show an SLA policy", _ANSWER, refuses=(404,)),
        Endpoint(
            "POST",
            _ALL,
            create_sla_policy,
            "Make an SLA policy",
            _ANSWER,
            request=f"""
            name*                          text(1..255)  Its name.
            {_FIELDS}""",
            example={"name": "Gold", "first_response_time_threshold": 3600},
            wrap="sla_policy",
            access="administrators",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_sla_policy,
            "Change an SLA policy",
            _ANSWER,
            request=f"""
            name                           text(1..255)  Its name.
            {_FIELDS}""",
            example={"resolution_time_threshold": 86400},
            wrap="sla_policy",
            access="administrators",
            refuses=(404,),
        ),
        Endpoint(
            "DELETE", _ONE, delete_sla_policy, "Delete an SLA policy", "", access="administrators", refuses=(404,),
            text="With what it measured; its conversations are without a policy then.",
        ),
    ),
    shapes=(
        shape(
            "sla-policy",
            "What is promised. Thresholds are in seconds.",
            """
            id*                             int64    Its number.
            name*                           text     Its name.
            description*                    text?    What it promises.
            first_response_time_threshold*  number?  Until the first answer.
            next_response_time_threshold*   number?  Until each further answer.
            only_during_business_hours*     bool     Whether the clock stops outside business hours.
            resolution_time_threshold*      number?  Until it is resolved.
            """,
        ),
    ),
)  # fmt: skip
