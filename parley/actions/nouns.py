"""Creating, changing and deleting small nouns: one transaction each, with its event and, for a deletion, its tombstone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from ..domain.principals import Principal
from ..domain.problems import Conflict, Forbidden, NotFound
from ..store import events
from ..store.database import Connection
from ..store.nouns import Noun
from .checks import require_agent
from .context import Context


@asynccontextmanager
async def changing(
    context: Context, principal: Principal, *, administrator: bool = False, taken: Mapping[str, str] | None = None
) -> AsyncIterator[Connection]:
    """A transaction for an agent's change, or an administrator's.

    ``taken`` tells which field a unique index speaks of. Raises Forbidden; Conflict for a value that is taken and for a
    row that others still refer to.
    """
    require_agent(principal)
    if administrator and principal.ref.kind == "user" and not principal.is_administrator:
        raise Forbidden("only an administrator may do this")
    try:
        async with context.database.write(principal.tenant.id) as connection:
            yield connection
    except asyncpg.UniqueViolationError as error:
        field = (taken or {}).get(str(error.constraint_name), "")
        raise Conflict(f"{field or 'a value that must be unique'} is taken", field=field) from error
    except asyncpg.ForeignKeyViolationError as error:
        raise Conflict("something else still refers to this") from error


async def create(connection: Connection, context: Context, principal: Principal, noun: Noun[Any], values: Mapping[str, Any]) -> int:
    """The new row's id."""
    number = await noun.insert(connection, principal.tenant.id, values, principal.ref)
    await record(connection, context, principal, f"{noun.kind}.created", {"id": number})
    return number


async def change(
    connection: Connection, context: Context, principal: Principal, noun: Noun[Any], number: int, values: Mapping[str, Any]
) -> None:
    """Sets what is given; nothing given changes nothing. Raises NotFound."""
    if not values:
        if number not in await noun.get(connection, principal.tenant.id, [number]):
            raise NotFound(f"no such {noun.kind}")
        return
    was = await noun.peek(connection, principal.tenant.id, number, values)
    if not await noun.update(connection, principal.tenant.id, number, values, principal.ref):
        raise NotFound(f"no such {noun.kind}")
    data = {"id": number, "changed": sorted(values)} | old_and_new(was, values)
    await record(connection, context, principal, f"{noun.kind}.updated", data)


def old_and_new(was: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the event of a change says of the columns that are told: ``columns``, old and new by name, where they differ."""
    columns = {name: [old, values[name]] for name, old in was.items() if old != values[name]}
    return {"columns": columns} if columns else {}


async def remove(connection: Connection, context: Context, principal: Principal, noun: Noun[Any], number: int) -> None:
    """Deletes the row and leaves a tombstone. Raises NotFound."""
    if not await noun.delete(connection, principal.tenant.id, number):
        raise NotFound(f"no such {noun.kind}")
    event_id = await record(connection, context, principal, f"{noun.kind}.deleted", {"id": number})
    await events.insert_tombstone(connection, principal.tenant.id, noun.kind, number, event_id, principal.ref, context.clock())


async def record(connection: Connection, context: Context, principal: Principal, kind: str, data: Mapping[str, Any]) -> int:
    """One event of the open transaction; its id."""
    return await events.insert_event(connection, principal.tenant.id, kind, principal.ref, data, context.clock())
