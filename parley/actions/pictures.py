"""Avatars that come with a request."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from ..domain.principals import Principal
from ..domain.problems import InvalidValue
from ..domain.webhooks import check_url
from ..store import files
from ..store.database import Connection
from .context import Context
from .files import own_file
from .nouns import record
from .uploads import Kept

_TYPES = ("image/jpeg", "image/png", "image/gif")
_MOST_BYTES = 15_000_000


async def own_picture(connection: Connection, context: Context, principal: Principal, kept: Kept, field: str = "avatar") -> int:
    """The attachment's id. Raises InvalidValue for what is no picture, or too large for one (Chatwoot's Avatarable)."""
    media = kept.content_type or mimetypes.guess_type(f"file{PurePosixPath(kept.file_name).suffix}")[0]
    if media not in _TYPES:
        raise InvalidValue(field, "Avatar filetype not supported")
    if kept.byte_size > _MOST_BYTES:
        raise InvalidValue(field, "Avatar is too big")
    return await own_file(connection, context, principal, kept)


async def link_picture(connection: Connection, context: Context, principal: Principal, url: str, field: str = "avatar_url") -> int:
    """A picture that stays where it is: nothing is fetched. The attachment's id. Raises InvalidValue."""
    check_url(url, field)
    name = PurePosixPath(urlsplit(url).path).name or "avatar"
    number = await files.insert_link(connection, principal.tenant.id, url, name, principal.ref)
    await record(connection, context, principal, "attachment.created", {"id": number, "configuration": "default"})
    return number
