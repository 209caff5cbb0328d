"""The statements of ``import_rows``, put together from a target's own columns. ``s`` is a staged row, ``t`` ours, ``o`` its origin."""

from __future__ import annotations

from .import_targets import Reference, Target


def local_hash(target: Target) -> str:
    """SQL over ``t``: what our row looks like, as far as an edit of it would show."""
    parts = [f"t.{column}" for column in target.columns] + [f"t.{column} IS NULL" for column in target.sticky]
    if target.children:
        parts.append(target.children)
    return f"sha256(convert_to(ROW({', '.join(parts)})::text, 'UTF8'))"


def create(target: Target) -> str:
    columns = ", ".join(f"t.{column}" for column in target.source_columns + target.derived)
    return f"""
        CREATE TEMP TABLE IF NOT EXISTS {target.stage} ON COMMIT DELETE ROWS AS
        SELECT 0::bigint AS id, ''::text AS external_id, ''::bytea AS content_hash, ''::text AS source_status,
               ''::text AS verdict, ''::text AS reason, true AS renumbered, true AS known, ''::bytea AS old_content_hash,
               ''::bytea AS old_local_hash, ''::text AS old_status, {columns}
        FROM {target.table} t WITH NO DATA"""


def know(target: Target) -> str:
    return f"""
        UPDATE {target.stage} s
        SET id = o.local_id, known = true, old_content_hash = o.content_hash, old_local_hash = o.local_hash, old_status = o.source_status
        FROM origins o
        WHERE o.tenant_id = $1 AND o.noun = $2 AND o.system = $3 AND o.external_id = s.external_id"""


def join(target: Target) -> str:
    return f"""
        UPDATE {target.stage} s
        SET id = t.{target.key}, known = o.local_id IS NOT NULL, verdict = CASE WHEN o.local_id IS NULL THEN 'joined' END,
            old_content_hash = ''::bytea, old_local_hash = o.local_hash, old_status = o.source_status
        FROM {target.table} t
        LEFT JOIN origins o ON o.tenant_id = $1 AND o.noun = $2 AND o.system = $3 AND o.local_id = t.{target.key}
        WHERE s.known IS NULL AND t.tenant_id = $1 AND {target.natural}"""


def find_clashes(target: Target) -> str:
    return f"""
        UPDATE {target.stage} s SET verdict = 'clash' FROM {target.table} t
        WHERE s.known AND s.old_content_hash <> s.content_hash AND t.tenant_id = $1 AND {target.natural} AND t.{target.key} <> s.id"""


def lock(target: Target) -> str:
    """Nobody edits a row between its verdict and its update."""
    return f"""
        SELECT FROM {target.table} t JOIN {target.stage} s ON t.tenant_id = $1 AND t.{target.key} = s.id
        WHERE s.known AND s.verdict IS NULL AND s.old_content_hash <> s.content_hash
        ORDER BY t.{target.key} FOR UPDATE OF t"""


def find_taken(target: Target) -> str:
    return f"""
        UPDATE {target.stage} s SET verdict = 'taken' FROM {target.table} t
        WHERE s.known IS NULL AND s.verdict IS NULL AND t.tenant_id = $1 AND t.{target.key} = s.id"""


def renumber(target: Target) -> str:
    return f"""
        WITH taken AS (
          SELECT s.external_id, row_number() OVER (ORDER BY s.id) AS place FROM {target.stage} s WHERE s.verdict = 'taken'
        ), block AS (
          UPDATE allocators a SET next_id = a.next_id + (SELECT count(*) FROM taken)
          WHERE a.tenant_id = $1 AND a.kind = $2 AND EXISTS (SELECT FROM taken)
          RETURNING a.next_id - (SELECT count(*) FROM taken) AS first
        )
        UPDATE {target.stage} s SET id = b.first + k.place - 1, verdict = NULL, renumbered = true
        FROM taken k, block b WHERE k.external_id = s.external_id"""


def check(target: Target, reference: Reference) -> str:
    missing = f"s.verdict IS NULL AND NOT EXISTS (SELECT FROM {reference.table} r WHERE r.tenant_id = $1 AND r.id = s.{reference.column})"
    if reference.required:
        return f"UPDATE {target.stage} s SET verdict = 'orphan', reason = '{reference.column}' WHERE {missing}"
    return f"UPDATE {target.stage} s SET {reference.column} = NULL WHERE s.{reference.column} IS NOT NULL AND {missing}"


def judge(target: Target) -> str:
    stays_gone = "NOT $3" if target.swept_in_batches else "(s.old_content_hash = s.content_hash OR NOT $3)"
    return f"""
        UPDATE {target.stage} s SET verdict = CASE
            WHEN s.known AND t.{target.key} IS NULL AND {stays_gone} THEN 'gone'
            WHEN s.known AND t.{target.key} IS NOT NULL AND s.old_content_hash = s.content_hash THEN 'unchanged'
            WHEN s.known AND t.{target.key} IS NOT NULL AND ($3 OR s.old_local_hash = {local_hash(target)}) THEN 'updated'
            WHEN s.known AND t.{target.key} IS NOT NULL THEN 'kept'
            WHEN $3 OR (s.known IS NULL AND d.id IS NULL) THEN 'written'
            ELSE 'gone' END
        FROM {target.stage} x
        LEFT JOIN {target.table} t ON t.tenant_id = $1 AND t.{target.key} = x.id
        LEFT JOIN tombstones d ON d.tenant_id = $1 AND d.noun = $2 AND d.id = x.id
        WHERE s.ctid = x.ctid AND s.verdict IS NULL"""


def insert(target: Target) -> str:
    columns = ", ".join(target.source_columns + target.derived)
    return f"""
        INSERT INTO {target.table} (tenant_id, {target.key}, {columns})
        SELECT $1, s.id, {columns} FROM {target.stage} s WHERE s.verdict = 'written'"""


# The stage follows the source's status only where that changed since the last import (design.md).
_FOLLOWS_STATUS = ("status", "stage_id", "closed_at")


def update(target: Target) -> str:
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
        WHERE s.verdict = 'updated' AND t.tenant_id = $1 AND t.{target.key} = s.id"""


def raise_from_the_dead(target: Target) -> str:
    """What was deleted here and came back with ``theirs`` has no tombstone."""
    return f"""
        DELETE FROM tombstones d USING {target.stage} s
        WHERE d.tenant_id = $1 AND d.noun = $2 AND d.id = s.id AND s.verdict = 'written'"""


def record(target: Target) -> str:
    return f"""
        INSERT INTO origins (tenant_id, noun, local_id, system, external_id, content_hash, local_hash, source_status, sync_unit_id,
                             in_status, in_at)
        SELECT $1, $2, s.id, $3, s.external_id, s.content_hash, {local_hash(target)}, s.source_status, $4, 'succeeded', $5
        FROM {target.stage} s JOIN {target.table} t ON t.tenant_id = $1 AND t.{target.key} = s.id
        WHERE s.verdict IN ('written', 'updated', 'joined')
        ON CONFLICT (tenant_id, noun, local_id) DO UPDATE
        SET system = EXCLUDED.system, external_id = EXCLUDED.external_id, content_hash = EXCLUDED.content_hash,
            local_hash = EXCLUDED.local_hash, source_status = EXCLUDED.source_status, sync_unit_id = EXCLUDED.sync_unit_id,
            in_status = EXCLUDED.in_status, in_at = EXCLUDED.in_at"""


def find_missing(target: Target, within: str) -> str:
    """Of all that the run has not seen; or, from the rows ``within``, of all that is not staged now."""
    if within:
        found = f"""
        FROM {target.table} t
        JOIN origins o ON o.tenant_id = $1 AND o.noun = $2 AND o.local_id = t.{target.key} AND o.system = $3
        WHERE t.tenant_id = $1 AND {within} AND NOT EXISTS (SELECT FROM {target.stage} n WHERE n.external_id = o.external_id)"""
    else:
        found = f"""
        FROM origins o LEFT JOIN {target.table} t ON t.tenant_id = $1 AND t.{target.key} = o.local_id
        WHERE o.tenant_id = $1 AND o.noun = $2 AND o.system = $3
          AND NOT EXISTS (SELECT FROM import_seen n WHERE n.noun = $2 AND n.external_id = o.external_id)"""
    return f"""
        INSERT INTO import_missing
        SELECT o.local_id, o.external_id,
               CASE WHEN t.{target.key} IS NULL THEN 'forgotten'
                    WHEN {target.still_used} THEN 'still used'
                    WHEN $4 OR o.local_hash = {local_hash(target)} THEN 'deleted'
                    ELSE 'kept' END
        {found}"""


def delete(target: Target) -> str:
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
        ON CONFLICT (tenant_id, noun, id) DO UPDATE SET event_id = EXCLUDED.event_id, deleted_at = EXCLUDED.deleted_at"""


def forget(target: Target) -> str:
    return """
        DELETE FROM origins o USING import_missing x
        WHERE o.tenant_id = $1 AND o.noun = $2 AND o.local_id = x.id AND x.verdict IN ('deleted', 'forgotten')"""
