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
from ..store.database import OpenTransaction
from .slices import Progress, Slice

PAGE = 1000


async def export_contacts(one: Slice) -> None:
    """The whole export: a snapshot cannot be left and found again."""
    asked = msgspec.json.decode(one.job.payload)
    one.progress = Progress(failures=one.progress.failures)
    name = f"{one.principal.tenant.name}_{one.tenant_id}_contacts.csv"
    kept = await uploads.keep(one.context, one.tenant_id, name, "text/csv", _lines(one, asked["columns"], asked["labels"]))
    async with one.step() as connection:
        inside = replace(one.context, database=OpenTransaction(connection, one.tenant_id))
        await one.finish(connection, [await own_file(connection, inside, one.principal, kept)])


async def _lines(one: Slice, columns: list[str], labels: list[str] | None) -> AsyncIterator[bytes]:
    """A page at a time; after each the claim is renewed, beside the snapshot."""
    yield line(columns).encode()
    async with one.context.database.read(one.tenant_id) as connection:
        after = 0
        while rows := await contact_files.list_after(connection, one.tenant_id, after, labels=labels, limit=PAGE):
            yield "".join(line([_cell(one.tenant_id, row, column) for column in columns]) for row in rows).encode()
            after = rows[-1].id
            done = one.progress.rows + len(rows)
            one.progress = msgspec.structs.replace(one.progress, rows=done, done=done)
            async with one.step() as beside:
                await one.keep(beside, one.progress)


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
