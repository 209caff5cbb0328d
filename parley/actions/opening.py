"""Opening a conversation: the action behind DevRev's conversations.create."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..domain.conversations import Stage
from ..domain.principals import Principal, Ref
from ..domain.problems import Forbidden, InvalidValue
from ..store import people, writes
from ..store.database import Connection
from .checks import check_people, check_tags, check_team, find_stage, require_write
from .context import Context


@dataclass(frozen=True, slots=True)
class NewConversation:
    """What the caller gave. ``members`` and ``owners`` are in the caller's order; the first contact is the conversation's."""

    title: str | None = None
    description: str | None = None
    stage: str | None = None
    members: tuple[Ref, ...] = ()
    owners: tuple[Ref, ...] = ()
    tags: tuple[tuple[int, str | None], ...] = ()
    team_id: int | None = None
    inbox_id: int | None = None
    channel_ids: tuple[int, ...] = ()
    source_channel: str | None = None
    is_spam: bool = False
    url_context: str | None = None
    messages: tuple[str, ...] = field(default=())


async def open_conversation(context: Context, principal: Principal, new: NewConversation) -> int:
    """Opens the conversation with its first messages and returns its number.

    Raises Forbidden, InvalidValue or InvalidId naming the field. A contact may open one for itself only, and may not
    say who owns it.
    """
    require_write(principal)
    if principal.ref.kind == "contact" and (new.owners or new.tags or new.stage or new.is_spam or new.team_id):
        raise Forbidden("a contact may give a title, a description and messages")
    async with context.database.write(principal.tenant.id) as connection:
        opening = await _prepare(connection, context, principal, new)
        return await writes.insert_conversation(connection, principal.tenant.id, opening)


async def _prepare(connection: Connection, context: Context, principal: Principal, new: NewConversation) -> writes.Opening:
    tenant_id = principal.tenant.id
    await check_people(connection, tenant_id, "members", new.members)
    await check_people(connection, tenant_id, "owned_by", new.owners)
    await check_tags(connection, tenant_id, new.tags)
    await check_team(connection, tenant_id, new.team_id)
    stage = await _first_stage(connection, tenant_id, new)
    inbox_id = await _inbox(connection, principal, new)
    contact_id, members = await _contact(connection, principal, new)
    place = await writes.get_contact_place(connection, tenant_id, contact_id)
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
        workspace_id=place.workspace_id if place else None,
        company_id=place.company_id if place else None,
        team_id=new.team_id,
        brand_id=None,
        assignee=assignee,
        source_channel=new.source_channel,
        is_spam=new.is_spam,
        is_creator_verified=bool(principal.ref.kind == "contact" and place and place.verified),
        url_context=new.url_context,
        custom_fields={},
        creator=principal.ref,
        at=context.clock(),
        members=members,
        co_owners=co_owners,
        tags=tuple(dict(new.tags).items()),
        channel_ids=tuple(dict.fromkeys(new.channel_ids)),
        messages=new.messages,
        sentence=f"{name} opened the conversation",
    )


def split_owners(owners: tuple[Ref, ...]) -> tuple[Ref | None, tuple[Ref, ...]]:
    """The first human is the assignee, or the first bot where there is no human; the others are co-owners."""
    assignee = next((owner for owner in owners if owner.kind == "user"), owners[0] if owners else None)
    return assignee, tuple(owner for owner in owners if owner != assignee)


async def _first_stage(connection: Connection, tenant_id: int, new: NewConversation) -> Stage:
    return await find_stage(connection, tenant_id, new.stage or ("suspended" if new.is_spam else "new"))


async def _inbox(connection: Connection, principal: Principal, new: NewConversation) -> int:
    """The inbox asked for, or the tenant's own for what comes over an API."""
    tenant_id, inbox_id = principal.tenant.id, new.inbox_id
    asked = {i for i in (inbox_id, *new.channel_ids) if i is not None}
    known = await people.get_inboxes(connection, tenant_id, asked)
    if asked - set(known):
        raise InvalidValue("source_channel_v2" if inbox_id in asked - set(known) else "channels", "no such channel")
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
