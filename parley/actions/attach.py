"""Giving uploaded files to a message. A file has one parent, and keeps it."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.principals import Ref
from ..domain.problems import AttachmentTaken, InvalidId
from ..store import attachments
from ..store.database import Connection


async def attach(
    connection: Connection, tenant_id: int, message_id: int, artifact_ids: Sequence[int], field: str, *, owner: Ref | None = None
) -> None:
    """Attaches uploaded files of the tenant; one that the message has already stays as it is.

    With ``owner`` only that person's uploads count, so that nobody reads a stranger's upload by guessing its id. Raises
    InvalidId for an unknown file and AttachmentTaken for one of somebody else; its ``parent`` is the path of nouns,
    ``conversation:12/message:55``, which a face turns into its own id.
    """
    wanted = list(dict.fromkeys(artifact_ids))
    if not wanted:
        return
    found = await attachments.lock_attachments(connection, tenant_id, wanted)
    for number in wanted:
        file = found.get(number)
        if file is None or not (file.message_id or file.owner or file.uploaded) or (owner and file.created_by != str(owner)):
            raise InvalidId(field, f"{field}: there is no uploaded file ARTIFACT-{number}")
        if parent := _parent(file):
            if file.message_id == message_id:
                continue
            raise AttachmentTaken(field, parent, is_same=False)
    await attachments.attach(connection, tenant_id, message_id, wanted)


def _parent(file: attachments.Waiting) -> str | None:
    if file.message_id is not None:
        return f"conversation:{file.conversation_number}/message:{file.message_id}"
    return file.owner
