"""A contact job goes on where it was left: after a crash, on another server, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from parley.actions import uploads
from parley.actions.contact_jobs import ask_export, ask_import
from parley.actions.context import Context, Files, utc_now
from parley.jobs import contact_import
from parley.jobs.contact_jobs import ContactJobs
from parley.store.blobs.folder import Folder
from parley.store.database import OpenTransaction
from tests.integration.small_tenant import SmallTenant, small_tenant


@pytest.fixture
async def world(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmallTenant]:
    monkeypatch.setattr(contact_import, "BATCH", 3)
    monkeypatch.setattr(contact_import, "SLICE", 6)
    async with small_tenant(database) as one:
        await one.insert("allocators", kind="contact", next_id=100)
        yield one


def context_of(world: SmallTenant, folder: Path) -> Context:
    return Context(world.database, b"key", files=Files(Folder(folder)))


async def ask(world: SmallTenant, folder: Path, rows: int) -> int:
    table = "identifier,name\n" + "".join(f"row-{number},Row {number}\n" for number in range(rows))

    async def chunks() -> AsyncIterator[bytes]:
        yield table.encode()

    context = context_of(world, folder)
    kept = await uploads.keep(context, world.tenant.id, "rows.csv", "text/csv", chunks())
    principal = world.principal(can_write=True)
    async with world.database.write(world.tenant.id) as connection:
        inside = replace(context, database=OpenTransaction(connection, world.tenant.id))
        return await ask_import(inside, principal, kept)


async def state(world: SmallTenant, job: int) -> tuple[str, int]:
    row = await world.owner.fetchrow("SELECT state, coalesce((result ->> 'done')::int, 0) AS done FROM jobs WHERE id = $1", job)
    return row["state"], row["done"]


async def test_slices_follow_each_other(world: SmallTenant, tmp_path: Path) -> None:
    job = await ask(world, tmp_path, 8)
    jobs = ContactJobs(Folder(tmp_path))
    assert await jobs.tenants(world.database) == [world.tenant.id]
    assert await jobs.work(world.database, world.tenant.id) == 6
    assert await state(world, job) == ("queued", 6)
    assert await jobs.work(world.database, world.tenant.id) == 2
    assert await state(world, job) == ("done", 8)
    assert await jobs.tenants(world.database) == []
    assert await world.total("contacts", "identifier LIKE 'row-%'") == 8


async def test_a_crash_inside_a_batch_loses_nothing_and_repeats_nothing(
    world: SmallTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await ask(world, tmp_path, 5)
    real, taken = contact_import.take_row, []

    async def killed(context: Context, principal: object, cells: dict[str, str]) -> None:
        taken.append(cells["identifier"])
        if len(taken) == 5:
            raise asyncio.CancelledError
        await real(context, principal, cells)  # type: ignore[arg-type]

    monkeypatch.setattr(contact_import, "take_row", killed)
    with pytest.raises(asyncio.CancelledError):
        await ContactJobs(Folder(tmp_path)).work(world.database, world.tenant.id)
    assert await state(world, job) == ("running", 3)
    assert await world.total("contacts", "identifier LIKE 'row-%'") == 3
    monkeypatch.setattr(contact_import, "take_row", real)
    assert await ContactJobs(Folder(tmp_path)).work(world.database, world.tenant.id) == 0  # its lease still runs
    later = ContactJobs(Folder(tmp_path), clock=lambda: utc_now() + timedelta(minutes=6))
    assert await later.work(world.database, world.tenant.id) == 2
    assert await state(world, job) == ("done", 5)
    assert await world.total("contacts", "identifier LIKE 'row-%'") == 5


async def test_a_server_that_was_thought_gone_changes_nothing_any_more(
    world: SmallTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await ask(world, tmp_path, 4)
    real, batches = contact_import._take, []

    async def slow(*arguments: Any) -> None:
        batches.append(1)
        if len(batches) == 2:
            later = ContactJobs(Folder(tmp_path), clock=lambda: utc_now() + timedelta(minutes=6))
            assert await later.work(world.database, world.tenant.id) == 1
        await real(*arguments)

    monkeypatch.setattr(contact_import, "_take", slow)
    assert await ContactJobs(Folder(tmp_path)).work(world.database, world.tenant.id) == 3
    assert len(batches) == 3
    assert await state(world, job) == ("done", 4)
    assert await world.total("contacts", "identifier LIKE 'row-%'") == 4


async def test_many_servers_do_each_row_once(world: SmallTenant, tmp_path: Path) -> None:
    ids = [await ask(world, tmp_path, 7) for _ in range(3)]
    servers = [ContactJobs(Folder(tmp_path)) for _ in range(4)]
    done = 0
    while await servers[0].tenants(world.database):
        done += sum(await asyncio.gather(*(one.work(world.database, world.tenant.id) for one in servers)))
    assert done == 21
    assert [await state(world, job) for job in ids] == [("done", 7)] * 3
    assert await world.total("contacts", "identifier LIKE 'row-%'") == 7


async def test_a_job_that_breaks_off_five_times_has_failed(world: SmallTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = await ask(world, tmp_path, 2)

    async def broken(*_: object) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr(contact_import, "take_row", broken)
    for attempt in range(5):
        assert (await state(world, job))[0] == "queued"
        at = utc_now() + timedelta(minutes=attempt)
        await ContactJobs(Folder(tmp_path), clock=lambda at=at: at).work(world.database, world.tenant.id)  # type: ignore[misc]
    assert await state(world, job) == ("failed", 0)
    assert await world.owner.fetchval("SELECT last_error FROM jobs WHERE id = $1", job) == "RuntimeError: no luck"
    assert await world.total("contacts", "identifier LIKE 'row-%'") == 0


async def test_files_stay_with_their_job(world: SmallTenant, tmp_path: Path) -> None:
    """The source until the job is done; what it made afterwards."""
    job = await ask(world, tmp_path, 1)
    assert await world.total("attachments", f"parent = 'job:{job}' AND file_name = 'rows.csv'") == 1
    jobs = ContactJobs(Folder(tmp_path))
    await jobs.work(world.database, world.tenant.id)
    assert await world.total("attachments", f"parent = 'job:{job}'") == 0
    async with world.database.write(world.tenant.id) as connection:
        inside = replace(context_of(world, tmp_path), database=OpenTransaction(connection, world.tenant.id))
        export = await ask_export(inside, world.principal(can_write=True), ["name"], None)
    assert await jobs.work(world.database, world.tenant.id) == 1
    assert await world.total("attachments", f"parent = 'job:{export}' AND file_name = 'small_{world.tenant.id}_contacts.csv'") == 1
