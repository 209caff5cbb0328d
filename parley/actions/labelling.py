"""Labels of a conversation or a contact, as Chatwoot's clients set them: any words will do, and those that are new become tags."""

from __future__ import annotations

from collections.abc import Iterable

from ..domain.principals import Principal
from ..domain.problems import InvalidValue
from ..store import tags
from ..store.database import Connection
from ..store.tenants import allocate_ids
from . import change, nouns
from .checks import lock, refuse_frozen, require_agent
from .contacts import change_contact, find_contact
from .context import Context
from .customers import Carried
from .edits import Edit

LONGEST = 255


async def set_conversation_labels(context: Context, principal: Principal, number: int, labels: Iterable[str]) -> None:
    """Exactly these labels; a comma parts two of them. Raises NotFound, Forbidden, Frozen, InvalidValue."""
    require_agent(principal)
    names = _names(labels)
    async with context.database.write(principal.tenant.id) as connection:
        refuse_frozen(await lock(connection, principal, number))
        ids = await find_or_make(connection, context, principal, names)
        wanted = tuple((tag_id, None) for tag_id in ids)
        await change.edit(context.inside(connection, principal.tenant.id), principal, number, Edit(tags_set=wanted))


async def set_contact_labels(context: Context, principal: Principal, number: int, labels: Iterable[str]) -> None:
    """Exactly these labels; a comma parts two of them. Raises NotFound, Forbidden, InvalidValue."""
    names = _names(labels)
    async with nouns.changing(context, principal) as connection:
        await find_contact(connection, principal.tenant.id, number)
        ids = await find_or_make(connection, context, principal, names)
        await change_contact(context, principal, number, {}, Carried(tags=dict.fromkeys(ids)))


async def list_missing(connection: Connection, context: Context, principal: Principal, number: int, names: list[str]) -> list[int]:
    """The tags of these names, made where there are none, that the conversation does not carry."""
    if not names:
        return []
    found = await find_or_make(connection, context, principal, names)
    carried = await tags.list_tags_of(connection, principal.tenant.id, number)
    return [tag_id for tag_id in found if tag_id not in carried]


async def list_carried(connection: Connection, principal: Principal, number: int, names: list[str]) -> list[int]:
    """The tags of these names, in any case, that the conversation carries."""
    if not names:
        return []
    carried = await tags.list_tags_of(connection, principal.tenant.id, number)
    return [tag_id for tag_id, _ in await tags.list_named(connection, principal.tenant.id, names) if tag_id in carried]


async def find_or_make(connection: Connection, context: Context, principal: Principal, names: list[str]) -> list[int]:
    """The tags of these names, in order; a name that differs only in case from a tag's means that tag."""
    tenant_id = principal.tenant.id
    known = await _find(connection, tenant_id, names)
    if missing := [name for name in names if name.lower() not in known]:
        # Taking the ids holds the allocator's row: who makes the same labels waits here, and then finds them.
        number = await allocate_ids(connection, tenant_id, "tag", len(missing))
        known |= await _find(connection, tenant_id, missing)
        for place, name in enumerate(one for one in missing if one.lower() not in known):
            await tags.insert_carried(connection, tenant_id, number + place, name, principal.ref)
            await nouns.record(connection, context, principal, "tag.created", {"id": number + place})
            known[name.lower()] = number + place
    return list(dict.fromkeys(known[name.lower()] for name in names))


async def _find(connection: Connection, tenant_id: int, names: list[str]) -> dict[str, int]:
    """Ids by name in small letters; of several an exact one wins, then the oldest."""
    found = await tags.list_named(connection, tenant_id, names)
    exact = {name.lower(): tag_id for tag_id, name in found if name in names}
    return {name.lower(): tag_id for tag_id, name in reversed(found)} | exact


def _names(labels: Iterable[str]) -> list[str]:
    """Raises InvalidValue for one that is too long."""
    parts = [part.strip() for label in labels for part in label.split(",")]
    names = list({part.lower(): part for part in reversed(parts) if part}.values())[::-1]
    if long := next((name for name in names if len(name) > LONGEST), None):
        raise InvalidValue("labels", f"a label takes at most {LONGEST} characters: {long[:40]}...")
    return names
