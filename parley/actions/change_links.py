"""The steps of a change that lead elsewhere: account, brand, AI agent, channels, members and parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..domain import changes
from ..domain.principals import Ref
from ..domain.problems import Forbidden, InvalidValue
from ..store import contact_points, conversation_starts, conversations, writes
from .checks import check_agent, check_brand, check_company, check_inboxes, check_parts, check_people
from .edits import Change, Edit, Unset


async def _account(change: Change, wanted: Edit) -> None:
    """The workspace goes with the account: it is always one of the account's."""
    if isinstance(wanted.company_id, Unset) or wanted.company_id == change.was.company_id:
        return
    await check_company(change.connection, change.tenant_id, wanted.company_id)
    was, workspace_id = change.was, None
    if wanted.company_id is not None:
        workspace_id = await conversation_starts.find_default_workspace(
            change.connection, change.tenant_id, wanted.company_id, was.contact_id
        )
    delta = changes.noun_delta("account", "company", was.company_id, wanted.company_id)
    change.record(delta, "changed the account", company_id=wanted.company_id)
    if workspace_id != was.workspace_id:
        moved = changes.noun_delta("rev_org", "workspace", was.workspace_id, workspace_id)
        change.record(moved, "changed the workspace", workspace_id=workspace_id)


async def _brand(change: Change, wanted: Edit) -> None:
    if isinstance(wanted.brand_id, Unset) or wanted.brand_id == change.was.brand_id:
        return
    await check_brand(change.connection, change.tenant_id, wanted.brand_id)
    change.record(changes.noun_delta("brand", "brand", change.was.brand_id, wanted.brand_id), "changed the brand", brand_id=wanted.brand_id)


async def _agent(change: Change, wanted: Edit) -> None:
    old, new = change.was.owner_agent_id, wanted.agent_id
    if isinstance(new, Unset) or new == old:
        return
    check_agent(new)
    change.record(changes.noun_delta("owned_by_agent", "ai_agent", old, new), "changed the AI agent", owner_agent_id=new)


async def _inbox(change: Change, wanted: Edit) -> None:
    new = wanted.inbox_id
    if isinstance(new, Unset) or new == change.was.inbox_id:
        return
    await check_inboxes(change.connection, change.tenant_id, [new], "source_channel_v2")
    if change.principal.role == "agent" and new not in change.principal.inbox_ids:
        raise Forbidden("you are not a member of this channel's inbox")
    point = await contact_points.find_or_insert_point(change.connection, change.tenant_id, contact_id=change.was.contact_id, inbox_id=new)
    delta = changes.noun_delta("source_channel_v2", "inbox", change.was.inbox_id, new)
    change.record(delta, "moved it to another channel", inbox_id=new, contact_point_id=point)


async def _channels(change: Change, wanted: Edit) -> None:
    """Its own channel is always one of them."""
    if isinstance(wanted.channel_ids, Unset):
        return
    await check_inboxes(change.connection, change.tenant_id, wanted.channel_ids, "channels.set")
    own = change.values.get("inbox_id", change.was.inbox_id)
    old = [number for number in change.row.channel_ids if number != change.was.inbox_id]
    new = [number for number in dict.fromkeys(wanted.channel_ids) if number != own]
    if new == old:
        return
    await writes.set_channels(change.connection, change.tenant_id, change.was.number, new)
    change.record(changes.id_list_delta("channels", _named("inbox", old), _named("inbox", new)), "changed the channels")


async def _members(change: Change, wanted: Edit) -> None:
    """The contact is always one of them; when the present one is not named, the first contact that is takes the place."""
    if isinstance(wanted.members, Unset):
        return
    await check_people(change.connection, change.tenant_id, "members", wanted.members)
    before, now = Ref("contact", change.was.contact_id), dict.fromkeys(wanted.members)
    contact = before if before in now else next((ref for ref in now if ref.kind == "contact"), None)
    if contact is None:
        raise InvalidValue("members.set", f"a conversation keeps a contact: name REVU-{before.id} or another one")
    old = (before, *(ref for ref in map(Ref.parse, change.row.members) if ref != before))
    new = (contact, *(ref for ref in now if ref != contact))
    if old[0] == new[0] and set(old) == set(new):
        return
    await writes.set_members(change.connection, change.tenant_id, change.was.number, new[1:])
    change.record(changes.person_list_delta("members", old, new), "changed the members")
    if contact != before:
        await _hand_over(change, contact)


async def _hand_over(change: Change, contact: Ref) -> None:
    """The conversation becomes another contact's, in the same channel, with that contact's account where it had none."""
    inbox_id = change.values.get("inbox_id", change.was.inbox_id)
    point = await contact_points.find_or_insert_point(change.connection, change.tenant_id, contact_id=contact.id, inbox_id=inbox_id)
    change.values.update(contact_id=contact.id, contact_point_id=point)
    place = await conversation_starts.get_contact_place(change.connection, change.tenant_id, contact.id)
    if place is None or place.company_id is None or change.values.get("company_id", change.was.company_id) is not None:
        return
    if "company_id" not in change.values:
        delta = changes.noun_delta("account", "company", None, place.company_id)
        change.record(delta, "changed the account", company_id=place.company_id)
        if place.workspace_id != change.was.workspace_id:
            moved = changes.noun_delta("rev_org", "workspace", change.was.workspace_id, place.workspace_id)
            change.record(moved, "changed the workspace", workspace_id=place.workspace_id)


async def _parts(change: Change, wanted: Edit) -> None:
    if isinstance(wanted.parts, Unset):
        return
    await check_parts(change.connection, change.tenant_id, wanted.parts, "applies_to_parts.set")
    old, new = change.row.part_ids, [number for _, number in dict.fromkeys(wanted.parts)]
    if new == old:
        return
    kinds = await conversations.get_parts(change.connection, change.tenant_id, [*old, *new])
    names = [[f"{kinds[number].kind}:{number}" for number in numbers if number in kinds] for numbers in (old, new)]
    await writes.set_parts(change.connection, change.tenant_id, change.was.number, new)
    change.record(changes.id_list_delta("applies_to_parts", *names), "changed the parts")


def _named(noun: str, numbers: list[int]) -> list[str]:
    return [f"{noun}:{number}" for number in numbers]


STEPS: tuple[Callable[[Change, Edit], Awaitable[None]], ...] = (_account, _brand, _agent, _inbox, _channels, _members, _parts)
