"""Preparing files and their versions, and deleting versions. Whoever uploaded a file, and administrators, may change it."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..domain.principals import Principal
from ..domain.problems import Forbidden, NotFound
from ..store import events, files, loose_files
from ..store.database import Connection
from .checks import require_write
from .context import Context
from .nouns import record
from .uploads import Kept

UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A version that is to arrive."""

    attachment_id: int
    version: int
    content_type: str


async def prepare_file(
    context: Context, principal: Principal, file_name: str, content_type: str | None, configuration: str = "default"
) -> Prepared:
    """A new file that waits for its bytes. Without a content type the name tells it."""
    require_write(principal)
    suffix = PurePosixPath(file_name).suffix
    # Of the suffix only: a whole name could look like a data: URL, which brings a type of its own.
    media = content_type or mimetypes.guess_type(f"file{suffix}")[0] or UNKNOWN
    new = files.NewFile(_file_type(media), file_name, media, suffix.removeprefix(".") or None, configuration)
    async with context.database.write(principal.tenant.id) as connection:
        now = context.clock()
        number = await files.insert_file(connection, principal.tenant.id, new, principal.ref, now)
        version = await files.insert_version(connection, principal.tenant.id, number, principal.ref, now)
        assert version is not None, "the file was just written"
        await record(connection, context, principal, "attachment.created", {"id": number, "configuration": configuration})
    return Prepared(number, version, media)


async def own_file(connection: Connection, context: Context, principal: Principal, kept: Kept, configuration: str = "default") -> int:
    """A file that came with a request, made a row in the request's transaction; its id. Raises NotFound where the sweep was faster."""
    tenant_id, now = principal.tenant.id, context.clock()
    if not await loose_files.claim_blob(connection, tenant_id, kept.blob_key):
        raise NotFound("the file was sent too long ago")
    suffix = PurePosixPath(kept.file_name).suffix
    media = kept.content_type or mimetypes.guess_type(f"file{suffix}")[0] or UNKNOWN
    new = files.NewFile(_file_type(media), kept.file_name, media, suffix.removeprefix(".") or None, configuration)
    number = await files.insert_file(connection, tenant_id, new, principal.ref, now)
    version = await files.insert_version(connection, tenant_id, number, principal.ref, now)
    assert version is not None, "the file was just written"
    stored = files.Version(number, version, kept.blob_key, kept.byte_size, kept.digest, now, "")
    await files.store_version(connection, tenant_id, stored)
    await files.show_newest(connection, tenant_id, number, principal.ref, now)
    await files.set_picture(connection, tenant_id, number, kept.picture_size)
    await record(connection, context, principal, "attachment.created", {"id": number, "configuration": configuration})
    return number


async def prepare_version(context: Context, principal: Principal, attachment_id: int) -> Prepared:
    """One more version of a file. Raises NotFound, Forbidden."""
    require_write(principal)
    async with context.database.write(principal.tenant.id) as connection:
        found = await _own(connection, principal, attachment_id)
        number = await files.insert_version(connection, principal.tenant.id, attachment_id, principal.ref, context.clock())
        if number is None:
            raise NotFound("no such artifact")
    return Prepared(attachment_id, number, found.content_type or UNKNOWN)


async def delete_version(context: Context, principal: Principal, attachment_id: int, number: int | None) -> None:
    """Deletes a version for good, the current one when ``number`` is None. Raises NotFound, Forbidden.

    The one before it becomes the current one; a file that loses its last waits for a new one.
    """
    require_write(principal)
    tenant_id = principal.tenant.id
    async with context.database.write(tenant_id) as connection:
        await _own(connection, principal, attachment_id)
        locked = await files.lock_file(connection, tenant_id, attachment_id)
        wanted = number if number is not None else locked and locked.current_version
        if wanted is None or not await files.delete_version(connection, tenant_id, attachment_id, wanted):
            raise NotFound("no such version of this artifact")
        now = context.clock()
        await files.show_newest(connection, tenant_id, attachment_id, principal.ref, now)
        data = {"id": attachment_id, "version": wanted}
        await events.insert_event(connection, tenant_id, "attachment.version_deleted", principal.ref, data, now)


async def _own(connection: Connection, principal: Principal, attachment_id: int) -> files.FileRow:
    """A file that the caller sees and may change."""
    found = (await files.get_files(connection, principal, [attachment_id])).get(attachment_id)
    if found is None:
        raise NotFound("no such artifact")
    may = principal.ref.kind == "bot" or principal.is_administrator or found.created_by == str(principal.ref)
    if not may:
        raise Forbidden("only who uploaded the file and administrators may change it")
    return found


def _file_type(media: str) -> str:
    kind = media.partition("/")[0].lower()
    return kind if kind in ("image", "audio", "video") else "file"
