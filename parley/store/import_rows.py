"""Bringing staged rows into a tenant's tables, row by row compared with what the last import left.

Rows are copied into a temporary table per noun (``Stage``), get their ids and a verdict there, and are then written in
a few statements. Runs as the owner role, inside the caller's transaction. The verdicts:

    written    new here                             updated    the source's row changed, ours did not
    unchanged  the source's row is as it was        kept       both changed: ours stays, unless theirs win
    joined     a row of ours means the same         gone       deleted here: stays deleted, unless theirs win
    taken      its id belongs to a row of ours      orphan     what it hangs on is missing (``reason``: the column)
    clash      another row has what must be unique
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from . import import_statements as statements
from .database import Connection
from .import_targets import Target

_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Run:
    """One account's import: where to, from where, when, and who wins. ``staged`` are the temporary tables made so far."""

    connection: Connection
    tenant_id: int
    system: str
    unit_id: int
    at: datetime
    theirs: bool = False
    map_ids: bool = False
    staged: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Staged:
    """A source row in our columns. ``extra`` is compared too but stored elsewhere: labels, members ..."""

    id: int
    values: Mapping[str, Any]
    external_id: str = ""
    extra: object = None
    status: str | None = None

    def record(self, target: Target) -> tuple[Any, ...]:
        return (
            self.id,
            self.external_id or str(self.id),
            self.content_hash(target),
            self.status,
            *(self.values[column] for column in target.source_columns),
        )

    def content_hash(self, target: Target) -> bytes:
        compared = [self.values[column] for column in target.columns + target.moments]
        present = [self.values[column] is None for column in target.sticky]
        return blake2b(repr((compared, present, self.extra, self.status)).encode(), digest_size=16).digest()


class Count(NamedTuple):
    """How many staged rows met a verdict, with some of their external ids."""

    verdict: str
    reason: str | None
    rows: int
    examples: list[str]


class Stage:
    """One noun's staged rows inside an open transaction; call the steps in the order they stand here."""

    def __init__(self, run: Run, target: Target) -> None:
        self._run = run
        self.target = target

    async def copy(self, rows: Iterable[Staged] | AsyncIterable[Staged]) -> None:
        """Copies the rows in as they come; nothing is held back in memory."""
        await self._create()
        await self._run.connection.copy_records_to_table(
            self.target.stage,
            columns=["id", "external_id", "content_hash", "source_status", *self.target.source_columns],
            records=_records(rows, self.target),
        )
        await self._execute(f"ANALYZE {self.target.stage} (id, external_id)")

    async def resolve(self, *, renumber: bool) -> None:
        """Finds each row's id here and its verdict; a taken id is replaced by a fresh one where ``renumber`` says so."""
        await self._execute(statements.know(self.target), self._run.tenant_id, self.target.noun, self._run.system)
        if self.target.natural:
            await self._execute(statements.join(self.target), self._run.tenant_id, self.target.noun, self._run.system)
            await self._execute(statements.find_clashes(self.target), self._run.tenant_id)
        await self._execute(statements.find_taken(self.target), self._run.tenant_id)
        if renumber:
            await self._renumber()
        for reference in self.target.references:
            await self._execute(statements.check(self.target, reference), self._run.tenant_id)
        await self._execute(statements.lock(self.target), self._run.tenant_id)
        await self._execute(statements.judge(self.target), self._run.tenant_id, self.target.noun, self._run.theirs)

    async def moved_ids(self) -> dict[str, int | None]:
        """Our id by external id where they differ; None for rows that are not coming in."""
        query = (
            "SELECT external_id, CASE WHEN verdict IN ('taken', 'orphan', 'gone') THEN NULL ELSE id END"
            f" FROM {self.target.stage} WHERE external_id <> id::text OR verdict IN ('taken', 'orphan', 'gone')"
        )
        return {row[0]: row[1] for row in await self._run.connection.fetch(query)}

    async def brought_ids(self) -> list[int]:
        """Our ids of the rows that are new or changed."""
        query = f"SELECT id FROM {self.target.stage} WHERE verdict IN ('written', 'updated')"
        return [row[0] for row in await self._run.connection.fetch(query)]

    async def write(self) -> None:
        await self._execute(statements.insert(self.target), self._run.tenant_id)
        await self._execute(statements.update(self.target), self._run.tenant_id)
        if self._run.theirs:
            await self._execute(statements.raise_from_the_dead(self.target), self._run.tenant_id, self.target.noun)

    async def record(self) -> None:
        """Remembers where the rows came from and what they and ours look like now."""
        run = self._run
        await self._execute(statements.record(self.target), run.tenant_id, self.target.noun, run.system, run.unit_id, run.at)
        if not self.target.swept_in_batches:
            await self._execute(f"INSERT INTO import_seen SELECT $1, external_id FROM {self.target.stage}", self.target.noun)

    async def counts(self) -> list[Count]:
        query = (
            f"SELECT verdict, reason, count(*), (array_agg(external_id))[1:{_EXAMPLES}] FROM {self.target.stage} GROUP BY verdict, reason"
        )
        renumbered = (
            f"SELECT 'renumbered', NULL, count(*), (array_agg(external_id))[1:{_EXAMPLES}] FROM {self.target.stage} WHERE renumbered"
        )
        rows = await self._run.connection.fetch(f"{query} UNION ALL {renumbered}")
        return [Count(*row) for row in rows if row[2]]

    async def find_missing(self, *, within: str = "") -> None:
        """Finds what the source no longer has: of everything ever seen, or of the rows ``within`` (SQL over ``t``) not staged now."""
        run, target = self._run, self.target
        await self._execute("DELETE FROM import_missing")
        await self._execute(statements.find_missing(target, within), run.tenant_id, target.noun, run.system, run.theirs)

    async def delete_missing(self) -> list[Count]:
        """Deletes what ``find_missing`` found, each row with a tombstone and an event."""
        run, target = self._run, self.target
        await self._execute(statements.delete(target), run.tenant_id, target.noun, run.at)
        await self._execute(statements.forget(target), run.tenant_id, target.noun)
        query = f"""
            SELECT verdict, NULL, count(*), (array_agg(id::text))[1:{_EXAMPLES}]
            FROM import_missing WHERE verdict <> 'forgotten' GROUP BY verdict"""
        return [Count(*row) for row in await run.connection.fetch(query)]

    async def _renumber(self) -> None:
        if self.target.noun == "message":
            await self._execute(
                f"UPDATE {self.target.stage} SET id = nextval('message_ids'), verdict = NULL, renumbered = true WHERE verdict = 'taken'"
            )
            return
        kind = self.target.noun
        await self._execute(statements.renumber(self.target), self._run.tenant_id, kind)

    async def _create(self) -> None:
        if self.target.stage not in self._run.staged:
            await self._execute(statements.create(self.target))
            self._run.staged.add(self.target.stage)

    async def _execute(self, query: str, *parameters: object) -> None:
        await self._run.connection.execute(query, *parameters)


async def _records(rows: Iterable[Staged] | AsyncIterable[Staged], target: Target) -> AsyncIterable[tuple[Any, ...]]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row.record(target)
    else:
        for row in rows:
            yield row.record(target)


async def prepare_connection(connection: Connection) -> None:
    """A batch fits into memory, and finding a few thousand rows among millions goes through their index."""
    await connection.execute("SET temp_buffers = '64MB'; SET random_page_cost = 1.1")


async def begin_account(connection: Connection) -> None:
    """Nothing of this account was seen yet."""
    await connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS import_seen (noun text, external_id text);"
        "CREATE TEMP TABLE IF NOT EXISTS import_missing (id bigint, external_id text, verdict text) ON COMMIT DELETE ROWS;"
        "TRUNCATE import_seen"
    )


async def forget_contents(run: Run, target: Target, ids: list[int]) -> None:
    """Rows that the import itself changed: they count as unedited, and the next import compares them anew."""
    query = f"""
        UPDATE origins o SET content_hash = ''::bytea, local_hash = {statements.local_hash(target)} FROM {target.table} t
        WHERE o.tenant_id = $1 AND o.noun = $2 AND o.local_id = ANY ($3::bigint[]) AND t.tenant_id = $1 AND t.{target.key} = o.local_id"""
    await run.connection.execute(query, run.tenant_id, target.noun, ids)
