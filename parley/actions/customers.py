"""What writing companies, workspaces and contacts has in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from ..domain.custom_fields import TENANT_NAMESPACE
from ..domain.principals import Principal
from ..domain.problems import AttachmentTaken, Conflict, InvalidId, NotFound
from ..store import attachments, conversations, customers
from ..store.customers import CustomerNoun
from ..store.database import Connection
from ..store.nouns import Noun
from .checks import check_tags
from .context import Context
from .custom_fields import SchemaSpec, check_custom_fields
from .nouns import old_and_new, record


@dataclass(frozen=True, slots=True)
class Carried:
    """What a write says beside columns. None leaves as it is; a list replaces all.

    ``fragment_ids`` are schema fragments by id, which say the same as a part of ``spec``. ``attributes`` are the tenant's own
    fields by raw key as Chatwoot's clients write them, whatever the schema says; ``dropped`` are those that go.
    """

    tags: Mapping[int, str | None] | None = None
    artifact_ids: tuple[int, ...] | None = None
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    spec: SchemaSpec | None = None
    fragment_ids: tuple[int, ...] | None = None
    fragments_field: str = "custom_schema_fragments"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


class Schemed(Protocol):
    """A row with custom fields."""

    @property
    def subtype(self) -> str | None: ...
    @property
    def custom_fields(self) -> str: ...


async def schema_values(
    connection: Connection, tenant_id: int, noun: CustomerNoun, carried: Carried, row: Schemed | None = None
) -> dict[str, Any]:
    """The columns subtype and custom_fields after this write; empty where a change does not touch them.

    ``row`` None: it is being made, and gets its defaults. Raises CustomFieldRefused.
    """
    spec = await _spec(connection, tenant_id, carried)
    if row is not None and spec is None and not carried.custom_fields:
        return {"custom_fields": _free(msgspec.json.decode(row.custom_fields), carried)} if carried.attributes or carried.dropped else {}
    spec, was = spec or SchemaSpec(), row.subtype if row else None
    before = msgspec.json.decode(row.custom_fields) if row else None
    given = carried.custom_fields
    stored = await check_custom_fields(connection, tenant_id, noun, given, spec=spec, subtype=was, before=before)
    return {"custom_fields": _free(stored, carried), "subtype": None if spec.drop_subtype else spec.subtype or was}


def _free(stored: dict[str, dict[str, Any]], carried: Carried) -> dict[str, dict[str, Any]]:
    """The custom fields with the tenant's own as Chatwoot's clients write them."""
    own = {key: value for key, value in stored.get(TENANT_NAMESPACE, {}).items() if key not in carried.dropped} | dict(carried.attributes)
    return stored | {TENANT_NAMESPACE: own} if own or TENANT_NAMESPACE in stored else stored


async def _spec(connection: Connection, tenant_id: int, carried: Carried) -> SchemaSpec | None:
    """A subtype's fragment names its subtype; the tenant's own always applies. Raises InvalidId for any other."""
    if carried.fragment_ids is None:
        return carried.spec
    known = {one.id: one for one in await conversations.list_schema_fragments(connection, tenant_id)}
    subtype = None
    for number in carried.fragment_ids:
        fragment = known.get(number)
        if fragment is None or fragment.kind not in ("tenant", "subtype"):
            raise InvalidId(carried.fragments_field, "no such schema fragment")
        subtype = fragment.subtype or subtype
    return SchemaSpec(subtype=subtype, drop_subtype=subtype is None, tenant_fragment=True)


async def carry(connection: Connection, tenant_id: int, noun: CustomerNoun, number: int, carried: Carried) -> None:
    """Sets tags and files. Raises InvalidId, InvalidValue for a tag's value, AttachmentTaken with the parent as noun:number."""
    if carried.tags is not None:
        await check_tags(connection, tenant_id, carried.tags.items())
        await customers.set_tags(connection, tenant_id, noun, number, carried.tags)
    if carried.artifact_ids is not None:
        wanted = tuple(dict.fromkeys(carried.artifact_ids))
        await attachments.lock_attachments(connection, tenant_id, wanted)
        known = await customers.get_artifacts(connection, tenant_id, wanted)
        me = f"{noun}:{number}"
        for artifact_id in wanted:
            if artifact_id not in known:
                raise InvalidId("artifacts", "no such artifact")
            parent = known[artifact_id].parent
            if parent is not None and parent != me:
                raise AttachmentTaken("artifacts", parent, is_same=False)
        await customers.set_artifacts(connection, tenant_id, noun, number, wanted)


async def change_customer(
    connection: Connection,
    context: Context,
    principal: Principal,
    noun: Noun[Any],
    number: int,
    values: Mapping[str, Any],
    carried: Carried,
) -> None:
    """Sets columns, tags and files, with one event; nothing given changes nothing. Raises NotFound and what ``carry`` raises."""
    tenant_id, name = principal.tenant.id, noun.kind
    row = (await noun.get(connection, tenant_id, [number])).get(number)
    if row is None:
        raise NotFound(f"no such {name}")
    values = dict(values) | await schema_values(connection, tenant_id, name, carried, row)  # type: ignore[arg-type]
    changed = {*values, *(key for key in ("tags", "artifact_ids") if getattr(carried, key) is not None)}
    if not changed:
        return
    was = await noun.peek(connection, tenant_id, number, values)
    if not await noun.update(connection, tenant_id, number, values, principal.ref):
        raise NotFound(f"no such {name}")
    await carry(connection, tenant_id, name, number, carried)  # type: ignore[arg-type]
    data = {"id": number, "changed": sorted(changed)} | old_and_new(was, values)
    await record(connection, context, principal, f"{name}.updated", data)


async def claim_references(
    connection: Connection, tenant_id: int, noun: Noun[Any], refs: list[str], *, of: int | None = None, field: str = "external_refs"
) -> None:
    """Makes sure that no other row of the noun has these external references. Raises Conflict.

    A lock, not a unique index: what an import brings is never refused.
    """
    await customers.lock_references(connection, tenant_id, noun.kind, refs)  # type: ignore[arg-type]
    found = await noun.find(connection, tenant_id, {"external_refs": refs}) if refs else []
    if any(row.id != of for row in found):
        raise Conflict(f"{field} is taken")
