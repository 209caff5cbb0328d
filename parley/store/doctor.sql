-- find_tallies: groups of conversations whose tally differs from their number, and by how much
SELECT g.status, g.inbox_id, g.team_id, g.assignee_user_id, sum(g.delta)::bigint AS missing FROM (
  SELECT c.status, c.inbox_id, coalesce(c.team_id, 0) AS team_id, coalesce(c.assignee_user_id, 0) AS assignee_user_id, 1 AS delta
  FROM conversations c WHERE c.tenant_id = $1
  UNION ALL
  SELECT t.status, t.inbox_id, t.team_id, t.assignee_user_id, -t.delta FROM conversation_tallies t WHERE t.tenant_id = $1
) g GROUP BY g.status, g.inbox_id, g.team_id, g.assignee_user_id HAVING sum(g.delta) <> 0

-- mend_tallies: appends what is missing
INSERT INTO conversation_tallies (tenant_id, status, inbox_id, team_id, assignee_user_id, delta)
SELECT $1, w.* FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) w

-- find_facets: conversations whose facets are not what they hold
WITH wanted AS (
  SELECT c.number, f.key, f.value, f.raw, c.inbox_id, c.assignee_user_id
  FROM conversations c, facets_of(c.additional_attributes, c.custom_fields) f WHERE c.tenant_id = $1
  UNION ALL
  SELECT c.number, 'labels', '', NULL, c.inbox_id, c.assignee_user_id FROM conversations c
  WHERE c.tenant_id = $1 AND EXISTS (SELECT FROM conversation_tags t WHERE t.tenant_id = $1 AND t.conversation_number = c.number)
), found AS (
  SELECT f.conversation_number AS number, f.key, f.value, f.raw, f.inbox_id, f.assignee_user_id FROM conversation_facets f WHERE f.tenant_id = $1
)
SELECT DISTINCT d.number FROM (
  (SELECT * FROM wanted EXCEPT ALL SELECT * FROM found) UNION ALL (SELECT * FROM found EXCEPT ALL SELECT * FROM wanted)
) d

-- mend_facets: makes them anew
WITH wanted AS (
  SELECT w.* FROM (
  SELECT c.number, f.key, f.value, f.raw, c.inbox_id, c.assignee_user_id
  FROM conversations c, facets_of(c.additional_attributes, c.custom_fields) f WHERE c.tenant_id = $1
  UNION ALL
  SELECT c.number, 'labels', '', NULL, c.inbox_id, c.assignee_user_id FROM conversations c
  WHERE c.tenant_id = $1 AND EXISTS (SELECT FROM conversation_tags t WHERE t.tenant_id = $1 AND t.conversation_number = c.number)
  ) w WHERE w.number = ANY ($2::bigint[])
), gone AS (
  DELETE FROM conversation_facets f WHERE f.tenant_id = $1 AND f.conversation_number = ANY ($2::bigint[])
    AND NOT EXISTS (SELECT FROM wanted w WHERE w.number = f.conversation_number AND w.key = f.key)
)
INSERT INTO conversation_facets (tenant_id, conversation_number, key, value, raw, inbox_id, assignee_user_id)
SELECT $1, w.number, w.key, w.value, w.raw, w.inbox_id, w.assignee_user_id FROM wanted w
ON CONFLICT (tenant_id, conversation_number, key)
DO UPDATE SET value = EXCLUDED.value, raw = EXCLUDED.raw, inbox_id = EXCLUDED.inbox_id, assignee_user_id = EXCLUDED.assignee_user_id

-- find_statuses: conversations whose status is not their stage's
SELECT c.number, s.chatwoot_status FROM conversations c JOIN stages s ON s.tenant_id = $1 AND s.id = c.stage_id
WHERE c.tenant_id = $1 AND c.status <> s.chatwoot_status

-- mend_statuses: the stage is the fact
UPDATE conversations c SET status = w.status FROM unnest($2::bigint[], $3::text[]) w (number, status)
WHERE c.tenant_id = $1 AND c.number = w.number

-- find_unread_counts: conversations whose count is not that of the incoming messages after agent_last_seen_at
SELECT c.number, r.unread FROM conversations c CROSS JOIN LATERAL (
  SELECT count(*) AS unread FROM messages m WHERE m.tenant_id = $1 AND m.conversation_number = c.number AND m.kind = 'incoming'
    AND m.visibility <> 'private' AND (c.agent_last_seen_at IS NULL OR m.created_at > c.agent_last_seen_at)
) r WHERE c.tenant_id = $1 AND c.unread_count <> r.unread

-- mend_unread_counts: sets them
UPDATE conversations c SET unread_count = w.unread FROM unnest($2::bigint[], $3::bigint[]) w (number, unread)
WHERE c.tenant_id = $1 AND c.number = w.number

-- find_message_times: conversations whose last_incoming_at or last_external_message_at is off by a millisecond or more
SELECT c.number, r.incoming_at, r.external_at FROM conversations c LEFT JOIN (
  SELECT m.conversation_number AS number, max(m.created_at) FILTER (WHERE m.kind = 'incoming' AND m.visibility <> 'private') AS incoming_at,
         max(m.created_at) FILTER (WHERE m.kind <> 'activity' AND m.visibility IN ('external', 'public')) AS external_at
  FROM messages m WHERE m.tenant_id = $1 GROUP BY m.conversation_number
) r ON r.number = c.number
WHERE c.tenant_id = $1 AND (
  num_nonnulls(c.last_incoming_at, r.incoming_at) = 1 OR abs(extract(epoch FROM c.last_incoming_at - r.incoming_at)) >= 0.001
  OR num_nonnulls(c.last_external_message_at, r.external_at) = 1
  OR abs(extract(epoch FROM c.last_external_message_at - r.external_at)) >= 0.001)

-- mend_message_times: sets them
UPDATE conversations c SET last_incoming_at = w.incoming_at, last_external_message_at = w.external_at
FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[]) w (number, incoming_at, external_at)
WHERE c.tenant_id = $1 AND c.number = w.number

-- find_attachment_counts: messages whose attachments are more or fewer than they say
SELECT m.id, coalesce(r.total, 0) AS total FROM messages m LEFT JOIN (
  SELECT a.message_id, count(*) AS total FROM attachments a WHERE a.tenant_id = $1 GROUP BY a.message_id
) r ON r.message_id = m.id WHERE m.tenant_id = $1 AND m.attachment_count <> coalesce(r.total, 0)

-- mend_attachment_counts: sets them
UPDATE messages m SET attachment_count = w.total FROM unnest($2::bigint[], $3::bigint[]) w (id, total)
WHERE m.tenant_id = $1 AND m.id = w.id

-- find_reaction_counts: messages whose reactions are more or fewer than they say
SELECT m.id, coalesce(r.total, 0) AS total FROM messages m LEFT JOIN (
  SELECT e.message_id, count(*) AS total FROM reactions e WHERE e.tenant_id = $1 GROUP BY e.message_id
) r ON r.message_id = m.id WHERE m.tenant_id = $1 AND m.reaction_count <> coalesce(r.total, 0)

-- mend_reaction_counts: sets them
UPDATE messages m SET reaction_count = w.total FROM unnest($2::bigint[], $3::bigint[]) w (id, total)
WHERE m.tenant_id = $1 AND m.id = w.id

-- find_search_chunks: conversations, none of them queued, whose chunks are not the text of their messages
SELECT coalesce(m.number, k.number) AS number FROM (
  SELECT b.number, string_agg(CASE WHEN b.is_guarded THEN b.id || ':' ELSE '' END || b.text, '' ORDER BY b.is_guarded, b.id) AS text
  FROM (
    SELECT x.conversation_number AS number, x.id, lower(x.body) || chr(31) AS text,
           x.visibility = 'private' OR x.expires_at IS NOT NULL OR strpos(x.body, chr(31)) > 0 AS is_guarded
    FROM messages x
    WHERE x.tenant_id = $1 AND x.kind IN ('incoming', 'outgoing') AND x.body IS NOT NULL
  ) b GROUP BY b.number
) m FULL JOIN (
  SELECT c.conversation_number AS number, string_agg(CASE WHEN c.is_guarded THEN c.first_message_id || ':' ELSE '' END || c.text, ''
                                                     ORDER BY c.is_guarded, c.first_message_id) AS text
  FROM search_chunks c WHERE c.tenant_id = $1 GROUP BY c.conversation_number
) k ON k.number = m.number
WHERE m.text IS DISTINCT FROM k.text
  AND NOT EXISTS (SELECT FROM search_queue q WHERE q.tenant_id = $1 AND q.conversation_number = coalesce(m.number, k.number))

-- mend_search_chunks: queues them, for the indexer to build anew
INSERT INTO search_queue (tenant_id, conversation_number, message_id) SELECT $1, w.number, 0 FROM unnest($2::bigint[]) w (number)

-- find_event_positions: positions up to the newest that no event has, and that are not from before what is kept
SELECT g.position FROM (
  SELECT greatest(min(e.position), coalesce(h.kept_after, 0) + 1) AS oldest, greatest(max(e.position), h.position) AS newest
  FROM (SELECT 1) one LEFT JOIN event_heads h ON h.tenant_id = $1 LEFT JOIN events e ON e.tenant_id = $1
  GROUP BY h.kept_after, h.position
) r, generate_series(coalesce(r.oldest, 1), r.newest) AS g (position)
WHERE NOT EXISTS (SELECT FROM events e WHERE e.tenant_id = $1 AND e.position = g.position)

-- mend_event_positions: an event.lost stands in for each, since positions never change
INSERT INTO events (tenant_id, position, kind, actor_kind) SELECT $1, w.position, 'event.lost', 'system' FROM unnest($2::bigint[]) w (position)

-- find_event_heads: the newest position, where the head is below it
SELECT r.newest FROM (SELECT max(e.position) AS newest FROM events e WHERE e.tenant_id = $1) r
WHERE r.newest > coalesce((SELECT h.position FROM event_heads h WHERE h.tenant_id = $1), 0)

-- mend_event_heads: raises it
INSERT INTO event_heads (tenant_id, position) SELECT $1, w.newest FROM unnest($2::bigint[]) w (newest)
ON CONFLICT (tenant_id) DO UPDATE SET position = greatest(event_heads.position, EXCLUDED.position)

-- find_allocators: kinds whose next id is not above those in use, and the highest of these
-- Ids from 10^12 on are an import's own, for rows that had none in the source; nothing else comes near them.
SELECT n.kind, n.highest FROM (
  SELECT 'conversation' AS kind, (SELECT max(n.number) FROM conversations n WHERE n.tenant_id = $1) AS highest
  UNION ALL SELECT 'contact', (SELECT max(n.id) FROM contacts n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'bot', (SELECT max(n.id) FROM bots n WHERE n.tenant_id = $1 AND n.id < 1000000000000)
  UNION ALL SELECT 'company', (SELECT max(n.id) FROM companies n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'workspace', (SELECT max(n.id) FROM workspaces n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'inbox', (SELECT max(n.id) FROM inboxes n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'team', (SELECT max(n.id) FROM teams n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'contact_point', (SELECT max(n.id) FROM contact_points n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'part', (SELECT max(n.id) FROM parts n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'brand', (SELECT max(n.id) FROM brands n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'tag', (SELECT max(n.id) FROM tags n WHERE n.tenant_id = $1 AND n.id < 1000000000000)
  UNION ALL SELECT 'state', (SELECT max(n.id) FROM states n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'stage', (SELECT max(n.id) FROM stages n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'schema_fragment', (SELECT max(n.id) FROM schema_fragments n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'stage_diagram', (SELECT max(n.id) FROM stage_diagrams n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'custom_field', (SELECT max(n.id) FROM custom_fields n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'campaign', (SELECT max(n.id) FROM campaigns n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'sync_unit', (SELECT max(n.id) FROM sync_units n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'custom_role', (SELECT max(n.id) FROM custom_roles n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'org_schedule', (SELECT max(n.id) FROM org_schedules n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'metric_definition', (SELECT max(n.id) FROM metric_definitions n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'sla_policy', (SELECT max(n.id) FROM sla_policies n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'sla_tracker', (SELECT max(n.id) FROM sla_trackers n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'sla_event', (SELECT max(n.id) FROM sla_events n WHERE n.tenant_id = $1)
  UNION ALL SELECT 'attachment', (SELECT max(n.id) FROM attachments n WHERE n.tenant_id = $1 AND n.id < 1000000000000)
) n WHERE n.highest >= coalesce((SELECT a.next_id FROM allocators a WHERE a.tenant_id = $1 AND a.kind = n.kind), 1)

-- mend_allocators: raises them
INSERT INTO allocators (tenant_id, kind, next_id) SELECT $1, w.kind, w.highest + 1 FROM unnest($2::text[], $3::bigint[]) w (kind, highest)
ON CONFLICT (tenant_id, kind) DO UPDATE SET next_id = greatest(allocators.next_id, EXCLUDED.next_id)

-- find_sequences: sequences of ids that are not above those in use in the tenant, and the highest of these
SELECT n.name, n.highest FROM (
  SELECT 'message_ids' AS name, (SELECT max(m.id) FROM messages m WHERE m.tenant_id = $1) AS highest
  UNION ALL SELECT 'event_ids', (SELECT max(e.id) FROM events e WHERE e.tenant_id = $1)
  UNION ALL SELECT 'tenant_ids', $1
  UNION ALL SELECT 'user_ids', (SELECT max(u.user_id) FROM memberships u WHERE u.tenant_id = $1)
) n JOIN pg_sequences s ON s.schemaname = current_schema() AND s.sequencename = n.name
WHERE n.highest > coalesce(s.last_value, 0)

-- mend_sequences: raises them, unless somebody did meanwhile
SELECT setval(w.name::regclass, w.highest) AS raised
FROM unnest($2::text[], $3::bigint[]) w (name, highest)
JOIN pg_sequences s ON s.schemaname = current_schema() AND s.sequencename = w.name
WHERE $1 > 0 AND w.highest > coalesce(s.last_value, 0)

-- find_folding: nothing, where letters beyond ASCII are compared without case
SELECT l.big FROM (SELECT 'É' AS big, 'é' AS small) l WHERE NOT l.big ILIKE l.small

-- find_alphabet: nothing, where pg_trgm knows letters beyond ASCII; else search cannot look them up
SELECT l.letter FROM (SELECT 'é' AS letter) l WHERE cardinality(show_trgm(l.letter)) = 0

-- find_app_role: what would bind the server's role by row-level security where it is not bound
SELECT 'ALTER ROLE parley_app NOBYPASSRLS' AS statement FROM pg_roles r WHERE r.rolname = 'parley_app' AND r.rolbypassrls
UNION ALL
SELECT 'ALTER ROLE parley_app NOSUPERUSER' FROM pg_roles r WHERE r.rolname = 'parley_app' AND r.rolsuper
UNION ALL
SELECT format('ALTER TABLE %s OWNER TO %I', c.oid::regclass, current_user) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
WHERE r.rolname = 'parley_app' AND c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace

-- find_open_tables: what would close the tables with a tenant that row-level security leaves open; tokens and jobs are control tables
SELECT x.statement FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
CROSS JOIN LATERAL (
  SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', c.oid::regclass) AS statement WHERE NOT c.relrowsecurity
  UNION ALL
  SELECT format('CREATE POLICY tenant_isolation ON %s USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())',
                c.oid::regclass)
  WHERE NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
) x
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace AND c.relname NOT IN ('tokens', 'jobs')

-- find_loose_policies: policies that let rows of other tenants through
SELECT format('DROP POLICY %I ON %s', p.polname, c.oid::regclass) AS statement FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
WHERE c.relnamespace = current_schema()::regnamespace
  AND (pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM '(tenant_id = current_tenant())'
       OR pg_get_expr(p.polwithcheck, p.polrelid) IS DISTINCT FROM '(tenant_id = current_tenant())')

-- find_invalid_indexes: what would build anew the indexes that a failed build left behind
SELECT format('REINDEX INDEX %s', i.indexrelid::regclass) AS statement FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace

-- list_tenant_ids: every tenant
SELECT t.id FROM tenants t ORDER BY t.id
