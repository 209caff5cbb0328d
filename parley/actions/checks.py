"""What every action asks before it writes; each answer is a problem that names the field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..domain.conversations import Stage
from ..domain.principals import SYSTEM, Principal, Ref
from ..domain.problems import Forbidden, Frozen, InvalidId, InvalidValue, NotFound
from ..store import conversations, people, writes
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
    found = await writes.lock_conversation(connection, principal, number)
    if found is None:
        raise NotFound(f"conversation CONV-{number}")
    return found


def refuse_frozen(conversation: writes.Locked) -> None:
    if conversation.is_frozen:
        raise Frozen()


async def find_stage(connection: Connection, tenant_id: int, name: str, field: str = "stage.name") -> Stage:
    """A stage by name. Raises InvalidValue with the names there are."""
    stages = (await conversations.list_stages(connection, tenant_id)).values()
    found = next((stage for stage in stages if stage.name == name), None)
    if found is None:
        raise InvalidValue(field, f"no stage {name!r}", allowed=[stage.name for stage in stages])
    return found


async def check_people(connection: Connection, tenant_id: int, field: str, refs: Sequence[Ref]) -> None:
    """Raises InvalidId when somebody is not of this tenant."""
    wanted = {ref for ref in refs if ref != SYSTEM}
    if wanted and (missing := wanted - await people.list_existing(connection, tenant_id, wanted)):
        raise InvalidId(field, f"not in this dev org: {', '.join(sorted(map(str, missing)))}")


async def check_team(connection: Connection, tenant_id: int, team_id: int | None, field: str = "group") -> None:
    if team_id is not None and not await people.get_teams(connection, tenant_id, [team_id], None):
        raise InvalidId(field, "no such group")


async def check_tags(connection: Connection, tenant_id: int, tags: Iterable[tuple[int, str | None]]) -> dict[int, str]:
    """The tags' names by id. Raises InvalidId for an unknown tag, InvalidValue for a value that the tag does not allow."""
    asked = list(tags)
    known = await writes.get_tags_for_writing(connection, tenant_id, [tag for tag, _ in asked]) if asked else {}
    for tag_id, value in asked:
        tag = known.get(tag_id)
        if tag is None:
            raise InvalidId("tags", f"no tag TAG-{tag_id}")
        if value is not None and tag.allowed_values and value not in tag.allowed_values:
            raise InvalidValue("tags.value", f"{tag.name} does not allow {value!r}", allowed=tag.allowed_values)
    return {tag.id: tag.name for tag in known.values()}
