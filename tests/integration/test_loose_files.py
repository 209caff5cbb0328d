"""The sweep takes what nobody wants, and never what somebody has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from parley.actions import files as actions
from parley.actions import uploads
from parley.actions.context import Context, Files
from parley.domain.problems import NotFound, Unavailable
from parley.domain.signed_links import File
from parley.jobs.doctor import Finding, examine, repair
from parley.jobs.loose_files import Sweep
from parley.store.blobs.folder import Folder
from tests.integration.small_tenant import SmallTenant, small_tenant


class Desk:
    """A tenant, a folder, and a clock in the test's hand."""

    def __init__(self, world: SmallTenant, root: Path) -> None:
        self.world, self.root, self.now = world, root, datetime.now(UTC)
        self.blobs = Folder(root)
        self.context = Context(world.database, b"k" * 32, clock=lambda: self.now, files=Files(self.blobs))
        self.job = Sweep(self.blobs, clock=lambda: self.now)
        self.principal = world.principal(can_write=True)

    async def upload(self, data: bytes = b"bytes") -> int:
        made = await actions.prepare_file(self.context, self.principal, "a.txt", None)
        await self.bring(made.attachment_id, made.version, data)
        return made.attachment_id

    async def bring(self, number: int, version: int, data: bytes = b"bytes") -> None:
        await uploads.store(self.context, File(self.world.tenant.id, number, version), pieces(data))

    async def sweep(self, days: float = 0) -> int:
        self.now += timedelta(days=days)
        done = 0
        for tenant_id in await self.job.tenants(self.world.database):
            done += await self.job.sweep(self.world.database, tenant_id)
        return done

    async def ids(self) -> set[int]:
        rows = await self.world.owner.fetch("SELECT id FROM attachments WHERE tenant_id = $1", self.world.tenant.id)
        return {row[0] for row in rows}

    def files(self) -> int:
        return sum(path.is_file() for path in self.root.rglob("*"))


async def pieces(data: bytes, *, broken: bool = False) -> AsyncIterator[bytes]:
    yield data
    if broken:
        raise ConnectionError("gone")


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with small_tenant(database) as world:
        await world.conversation(1)
        yield Desk(world, tmp_path)


async def execute(desk: Desk, statement: str, *values: Any) -> None:
    await desk.world.owner.execute(statement, *values)


async def test_uploads_that_nobody_attached_go_after_a_day(desk: Desk) -> None:
    loose, attached, picture, parented, exported, front = [await desk.upload() for _ in range(6)]
    prepared = await actions.prepare_file(desk.context, desk.principal, "never sent.txt", None)
    await desk.world.insert("attachments", id=900, file_name="imported.png", blob_key="elsewhere")
    message = await desk.world.message(1, "see")
    await execute(desk, "UPDATE attachments SET message_id = $2 WHERE id = $1", attached, message)
    await execute(desk, "UPDATE contacts SET avatar_id = $1", picture)
    await execute(desk, "UPDATE inboxes SET avatar_id = $1", front)
    await execute(desk, "UPDATE attachments SET parent = 'company:1' WHERE id = $1", parented)
    export = "INSERT INTO jobs (tenant_id, kind, state) VALUES ($1, 'export_work', 'running')"
    await execute(desk, export, desk.principal.tenant.id)
    await execute(desk, "UPDATE jobs SET artifact_ids = ARRAY[$1::bigint]", exported)
    assert await desk.sweep(0.9) == 0
    assert (len(await desk.ids()), desk.files()) == (8, 6)
    await desk.sweep(0.2)
    assert await desk.ids() == {attached, picture, parented, exported, front, 900}
    await desk.sweep()
    assert desk.files() == 5
    gone = await desk.world.owner.fetch("SELECT id FROM tombstones WHERE noun = 'attachment' ORDER BY id")
    assert [row[0] for row in gone] == [loose, prepared.attachment_id]
    await execute(desk, "DELETE FROM jobs")
    await desk.sweep()
    assert await desk.ids() == {attached, picture, parented, front, 900}


async def test_a_version_that_never_came_goes_and_the_file_stays(desk: Desk) -> None:
    number = await desk.upload()
    message = await desk.world.message(1, "see")
    await execute(desk, "UPDATE attachments SET message_id = $2 WHERE id = $1", number, message)
    late = await actions.prepare_version(desk.context, desk.principal, number)
    await desk.sweep(1.1)
    assert await desk.world.total("attachment_versions") == 1
    with pytest.raises(NotFound):
        await desk.bring(number, late.version)
    assert (await actions.prepare_version(desk.context, desk.principal, number)).version == 3


async def test_blobs_without_a_row_go_at_once(desk: Desk) -> None:
    number = await desk.upload()
    assert desk.files() == 1
    await actions.delete_version(desk.context, desk.principal, number, 1)
    assert await desk.sweep(0.01) == 1
    assert (desk.files(), await desk.world.total("loose_blobs")) == (0, 0)


async def test_the_blobs_of_what_is_deleted_with_its_conversation_go_too(desk: Desk) -> None:
    number = await desk.upload()
    message = await desk.world.message(1, "see")
    await execute(desk, "UPDATE attachments SET message_id = $2 WHERE id = $1", number, message)
    await execute(desk, "DELETE FROM conversations")
    await desk.sweep(0.01)
    assert (await desk.ids(), desk.files()) == (set(), 0)


async def test_the_blobs_of_a_deleted_tenant_go_too(desk: Desk) -> None:
    await desk.upload()
    await execute(desk, "DELETE FROM attachments WHERE tenant_id = $1", desk.world.tenant.id)
    await execute(desk, "DELETE FROM tenants WHERE id = $1", desk.world.tenant.id)
    assert await desk.sweep(0.01) == 1
    assert desk.files() == 0


async def test_what_an_upload_that_broke_off_wrote_goes_too(desk: Desk) -> None:
    made = await actions.prepare_file(desk.context, desk.principal, "a.txt", None)
    with pytest.raises(ConnectionError):
        await uploads.store(desk.context, File(desk.world.tenant.id, made.attachment_id, made.version), pieces(b"x", broken=True))
    assert desk.files() == 0
    assert await desk.world.total("loose_blobs") == 1
    assert await desk.sweep(0.01) == 1
    assert await desk.world.total("loose_blobs") == 0


async def test_the_doctor_tells_of_bytes_that_are_gone(desk: Desk, database: str) -> None:
    number = await desk.upload()
    await desk.upload()
    assert "missing_blobs" not in {one.name for one in await examine(database, desk.blobs)}
    key = await desk.world.owner.fetchval("SELECT blob_key FROM attachments WHERE id = $1", number)
    await desk.blobs.delete(key)
    assert Finding("missing_blobs", desk.world.tenant.id, 1) in await examine(database, desk.blobs)
    assert Finding("missing_blobs", desk.world.tenant.id, 1) in await repair(database, desk.blobs)


async def test_a_sweep_that_was_faster_than_the_upload_is_told(desk: Desk) -> None:
    """The blob is deleted before the upload can claim it: then there is no row that promises it."""
    made = await actions.prepare_file(desk.context, desk.principal, "a.txt", None)

    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        await execute(desk, "UPDATE loose_blobs SET due_at = now() - interval '1 day'")
        await desk.sweep()

    with pytest.raises((NotFound, Unavailable)):
        await uploads.store(desk.context, File(desk.world.tenant.id, made.attachment_id, made.version), slow())
    assert await desk.world.total("attachment_versions", "blob_key IS NOT NULL") == 0
    await desk.sweep(0.01)
    assert desk.files() == 0
