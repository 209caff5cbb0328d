"""An import of contacts: rows of a CSV file, in small transactions; refused rows become a file of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from itertools import zip_longest

import msgspec

from ..actions import uploads
from ..actions.contact_rows import lock_rows, take_row
from ..actions.context import Context
from ..actions.files import own_file
from ..domain.csv_records import Reader, Record, line
from ..domain.problems import InvalidValue
from ..store import contact_files, files
from ..store.contact_files import Refused
from ..store.database import OpenTransaction
from .slices import Hopeless, Slice

# A batch holds the row that gives out ids, so that others who make contacts wait for it.
SLICE, BATCH = 1000, 50


async def import_contacts(one: Slice) -> None:
    """Up to ``SLICE`` rows; at the end of the file the job is done. Raises Hopeless for what is no table."""
    try:
        records = _records(one.context, await _file(one))
        first = await anext(records, None)
        headers = [cell.strip() for cell in first.cells] if first else []
        if not any(headers):
            raise Hopeless("the file is empty")
        done, skip = 0, one.progress.rows
        async for batch in _batches(records, skip):
            await _take(one, headers, batch)
            done += len(batch)
            if done >= SLICE:
                await one.give_back()
                return
    except ValueError as error:
        raise Hopeless(str(error)) from error
    await _finish(one, headers)


async def _file(one: Slice) -> files.Download:
    file_id = msgspec.json.decode(one.job.payload)["file_id"]
    async with one.context.database.read(one.tenant_id) as connection:
        found = await files.find_download(connection, one.tenant_id, file_id, 0)
    if found is None or found.blob_key is None:
        raise Hopeless("the file is gone")
    return found


async def _records(context: Context, file: files.Download) -> AsyncIterator[Record]:
    reader = Reader()
    assert file.blob_key is not None, "a file whose bytes are here"
    async for piece in context.files.blobs.read(file.blob_key, 0, file.byte_size or 0):
        for record in reader.feed(piece):
            yield record
    for record in reader.end():
        yield record


async def _batches(records: AsyncIterator[Record], skip: int) -> AsyncIterator[list[Record]]:
    batch: list[Record] = []
    async for record in records:
        if skip:
            skip -= 1
            continue
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _take(one: Slice, headers: Sequence[str], batch: Sequence[Record]) -> None:
    """One transaction: the rows, those refused, and how far the job is."""
    refused: list[Refused] = []
    async with one.step() as connection:
        inside = replace(one.context, database=OpenTransaction(connection, one.tenant_id))
        rows = [_row(headers, record) for record in batch]
        await lock_rows(connection, one.tenant_id, rows)
        for number, (record, row) in enumerate(zip(batch, rows, strict=True), one.progress.rows + 1):
            try:
                if record.problem:
                    raise InvalidValue("row", record.problem)
                await take_row(inside, one.principal, row)
            except InvalidValue as error:
                refused.append(Refused(number, [cell.replace("\x00", "") for cell in record.cells], error.message))
        await contact_files.insert_refused(connection, one.tenant_id, one.job.id, refused)
        was = one.progress
        after = msgspec.structs.replace(
            was, rows=was.rows + len(batch), done=was.done + len(batch) - len(refused), failed=was.failed + len(refused)
        )
        await one.keep(connection, after)
    one.progress = after


def _row(headers: Sequence[str], record: Record) -> dict[str, str]:
    """The cells by column; nothing of what is no record."""
    cells = zip_longest(headers, [] if record.problem else record.cells[: len(headers)], fillvalue="")
    return {name: text for name, text in cells if name}


async def _finish(one: Slice, headers: Sequence[str]) -> None:
    kept = None
    if one.progress.failed:
        kept = await uploads.keep(one.context, one.tenant_id, "contacts_not_imported.csv", "text/csv", _refused(one, headers))
    async with one.step() as connection:
        inside = replace(one.context, database=OpenTransaction(connection, one.tenant_id))
        made = [] if kept is None else [await own_file(connection, inside, one.principal, kept)]
        await contact_files.delete_refused(connection, one.tenant_id, one.job.id)
        await one.finish(connection, made)


async def _refused(one: Slice, headers: Sequence[str]) -> AsyncIterator[bytes]:
    """The refused rows as they came, with a last column that says why."""
    yield line([*headers, "errors"]).encode()
    after = 0
    while True:
        async with one.context.database.read(one.tenant_id, vary=False) as connection:
            rows = await contact_files.list_refused(connection, one.tenant_id, one.job.id, after)
        if not rows:
            return
        for row in rows:
            cells = (row.cells + [""] * len(headers))[: len(headers)]
            yield line([*cells, row.reason]).encode()
        after = rows[-1].row_number
