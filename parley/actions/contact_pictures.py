"""Pictures of contacts: a file that came with the request, or one that lies elsewhere."""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import urlsplit

from ..domain.principals import Principal
from ..domain.problems import InvalidValue
from ..store import contacts, events, files
from ..store.database import Connection
from .context import Context
from .files import own_file
from .nouns import record
from .uploads import Kept

Picture: TypeAlias = Kept | str
"""A file, or the URL of one."""
TYPES = ("image/jpeg", "image/png", "image/gif")
LARGEST = 15 * 1024 * 1024


async def make_picture(connection: Connection, context: Context, principal: Principal, picture: Picture | None) -> int | None:
    """The picture's id; its URL is kept, not fetched. Raises InvalidValue for what is no picture."""
    if picture is None:
        return None
    if isinstance(picture, str):
        return await files.insert_link(connection, principal.tenant.id, _checked(picture), "avatar", principal.ref)
    if (picture.content_type or "").lower() not in TYPES:
        raise InvalidValue("avatar", "Avatar filetype not supported")
    if picture.byte_size > LARGEST:
        raise InvalidValue("avatar", "Avatar is too big")
    return await own_file(connection, context, principal, picture)


async def drop_picture(connection: Connection, context: Context, principal: Principal, number: int, picture_id: int) -> None:
    """Deletes a picture that the contact shows no more, unless somebody else does."""
    tenant_id = principal.tenant.id
    if await contacts.delete_picture(connection, tenant_id, number, picture_id):
        event_id = await record(connection, context, principal, "attachment.deleted", {"id": picture_id})
        await events.insert_tombstone(connection, tenant_id, "attachment", picture_id, event_id, principal.ref, context.clock())


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_fit = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        is_fit = False
    if not is_fit:
        raise InvalidValue("avatar_url", "avatar_url must be an http or https URL")
    return url
