"""Merging two users of a tenant into one."""

from __future__ import annotations

from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidId, InvalidValue
from ..store import control, events, people, user_merge, users
from ..store.database import Connection
from ..store.users import USERS, LockedUser
from .ahead import Touched, do_rest, go_ahead
from .context import Context
from .merging import move_person, works_of
from .nouns import changing, record
from .users import keep_an_administrator


async def merge_users(context: Context, principal: Principal, *, primary: int, secondary: int) -> None:
    """All that refers to the secondary refers to the primary; the secondary stays as deleted, its tokens end.

    An administrator's business. Raises InvalidId for an unknown user, InvalidValue for one who is deleted, for the same twice,
    and for the last administrator as secondary.
    """
    if primary == secondary:
        raise InvalidValue("secondary_user", "a user cannot be merged with themselves")
    tenant_id = principal.tenant.id

    async def check(connection: Connection) -> tuple[LockedUser, LockedUser]:
        await keep_an_administrator(connection, tenant_id, secondary, "secondary_user")
        return await _lock_both(connection, tenant_id, primary, secondary)

    async with changing(context, principal, administrator=True) as connection:
        kept, gone = await check(connection)
        who = await people.get_person_name(connection, tenant_id, principal.ref)
    talks = _talks_of(context, principal, secondary, primary, f"{who} merged {gone.name} into {kept.name}")
    ahead = await go_ahead(context, principal, talks, check)
    await go_ahead(context, principal, works_of(context, principal, Ref("user", secondary), Ref("user", primary)), check)
    async with changing(context, principal, administrator=True) as connection:
        _, gone = await check(connection)
        moved = ahead + await do_rest(connection, tenant_id, talks)
        await user_merge.move_places(connection, tenant_id, secondary, primary)
        await move_person(connection, context, principal, Ref("user", secondary), Ref("user", primary))
        await _leave(connection, context, principal, secondary, gone, {"id": secondary, "into": primary, "conversations": moved})


def _talks_of(context: Context, principal: Principal, secondary: int, primary: int, sentence: str) -> Touched:
    """The conversations that know one user, to know another in their place."""
    tenant_id, by = principal.tenant.id, principal.ref

    async def do(connection: Connection, numbers: list[int]) -> int:
        at = context.clock()
        return await user_merge.move_conversations(connection, tenant_id, secondary, primary, numbers, by=by, sentence=sentence, at=at)

    return Touched(lambda connection, after, at_most: user_merge.list_touched(connection, tenant_id, secondary, after, at_most), do)


async def _leave(
    connection: Connection, context: Context, principal: Principal, secondary: int, gone: LockedUser, told: dict[str, int]
) -> None:
    """The secondary stays as deleted."""
    tenant_id, by, at = principal.tenant.id, principal.ref, context.clock()
    await control.revoke_tokens_of(connection, tenant_id, Ref("user", secondary), at, by)
    await USERS.update(connection, tenant_id, secondary, {"state": "deleted", "left_at": gone.left_at or at}, by)
    event_id = await record(connection, context, principal, "user.merged", told)
    await events.insert_tombstone(connection, tenant_id, "user", secondary, event_id, by, at)


async def _lock_both(connection: Connection, tenant_id: int, primary: int, secondary: int) -> tuple[LockedUser, LockedUser]:
    """Both, locked in the order of their numbers, so that two merges wait for each other."""
    found = {number: await users.lock_user(connection, tenant_id, number) for number in sorted((primary, secondary))}
    both = []
    for field, number in (("primary_user", primary), ("secondary_user", secondary)):
        row = found[number]
        if row is None:
            raise InvalidId(field, "no such dev user")
        if row.state == "deleted":
            raise InvalidValue(field, f"{field} is deleted")
        both.append(row)
    return both[0], both[1]
