"""Opening a conversation: the action behind DevRev's conversations.create."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..domain.conversations import Stage
from ..domain.principals import Principal, Ref
from ..domain.problems import Forbidden, InvalidValue
from ..store import people, timeline, writes
from ..store.database import Connection
from . import vanished
from .attach import attach
from .checks import (
    check_agent,
    check_brand,
    check_company,
    check_inboxes,
    check_people,
    check_subtype,
    check_tags,
    check_team,
    find_stage,
    require_write,
)
from .context import Context
from .custom_fields import SchemaSpec, Stored, check_custom_fields
from .stages import find_start


@dataclass(frozen=True, slots=True)
class NewConversation:
    """What the caller gave. ``members`` and ``owners`` are in the caller's order; the first contact is the conversation's.

    ``stage`` is a name or an id; ``files`` are ids of uploads by the place of their message.
    """

    title: str | None = None
    description: str | None = None
    stage: str | int | None = None
    members: tuple[Ref, ...] = ()
    owners: tuple[Ref, ...] = ()
    tags: tuple[tuple[int, str | None], ...] = ()
    team_id: int | None = None
    inbox_id: int | None = None
    channel_ids: tuple[int, ...] = ()
    source_channel: str | None = None
    is_spam: bool = False
    url_context: str | None = None
    messages: tuple[str | None, ...] = ()
    files: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    company_id: int | None = None
    brand_id: int | None = None
    agent_id: int | None = None
    custom_fields: Mapping[str, Any] | None = None
    schemas: SchemaSpec | None = None

    @property
    def is_for_agents(self) -> bool:
        """Says something that a contact may not say."""
        given = (self.owners, self.tags, self.stage, self.is_spam, self.team_id, self.company_id, self.brand_id, self.agent_id)
        return any(given) or self.custom_fields is not None or self.schemas is not None


async def open_conversation(context: Context, principal: Principal, new: NewConversation) -> int:
    """Opens the conversation with its first messages and returns its number.

    Raises Forbidden, InvalidValue, InvalidId, CustomFieldRefused or AttachmentTaken naming the field. A contact may open one
    for itself only, and may not say who owns it.
    """
    require_write(principal)
    if principal.ref.kind == "contact" and new.is_for_agents:
        raise Forbidden("a contact may give a title, a description and messages")
    with vanished.refuse_vanished():
        return await _open(context, principal, new)


async def _open(context: Context, principal: Principal, new: NewConversation) -> int:
    async with context.database.write(principal.tenant.id) as connection:
        opening = await _prepare(connection, context, principal, new)
        number = await writes.insert_conversation(connection, principal.tenant.id, opening)
        await _attach(connection, principal, number, new)
        return number


async def _attach(connection: Connection, principal: Principal, number: int, new: NewConversation) -> None:
    """The files of the first messages."""
    ids = await timeline.list_first_messages(connection, principal.tenant.id, number) if new.files else []
    owner = principal.ref if principal.ref.kind == "contact" else None
    for place, files in new.files.items():
        await attach(connection, principal.tenant.id, ids[place], files, f"messages[{place}].artifacts", owner=owner)


async def _prepare(connection: Connection, context: Context, principal: Principal, new: NewConversation) -> writes.Opening:
    tenant_id = principal.tenant.id
    await check_people(connection, tenant_id, "members", new.members)
    await check_people(connection, tenant_id, "owned_by", new.owners)
    await check_tags(connection, tenant_id, new.tags)
    await check_team(connection, tenant_id, new.team_id)
    await check_company(connection, tenant_id, new.company_id)
    await check_brand(connection, tenant_id, new.brand_id)
    check_agent(new.agent_id)
    stage = await _first_stage(connection, tenant_id, new)
    inbox_id = await _inbox(connection, principal, new)
    contact_id, members = await _contact(connection, principal, new)
    place = await writes.get_contact_place(connection, tenant_id, contact_id)
    workspace_id, company_id = await _organisation(connection, tenant_id, new, contact_id, place)
    assignee, co_owners = split_owners(tuple(dict.fromkeys(new.owners)))
    name = await people.get_person_name(connection, tenant_id, principal.ref)
    return writes.Opening(
        title=new.title,
        description=new.description,
        stage_id=stage.id,
        status=stage.chatwoot_status,
        inbox_id=inbox_id,
        contact_id=contact_id,
        contact_point_id=await writes.find_or_insert_contact_point(connection, tenant_id, contact_id=contact_id, inbox_id=inbox_id),
        workspace_id=workspace_id,
        company_id=company_id,
        team_id=new.team_id,
        brand_id=new.brand_id,
        assignee=assignee,
        source_channel=new.source_channel,
        is_spam=new.is_spam,
        is_creator_verified=bool(principal.ref.kind == "contact" and place and place.verified),
        url_context=new.url_context,
        custom_fields=await _custom_fields(connection, tenant_id, new),
        creator=principal.ref,
        at=context.clock(),
        members=members,
        co_owners=co_owners,
        tags=tuple(dict(new.tags).items()),
        channel_ids=tuple(dict.fromkeys(new.channel_ids)),
        messages=new.messages,
        sentence=f"{name} opened the conversation",
        subtype=new.schemas.subtype if new.schemas else None,
        owner_agent_id=new.agent_id,
    )


def split_owners(owners: tuple[Ref, ...]) -> tuple[Ref | None, tuple[Ref, ...]]:
    """The first human is the assignee, or the first bot where there is no human; the others are co-owners."""
    assignee = next((owner for owner in owners if owner.kind == "user"), owners[0] if owners else None)
    return assignee, tuple(owner for owner in owners if owner != assignee)


async def _organisation(
    connection: Connection, tenant_id: int, new: NewConversation, contact_id: int, place: writes.ContactPlace | None
) -> tuple[int | None, int | None]:
    """Workspace and company: the contact's, unless an account is given."""
    if new.company_id is None:
        return (place.workspace_id, place.company_id) if place else (None, None)
    return await writes.find_default_workspace(connection, tenant_id, new.company_id, contact_id), new.company_id


async def _custom_fields(connection: Connection, tenant_id: int, new: NewConversation) -> Stored:
    if new.custom_fields is None and new.schemas is None:
        return {}
    spec = new.schemas or SchemaSpec()
    await check_subtype(connection, tenant_id, spec.subtype)
    found = await check_custom_fields(connection, tenant_id, "conversation", new.custom_fields or {}, spec=spec)
    return {namespace: fields for namespace, fields in found.items() if fields}


async def _first_stage(connection: Connection, tenant_id: int, new: NewConversation) -> Stage:
    """The stage asked for; without one the diagram's start, or ours. Spam waits outside, wherever the others begin."""
    field = "stage.id" if isinstance(new.stage, int) else "stage.name"
    start = await find_start(connection, tenant_id, "conversation", new.schemas.subtype if new.schemas else None)
    if not new.stage:
        ours = "suspended" if new.is_spam else "new"
        return await find_stage(connection, tenant_id, start.stage_id if start and not new.is_spam else ours, field)
    stage = await find_stage(connection, tenant_id, new.stage, field)
    if start is not None and stage.id != start.stage_id:
        raise InvalidValue(field, "by its stage diagram a conversation begins in another stage", allowed=[start.name])
    return stage


async def _inbox(connection: Connection, principal: Principal, new: NewConversation) -> int:
    """The inbox asked for, or the tenant's own for what comes over an API."""
    tenant_id, inbox_id = principal.tenant.id, new.inbox_id
    await check_inboxes(connection, tenant_id, [inbox_id] if inbox_id is not None else [], "source_channel_v2")
    await check_inboxes(connection, tenant_id, new.channel_ids, "channels")
    if inbox_id is None:
        inbox_id = next(iter(new.channel_ids), None) or await _default_inbox(connection, principal)
    if principal.role == "agent" and inbox_id not in principal.inbox_ids:
        raise Forbidden("you are not a member of this channel's inbox")
    return inbox_id


async def _default_inbox(connection: Connection, principal: Principal) -> int:
    if principal.role == "agent" and principal.inbox_ids:
        return principal.inbox_ids[0]
    return await writes.find_or_insert_inbox(connection, principal.tenant.id, kind="api", name="API")


async def _contact(connection: Connection, principal: Principal, new: NewConversation) -> tuple[int, tuple[Ref, ...]]:
    """Whose conversation it is, and the members beside: the caller if a contact, else the first contact among the
    members, else somebody who has not said who they are."""
    me = principal.ref
    contact = me if me.kind == "contact" else next((ref for ref in new.members if ref.kind == "contact"), None)
    if contact is None:
        contact = Ref("contact", await writes.insert_anonymous_contact(connection, principal.tenant.id))
    return contact.id, tuple(dict.fromkeys(ref for ref in new.members if ref != contact))
