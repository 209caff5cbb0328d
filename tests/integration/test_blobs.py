"""Both blob stores keep their one promise: all of a blob or nothing, under a key that cannot leave the store."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from parley.domain.problems import NotFound, Unavailable
from parley.store.blobs import Blobs, folder, new_key
from parley.store.blobs.folder import Folder
from parley.store.blobs.s3 import S3, Bucket
from tests import s3

# Three parts of 5 MiB and a rest.
LARGE = bytes(range(256)) * 4096 * 16


@pytest.fixture(scope="module")
def bucket() -> Iterator[s3.Bucket]:
    with s3.bucket() as held:
        yield held


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, bucket: s3.Bucket) -> Blobs:
    if request.param == "folder":
        return Folder(tmp_path / "blobs")
    return S3(Bucket(s3.BUCKET, bucket.url, "us-east-1", s3.ACCESS_KEY, s3.SECRET_KEY))


async def chunks(data: bytes, size: int = 100_000, *, cut: int | None = None) -> AsyncIterator[bytes]:
    """``data`` in pieces; the sender breaks off before byte ``cut``."""
    for start in range(0, len(data), size):
        if cut is not None and start >= cut:
            raise ConnectionError("gone")
        yield data[start : start + size]


async def read(blobs: Blobs, key: str, start: int, length: int) -> bytes:
    return b"".join([chunk async for chunk in blobs.read(key, start, length)])


@pytest.mark.parametrize("data", [b"", b"x", LARGE], ids=["empty", "one", "large"])
async def test_what_was_put_is_read_whole_and_in_ranges(blobs: Blobs, data: bytes) -> None:
    key = new_key(1)
    await blobs.put(key, chunks(data))
    assert await blobs.exists(key)
    assert await read(blobs, key, 0, len(data)) == data
    middle = len(data) // 3
    assert await read(blobs, key, middle, len(data) // 2) == data[middle : middle + len(data) // 2]
    await blobs.delete(key)
    await blobs.delete(key)
    assert not await blobs.exists(key)
    with pytest.raises(NotFound):
        await read(blobs, key, 0, 1)


@pytest.mark.parametrize("cut", [0, 200_000, 12_000_000])
async def test_an_upload_that_breaks_off_leaves_nothing(blobs: Blobs, cut: int, tmp_path: Path, bucket: s3.Bucket) -> None:
    before = dict(bucket.objects)
    key = new_key(1)
    with pytest.raises((ConnectionError, Unavailable)):
        await blobs.put(key, chunks(LARGE, cut=cut))
    assert not await blobs.exists(key)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert bucket.objects == before
    assert bucket.uploads == {}


@pytest.mark.parametrize("key", ["../x", "1/../../etc/passwd", "/etc/passwd", "1/a\0b", f"1/{'a' * 32}/../x", "", f"1/{'A' * 32}"])
async def test_what_is_no_key_reaches_nothing(blobs: Blobs, key: str, tmp_path: Path, bucket: s3.Bucket) -> None:
    before = dict(bucket.objects)
    with pytest.raises(ValueError, match="not a key"):
        await blobs.put(key, chunks(b"x"))
    with pytest.raises(ValueError, match="not a key"):
        await read(blobs, key, 0, 1)
    with pytest.raises(ValueError, match="not a key"):
        await blobs.delete(key)
    assert list(tmp_path.iterdir()) == []
    assert bucket.objects == before


async def test_a_folder_never_writes_a_key_twice(tmp_path: Path) -> None:
    blobs, key = Folder(tmp_path), new_key(1)
    await blobs.put(key, chunks(b"first"))
    with pytest.raises(Unavailable):
        await blobs.put(key, chunks(b"second"))
    assert await read(blobs, key, 0, 10) == b"first"
    assert len(list((tmp_path / "1").iterdir())) == 1


async def test_an_upload_that_ends_while_its_file_is_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server ends the task of a sender who left; the thread that makes the file goes on."""
    begun, go_on, made, make = threading.Event(), threading.Event(), threading.Event(), folder._create

    def slowly(part: Path) -> BinaryIO:
        begun.set()
        go_on.wait(10)
        file = make(part)
        made.set()
        return file

    monkeypatch.setattr(folder, "_create", slowly)
    putting = asyncio.create_task(Folder(tmp_path).put(new_key(1), chunks(b"x")))
    assert await asyncio.to_thread(begun.wait, 10)
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    go_on.set()
    await asyncio.to_thread(made.wait, 10)
    await asyncio.sleep(0.1)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file where the folder should be")
    with pytest.raises(Unavailable):
        await Folder(tmp_path / "blobs").put(new_key(1), chunks(b"x"))


async def test_a_bucket_that_does_not_answer_is_unavailable_and_tells_no_secret(bucket: s3.Bucket) -> None:
    place = Bucket(s3.BUCKET, bucket.url, "us-east-1", "AKWRONG", s3.SECRET_KEY)
    assert s3.SECRET_KEY not in repr(place)
    for action in (S3(place).exists(new_key(1)), S3(place).put(new_key(1), chunks(b"x"))):
        with pytest.raises(Unavailable) as told:
            await action
        assert s3.SECRET_KEY not in str(told.value)


def test_nobody_without_a_bucket_loads_the_library() -> None:
    asked = "import sys, parley.server.asgi; sys.exit('obstore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
