"""Making, changing and deleting works: tickets and issues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from ..domain.principals import Principal, Ref
from ..domain.problems import Frozen, InvalidId, InvalidValue, NotFound
from ..domain.works import WorkKind, find_stage, stages_of
from ..store import conversations, events, people, works
from ..store.database import Connection
from ..store.inboxes import get_existing
from ..store.tenants import allocate_ids
from ..store.works import WORKS, LockedWork
from .checks import check_people, check_tags, check_team
from .context import Context
from .custom_fields import SchemaSpec, check_custom_fields
from .nouns import changing, record

_TAKEN = {"works_external_ref": "external_ref"}
PartId = tuple[str, int]


@dataclass(frozen=True, slots=True)
class TagEdit:
    """``replace`` (when given) stands instead of the tags there are, then ``add``, then ``remove``."""

    replace: Mapping[int, str | None] | None = None
    add: Mapping[int, str | None] = field(default_factory=dict)
    remove: Sequence[int] = ()

    def apply(self, tags: Mapping[int, str | None]) -> dict[int, str | None]:
        after = dict(tags if self.replace is None else self.replace) | dict(self.add)
        return {tag: value for tag, value in after.items() if tag not in self.remove}


@dataclass(frozen=True, slots=True)
class WorkWrite:
    """What to set; what is None stays (a new work begins without it). ``values`` are columns, where None clears one.

    Parts are given as (kind, id): one series numbers all kinds, and an id of another kind names nothing.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    part: PartId | None = None
    owners: Sequence[Ref] | None = None
    reporters: Sequence[Ref] | None = None
    tags: TagEdit | None = None
    developed_with: Sequence[PartId] | None = None
    channel_ids: Sequence[int] | None = None
    custom_fields: Mapping[str, Any] | None = None
    schemas: SchemaSpec | None = None


async def create_work(context: Context, principal: Principal, kind: WorkKind, new: WorkWrite) -> int:
    """The new work's number in its kind's series. Raises Conflict for a taken external_ref, BadInput problems naming the field."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, taken=_TAKEN) as connection:
        await _check(connection, tenant_id, new)
        values = {"stage": stages_of(kind)[0].name} | await _columns(connection, tenant_id, kind, new, None, context.clock())
        values |= _stage(kind, values["stage"], None, context.clock())
        values |= {"kind": kind, "number": await allocate_ids(connection, tenant_id, kind)}
        work_id = await WORKS.insert(connection, tenant_id, values, principal.ref)
        await _set_lists(connection, tenant_id, work_id, new)
        await record(connection, context, principal, f"{kind}.created", {"id": values["number"]})
        return int(values["number"])


async def change_work(context: Context, principal: Principal, kind: WorkKind, number: int, wanted: WorkWrite) -> None:
    """Raises NotFound, Frozen (unless it unfreezes), and BadInput problems naming the field."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, taken=_TAKEN) as connection:
        was = await works.lock_work(connection, tenant_id, kind, number)
        if was is None:
            raise NotFound(f"no such {kind}")
        if wanted == WorkWrite():
            return
        if was.is_frozen and wanted.values.get("is_frozen") is not False:
            raise Frozen(f"the {kind} is frozen and refuses changes other than unfreezing")
        await _check(connection, tenant_id, wanted)
        values = await _columns(connection, tenant_id, kind, wanted, was, context.clock())
        if "stage" in values:
            values |= _stage(kind, values["stage"], was, context.clock())
        await WORKS.update(connection, tenant_id, was.id, values, principal.ref)
        await _set_lists(connection, tenant_id, was.id, wanted)
        await record(connection, context, principal, f"{kind}.updated", {"id": number, "changed": _changed(wanted)})


async def delete_work(context: Context, principal: Principal, kind: WorkKind, number: int) -> None:
    """Its links go with it. Raises NotFound."""
    tenant_id = principal.tenant.id
    async with changing(context, principal) as connection:
        was = await works.lock_work(connection, tenant_id, kind, number)
        if was is None:
            raise NotFound(f"no such {kind}")
        await WORKS.delete(connection, tenant_id, was.id)
        event_id = await record(connection, context, principal, f"{kind}.deleted", {"id": number})
        await events.insert_tombstone(connection, tenant_id, kind, number, event_id, principal.ref, context.clock())


async def check_parts(connection: Connection, tenant_id: int, field: str, parts: Sequence[PartId]) -> None:
    """Raises InvalidId when one of the parts is not there, or is of another kind."""
    known = await conversations.get_parts(connection, tenant_id, [number for _, number in parts])
    for kind, number in parts:
        if number not in known or known[number].kind != kind:
            raise InvalidId(field, f"{field}: there is no such {kind}")


async def _check(connection: Connection, tenant_id: int, wanted: WorkWrite) -> None:
    """Everything that the work refers to must be there."""
    await check_people(connection, tenant_id, "owned_by", list(wanted.owners or ()))
    await check_people(connection, tenant_id, "reported_by", list(wanted.reporters or ()))
    await check_parts(connection, tenant_id, "applies_to_part", [wanted.part] if wanted.part else [])
    await check_parts(connection, tenant_id, "developed_with", wanted.developed_with or ())
    await check_team(connection, tenant_id, wanted.values.get("team_id"))
    inboxes: dict[str, int | None] = {f"channels_v2[{place}]": number for place, number in enumerate(wanted.channel_ids or ())}
    inboxes["source_channel_v2"] = wanted.values.get("inbox_id")
    known = await get_existing(connection, tenant_id, [number for number in inboxes.values() if number is not None])
    for name, number in inboxes.items():
        if number is not None and number not in known:
            raise InvalidId(name, f"{name}: there is no such channel")


async def _columns(
    connection: Connection, tenant_id: int, kind: str, wanted: WorkWrite, was: LockedWork | None, at: datetime
) -> dict[str, Any]:
    values = dict(wanted.values) | ({"part_id": wanted.part[1]} if wanted.part else {})
    values |= await _organisations(connection, tenant_id, values, was)
    if "sentiment" in values:
        values.setdefault("sentiment_modified_at", at)
    spec = wanted.schemas or SchemaSpec()
    if wanted.custom_fields is not None or wanted.schemas is not None:
        before = msgspec.json.decode(was.custom_fields) if was else None
        subtype = was.subtype if was else None
        values["custom_fields"] = await check_custom_fields(
            connection, tenant_id, "work", wanted.custom_fields or {}, spec=spec, subtype=subtype, before=before, leaf_type=kind
        )
    if spec.subtype is not None or spec.drop_subtype:
        values["subtype"] = spec.subtype
    return values


async def _organisations(connection: Connection, tenant_id: int, values: Mapping[str, Any], was: LockedWork | None) -> dict[str, Any]:
    """A workspace brings its company along; another company ends the workspace. Given together, the two must fit."""
    company_id, workspace_id = values.get("company_id"), values.get("workspace_id")
    if company_id is not None and company_id not in await people.get_companies(connection, tenant_id, [company_id]):
        raise InvalidId("account", "there is no such account")
    if workspace_id is None:
        moved = was is not None and "company_id" in values and company_id != was.company_id
        return {"workspace_id": None} if moved else {}
    workspace = (await people.get_workspaces(connection, tenant_id, [workspace_id])).get(workspace_id)
    if workspace is None:
        raise InvalidId("rev_org", "there is no such rev org")
    if "company_id" in values and company_id != workspace.company_id:
        raise InvalidValue("rev_org", "the rev org belongs to another account")
    return {"company_id": workspace.company_id}


def _stage(kind: str, name: str, was: LockedWork | None, at: datetime) -> dict[str, Any]:
    """The columns that a stage sets. Raises InvalidValue with the names there are."""
    stage = find_stage(kind, name)
    if stage is None:
        raise InvalidValue("stage.name", f"no stage {name!r} for a {kind}", allowed=[one.name for one in stages_of(kind)])
    values: dict[str, Any] = {"stage": stage.name, "state": stage.state}
    if was is None or was.state != stage.state:
        values["closed_at"] = at if stage.state == "closed" else None
    if stage.state == "in_progress" and (was is None or was.started_at is None):
        values["started_at"] = at
    return values


async def _set_lists(connection: Connection, tenant_id: int, work_id: int, wanted: WorkWrite) -> None:
    for role, refs in (("owner", wanted.owners), ("reporter", wanted.reporters)):
        if refs is not None:
            await works.set_people(connection, tenant_id, work_id, role, list(dict.fromkeys(refs)))
    if wanted.tags is not None:
        after = wanted.tags.apply(await works.list_tags(connection, tenant_id, work_id))
        await check_tags(connection, tenant_id, [*after.items(), *((tag, None) for tag in wanted.tags.remove)])
        await works.set_tags(connection, tenant_id, work_id, after)
    if wanted.developed_with is not None:
        await works.set_parts(connection, tenant_id, work_id, [number for _, number in wanted.developed_with])
    if wanted.channel_ids is not None:
        await works.set_channels(connection, tenant_id, work_id, wanted.channel_ids)


def _changed(wanted: WorkWrite) -> list[str]:
    lists = ("part", "owners", "reporters", "tags", "developed_with", "channel_ids", "custom_fields")
    return sorted([*wanted.values, *(name for name in lists if getattr(wanted, name) is not None)])
