"""Making, changing and deleting parts: an administrator's work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..domain.links import End, LinkEnds
from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidValue, NotFound
from ..store import parts
from ..store.database import Connection
from ..store.parts import PARTS, LockedPart
from .checks import check_people, check_tags
from .context import Context
from .custom_fields import SchemaSpec, check_custom_fields
from .links import TAKEN, add_link
from .nouns import changing, create, record, remove
from .works import PartId, check_parts

# What a part of each kind hangs under; the others stand alone.
PARENTS = {
    "capability": ("product", "capability"),
    "feature": ("product", "capability", "feature"),
    "enhancement": ("product", "capability", "feature"),
}


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link of a part that is being made: it is the end that is None."""

    link_type: str
    source: End | None
    target: End | None


@dataclass(frozen=True, slots=True)
class PartWrite:
    """What to set; what is None stays. ``values`` are columns, where None clears one."""

    values: Mapping[str, Any] = field(default_factory=dict)
    parent: PartId | None = None
    owner_ids: Sequence[int] | None = None
    tags: Mapping[int, str | None] | None = None
    custom_fields: Mapping[str, Any] | None = None
    schemas: SchemaSpec | None = None
    links: Sequence[NewLink] = ()


async def create_part(context: Context, principal: Principal, kind: str, new: PartWrite) -> int:
    """The new part's id. Raises Forbidden, and BadInput problems naming the field."""
    async with changing(context, principal, administrator=True, taken=TAKEN) as connection:
        if new.parent is not None:
            await _check_parent(connection, principal.tenant.id, kind, new.parent)
        values = await _columns(connection, principal.tenant.id, kind, new, None)
        part_id = await create(connection, context, principal, PARTS, values | {"kind": kind})
        await _set_tags(connection, principal.tenant.id, part_id, new)
        itself = End(kind, part_id)
        for one in new.links:
            await add_link(connection, context, principal, LinkEnds(one.link_type, one.source or itself, one.target or itself))
        return part_id


async def change_part(context: Context, principal: Principal, kind: str, part_id: int, wanted: PartWrite) -> None:
    """Raises Forbidden, NotFound, and BadInput problems naming the field."""
    tenant_id = principal.tenant.id
    async with changing(context, principal, administrator=True) as connection:
        was = await _lock(connection, tenant_id, kind, part_id)
        if wanted == PartWrite():
            return
        values = await _columns(connection, tenant_id, kind, wanted, was)
        await _set_tags(connection, tenant_id, part_id, wanted)
        await PARTS.update(connection, tenant_id, part_id, values, principal.ref)
        changed = sorted([*values, *(["tags"] if wanted.tags is not None else [])])
        await record(connection, context, principal, "part.updated", {"id": part_id, "changed": changed})


async def delete_part(context: Context, principal: Principal, kind: str, part_id: int) -> None:
    """Raises Forbidden, NotFound, and Conflict while a conversation, a work or another part refers to it."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal.tenant.id, kind, part_id)
        await remove(connection, context, principal, PARTS, part_id, known={"kind": kind})


async def _lock(connection: Connection, tenant_id: int, kind: str, part_id: int) -> LockedPart:
    """Raises NotFound also for a part of another kind: one series numbers all of them."""
    was = await parts.lock_part(connection, tenant_id, part_id)
    if was is None or was.kind != kind:
        raise NotFound(f"no such {kind}")
    return was


async def _check_parent(connection: Connection, tenant_id: int, kind: str, parent: PartId) -> None:
    await check_parts(connection, tenant_id, "parent_part", [parent])
    if parent[0] not in PARENTS.get(kind, ()):
        raise InvalidValue("parent_part", f"a {parent[0]} cannot have a {kind} below it", allowed=PARENTS.get(kind, ()))


async def _columns(connection: Connection, tenant_id: int, kind: str, wanted: PartWrite, was: LockedPart | None) -> dict[str, Any]:
    values = dict(wanted.values) | ({"parent_id": wanted.parent[1]} if wanted.parent else {})
    if wanted.owner_ids is not None:
        await check_people(connection, tenant_id, "owned_by", [Ref("user", one) for one in wanted.owner_ids])
        values["owner_ids"] = list(dict.fromkeys(wanted.owner_ids))
    spec = wanted.schemas or SchemaSpec()
    if wanted.custom_fields is not None or wanted.schemas is not None:
        before = msgspec.json.decode(was.custom_fields) if was else None
        subtype = was.subtype if was else None
        values["custom_fields"] = await check_custom_fields(
            connection, tenant_id, "part", wanted.custom_fields or {}, spec=spec, subtype=subtype, before=before, leaf_type=kind
        )
    if spec.subtype is not None or spec.drop_subtype:
        values["subtype"] = spec.subtype
    return values


async def _set_tags(connection: Connection, tenant_id: int, part_id: int, wanted: PartWrite) -> None:
    if wanted.tags is not None:
        await check_tags(connection, tenant_id, wanted.tags.items())
        await parts.set_tags(connection, tenant_id, part_id, wanted.tags)
