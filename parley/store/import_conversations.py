"""What an import works out and writes around staged conversations: what hangs on them and what follows from their messages.

Runs inside the batch's transaction, over the temporary tables of ``import_rows``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from .database import Connection
from .import_rows import Count, Run, Stage
from .import_targets import CONVERSATION

_CREATE = (
    "CREATE TEMP TABLE IF NOT EXISTS import_labels (conversation text, tag_id bigint, position integer) ON COMMIT DELETE ROWS",
    "CREATE TEMP TABLE IF NOT EXISTS import_members (conversation text, user_id bigint, at timestamptz) ON COMMIT DELETE ROWS",
    "CREATE TEMP TABLE IF NOT EXISTS import_mentions (conversation text, user_id bigint, at timestamptz) ON COMMIT DELETE ROWS",
)

# The entries of the staged conversations: the source's, and those that were written here.
_FILL = """
    WITH entries AS (
      SELECT m.conversation_number AS number, m.id, m.kind, m.visibility, m.author_kind, m.author_id, m.created_at
      FROM import_messages m WHERE m.verdict NOT IN ('taken', 'orphan', 'gone')
      UNION ALL
      SELECT m.conversation_number, m.id, m.kind, m.visibility, m.author_kind, m.author_id, m.created_at
      FROM messages m JOIN import_conversations c ON c.id = m.conversation_number
      WHERE m.tenant_id = $1 AND c.verdict <> 'written' AND NOT m.is_imported
    ), seen AS (
      SELECT c.id, c.contact_id, CASE WHEN c.verdict IN ('written', 'updated') THEN c.agent_last_seen_at ELSE t.agent_last_seen_at END AS at
      FROM import_conversations c LEFT JOIN conversations t ON t.tenant_id = $1 AND t.number = c.id
      WHERE c.verdict NOT IN ('taken', 'orphan')
    ), facts AS (
      SELECT s.id, s.contact_id,
             max(e.created_at) FILTER (WHERE e.kind = 'incoming') AS last_incoming_at,
             max(e.created_at) FILTER (WHERE e.kind <> 'activity' AND e.visibility IN ('external', 'public')) AS last_external_at,
             count(*) FILTER (WHERE e.kind = 'incoming' AND e.visibility <> 'private' AND (s.at IS NULL OR e.created_at > s.at)) AS unread,
             bool_or(e.kind = 'outgoing' AND e.author_kind = 'user' AND e.visibility IN ('external', 'public')) AS agent_replied,
             (array_agg(e.kind ORDER BY e.created_at DESC, e.id DESC) FILTER (WHERE e.visibility IN ('external', 'public')
                AND (e.kind = 'incoming' OR e.kind = 'outgoing' AND e.author_kind = 'user')))[1] AS last_speaker,
             (array_agg(ROW(e.kind, e.author_kind, e.author_id)::import_author ORDER BY e.created_at, e.id)
                FILTER (WHERE e.kind <> 'activity'))[1] AS first,
             (array_agg(ROW(e.kind, e.author_kind, e.author_id)::import_author ORDER BY e.created_at DESC, e.id DESC)
                FILTER (WHERE e.author_kind <> 'system'))[1] AS last
      FROM seen s LEFT JOIN entries e ON e.number = s.id
      GROUP BY s.id, s.contact_id
    ), people AS (
      SELECT f.*, coalesce((f.first).kind = 'outgoing' AND (f.first).author_kind IN ('user', 'bot'), false) AS we_began FROM facts f
    ), filled AS (
      UPDATE import_conversations c
      SET last_incoming_at = p.last_incoming_at, last_external_message_at = p.last_external_at, unread_count = p.unread,
          created_by_kind = CASE WHEN p.we_began THEN (p.first).author_kind ELSE 'contact' END,
          created_by_id = CASE WHEN p.we_began THEN (p.first).author_id ELSE p.contact_id END,
          modified_by_kind = coalesce((p.last).author_kind, CASE WHEN p.we_began THEN (p.first).author_kind ELSE 'contact' END),
          modified_by_id = CASE WHEN (p.last).author_kind IS NOT NULL THEN (p.last).author_id
                                WHEN p.we_began THEN (p.first).author_id ELSE p.contact_id END
      FROM people p WHERE p.id = c.id
      RETURNING c.id, c.source_status
    )
    SELECT p.id, l.source_status, coalesce(p.agent_replied, false), coalesce(p.last_speaker = 'incoming', true)
    FROM people p JOIN filled l ON l.id = p.id"""

_BRINGING = "(SELECT c.id FROM import_conversations c WHERE c.verdict IN ('written', 'updated'))"
_EXISTING = "(SELECT c.id FROM import_conversations c WHERE c.verdict NOT IN ('written', 'taken', 'orphan'))"

_REPLACE_CHILDREN = (
    f"DELETE FROM conversation_tags t WHERE t.tenant_id = $1 AND t.conversation_number IN {_BRINGING}",
    f"DELETE FROM conversation_members t WHERE t.tenant_id = $1 AND t.kind = 'user' AND t.conversation_number IN {_BRINGING}",
    f"DELETE FROM mentions t WHERE t.tenant_id = $1 AND t.conversation_number IN {_BRINGING}",
    """INSERT INTO conversation_tags (tenant_id, conversation_number, tag_id, position)
       SELECT $1, c.id, l.tag_id, min(l.position) FROM import_labels l JOIN import_conversations c ON c.external_id = l.conversation
       WHERE c.verdict IN ('written', 'updated') GROUP BY c.id, l.tag_id""",
    """INSERT INTO conversation_members (tenant_id, conversation_number, kind, id, created_at)
       SELECT $1, c.id, 'user', m.user_id, min(m.at) FROM import_members m JOIN import_conversations c ON c.external_id = m.conversation
       WHERE c.verdict IN ('written', 'updated') GROUP BY c.id, m.user_id""",
    """INSERT INTO mentions (tenant_id, conversation_number, user_id, mentioned_at)
       SELECT $1, c.id, m.user_id, min(m.at) FROM import_mentions m JOIN import_conversations c ON c.external_id = m.conversation
       WHERE c.verdict IN ('written', 'updated') GROUP BY c.id, m.user_id""",
)

_LINK_ATTACHMENTS = (
    "UPDATE import_attachments a SET message_id = m.id FROM import_messages m"
    " WHERE m.external_id = a.message_id::text AND m.id <> a.message_id",
    "UPDATE import_attachments a SET verdict = 'orphan', reason = 'message_id'"
    " WHERE NOT EXISTS (SELECT FROM import_messages m WHERE m.id = a.message_id AND m.verdict NOT IN ('taken', 'orphan', 'gone'))",
)

_COUNT_STAGED = """
    UPDATE import_messages m SET attachment_count = coalesce((
      SELECT count(*) FROM import_attachments a WHERE a.message_id = m.id AND a.verdict NOT IN ('taken', 'orphan', 'gone')), 0)"""

# Where a message did not change but its attachments did.
_RECOUNT = """
    UPDATE messages t SET attachment_count = n.real
    FROM (SELECT m.id, (SELECT count(*) FROM attachments a WHERE a.tenant_id = $1 AND a.message_id = m.id) AS real
          FROM import_messages m
          WHERE EXISTS (SELECT FROM import_attachments a WHERE a.message_id = m.id AND a.verdict IN ('written', 'updated'))) n
    WHERE t.tenant_id = $1 AND t.id = n.id AND t.attachment_count <> n.real"""

_TOUCHED = """
    SELECT m.conversation_number AS number, m.id FROM import_messages m WHERE m.verdict IN ('written', 'updated')
    UNION ALL
    SELECT t.conversation_number, t.id FROM messages t JOIN import_missing x ON x.id = t.id
    WHERE t.tenant_id = $1 AND x.verdict = 'deleted'"""

# A conversation whose own row stayed as it was shows its new messages all the same.
_REFRESH = f"""
    UPDATE conversations t
    SET unread_count = c.unread_count, last_incoming_at = c.last_incoming_at, last_external_message_at = c.last_external_message_at
    FROM import_conversations c
    WHERE t.tenant_id = $1 AND t.number = c.id AND c.verdict IN ('unchanged', 'kept') AND t.number IN (SELECT y.number FROM ({_TOUCHED}) y)
      AND (t.unread_count, t.last_incoming_at, t.last_external_message_at)
          IS DISTINCT FROM (c.unread_count, c.last_incoming_at, c.last_external_message_at)"""

_QUEUE_SEARCH = f"""
    INSERT INTO search_queue (tenant_id, conversation_number, message_id)
    SELECT $1, y.number, min(y.id) FROM ({_TOUCHED}) y GROUP BY y.number"""

_FORGET_CHILDREN = (
    """DELETE FROM origins o USING import_missing x, messages m, attachments a
       WHERE x.verdict = 'deleted' AND m.tenant_id = $1 AND m.conversation_number = x.id AND a.tenant_id = $1 AND a.message_id = m.id
         AND o.tenant_id = $1 AND o.noun = 'attachment' AND o.local_id = a.id""",
    """DELETE FROM origins o USING import_missing x, messages m
       WHERE x.verdict = 'deleted' AND m.tenant_id = $1 AND m.conversation_number = x.id
         AND o.tenant_id = $1 AND o.noun = 'message' AND o.local_id = m.id""",
    """DELETE FROM origins o USING import_missing x, sla_trackers s, sla_events e
       WHERE x.verdict = 'deleted' AND s.tenant_id = $1 AND s.conversation_number = x.id AND e.tenant_id = $1 AND e.tracker_id = s.id
         AND o.tenant_id = $1 AND o.noun = 'sla_event' AND o.local_id = e.id""",
    """DELETE FROM origins o USING import_missing x, sla_trackers s
       WHERE x.verdict = 'deleted' AND s.tenant_id = $1 AND s.conversation_number = x.id
         AND o.tenant_id = $1 AND o.noun = 'sla_tracker' AND o.local_id = s.id""",
)


class Facts(NamedTuple):
    """What decides the stage of a staged conversation."""

    number: int
    status: str
    agent_has_replied: bool
    contact_spoke_last: bool


Label = tuple[str, int, int]
Person = tuple[str, int, datetime]


async def copy_children(connection: Connection, labels: Iterable[Label], members: Iterable[Person], mentions: Iterable[Person]) -> None:
    """What hangs on the staged conversations, each with the conversation's external id."""
    for statement in _CREATE:
        await connection.execute(statement)
    for table, rows in (("import_labels", labels), ("import_members", members), ("import_mentions", mentions)):
        await connection.copy_records_to_table(table, records=rows)


async def link_attachments(run: Run) -> None:
    """Staged attachments follow their messages to the ids those have here; the others are left out."""
    for statement in _LINK_ATTACHMENTS:
        await run.connection.execute(statement)


async def fill_derived(run: Run) -> list[Facts]:
    """Counts attachments and works out the staged conversations' derived columns, but for the stage."""
    await run.connection.execute(_COUNT_STAGED)
    return [Facts(*row) for row in await run.connection.fetch(_FILL, run.tenant_id)]


async def set_stages(run: Run, numbers: Sequence[int], stage_ids: Sequence[int]) -> None:
    await run.connection.execute(
        "UPDATE import_conversations c SET stage_id = x.stage"
        " FROM unnest($1::bigint[], $2::bigint[]) AS x (number, stage) WHERE c.id = x.number",
        numbers,
        stage_ids,
    )


async def write_conversations(run: Run, conversations: Stage, messages: Stage, attachments: Stage) -> list[tuple[str, list[Count]]]:
    """Writes a staged batch whole, and deletes the messages and attachments that the source no longer has in it."""
    deleted: list[tuple[str, list[Count]]] = []
    await conversations.write()
    for statement in _REPLACE_CHILDREN:
        await run.connection.execute(statement, run.tenant_id)
    await messages.write()
    await messages.find_missing(within=f"t.conversation_number IN {_EXISTING}")
    await run.connection.execute(_REFRESH, run.tenant_id)
    await run.connection.execute(_QUEUE_SEARCH, run.tenant_id)
    deleted.append(("message", await messages.delete_missing()))
    await attachments.write()
    await attachments.find_missing(
        within="t.message_id IN (SELECT m.id FROM import_messages m WHERE m.verdict NOT IN ('written', 'taken', 'orphan'))"
    )
    deleted.append(("attachment", await attachments.delete_missing()))
    await run.connection.execute(_RECOUNT, run.tenant_id)
    return deleted


async def delete_missing_slas(trackers: Stage, events: Stage) -> list[tuple[str, list[Count]]]:
    """Deletes the trackers and events that the source no longer has in a staged batch."""
    await events.find_missing(within="t.tracker_id IN (SELECT s.id FROM import_sla_trackers s WHERE s.verdict NOT IN ('written', 'taken'))")
    deleted = [("sla_event", await events.delete_missing())]
    await trackers.find_missing(within=f"t.conversation_number IN {_EXISTING}")
    return [*deleted, ("sla_tracker", await trackers.delete_missing())]


async def sweep_conversations(run: Run) -> list[Count]:
    """Deletes the conversations that the source no longer has; one with messages of ours, or edited here, stays."""
    stage = Stage(run, CONVERSATION)
    await stage.find_missing()
    for statement in _FORGET_CHILDREN:
        await run.connection.execute(statement, run.tenant_id)
    return await stage.delete_missing()


async def prepare(connection: Connection) -> None:
    """Once per connection, before the first batch."""
    await connection.execute(
        "DO $$ BEGIN CREATE TYPE pg_temp.import_author AS (kind text, author_kind text, author_id bigint);"
        " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
