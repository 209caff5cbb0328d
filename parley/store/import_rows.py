"""Bringing staged rows into a tenant's tables, row by row compared with what the last import left.

Rows are copied into a temporary table per noun (``Stage``), get their ids and a verdict there, and are then written in
a few statements. Runs as the owner role, inside the caller's transaction. The verdicts:

    written    new here                             updated    the source's row changed, ours did not
    unchanged  the source's row is as it was        kept       both changed: ours stays, unless theirs win
    joined     a row of ours means the same         gone       deleted here: stays deleted, unless theirs win
    taken      its id belongs to a row of ours      orphan     what it hangs on is missing (``reason``: the column)
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from .database import Connection
from .import_targets import Reference, Target

_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Run:
    """One account's import: where to, from where, when, and who wins."""

    connection: Connection
    tenant_id: int
    system: str
    unit_id: int
    at: datetime
    theirs: bool = False
    map_ids: bool = False


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

    async def resolve(self, *, renumber: bool) -> None:
        """Finds each row's id here and its verdict; a taken id is replaced by a fresh one where ``renumber`` says so."""
        await self._execute(_know(self.target), self._run.tenant_id, self.target.noun, self._run.system)
        if self.target.natural:
            await self._execute(_join(self.target), self._run.tenant_id, self.target.noun, self._run.system)
        await self._execute(_find_taken(self.target), self._run.tenant_id)
        if renumber:
            await self._renumber()
        for reference in self.target.references:
            await self._execute(_check(self.target, reference), self._run.tenant_id)
        await self._execute(_judge(self.target), self._run.tenant_id, self.target.noun, self._run.theirs)

    async def moved_ids(self) -> dict[str, int | None]:
        """Our id by external id where they differ; None for rows that are not coming in."""
        query = (
            "SELECT external_id, CASE WHEN verdict IN ('taken', 'orphan') THEN NULL ELSE id END"
            f" FROM {self.target.stage} WHERE external_id <> id::text OR verdict IN ('taken', 'orphan')"  # noqa: S608
        )
        return {row[0]: row[1] for row in await self._run.connection.fetch(query)}

    async def write(self) -> None:
        await self._execute(_insert(self.target), self._run.tenant_id)
        await self._execute(_update(self.target), self._run.tenant_id)

    async def record(self) -> None:
        """Remembers where the rows came from and what they and ours look like now."""
        run = self._run
        await self._execute(_record(self.target), run.tenant_id, self.target.noun, run.system, run.unit_id, run.at)
        await self._execute(
            f"INSERT INTO import_seen SELECT $1, external_id FROM {self.target.stage}",  # noqa: S608
            self.target.noun,
        )

    async def counts(self) -> list[Count]:
        query = (
            f"SELECT verdict, reason, count(*), (array_agg(external_id))[1:{_EXAMPLES}]"  # noqa: S608
            f" FROM {self.target.stage} GROUP BY verdict, reason"
        )
        renumbered = f"SELECT 'renumbered', NULL, count(*), (array_agg(external_id))[1:{_EXAMPLES}] FROM {self.target.stage} WHERE renumbered"  # noqa: S608
        rows = await self._run.connection.fetch(f"{query} UNION ALL {renumbered}")
        return [Count(*row) for row in rows if row[2]]

    async def find_missing(self, *, still_used: str = "FALSE", within: str = "") -> None:
        """Finds what the source no longer has: of everything ever seen, or of the rows ``within`` (SQL over ``t``) not staged now.

        What was edited here or is ``still_used`` (SQL over ``t``) stays.
        """
        run, target = self._run, self.target
        await self._create_seen()
        await self._execute("TRUNCATE import_missing")
        await self._execute(_find_missing(target, still_used, within), run.tenant_id, target.noun, run.system, run.theirs)

    async def delete_missing(self) -> list[Count]:
        """Deletes what ``find_missing`` found, each row with a tombstone and an event."""
        run, target = self._run, self.target
        await self._execute(_delete(target), run.tenant_id, target.noun, run.at)
        await self._execute(_forget(target), run.tenant_id, target.noun)
        query = f"SELECT verdict, NULL, count(*), (array_agg(id::text))[1:{_EXAMPLES}] FROM import_missing WHERE verdict <> 'forgotten' GROUP BY verdict"  # noqa: S608
        return [Count(*row) for row in await run.connection.fetch(query)]

    async def _renumber(self) -> None:
        if self.target.noun == "message":
            await self._execute(f"UPDATE {self.target.stage} SET id = nextval('message_ids'), verdict = NULL, renumbered = true WHERE verdict = 'taken'")  # noqa: S608
            return
        kind = self.target.noun
        await self._execute(_renumber(self.target), self._run.tenant_id, kind)

    async def _create(self) -> None:
        await self._create_seen()
        await self._execute(_create(self.target))

    async def _create_seen(self) -> None:
        await self._execute("CREATE TEMP TABLE IF NOT EXISTS import_seen (noun text, external_id text)")
        await self._execute(
            "CREATE TEMP TABLE IF NOT EXISTS import_missing (id bigint, external_id text, verdict text) ON COMMIT DELETE ROWS"
        )

    async def _execute(self, query: str, *parameters: object) -> None:
        await self._run.connection.execute(query, *parameters)


async def _records(rows: Iterable[Staged] | AsyncIterable[Staged], target: Target) -> AsyncIterable[tuple[Any, ...]]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row.record(target)
    else:
        for row in rows:
            yield row.record(target)


def local_hash(target: Target) -> str:
    """SQL over ``t``: what our row looks like, as far as an edit of it would show."""
    parts = [f"t.{column}" for column in target.columns] + [f"t.{column} IS NULL" for column in target.sticky]
    if target.children:
        parts.append(target.children)
    return f"sha256(convert_to(ROW({', '.join(parts)})::text, 'UTF8'))"


def _create(target: Target) -> str:
    columns = ", ".join(f"t.{column}" for column in target.source_columns + target.derived)
    return f"""
        CREATE TEMP TABLE IF NOT EXISTS {target.stage} ON COMMIT DELETE ROWS AS
        SELECT 0::bigint AS id, ''::text AS external_id, ''::bytea AS content_hash, ''::text AS source_status,
               ''::text AS verdict, ''::text AS reason, true AS renumbered, true AS known, ''::bytea AS old_content_hash,
               ''::bytea AS old_local_hash, ''::text AS old_status, {columns}
        FROM {target.table} t WITH NO DATA"""  # noqa: S608


def _know(target: Target) -> str:
    return f"""
        UPDATE {target.stage} s
        SET id = o.local_id, known = true, old_content_hash = o.content_hash, old_local_hash = o.local_hash, old_status = o.source_status
        FROM origins o
        WHERE o.tenant_id = $1 AND o.noun = $2 AND o.system = $3 AND o.external_id = s.external_id"""  # noqa: S608


def _join(target: Target) -> str:
    return f"""
        UPDATE {target.stage} s
        SET id = t.{target.key}, known = o.local_id IS NOT NULL, verdict = CASE WHEN o.local_id IS NULL THEN 'joined' END,
            old_content_hash = ''::bytea, old_local_hash = o.local_hash, old_status = o.source_status
        FROM {target.table} t
        LEFT JOIN origins o ON o.tenant_id = $1 AND o.noun = $2 AND o.system = $3 AND o.local_id = t.{target.key}
        WHERE s.known IS NULL AND t.tenant_id = $1 AND {target.natural}"""  # noqa: S608


def _find_taken(target: Target) -> str:
    return f"""
        UPDATE {target.stage} s SET verdict = 'taken' FROM {target.table} t
        WHERE s.known IS NULL AND s.verdict IS NULL AND t.tenant_id = $1 AND t.{target.key} = s.id"""  # noqa: S608


def _renumber(target: Target) -> str:
    return f"""
        WITH taken AS (
          SELECT s.external_id, row_number() OVER (ORDER BY s.id) AS place FROM {target.stage} s WHERE s.verdict = 'taken'
        ), block AS (
          UPDATE allocators a SET next_id = a.next_id + (SELECT count(*) FROM taken)
          WHERE a.tenant_id = $1 AND a.kind = $2 AND EXISTS (SELECT FROM taken)
          RETURNING a.next_id - (SELECT count(*) FROM taken) AS first
        )
        UPDATE {target.stage} s SET id = b.first + k.place - 1, verdict = NULL, renumbered = true
        FROM taken k, block b WHERE k.external_id = s.external_id"""  # noqa: S608


def _check(target: Target, reference: Reference) -> str:
    missing = (
        f"s.verdict IS NULL AND NOT EXISTS (SELECT FROM {reference.table} r WHERE r.tenant_id = $1 AND r.id = s.{reference.column})"  # noqa: S608
    )
    if reference.required:
        return f"UPDATE {target.stage} s SET verdict = 'orphan', reason = '{reference.column}' WHERE {missing}"  # noqa: S608
    return f"UPDATE {target.stage} s SET {reference.column} = NULL WHERE s.{reference.column} IS NOT NULL AND {missing}"  # noqa: S608


def _judge(target: Target) -> str:
    return f"""
        UPDATE {target.stage} s SET verdict = CASE
            WHEN s.known AND s.old_content_hash = s.content_hash THEN 'unchanged'
            WHEN s.known AND t.{target.key} IS NOT NULL AND ($3 OR s.old_local_hash = {local_hash(target)}) THEN 'updated'
            WHEN s.known AND t.{target.key} IS NOT NULL THEN 'kept'
            WHEN $3 OR (s.known IS NULL AND d.id IS NULL) THEN 'written'
            ELSE 'gone' END
        FROM {target.stage} x
        LEFT JOIN {target.table} t ON t.tenant_id = $1 AND t.{target.key} = x.id
        LEFT JOIN tombstones d ON d.tenant_id = $1 AND d.noun = $2 AND d.id = x.id
        WHERE s.ctid = x.ctid AND s.verdict IS NULL"""  # noqa: S608


def _insert(target: Target) -> str:
    columns = ", ".join(target.source_columns + target.derived)
    return f"""
        INSERT INTO {target.table} (tenant_id, {target.key}, {columns})
        SELECT $1, s.id, {columns} FROM {target.stage} s WHERE s.verdict = 'written'"""  # noqa: S608


# The stage follows the source's status only where that changed since the last import (design.md).
_FOLLOWS_STATUS = ("status", "stage_id", "closed_at")


def _update(target: Target) -> str:
    columns = target.columns + target.moments + target.derived
    assignments = [
        f"{column} = CASE WHEN s.source_status IS DISTINCT FROM s.old_status THEN s.{column} ELSE t.{column} END"
        if target.noun == "conversation" and column in _FOLLOWS_STATUS
        else f"{column} = s.{column}"
        for column in columns
    ]
    assignments += [f"{c} = CASE WHEN s.{c} IS NOT NULL THEN coalesce(t.{c}, s.{c}) END" for c in target.sticky]
    return f"""
        UPDATE {target.table} t SET {", ".join(assignments)} FROM {target.stage} s
        WHERE s.verdict = 'updated' AND t.tenant_id = $1 AND t.{target.key} = s.id"""  # noqa: S608


def _record(target: Target) -> str:
    return f"""
        INSERT INTO origins (tenant_id, noun, local_id, system, external_id, content_hash, local_hash, source_status, sync_unit_id,
                             in_status, in_at)
        SELECT $1, $2, s.id, $3, s.external_id, s.content_hash, {local_hash(target)}, s.source_status, $4, 'succeeded', $5
        FROM {target.stage} s JOIN {target.table} t ON t.tenant_id = $1 AND t.{target.key} = s.id
        WHERE s.verdict IN ('written', 'updated', 'joined')
        ON CONFLICT (tenant_id, noun, local_id) DO UPDATE
        SET system = EXCLUDED.system, external_id = EXCLUDED.external_id, content_hash = EXCLUDED.content_hash,
            local_hash = EXCLUDED.local_hash, source_status = EXCLUDED.source_status, sync_unit_id = EXCLUDED.sync_unit_id,
            in_status = EXCLUDED.in_status, in_at = EXCLUDED.in_at"""  # noqa: S608


def _find_missing(target: Target, still_used: str, within: str) -> str:
    seen = "import_seen n WHERE n.noun = $2 AND n" if not within else f"{target.stage} n WHERE n"
    return f"""
        INSERT INTO import_missing
        SELECT o.local_id, o.external_id,
               CASE WHEN t.{target.key} IS NULL THEN 'forgotten'
                    WHEN {still_used} THEN 'still used'
                    WHEN $4 OR o.local_hash = {local_hash(target)} THEN 'deleted'
                    ELSE 'kept' END
        FROM origins o
        LEFT JOIN {target.table} t ON t.tenant_id = $1 AND t.{target.key} = o.local_id
        WHERE o.tenant_id = $1 AND o.noun = $2 AND o.system = $3
          AND {within or "TRUE"} AND NOT EXISTS (SELECT FROM {seen}.external_id = o.external_id)"""  # noqa: S608


def _delete(target: Target) -> str:
    number = {"conversation": "g.id", "message": "g.number"}.get(target.noun, "NULL::bigint")
    returned = f"t.{target.key} AS id, {'t.conversation_number' if target.noun == 'message' else 'NULL::bigint'} AS number"
    message = "g.id" if target.noun == "message" else "NULL::bigint"
    return f"""
        WITH gone AS (
          DELETE FROM {target.table} t USING import_missing x
          WHERE t.tenant_id = $1 AND t.{target.key} = x.id AND x.verdict = 'deleted'
          RETURNING {returned}
        ), told AS (
          INSERT INTO events (tenant_id, kind, conversation_number, message_id, actor_kind, data, created_at)
          SELECT $1, $2 || '.deleted', {number}, {message}, 'system', jsonb_build_object('id', g.id), $3 FROM gone g
          RETURNING id, (data ->> 'id')::bigint AS noun_id
        )
        INSERT INTO tombstones (tenant_id, noun, id, event_id, deleted_by_kind, deleted_at)
        SELECT $1, $2, e.noun_id, e.id, 'system', $3 FROM told e
        ON CONFLICT (tenant_id, noun, id) DO UPDATE SET event_id = EXCLUDED.event_id, deleted_at = EXCLUDED.deleted_at"""  # noqa: S608


def _forget(target: Target) -> str:
    return """
        DELETE FROM origins o USING import_missing x
        WHERE o.tenant_id = $1 AND o.noun = $2 AND o.local_id = x.id AND x.verdict IN ('deleted', 'forgotten')"""


async def forget_contents(run: Run, target: Target, ids: list[int]) -> None:
    """Rows that the import itself changed: they count as unedited, and the next import compares them anew."""
    query = f"""
        UPDATE origins o SET content_hash = ''::bytea, local_hash = {local_hash(target)} FROM {target.table} t
        WHERE o.tenant_id = $1 AND o.noun = $2 AND o.local_id = ANY ($3::bigint[]) AND t.tenant_id = $1 AND t.{target.key} = o.local_id"""  # noqa: S608
    await run.connection.execute(query, run.tenant_id, target.noun, ids)


async def remember_seen(run: Run, target: Target, external_ids: Iterable[str]) -> None:
    """The source still has these, although they are not staged."""
    await run.connection.copy_records_to_table("import_seen", records=[(target.noun, external_id) for external_id in external_ids])
