-- lock_sequencing: whether this transaction is now the only one that numbers the tenant's events
SELECT pg_try_advisory_xact_lock(hashtextextended('parley.events', $1)) AS locked

-- give_positions: the next positions to committed events without one, in id order, up to $2 of them; how many those were
WITH fresh AS MATERIALIZED (
  SELECT e.id, row_number() OVER (ORDER BY e.id) AS place
  FROM (SELECT u.id FROM events u WHERE u.tenant_id = $1 AND u.position IS NULL ORDER BY u.id LIMIT $2::bigint) e
), head AS (
  INSERT INTO event_heads (tenant_id, position)
  SELECT $1, count(*) FROM fresh HAVING count(*) > 0
  ON CONFLICT (tenant_id) DO UPDATE SET position = event_heads.position + EXCLUDED.position
  RETURNING position
), numbered AS (
  UPDATE events e SET position = head.position - (SELECT count(*) FROM fresh) + fresh.place
  FROM fresh, head WHERE e.tenant_id = $1 AND e.id = fresh.id
  RETURNING e.id
)
SELECT count(*) AS given FROM numbered

-- announce: tells every process that listens that this tenant has new positions, when the transaction commits
SELECT pg_notify('parley_events', $1)

-- list_events: events by position
SELECT e.position, e.id, e.kind, e.conversation_number, e.message_id, e.actor_kind, e.actor_id, e.data, e.rule_id, e.created_at
FROM events e WHERE e.tenant_id = $1 AND e.position > $2 ORDER BY e.position LIMIT $3

-- get_head: the newest position of the tenant
SELECT h.position FROM event_heads h WHERE h.tenant_id = $1

-- tenants_with_work: which tenants have events without a position, and conversations that wait for the search index
SELECT w.tenant AS tenant_id, w.unsequenced, w.unindexed FROM tenants_with_work() w WHERE w.unsequenced OR w.unindexed

-- insert_event: one event of the open transaction that is not about a conversation
INSERT INTO events (tenant_id, kind, actor_kind, actor_id, data, created_at) VALUES ($1, $2, $3, $4, $5::text::jsonb, $6) RETURNING id

-- insert_tombstone: what is left of a deleted thing
INSERT INTO tombstones (tenant_id, noun, id, event_id, deleted_by_kind, deleted_by_id, deleted_at) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- insert_tombstones: what is left of several deleted things of a kind
INSERT INTO tombstones (tenant_id, noun, id, event_id, deleted_by_kind, deleted_by_id, deleted_at)
SELECT $1, $2, gone.id, $4, $5, $6, $7 FROM unnest($3::bigint[]) AS gone (id)
