"""Making, changing and publishing SLAs, and giving them to workspaces. Only a draft is edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..domain.principals import Principal
from ..domain.problems import InvalidValue, NotFound
from ..domain.service_levels import Reference, check_transition, things_named
from ..store import people
from ..store.database import Connection
from ..store.metric_definitions import METRICS
from ..store.org_schedules import SCHEDULES
from ..store.slas import SLAS, SlaRow, assign_sla, lock_sla, replace_references, unassign_slas
from .context import Context
from .nouns import change, changing, create, record
from .sla_references import check_references, check_selected_fields

EVERYTHING = ("conversation", "incident", "issue", "ticket")
_DEFAULT = {"external": EVERYTHING, "internal": ("issue",)}


async def create_sla(context: Context, principal: Principal, values: Mapping[str, Any], references: Sequence[Reference]) -> int:
    """The new SLA's id; it is a draft. Raises what ``check_references`` does, InvalidValue for what it cannot apply to."""
    kind = values.get("sla_type", "external")
    applies_to = list(values.get("applies_to") or _DEFAULT[kind])
    if kind == "internal" and len(set(applies_to)) > 1:
        raise InvalidValue("applies_to", "an internal SLA applies to one type of object")
    _check_selectors(values.get("policies", ()), applies_to)
    async with changing(context, principal, administrator=True) as connection:
        await _check(connection, principal, values, references)
        whole = {**values, "sla_type": kind, "applies_to": applies_to, "status": "draft"}
        sla_id = await create(connection, context, principal, SLAS, whole)
        await _hold(connection, principal, sla_id)
        return sla_id


async def change_sla(
    context: Context, principal: Principal, sla_id: int, values: Mapping[str, Any], references: Sequence[Reference]
) -> None:
    """Raises NotFound, InvalidValue when it is no draft, and what ``create_sla`` does."""
    async with changing(context, principal, administrator=True) as connection:
        row = await _lock(connection, principal, sla_id)
        if row.status != "draft":
            raise InvalidValue("id", f"the SLA is {row.status}; only a draft can be changed")
        _check_selectors(values.get("policies", ()), row.applies_to)
        await _check(connection, principal, values, references)
        await change(connection, context, principal, SLAS, sla_id, values)
        await _hold(connection, principal, sla_id)


async def transition_sla(context: Context, principal: Principal, sla_id: int, status: str) -> None:
    """Raises NotFound; InvalidValue when the status does not follow, or when what the SLA uses is not in force yet."""
    async with changing(context, principal, administrator=True) as connection:
        row = await _lock(connection, principal, sla_id)
        check_transition(row.status, status)
        if status == "published":
            await _check_in_force(connection, principal, row)
        await change(connection, context, principal, SLAS, sla_id, {"status": status})


async def assign(context: Context, principal: Principal, sla_id: int | None, workspace_ids: Sequence[int]) -> set[int]:
    """Gives workspaces the SLA, or with None takes theirs; which of them there are. Raises NotFound, InvalidValue for a draft."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, administrator=True) as connection:
        if sla_id is not None:
            _check_assignable(await _lock(connection, principal, sla_id))
        known = sorted(await people.get_workspaces(connection, tenant_id, workspace_ids))
        if not known:
            return set()
        if sla_id is None:
            await unassign_slas(connection, tenant_id, known)
            await record(connection, context, principal, "sla_policy.unassigned", {"workspaces": known})
        else:
            await assign_sla(connection, tenant_id, sla_id, known, principal.ref, context.clock())
            await record(connection, context, principal, "sla_policy.assigned", {"id": sla_id, "workspaces": known})
        return set(known)


async def _lock(connection: Connection, principal: Principal, sla_id: int) -> SlaRow:
    if await lock_sla(connection, principal.tenant.id, sla_id) is None:
        raise NotFound("no such SLA")
    return (await SLAS.get(connection, principal.tenant.id, [sla_id]))[sla_id]


async def _check(connection: Connection, principal: Principal, values: Mapping[str, Any], references: Sequence[Reference]) -> None:
    await check_references(connection, principal.tenant.id, references)
    await check_selected_fields(connection, principal.tenant.id, values.get("policies", ()))


async def _hold(connection: Connection, principal: Principal, sla_id: int) -> None:
    """What the SLA names cannot be deleted from now on."""
    row = (await SLAS.get(connection, principal.tenant.id, [sla_id]))[sla_id]
    accounts = msgspec.json.decode(row.account_selector) if row.account_selector is not None else None
    named = things_named(msgspec.json.decode(row.policies), accounts)
    await replace_references(connection, principal.tenant.id, sla_id, named)


async def _check_in_force(connection: Connection, principal: Principal, row: SlaRow) -> None:
    named = things_named(msgspec.json.decode(row.policies), None)
    metrics = await METRICS.get(connection, principal.tenant.id, [number for noun, number in named if noun == "metric_definition"])
    schedules = await SCHEDULES.get(connection, principal.tenant.id, [number for noun, number in named if noun == "org_schedule"])
    idle = [f"the metric {one.name!r} is {one.status}" for one in metrics.values() if one.status != "active"]
    idle += [f"the schedule {one.name!r} is {one.status}" for one in schedules.values() if one.status != "published"]
    if idle:
        raise InvalidValue("status", f"cannot publish: {idle[0]}")


def _check_assignable(row: SlaRow) -> None:
    if row.status != "published":
        raise InvalidValue("id", f"the SLA is {row.status}; only a published one can be assigned")
    if row.sla_type != "external":
        raise InvalidValue("id", "an internal SLA is promised to nobody outside")


def _check_selectors(policies: Sequence[Mapping[str, Any]], applies_to: Sequence[str]) -> None:
    for place, policy in enumerate(policies):
        if (kind := policy["selector"]["applies_to"]) not in applies_to:
            field = f"policies[{place}].selector.applies_to"
            raise InvalidValue(field, f"the SLA does not apply to {kind}", allowed=applies_to)
