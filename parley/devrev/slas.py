"""slas.*: what is promised to customers, and to which of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..actions import slas as actions
from ..domain.problems import InvalidId
from ..domain.service_levels import Reference
from ..reference.notation import table
from ..store import people
from ..store.slas import SLAS
from .dons import NOBODY
from .encode_slas import encode_slas, workspace_summary
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page
from .reference.slas import SLA_SHAPES, STATUS, TYPES
from .sla_policies import Decoder

_KEYS = ("name", "description", "sla_type", "evaluation_period")


async def create_sla(call: Call) -> Json:
    values, references = _values(call.given)
    return await _one(call, await actions.create_sla(call.context, call.principal, values, references))


async def get_sla(call: Call) -> Json:
    return await _one(call, call.given["id"].number)


async def list_slas(call: Call) -> Json:
    given = call.given
    operator = given.get("applies_to_op", "any")
    asked = {
        "statuses": given.get("status") or None,
        "types": given.get("sla_type") or None,
        f"applies_to_{operator}": given.get("applies_to") or None,
    }
    rows, cursors = await list_page(call, SLAS, asked)
    return {"slas": await encode_slas(call, rows), **cursors}


async def update_sla(call: Call) -> Json:
    number = call.given["id"].number
    values, references = _values(call.given)
    await actions.change_sla(call.context, call.principal, number, values, references)
    return await _one(call, number)


async def transition_sla(call: Call) -> Json:
    number = call.given["id"].number
    await actions.transition_sla(call.context, call.principal, number, call.given["status"])
    return await _one(call, number)


async def assign_sla(call: Call) -> Json:
    """One result for each workspace that was asked for."""
    wanted = call.given.get("id")
    numbers = [one.number for one in call.given["rev_orgs"]]
    if NOBODY in numbers:
        raise InvalidId(f"rev_orgs[{numbers.index(NOBODY)}]", "there is no such rev org")
    known = await actions.assign(call.context, call.principal, wanted.number if wanted else None, numbers)
    found = await people.get_workspaces(call.connection, call.tenant_id, numbers)
    absent = {"error": {"type": "not_found", "message": "there is no such rev org", "status": 404}}
    return {
        "results": [
            {"rev_org": workspace_summary(call.names, number, found.get(number))} | ({} if number in known else absent)
            for number in numbers
        ]
    }


def _values(given: Mapping[str, Any]) -> tuple[dict[str, Any], Sequence[Reference]]:
    """Wire names to columns, and what they name."""
    values = {key: given[key] for key in _KEYS if key in given}
    decoder = Decoder()
    if "applies_to" in given:
        values["applies_to"] = sorted(set(given["applies_to"]))
    if "account_selector" in given:
        values["account_selector"] = decoder.accounts(given["account_selector"])
    if "policies" in given:
        values["policies"] = decoder.policies(given["policies"])
    return values, decoder.references


async def _one(call: Call, number: int) -> Json:
    return {"sla": (await encode_slas(call, [await find_row(call, SLAS, number, "SLA")]))[0]}


_ID = "id*  id:SLA  The SLA."
_ANSWER = "sla*  sla-full  The SLA."
_FIELDS = """
    account_selector   sla-accounts   The accounts that it is for: every field has to fit.
    description        text(..65536)  What it is for.
    evaluation_period  <monthly quarterly weekly yearly>  How often it is judged.
    policies           [set-sla-policy](..100)  Its policies, in decreasing priority.
"""

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/slas.assign",
            assign_sla,
            "Give workspaces an SLA",
            """
            id         id:SLA    The SLA, published and external; when absent, the workspaces lose theirs.
            rev_orgs*  [id:REV]  The workspaces.
            """,
            "results*  [sla-assign-result]  One for each workspace, in the same order.",
            text="A workspace that is not there has an error in its result; the others get the SLA all the same.",
            example={"id": "SLA-1", "rev_orgs": ["REV-1"]},
            is_write=True,
            access="administrators",
            refuses=(404,),
        ),
        Endpoint(
            "/slas.create",
            create_sla,
            "Make an SLA",
            table(
                _FIELDS,
                f"""
                applies_to  [{TYPES}]  What it applies to; one type when it is internal. Absent: everything, or issues when internal.
                name*       text(1..256)  Its name.
                sla_type    <external internal>  Whom it is promised to: customers when absent.
                """,
            ),
            _ANSWER,
            text="It begins as a draft.",
            example={
                "name": "Gold",
                "policies": [
                    {
                        "name": "Anything urgent",
                        "selector": {"applies_to": "conversation", "priority": ["p0"]},
                        "metrics": [{"metric": "METRIC-1", "target": 30, "warning_target": 20}],
                    }
                ],
            },
            is_write=True,
            access="administrators",
            status=201,
        ),
        Endpoint("/slas.get", get_sla, "Get an SLA", _ID, _ANSWER, example={"id": "SLA-1"}, refuses=(404,)),
        Endpoint(
            "/slas.list",
            list_slas,
            "List SLAs",
            table(
                f"""
                applies_to     [{TYPES}]  Applies to these.
                applies_to_op  <all any>  To all of them, or to any when absent.
                sla_type       [<external internal>]  Of any of these types.
                status         [{STATUS}]  In any of these statuses.
                """,
                PAGING,
                SORTING,
            ),
            table("slas*  [sla-full]  The SLAs.", CURSORS),
            example={"status": ["published"]},
        ),
        Endpoint(
            "/slas.transition",
            transition_sla,
            "Publish or archive an SLA",
            table(_ID, f"status*  {STATUS}  A draft becomes published, what is published archived."),
            _ANSWER,
            text="What is published uses active metrics and published schedules only.",
            example={"id": "SLA-1", "status": "published"},
            is_write=True,
            access="administrators",
            refuses=(404,),
        ),
        Endpoint(
            "/slas.update",
            update_sla,
            "Change a draft of an SLA",
            table(_ID, _FIELDS, "name  text(1..256)  Its new name."),
            _ANSWER,
            text="`policies` replaces them all.",
            example={"id": "SLA-1", "description": "For everybody who pays"},
            is_write=True,
            access="administrators",
            status=201,
            refuses=(404,),
        ),
    ),
    shapes=SLA_SHAPES,
)
