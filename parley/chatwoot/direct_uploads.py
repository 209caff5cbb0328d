"""Direct uploads (contract 3.1), as ActiveStorage answers them: announce a file, send its bytes, attach it by its signed id."""

from __future__ import annotations

import re

from ..actions.files import prepare_file
from ..domain.problems import InvalidValue
from ..domain.signed_links import Announced, File
from ..reference.notation import shape
from .conversations import CONVERSATION, require_conversation
from .encode_types import iso
from .endpoints import Call, Endpoint, Family
from .readers import Json

_MD5 = re.compile(r"[A-Za-z0-9+/]{22}==")


async def create_direct_upload(call: Call) -> Json:
    await require_conversation(call.connection, call.principal, call.path["conversation_id"])
    given, context = call.given["blob"], call.context
    if given["byte_size"] > context.files.max_bytes:
        raise InvalidValue("blob.byte_size", f"a file may have at most {context.files.max_bytes} bytes")
    if not _MD5.fullmatch(given["checksum"]):
        raise InvalidValue("blob.checksum", "blob.checksum must be an MD5 sum in base64")
    made = await prepare_file(context, call.principal, given["filename"], given.get("content_type") or None)
    now, wire, links = context.clock(), call.wire, context.files.links
    place = File(call.tenant_id, made.attachment_id, made.version)
    announced = Announced(given["byte_size"], given["checksum"], made.content_type)
    return {
        "id": made.attachment_id,
        "key": place.key,
        "filename": given["filename"],
        "content_type": made.content_type,
        "metadata": given.get("metadata") or {},
        "service_name": "local",
        "byte_size": announced.byte_size,
        "checksum": announced.checksum,
        "created_at": iso(now),
        "signed_id": links.signed_id(File(call.tenant_id, made.attachment_id)),
        "direct_upload": {
            "url": wire.base_url + links.direct_path(place, announced, now),
            "headers": {"Content-Type": made.content_type},
        },
    }


FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            f"{CONVERSATION}/direct_uploads",
            create_direct_upload,
            "Announce a file",
            "direct-upload",
            request="blob*  direct-upload-blob  The file.",
            text="PUT the bytes to `direct_upload.url` with its headers; then `signed_id` works among the `attachments` of a message. "
            "A file that no message takes is deleted after a while.",
            example={
                "blob": {"filename": "note.txt", "byte_size": 5, "checksum": "ixqZU8RhEpaoJ6v4xHgE1w==", "content_type": "text/plain"}
            },
        ),
    ),
    shapes=(
        shape(
            "direct-upload-blob",
            "A file that is to come.",
            """
            filename*     text(1..255)  Its name.
            byte_size*    int64(0..)    Bytes.
            checksum*     text          Their MD5 in base64.
            content_type  text?         Media type; else the name tells it.
            metadata      object?       Yours; it is told again in the answer and not kept.
            """,
        ),
        shape(
            "direct-upload",
            "A file that is to come, and where its bytes go.",
            """
            id*             int64   Its number.
            key*            text    Its place.
            filename*       text    Its name.
            content_type*   text    Media type.
            metadata*       object  As announced.
            service_name*   text    Always `local`.
            byte_size*      int64   Bytes.
            checksum*       text    Their MD5 in base64.
            created_at*     time    When it was announced.
            signed_id*      text    What `attachments` of a message takes.
            direct_upload*  direct-upload-place  Where its bytes go.
            """,
        ),
        shape(
            "direct-upload-place",
            "Where a file's bytes go.",
            """
            url*      text    PUT them there, within an hour.
            headers*  {text}  With these headers.
            """,
        ),
    ),
)
