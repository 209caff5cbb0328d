"""Blobs in a bucket, through obstore (Rust's object_store): uploads in parts, downloads by range, retries inside.

Imported only where a bucket is configured, so that nobody else carries the library in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from ...domain.problems import NotFound, Unavailable
from . import CHUNK, checked

_MISSING = (FileNotFoundError, NotFoundError)
# A part is 5 MiB, the least that S3 takes; a few under way at once bound an upload's memory.
_PARTS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the bucket is. Without keys obstore looks for those of the machine (environment, container, instance)."""

    name: str
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = field(default="", repr=False)


class S3:
    """Each blob is one object named by its key."""

    def __init__(self, bucket: Bucket) -> None:
        given = {"endpoint": bucket.endpoint, "access_key_id": bucket.access_key, "secret_access_key": bucket.secret_key}
        self._store = S3Store(
            bucket.name,
            region=bucket.region,
            disable_bulk_delete=True,  # not every store that speaks S3 has it
            client_options={"allow_http": bucket.endpoint.startswith("http://"), "timeout": timedelta(minutes=5)},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
            **{key: value for key, value in given.items() if value},  # type: ignore[arg-type]
        )

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        watched, name = _Watched(chunks), checked(key)
        try:
            await obstore.put_async(self._store, name, watched.pass_on(), max_concurrency=_PARTS_AT_ONCE)
        except Exception as error:
            if watched.failure is not None:  # the sender's fault, not the bucket's
                raise watched.failure from error
            raise _unavailable(error) from error

    async def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        if length <= 0:
            return
        try:
            found = await obstore.get_async(self._store, checked(key), options={"range": (start, start + length)})
            async for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)
        except _MISSING as error:
            raise NotFound("the file's bytes are not here") from error
        except BaseError as error:
            raise _unavailable(error) from error

    async def delete(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, checked(key))
        except _MISSING:
            return
        except BaseError as error:
            raise _unavailable(error) from error

    async def exists(self, key: str) -> bool:
        try:
            await obstore.head_async(self._store, checked(key))
        except _MISSING:
            return False
        except BaseError as error:
            raise _unavailable(error) from error
        return True


class _Watched:
    """Remembers what the sender's side raised: the library only tells that something did."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = chunks
        self.failure: Exception | None = None

    async def pass_on(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._chunks:
                yield chunk
        except Exception as error:
            self.failure = error
            raise


def _unavailable(error: Exception) -> Unavailable:
    """Says what kind of failure it was; the library's own words can tell addresses and keys."""
    return Unavailable(f"the blob store cannot be reached ({type(error).__name__})")
