"""Files that were sent, as lists of them show them (contract 3.1, 3.4)."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.messages import Attachment
from ..store import messages, people
from ..store.conversation_files import SentFile
from .encode_messages import attachment
from .encode_people import People
from .encode_types import epoch
from .endpoints import Call
from .page import Page
from .readers import Json

FILE = """
id*          int64   Its number.
message_id*  int64   The message that brought it.
thumb_url*   text    Where a small picture is, or nothing.
data_url*    text?   Where the bytes are.
file_size*   int64?  Bytes.
file_type*   text    image, audio, video, file ...
extension*   text?   The end of the file's name.
width*       int32?  Pixels.
height*      int32?  Pixels.
created_at*  int64   When the message was written.
sender       message-user | message-contact | message-bot  Who sent it.
"""
_KEYS = ("file_size", "file_type", "extension", "width", "height")


async def shown_files(call: Call, sent: Sequence[SentFile]) -> list[Json]:
    """In their order, each with its sender, in a fixed number of statements."""
    files = await messages.get_artifacts(call.connection, call.tenant_id, [one.id for one in sent])
    senders = Page(
        members=await people.get_members(call.connection, call.tenant_id, _senders(sent, "user")),
        contacts=await people.get_contacts(call.connection, call.tenant_id, _senders(sent, "contact")),
        bots=await people.get_bots(call.connection, call.tenant_id, _senders(sent, "bot")),
    )
    known = People(senders, call.wire)
    return [_file(one, files[one.id], known, call) for one in sent]


def _senders(sent: Sequence[SentFile], kind: str) -> set[int]:
    return {one.author_id for one in sent if one.author_kind == kind and one.author_id is not None}


def _file(one: SentFile, file: Attachment, senders: People, call: Call) -> Json:
    known = attachment(file, call.wire)
    shown: Json = {
        "id": file.id,
        "message_id": file.message_id,
        "thumb_url": known.get("thumb_url", ""),
        "data_url": known.get("data_url"),
        **{key: known.get(key) for key in _KEYS},
        "created_at": epoch(one.sent_at),
    }
    sender = None if one.author_id is None else senders.sender(one.author_kind, one.author_id)
    return shown if sender is None else shown | {"sender": sender}
