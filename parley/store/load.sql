-- reserve_message_ids: a block of ascending message ids, with gaps where others took some meanwhile
SELECT array_agg(nextval('message_ids')) AS ids FROM generate_series(1, $1::bigint)

-- queue_search: every conversation of the tenant waits for the search index, whole
INSERT INTO search_queue (tenant_id, conversation_number, message_id)
SELECT $1, m.conversation_number, min(m.id) FROM messages m
WHERE m.tenant_id = $1 AND m.kind IN ('incoming', 'outgoing') GROUP BY m.conversation_number

-- roll_up_tallies: the tenant's deltas become one row per group
WITH gone AS (
  DELETE FROM conversation_tallies t WHERE t.tenant_id = $1
  RETURNING t.status, t.inbox_id, t.team_id, t.assignee_user_id, t.delta
)
INSERT INTO conversation_tallies (tenant_id, status, inbox_id, team_id, assignee_user_id, delta)
SELECT $1, g.status, g.inbox_id, g.team_id, g.assignee_user_id, sum(g.delta)
FROM gone g GROUP BY g.status, g.inbox_id, g.team_id, g.assignee_user_id HAVING sum(g.delta) <> 0

-- read_marker: what a load wrote about itself into its tenant; null where a tenant was made otherwise
SELECT t.settings -> 'loaded' AS marker FROM tenants t WHERE t.id = $1

-- write_marker: remembers what the tenant was loaded from
UPDATE tenants SET settings = settings || jsonb_build_object('loaded', $2::jsonb), features = $3 WHERE id = $1
