"""What every action asks before it writes; each answer is a problem that names the field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..domain.conversations import Stage
from ..domain.principals import SYSTEM, Principal, Ref
from ..domain.problems import CustomFieldRefused, Forbidden, Frozen, InvalidId, InvalidValue, NotFound
from ..store import conversations, inboxes, people, writes
from ..store.database import Connection


def require_write(principal: Principal) -> None:
    if not principal.can_write:
        raise Forbidden("this token may only read")


def require_agent(principal: Principal) -> None:
    """Contacts talk; they do not assign, tag or close."""
    require_write(principal)
    if principal.ref.kind == "contact":
        raise Forbidden("a contact may not do this")


async def lock(connection: Connection, principal: Principal, number: int) -> writes.Locked:
    """The conversation, locked. Raises NotFound when there is none that the caller may see."""
    found = await writes.lock_conversations(connection, principal, [number])
    if number not in found:
        raise NotFound(f"conversation CONV-{number}")
    return found[number]


def refuse_frozen(conversation: writes.Locked) -> None:
    if conversation.is_frozen:
        raise Frozen()


async def find_stage(connection: Connection, tenant_id: int, wanted: str | int, field: str = "stage.name") -> Stage:
    """A stage by name, or by id. Raises InvalidValue with the names there are, InvalidId for an id that none has."""
    stages = await conversations.list_stages(connection, tenant_id)
    if isinstance(wanted, int):
        if wanted not in stages:
            raise InvalidId(field, f"no stage STAGE-{wanted}")
        return stages[wanted]
    found = next((stage for stage in stages.values() if stage.name == wanted), None)
    if found is None:
        raise InvalidValue(field, f"no stage {wanted!r}", allowed=[stage.name for stage in stages.values()])
    return found


async def check_people(connection: Connection, tenant_id: int, field: str, refs: Sequence[Ref]) -> None:
    """Raises InvalidId when somebody is not of this tenant."""
    wanted = {ref for ref in refs if ref != SYSTEM}
    if wanted:
        refuse_strangers(field, refs, await people.list_existing(connection, tenant_id, wanted))


def refuse_strangers(field: str, refs: Sequence[Ref], existing: set[Ref]) -> None:
    """Raises InvalidId when one of the people is neither the server itself nor among the existing."""
    if missing := set(refs) - existing - {SYSTEM}:
        raise InvalidId(field, f"not in this dev org: {', '.join(sorted(map(str, missing)))}")


async def caller_name(connection: Connection, principal: Principal) -> str:
    """What to call the caller in a sentence."""
    me = principal.member
    return (me and (me.display_name or me.name)) or await people.get_person_name(connection, principal.tenant.id, principal.ref)


async def check_team(connection: Connection, tenant_id: int, team_id: int | None, field: str = "group") -> None:
    if team_id is not None and not await people.get_teams(connection, tenant_id, [team_id], None):
        raise InvalidId(field, "no such group")


async def check_company(connection: Connection, tenant_id: int, company_id: int | None, field: str = "account") -> None:
    if company_id is not None and not await people.get_companies(connection, tenant_id, [company_id]):
        raise InvalidId(field, "no such account")


async def check_brand(connection: Connection, tenant_id: int, brand_id: int | None, field: str = "brand") -> None:
    if brand_id is not None and not await writes.get_brand_ids(connection, tenant_id, [brand_id]):
        raise InvalidId(field, "no such brand")


async def check_inboxes(connection: Connection, tenant_id: int, inbox_ids: Iterable[int], field: str) -> None:
    wanted = set(inbox_ids)
    if wanted and (missing := wanted - set(await inboxes.get_existing(connection, tenant_id, wanted))):
        raise InvalidId(field, f"no channel {', '.join(f'CHAN-{number}' for number in sorted(missing))}")


async def check_parts(connection: Connection, tenant_id: int, parts: Sequence[tuple[str, int]], field: str) -> None:
    """``parts`` are kinds with ids; parts of every kind share one number series."""
    known = await conversations.get_parts(connection, tenant_id, [number for _, number in parts])
    for kind, number in parts:
        if number not in known or known[number].kind != kind:
            raise InvalidId(field, f"no {kind} with the number {number}")


def check_agent(agent_id: int | None, field: str = "owned_by_agent") -> None:
    """AI agents are kept elsewhere: any number may be one of theirs."""
    if agent_id is not None and agent_id <= 0:
        raise InvalidId(field, "no such AI agent")


async def check_subtype(connection: Connection, tenant_id: int, subtype: str | None) -> None:
    """Raises CustomFieldRefused for a subtype of conversations that nothing defines."""
    fragments = await conversations.list_schema_fragments(connection, tenant_id) if subtype is not None else []
    if subtype is not None and subtype not in {fragment.subtype for fragment in fragments}:
        raise CustomFieldRefused("fragment_not_found", "custom_schema_spec.subtype", f"there is no subtype {subtype!r}")


async def check_tags(connection: Connection, tenant_id: int, tags: Iterable[tuple[int, str | None]]) -> dict[int, str]:
    """The tags' names by id. Raises InvalidId for an unknown tag, InvalidValue for a value that the tag does not allow."""
    asked = list(tags)
    return name_tags(await writes.get_tags_for_writing(connection, tenant_id, [tag for tag, _ in asked]) if asked else {}, asked)


def name_tags(known: Mapping[int, writes.WritableTag], asked: Iterable[tuple[int, str | None]]) -> dict[int, str]:
    """The same by the tags that there are."""
    for tag_id, value in asked:
        tag = known.get(tag_id)
        if tag is None:
            raise InvalidId("tags", f"no tag TAG-{tag_id}")
        if value is not None and tag.allowed_values and value not in tag.allowed_values:
            raise InvalidValue("tags.value", f"{tag.name} does not allow {value!r}", allowed=tag.allowed_values)
    return {tag.id: tag.name for tag in known.values()}
