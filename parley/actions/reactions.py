"""Emoji under what was said: anybody who sees a message may give one and take it back."""

from __future__ import annotations

from typing import Literal

from ..domain.principals import Principal
from ..domain.problems import InvalidValue
from ..store import reactions, timeline
from .context import Context
from .timeline import lock_seen


async def react(context: Context, principal: Principal, message_id: int, emoji: str, action: Literal["add", "remove"]) -> None:
    """Gives the emoji or takes it back; a second time changes nothing. Raises NotFound, Frozen, InvalidValue."""
    tenant_id, me = principal.tenant.id, principal.ref
    async with context.database.write(tenant_id) as connection:
        message = await lock_seen(connection, principal, message_id)
        if message.deleted_at is not None:
            raise InvalidValue("object", "the entry was deleted")
        at, both = context.clock(), spellings(emoji)
        if action == "add":
            changed = await reactions.add_reaction(connection, tenant_id, message_id, both, me, at)
        else:
            changed = await reactions.delete_reaction(connection, tenant_id, message_id, both, me)
        if changed:
            data = {"changed": ["reactions"], "emoji": emoji, "action": action}
            await timeline.insert_event(connection, tenant_id, "message.updated", message.conversation_number, message_id, me, data, at)


def spellings(emoji: str) -> tuple[str, str]:
    """How the store may hold an emoji: as itself, which we write, or as its code points, as some imports bring it."""
    return emoji, "-".join(f"{ord(character):x}" for character in emoji)
