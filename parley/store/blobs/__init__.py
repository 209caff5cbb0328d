"""Where the bytes of files are: a folder, or a bucket that speaks S3's protocol. Rows know a blob by its key only.

A key is made once, by ``new_key``, and never written twice; what is not such a key reaches no folder and no bucket.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator
from typing import Protocol
from uuid import uuid4

CHUNK = 256 * 1024
_KEY = re.compile(r"[0-9]+/[0-9a-f]{32}")


class Blobs(Protocol):
    """Raises problems.Unavailable when the place cannot be reached or is full."""

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        """Writes all of it or, where ``chunks`` raises, nothing; durable when it returns."""

    def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """``length`` bytes from ``start`` on, in pieces. Raises NotFound where there is no such blob."""

    async def delete(self, key: str) -> None:
        """Deleting what is not there is no error."""

    async def exists(self, key: str) -> bool: ...


def new_key(tenant_id: int) -> str:
    """A key that nobody had before."""
    return f"{tenant_id}/{uuid4().hex}"


def checked(key: str) -> str:
    """Raises ValueError for what ``new_key`` never made, so that no key can leave the store."""
    if not _KEY.fullmatch(key):
        raise ValueError("not a key of this blob store")
    return key
