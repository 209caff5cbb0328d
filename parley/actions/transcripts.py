"""A conversation as a text that one can hand on: what its contact has seen, written into a file that is swept after a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

from ..domain.principals import Principal, Ref
from ..domain.problems import NotFound
from ..store import people, timeline, transcripts
from ..store.database import Connection
from .checks import require_agent
from .context import Context
from .files import own_file
from .uploads import keep


class Transcript(NamedTuple):
    """The file by id."""

    attachment_id: int
    file_name: str


async def make_transcript(context: Context, principal: Principal, number: int, email: str) -> Transcript:
    """Writes the file. Raises NotFound, Forbidden, BodyTooLarge, Unavailable."""
    require_agent(principal)
    tenant_id, file_name = principal.tenant.id, f"conversation-{number}.txt"
    async with context.database.read(tenant_id) as connection:
        if not await timeline.sees_conversation(connection, principal, number):
            raise NotFound(f"conversation CONV-{number}")
        kept = await keep(context, tenant_id, file_name, "text/plain; charset=utf-8", _text(connection, tenant_id, number))
    async with context.database.write(tenant_id) as connection:
        file_id = await own_file(connection, context, principal, kept)
        data = {"id": file_id, "email": email}
        await timeline.insert_event(connection, tenant_id, "conversation.transcript", number, None, principal.ref, data, context.clock())
    return Transcript(file_id, file_name)


async def _text(connection: Connection, tenant_id: int, number: int) -> AsyncIterator[bytes]:
    """As it is read: a long conversation takes no more memory than a short one."""
    names: dict[Ref, str] = {}
    yield f"Conversation {number}\n".encode()
    async for said in transcripts.walk_said(connection, tenant_id, number):
        author = Ref(said.author_kind, said.author_id or 0)  # type: ignore[arg-type]
        if author not in names:
            names[author] = await people.get_person_name(connection, tenant_id, author)
        files = f" [files: {said.attachment_count}]" if said.attachment_count else ""
        yield f"\n{said.created_at:%Y-%m-%d %H:%M:%S} UTC, {names[author]}:{files}\n{said.body or ''}\n".encode()
