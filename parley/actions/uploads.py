"""An upload, from its first byte to its last: before the end nothing of it can be seen, and nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from ..domain.pictures import HEAD_BYTES, size_of
from ..domain.problems import BodyTooLarge, Conflict, NotFound
from ..domain.signed_links import File
from ..store import events, files, loose_files
from ..store.blobs import new_key
from .context import Context

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

# Longer than any upload takes: then the sweep deletes what was written.
_UNCLAIMED = timedelta(days=1)


async def store(context: Context, file: File, chunks: AsyncIterable[bytes]) -> None:
    """Keeps the bytes as this version of the file; ``chunks`` raises where the sender broke off.

    Raises NotFound for a file that is gone, Conflict where the bytes have arrived before, BodyTooLarge, Unavailable.
    """
    key = await _begin(context, file)
    counted = _Counted(chunks, context.files.max_bytes)
    try:
        await context.files.blobs.put(key, counted.pass_on())
        await _finish(context, file, key, counted)
    except BaseException:
        await forget(context, file.tenant_id, key)
        raise


class Kept(NamedTuple):
    """A form's file whose bytes are in the blob store and belong to nothing yet; unless ``files.own_file`` takes it, it is swept."""

    file_name: str
    content_type: str | None
    blob_key: str
    byte_size: int
    digest: str
    picture_size: tuple[int, int] | None = None
    is_text: bool = True
    """Whether it may be one: no byte of its beginning is zero."""


async def keep(context: Context, tenant_id: int, file_name: str, content_type: str | None, chunks: AsyncIterable[bytes]) -> Kept:
    """Keeps the bytes of a file that came with a request, before its transaction begins. Raises BodyTooLarge, Unavailable."""
    async with context.database.write(tenant_id) as connection:
        key = new_key(tenant_id)
        await loose_files.insert_loose_blob(connection, tenant_id, key, context.clock() + _UNCLAIMED)
    await context.database.commit_early()  # whatever becomes of the bytes, the sweep knows of them
    counted = _Counted(chunks, context.files.max_bytes)
    try:
        await context.files.blobs.put(key, counted.pass_on())
    except BaseException:
        await forget(context, tenant_id, key)
        raise
    head = bytes(counted.head)
    return Kept(file_name, content_type, key, counted.size, counted.hash.hexdigest(), size_of(head), b"\0" not in head)


async def forget(context: Context, tenant_id: int, key: str) -> None:
    """The next sweep may have these bytes, unless something took them."""
    async with context.database.write(tenant_id) as connection:
        await loose_files.hasten_blob(connection, tenant_id, key, context.clock())


async def _begin(context: Context, file: File) -> str:
    """A key for the bytes, noted before they are written so that none can be forgotten."""
    async with context.database.write(file.tenant_id) as connection:
        if not await files.is_awaited(connection, file.tenant_id, file.attachment_id, file.version):
            if await files.get_version(connection, file.tenant_id, file.attachment_id, file.version):
                raise Conflict("this version of the file is here already")
            raise NotFound("the file is not awaited any more")
        key = new_key(file.tenant_id)
        await loose_files.insert_loose_blob(connection, file.tenant_id, key, context.clock() + _UNCLAIMED)
    return key


async def _finish(context: Context, file: File, key: str, counted: _Counted) -> None:
    tenant_id, now = file.tenant_id, context.clock()
    async with context.database.write(tenant_id) as connection:
        locked = await files.lock_file(connection, tenant_id, file.attachment_id)
        if locked is None or not await loose_files.claim_blob(connection, tenant_id, key):
            raise NotFound("the file is not awaited any more")
        version = files.Version(file.attachment_id, file.version, key, counted.size, counted.hash.hexdigest(), now, "")
        by = await files.store_version(connection, tenant_id, version)
        if by is None:
            raise Conflict("this version of the file is here already")
        await files.show_newest(connection, tenant_id, file.attachment_id, by, now)
        await files.set_picture(connection, tenant_id, file.attachment_id, size_of(bytes(counted.head)))
        data = {"id": file.attachment_id, "version": file.version, "size": counted.size}
        await events.insert_event(connection, tenant_id, "attachment.stored", by, data, now)


@dataclass(slots=True)
class _Counted:
    """Measures and hashes what passes, and keeps its ``head``. Raises BodyTooLarge."""

    chunks: AsyncIterable[bytes]
    most: int
    size: int = 0
    hash: Hash = field(default_factory=sha256)
    head: bytearray = field(default_factory=bytearray)

    async def pass_on(self) -> AsyncIterator[bytes]:
        async for chunk in self.chunks:
            self.size += len(chunk)
            if self.size > self.most:
                raise BodyTooLarge(f"a file may have at most {self.most} bytes")
            self.hash.update(chunk)
            self.head += chunk[: max(0, HEAD_BYTES - len(self.head))]
            yield chunk
