"""Labels: the tags that an administrator defined for agents to choose from (Chatwoot)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.labels import label_title
from ..domain.principals import Principal
from ..domain.problems import Conflict, NotFound
from ..store import tags
from ..store.database import Connection
from ..store.tags import TAGS
from ..store.tenants import allocate_ids
from .context import Context
from .nouns import change, changing, create, remove

_TAKEN = {"tags_name": "title"}


async def create_label(context: Context, principal: Principal, values: Mapping[str, Any]) -> int:
    """Its id. A tag that only conversations carried becomes the label. Raises InvalidValue, and Conflict for a title that is taken."""
    wanted = _columns(values) | {"is_label": True}
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        # Taking no ids holds the allocator's row, so that two of one title wait for each other.
        await allocate_ids(connection, principal.tenant.id, "tag", 0)
        found = await tags.find_tag(connection, principal.tenant.id, wanted["name"])
        if found is None:
            return await create(connection, context, principal, TAGS, wanted)
        number, is_label = found
        if is_label:
            raise Conflict("a label of this title exists", field="title")
        await change(connection, context, principal, TAGS, number, {"show_on_sidebar": True} | wanted)
        return number


async def change_label(context: Context, principal: Principal, number: int, values: Mapping[str, Any]) -> None:
    """A new title shows wherever the label is. Raises NotFound, InvalidValue, and Conflict for a title that a tag has."""
    wanted = _columns(values)
    async with changing(context, principal, administrator=True, taken=_TAKEN) as connection:
        await _lock(connection, principal, number)
        await change(connection, context, principal, TAGS, number, wanted)


async def delete_label(context: Context, principal: Principal, number: int) -> None:
    """Nobody can choose it any more; what carries it keeps it, as a tag that is no label. Raises NotFound."""
    async with changing(context, principal, administrator=True) as connection:
        await _lock(connection, principal, number)
        if await tags.is_carried(connection, principal.tenant.id, number):
            await change(connection, context, principal, TAGS, number, {"is_label": False, "show_on_sidebar": False})
        else:
            await remove(connection, context, principal, TAGS, number)


async def _lock(connection: Connection, principal: Principal, number: int) -> None:
    if not await tags.lock_label(connection, principal.tenant.id, number):
        raise NotFound("no such label")


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """A label's fields as a tag's columns."""
    wanted = {name: value for name, value in values.items() if name != "title"}
    return wanted | ({"name": label_title(values["title"])} if "title" in values else {})
