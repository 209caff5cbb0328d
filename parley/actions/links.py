"""Linking objects, and taking links away. A conversation's timeline tells of both."""

from __future__ import annotations

from typing import Any, Literal

from ..domain.links import END_TYPES, PART_KINDS, End, LinkEnds
from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidId, InvalidValue, NotFound
from ..store import conversations, links, people, works, writes
from ..store.database import Connection
from ..store.links import LINKS
from .checks import lock, refuse_frozen
from .context import Context
from .nouns import change, changing, create, remove

TAKEN = {"links_ends": "the link"}
Told = dict[End, dict[str, Any]]


async def create_link(context: Context, principal: Principal, new: LinkEnds) -> int:
    """The new link's id. Raises InvalidId for an end that is not there or not visible, Frozen, and Conflict for the same link."""
    async with changing(context, principal, taken=TAKEN) as connection:
        return await add_link(connection, context, principal, new)


async def add_link(connection: Connection, context: Context, principal: Principal, new: LinkEnds) -> int:
    """The same in the open transaction of another action, which gives ``TAKEN`` to ``changing``."""
    _refuse_itself(new)
    told = await _check_ends(connection, principal, new)
    link_id = await create(connection, context, principal, LINKS, _columns(new))
    await _tell_linked(connection, context, principal, link_id, new, told)
    return link_id


async def replace_link(context: Context, principal: Principal, link_id: int, new: LinkEnds) -> None:
    """Gives a link another type or other ends. Raises NotFound, InvalidId, Frozen and Conflict."""
    _refuse_itself(new)
    async with changing(context, principal, taken=TAKEN) as connection:
        was = await _lock(connection, principal, link_id)
        if was == new:
            return
        told = await _check_ends(connection, principal, new)
        await change(connection, context, principal, LINKS, link_id, _columns(new))
        gone = [end for end in (was.source, was.target) if end not in (new.source, new.target)]
        await tell_unlinked(connection, context, principal, link_id, gone)
        await _tell_linked(connection, context, principal, link_id, new, told)


async def delete_link(context: Context, principal: Principal, link_id: int) -> None:
    """Raises NotFound and Frozen."""
    async with changing(context, principal) as connection:
        was = await _lock(connection, principal, link_id)
        await remove(connection, context, principal, LINKS, link_id)
        await tell_unlinked(connection, context, principal, link_id, [was.source, was.target])


def _refuse_itself(new: LinkEnds) -> None:
    if new.source == new.target:
        raise InvalidValue("target", "an object cannot be linked to itself")


def _columns(new: LinkEnds) -> dict[str, str]:
    return {"link_type": new.link_type, "source": str(new.source), "target": str(new.target)}


async def _lock(connection: Connection, principal: Principal, link_id: int) -> LinkEnds:
    """The link, its conversations locked too. Raises NotFound when the caller cannot see it, and Frozen."""
    was = await links.lock_link(connection, principal.tenant.id, link_id)
    if was is None:
        raise NotFound("no such link")
    for end in sorted((was.source, was.target)):
        if end.noun == "conversation":
            refuse_frozen(await lock(connection, principal, end.number))
    return was


async def _check_ends(connection: Connection, principal: Principal, new: LinkEnds) -> Told:
    """What the timeline tells of each end. Conversations are locked in one order, so that no two writers wait for each other."""
    fields = sorted(((new.source, "source"), (new.target, "target")))
    return {end: await _tell(connection, principal, end, field) for end, field in fields}


async def _tell(connection: Connection, principal: Principal, end: End, field: str) -> dict[str, Any]:
    """An end as a stored reference shows it. Raises InvalidId when there is none that the caller may see, and Frozen."""
    more = await _find(connection, principal, end)
    if more is None:
        raise InvalidId(field, f"{field}: there is no such {END_TYPES[end.noun]}")
    return {"type": END_TYPES[end.noun], "id": str(end), **{key: value for key, value in more.items() if value is not None}}


async def _find(connection: Connection, principal: Principal, end: End) -> dict[str, Any] | None:
    tenant_id, number = principal.tenant.id, end.number
    if end.noun == "conversation":
        try:
            found = await lock(connection, principal, number)
        except NotFound:
            return None
        refuse_frozen(found)
        return {"title": found.title}
    if end.noun in ("ticket", "issue"):
        work = await works.find_work(connection, tenant_id, end.noun, number)
        return None if work is None else {"title": work.title, "owned_by": [_owner(Ref.parse(text)) for text in work.owners]}
    if end.noun in PART_KINDS:
        part = (await conversations.get_parts(connection, tenant_id, [number])).get(number)
        if part is None or part.kind != end.noun:
            return None
        return {"name": part.name, "owned_by": [_owner(Ref("user", user_id)) for user_id in part.owner_ids]}
    return await _find_somebody(connection, tenant_id, end)


async def _find_somebody(connection: Connection, tenant_id: int, end: End) -> dict[str, Any] | None:
    """An organisation or a person."""
    if end.noun == "company":
        company = (await people.get_companies(connection, tenant_id, [end.number])).get(end.number)
        return None if company is None else {"display_name": company.name}
    if end.noun == "workspace":
        workspace = (await people.get_workspaces(connection, tenant_id, [end.number])).get(end.number)
        return None if workspace is None else {"display_name": workspace.name}
    ref = Ref("user" if end.noun == "user" else "contact", end.number)
    if ref not in await people.list_existing(connection, tenant_id, [ref]):
        return None
    return {"display_name": await people.get_person_name(connection, tenant_id, ref)}


def _owner(ref: Ref) -> dict[str, str]:
    return {"type": "dev_user" if ref.kind == "user" else "service_account", "id": str(ref)}


async def _tell_linked(connection: Connection, context: Context, principal: Principal, link_id: int, new: LinkEnds, told: Told) -> None:
    link = {"id": f"link:{link_id}", "link_type": new.link_type, "source": told[new.source], "target": told[new.target]}
    for end, other in ((new.source, new.target), (new.target, new.source)):
        words = f"linked it to {END_TYPES[other.noun]} {other.number}"
        await _note(connection, context, principal, end, "linked", {"link": link}, words)


async def tell_unlinked(connection: Connection, context: Context, principal: Principal, link_id: int, ends: list[End]) -> None:
    """The timelines of those ends that have one say that the link is gone."""
    for end in ends:
        await _note(connection, context, principal, end, "deleted", {"object_id": f"link:{link_id}"}, f"removed link {link_id}")


async def _note(
    connection: Connection,
    context: Context,
    principal: Principal,
    end: End,
    event_type: Literal["linked", "deleted"],
    event: dict[str, Any],
    words: str,
) -> None:
    """An entry on the timeline of an end that is a conversation; other ends have no timeline."""
    if end.noun != "conversation":
        return
    me, at, tenant_id = principal.ref, context.clock(), principal.tenant.id
    stamps = {"modified_at": at, "modified_by_kind": me.kind, "modified_by_id": me.id, "last_activity_at": at}
    await writes.update_conversation(connection, tenant_id, end.number, stamps)
    sentence = f"{await people.get_person_name(connection, tenant_id, me)} {words}"
    await links.insert_entry(connection, tenant_id, end.number, author=me, event_type=event_type, event=event, sentence=sentence, at=at)
