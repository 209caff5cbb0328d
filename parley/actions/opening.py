"""Opening a conversation: the action behind DevRev's conversations.create."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..domain.custom_fields import TENANT_NAMESPACE
from ..domain.principals import Principal, Ref
from ..domain.problems import Forbidden, InvalidValue
from ..store import contact_points, conversation_starts, timeline, writes
from ..store.database import Connection
from . import vanished
from .attach import attach
from .checks import (
    caller_name,
    check_agent,
    check_brand,
    check_company,
    check_inboxes,
    check_subtype,
    check_tags,
    check_team,
    find_stage,
    refuse_strangers,
    require_write,
)
from .context import Context
from .custom_fields import SchemaSpec, Stored, check_custom_fields
from .stages import find_start


@dataclass(frozen=True, slots=True)
class NewConversation:
    """What the caller gave. ``members`` and ``owners`` are in the caller's order; the first contact is the conversation's.

    ``stage`` is a name or an id; ``files`` are ids of uploads by the place of their message. ``attributes`` are the tenant's
    own fields as they are, ``custom_fields`` those that are checked.
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
    contact_point_id: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    additional_attributes: Mapping[str, Any] = field(default_factory=dict)
    snoozed_until: datetime | None = None

    @property
    def is_for_agents(self) -> bool:
        """Says something that a contact may not say."""
        given = (self.owners, self.tags, self.stage, self.is_spam, self.team_id, self.company_id, self.brand_id, self.agent_id)
        return any(given) or self.custom_fields is not None or self.schemas is not None


async def open_conversation(context: Context, principal: Principal, new: NewConversation, *, by_rule: bool = False) -> int:
    """Opens the conversation with its first messages and returns its number.

    Raises Forbidden, InvalidValue, InvalidId, CustomFieldRefused or AttachmentTaken naming the field. A contact may open one
    for itself only, and may not say who owns it, unless that follows ``by_rule`` and the contact did not say it.
    """
    require_write(principal)
    if principal.ref.kind == "contact" and new.is_for_agents and not by_rule:
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
    contact, members = _contact(principal, new)
    ground = await _ground(connection, principal, new, contact)
    await check_tags(connection, tenant_id, new.tags)
    await check_team(connection, tenant_id, new.team_id)
    await check_company(connection, tenant_id, new.company_id)
    await check_brand(connection, tenant_id, new.brand_id)
    check_agent(new.agent_id)
    stage_id, status = await _first_stage(connection, tenant_id, new, ground)
    inbox_id = await _inbox(connection, principal, new, ground)
    contact_id, point_id = await _address(connection, tenant_id, contact, inbox_id, new.contact_point_id or ground.point_id)
    workspace_id, company_id = await _organisation(connection, tenant_id, new, contact_id, ground)
    assignee, co_owners = split_owners(tuple(dict.fromkeys(new.owners)))
    name = await caller_name(connection, principal)
    return writes.Opening(
        title=new.title,
        description=new.description,
        stage_id=stage_id,
        status=status,
        inbox_id=inbox_id,
        contact_id=contact_id,
        contact_point_id=point_id,
        workspace_id=workspace_id,
        company_id=company_id,
        team_id=new.team_id,
        brand_id=new.brand_id,
        assignee=assignee,
        source_channel=new.source_channel,
        is_spam=new.is_spam,
        is_creator_verified=bool(principal.ref.kind == "contact" and ground.verified),
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
        additional_attributes=new.additional_attributes,
        snoozed_until=new.snoozed_until if status == "snoozed" else None,
    )


def split_owners(owners: tuple[Ref, ...]) -> tuple[Ref | None, tuple[Ref, ...]]:
    """The first human is the assignee, or the first bot where there is no human; the others are co-owners."""
    assignee = next((owner for owner in owners if owner.kind == "user"), owners[0] if owners else None)
    return assignee, tuple(owner for owner in owners if owner != assignee)


async def _organisation(
    connection: Connection, tenant_id: int, new: NewConversation, contact_id: int, ground: conversation_starts.Ground
) -> tuple[int | None, int | None]:
    """Workspace and company: the contact's, unless an account is given."""
    if new.company_id is None:
        return ground.workspace_id, ground.company_id
    return await conversation_starts.find_default_workspace(connection, tenant_id, new.company_id, contact_id), new.company_id


async def _custom_fields(connection: Connection, tenant_id: int, new: NewConversation) -> Stored:
    if new.custom_fields is None and new.schemas is None:
        return {TENANT_NAMESPACE: dict(new.attributes)} if new.attributes else {}
    spec = new.schemas or SchemaSpec()
    await check_subtype(connection, tenant_id, spec.subtype)
    found = await check_custom_fields(connection, tenant_id, "conversation", new.custom_fields or {}, spec=spec)
    return {namespace: fields for namespace, fields in found.items() if fields}


async def _ground(connection: Connection, principal: Principal, new: NewConversation, contact: Ref | None) -> conversation_starts.Ground:
    """What there is of all that is named. Raises InvalidId for people of no such tenant."""
    inbox_id = new.inbox_id if new.inbox_id is not None else next(iter(new.channel_ids), None)
    if inbox_id is None and principal.role == "agent":
        inbox_id = next(iter(principal.inbox_ids), None)
    named = (*new.members, *new.owners)
    contact_id = contact.id if contact else None
    ground = await conversation_starts.get_ground(
        connection, principal.tenant.id, named, _stage(new), inbox_id=inbox_id, contact_id=contact_id
    )
    existing = {Ref.parse(text) for text in ground.people}
    refuse_strangers("members", new.members, existing)
    refuse_strangers("owned_by", new.owners, existing)
    return ground


def _stage(new: NewConversation) -> str | int:
    return new.stage or ("suspended" if new.is_spam else "new")


async def _first_stage(connection: Connection, tenant_id: int, new: NewConversation, ground: conversation_starts.Ground) -> tuple[int, str]:
    """Its id and Chatwoot's word for it: the one asked for, else the diagram's start, or ours. Spam waits outside, wherever
    the others begin. Raises InvalidValue, InvalidId."""
    field = "stage.id" if isinstance(new.stage, int) else "stage.name"
    subtype = new.schemas.subtype if new.schemas else None
    start = await find_start(connection, tenant_id, "conversation", subtype) if ground.has_diagram else None
    if start is not None and not new.stage and not new.is_spam:
        found = await find_stage(connection, tenant_id, start.stage_id, field)
        return found.id, found.chatwoot_status
    if ground.stage_id is None or ground.chatwoot_status is None:
        found = await find_stage(connection, tenant_id, _stage(new), field)
        return found.id, found.chatwoot_status
    if start is not None and new.stage and ground.stage_id != start.stage_id:
        raise InvalidValue(field, "by its stage diagram a conversation begins in another stage", allowed=[start.name])
    return ground.stage_id, ground.chatwoot_status


async def _inbox(connection: Connection, principal: Principal, new: NewConversation, ground: conversation_starts.Ground) -> int:
    """The inbox asked for, or the tenant's own for what comes over an API."""
    tenant_id, inbox_id = principal.tenant.id, ground.inbox_id
    await check_inboxes(connection, tenant_id, [new.inbox_id] if new.inbox_id is not None else [], "source_channel_v2")
    await check_inboxes(connection, tenant_id, new.channel_ids, "channels")
    if inbox_id is None:
        inbox_id = await conversation_starts.find_or_insert_inbox(connection, tenant_id, kind="api", name="API")
    if principal.role == "agent" and inbox_id not in principal.inbox_ids:
        raise Forbidden("you are not a member of this channel's inbox")
    return inbox_id


def _contact(principal: Principal, new: NewConversation) -> tuple[Ref | None, tuple[Ref, ...]]:
    """Whose conversation it is, and the members beside: the caller if a contact, else the first contact among the
    members, else nobody yet."""
    me = principal.ref
    contact = me if me.kind == "contact" else next((ref for ref in new.members if ref.kind == "contact"), None)
    return contact, tuple(dict.fromkeys(ref for ref in new.members if ref != contact))


async def _address(connection: Connection, tenant_id: int, contact: Ref | None, inbox_id: int, point_id: int | None) -> tuple[int, int]:
    """The contact, or somebody who has not said who they are, and its address in the inbox."""
    contact_id = contact.id if contact else await conversation_starts.insert_anonymous_contact(connection, tenant_id)
    if point_id is None:
        point_id = await contact_points.find_or_insert_point(connection, tenant_id, contact_id=contact_id, inbox_id=inbox_id)
    return contact_id, point_id
