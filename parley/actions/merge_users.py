"""Merging two users of a tenant into one."""

from __future__ import annotations

from ..domain.principals import Principal, Ref
from ..domain.problems import InvalidId, InvalidValue
from ..store import control, events, people, user_merge, users
from ..store.database import Connection
from ..store.users import USERS, LockedUser
from .context import Context
from .merging import move_person
from .nouns import changing, record
from .users import keep_an_administrator


async def merge_users(context: Context, principal: Principal, *, primary: int, secondary: int) -> None:
    """All that refers to the secondary refers to the primary; the secondary stays as deleted, its tokens end.

    An administrator's business, in one transaction. Raises InvalidId for an unknown user, InvalidValue for one who is
    deleted, for the same twice, and for the last administrator as secondary.
    """
    if primary == secondary:
        raise InvalidValue("secondary_user", "a user cannot be merged with themselves")
    async with changing(context, principal, administrator=True) as connection:
        tenant_id, at = principal.tenant.id, context.clock()
        await keep_an_administrator(connection, tenant_id, secondary, "secondary_user")
        kept, gone = await _lock_both(connection, tenant_id, primary, secondary)
        who = await people.get_person_name(connection, tenant_id, principal.ref)
        sentence = f"{who} merged {gone.name} into {kept.name}"
        moved = await user_merge.move_conversations(connection, tenant_id, secondary, primary, by=principal.ref, sentence=sentence, at=at)
        await user_merge.move_places(connection, tenant_id, secondary, primary)
        await move_person(connection, context, principal, Ref("user", secondary), Ref("user", primary))
        await control.revoke_tokens_of(connection, tenant_id, Ref("user", secondary), at, principal.ref)
        await USERS.update(connection, tenant_id, secondary, {"state": "deleted", "left_at": gone.left_at or at}, principal.ref)
        told = {"id": secondary, "into": primary, "conversations": moved}
        event_id = await record(connection, context, principal, "user.merged", told)
        await events.insert_tombstone(connection, tenant_id, "user", secondary, event_id, principal.ref, at)


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
