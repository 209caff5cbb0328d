"""Blobs as files of a folder: written under a temporary name, flushed to the disk, then given their own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from ...domain.problems import NotFound, Unavailable
from . import CHUNK, checked

P = ParamSpec("P")
T = TypeVar("T")


class Folder:
    """``<root>/<tenant>/<key>``; folders are made when first needed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        path = self._path(key)
        part = _part(path)
        file = await _made(part)
        try:
            await _fill(file, chunks)
            await _disk(_settle, file, part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            file.close()
            raise

    async def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._path(key).open, "rb")
        except FileNotFoundError as error:
            raise NotFound("the file's bytes are not here") from error
        with file:
            await asyncio.to_thread(file.seek, start)
            while length > 0 and (chunk := await asyncio.to_thread(file.read, min(CHUNK, length))):
                length -= len(chunk)
                yield chunk

    async def delete(self, key: str) -> None:
        path = self._path(key)
        for one in (path, _part(path)):
            await asyncio.to_thread(one.unlink, missing_ok=True)

    async def exists(self, key: str) -> bool:
        return await asyncio.to_thread(self._path(key).is_file)

    def _path(self, key: str) -> Path:
        return self.root / checked(key)


async def _disk(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """In a thread. Raises Unavailable for what the disk refuses: it is full, read-only, gone."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        raise Unavailable(f"the file cannot be kept: {error.strerror}") from error


async def _made(part: Path) -> BinaryIO:
    """A new file. Who ends this task, as a sender who leaves, does not end the thread that makes the file: it is taken back then."""
    making = asyncio.ensure_future(_disk(_create, part))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        making.add_done_callback(lambda made: _take_back(made, part))
        raise


def _take_back(made: asyncio.Future[BinaryIO], part: Path) -> None:
    if not made.cancelled() and made.exception() is None:
        part.unlink(missing_ok=True)
        made.result().close()


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _create(part: Path) -> BinaryIO:
    part.parent.mkdir(parents=True, exist_ok=True)
    return part.open("xb")


async def _fill(file: BinaryIO, chunks: AsyncIterable[bytes]) -> None:
    """Small chunks are gathered, so that a thread is asked once for each quarter of a megabyte."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        if len(gathered) >= CHUNK:
            await _disk(file.write, bytes(gathered))
            gathered.clear()
    await _disk(file.write, bytes(gathered))


def _settle(file: BinaryIO, part: Path, path: Path) -> None:
    """A link, unlike a rename, refuses a name that is taken. Raises FileExistsError."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
    path.hardlink_to(part)
    part.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
