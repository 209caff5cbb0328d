"""An export of contacts: one CSV file of one moment, written as it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from ..actions import uploads
from ..actions.files import own_file
from ..domain.csv_records import line
from ..store import contact_files
from ..store.contact_files import ContactRecord
from ..store.database import Connection, OpenTransaction
from .slices import Progress, Slice

PAGE = 1000


async def export_contacts(one: Slice) -> None:
    """The whole export: a snapshot cannot be left and found again."""
    asked = msgspec.json.decode(one.job.payload)
    one.progress = Progress(failures=one.progress.failures)
    name = f"{one.principal.tenant.name}_{one.tenant_id}_contacts.csv"
    kept = await uploads.keep(one.context, one.tenant_id, name, "text/csv", _lines(one, asked))
    async with one.step() as connection:
        inside = replace(one.context, database=OpenTransaction(connection, one.tenant_id))
        await one.finish(connection, [await own_file(connection, inside, one.principal, kept)])


async def _lines(one: Slice, asked: dict[str, Any]) -> AsyncIterator[bytes]:
    """A page at a time; after each the claim is renewed, beside the snapshot."""
    columns: list[str] = asked["columns"]
    yield line(columns).encode()
    async with one.context.database.read(one.tenant_id) as connection:
        async for rows in _pages(connection, one.tenant_id, asked):
            yield "".join(line([_cell(one.tenant_id, row, column) for column in columns]) for row in rows).encode()
            done = one.progress.rows + len(rows)
            one.progress = msgspec.structs.replace(one.progress, rows=done, done=done)
            async with one.step() as beside:
                await one.keep(beside, one.progress)


async def _pages(connection: Connection, tenant_id: int, asked: dict[str, Any]) -> AsyncIterator[list[ContactRecord]]:
    """By id; those that a filter had selected when the export was asked for a thousand at a time, whichever of them are left."""
    if (ids := asked.get("ids")) is not None:
        for start in range(0, len(ids), PAGE):
            some = ids[start : start + PAGE]
            yield await contact_files.list_after(connection, tenant_id, 0, labels=None, ids=some, limit=PAGE)
        return
    after = 0
    while rows := await contact_files.list_after(connection, tenant_id, after, labels=asked["labels"], limit=PAGE):
        yield rows
        after = rows[-1].id


def _cell(tenant_id: int, row: ContactRecord, column: str) -> str:
    value = tenant_id if column == "account_id" else getattr(row, column)
    return _WORDS.get(type(value), str)(value)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


_WORDS: dict[type[Any], Callable[[Any], str]] = {
    type(None): lambda _nothing: "",
    bool: lambda flag: "true" if flag else "false",
    datetime: _moment,
}
