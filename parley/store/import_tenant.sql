-- insert_sync_unit: the pipe that an import's rows came through
INSERT INTO sync_units (tenant_id, id, name, external_system_type, run_state) VALUES ($1, $2, 'Chatwoot', 'adaas', 'completed')

-- begin_loading: an import is changing the tenant, until finish_loading
UPDATE sync_units SET run_state = 'loading' WHERE tenant_id = $1 AND id = $2 AND run_state = 'completed'

-- finish_loading: an import that changed something is whole; its one event tells what it did
WITH done AS (
  UPDATE sync_units SET run_state = 'completed' WHERE tenant_id = $1 AND id = $2 AND run_state <> 'completed' RETURNING id
)
INSERT INTO events (tenant_id, kind, actor_kind, data, created_at)
SELECT $1, 'tenant.imported', 'system', $3, $4 FROM done

-- list_moved_ids: rows of a noun that an import gave another id than they had
SELECT o.external_id, o.local_id FROM origins o
WHERE o.tenant_id = $1 AND o.noun = $2 AND o.system = $3 AND o.external_id <> o.local_id::text

-- list_tags: every tag by name
SELECT t.name, t.id FROM tags t WHERE t.tenant_id = $1

-- name_bots: what bots are called here
SELECT b.id, b.name FROM bots b WHERE b.tenant_id = $1 AND b.id = ANY ($2::bigint[])

-- sample_conversations: some imported conversations by their id in the source, with what never changes in one
SELECT o.external_id::bigint AS id, c.uuid::text AS uuid
FROM origins o JOIN conversations c ON c.tenant_id = $1 AND c.number = o.local_id
WHERE o.tenant_id = $1 AND o.noun = 'conversation' AND o.system = $2 ORDER BY o.local_id LIMIT 100

-- replace_inbox_members: who works in an inbox
WITH gone AS (
  DELETE FROM inbox_members m WHERE m.tenant_id = $1 AND m.inbox_id = ANY ($2::bigint[])
    AND NOT EXISTS (SELECT FROM unnest($3::bigint[], $4::bigint[]) AS k (inbox_id, user_id) WHERE k.inbox_id = m.inbox_id AND k.user_id = m.user_id)
)
INSERT INTO inbox_members (tenant_id, inbox_id, user_id, created_at)
SELECT $1, x.inbox_id, x.user_id, x.created_at FROM unnest($3::bigint[], $4::bigint[], $5::timestamptz[]) AS x (inbox_id, user_id, created_at)
JOIN memberships p ON p.tenant_id = $1 AND p.user_id = x.user_id
WHERE x.inbox_id = ANY ($2::bigint[]) AND EXISTS (SELECT FROM inboxes i WHERE i.tenant_id = $1 AND i.id = x.inbox_id)
ON CONFLICT DO NOTHING

-- replace_team_members: who belongs to a team
WITH gone AS (
  DELETE FROM team_members m WHERE m.tenant_id = $1 AND m.team_id = ANY ($2::bigint[])
    AND NOT EXISTS (SELECT FROM unnest($3::bigint[], $4::bigint[]) AS k (team_id, user_id) WHERE k.team_id = m.team_id AND k.user_id = m.user_id)
)
INSERT INTO team_members (tenant_id, team_id, user_id, created_at)
SELECT $1, x.team_id, x.user_id, x.created_at FROM unnest($3::bigint[], $4::bigint[], $5::timestamptz[]) AS x (team_id, user_id, created_at)
JOIN memberships p ON p.tenant_id = $1 AND p.user_id = x.user_id
WHERE x.team_id = ANY ($2::bigint[]) AND EXISTS (SELECT FROM teams i WHERE i.tenant_id = $1 AND i.id = x.team_id)
ON CONFLICT DO NOTHING

-- copy_avatars: pictures of people and bots; one that is here already stays
INSERT INTO attachments (tenant_id, id, file_type, file_name, content_type, byte_size, width, height, blob_key, created_at, updated_at)
SELECT $1, x.id, 'image', x.file_name, x.content_type, x.byte_size, x.width, x.height, x.blob_key, x.created_at, x.created_at
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::integer[], $7::integer[], $8::text[], $9::timestamptz[])
  AS x (id, file_name, content_type, byte_size, width, height, blob_key, created_at)
ON CONFLICT (tenant_id, id) DO NOTHING

-- retire_bots: bots that the source no longer has; what they said still names them
UPDATE bots b SET state = 'deleted'
FROM origins o
WHERE b.tenant_id = $1 AND b.state <> 'deleted' AND o.tenant_id = $1 AND o.noun = 'bot' AND o.system = $2 AND o.local_id = b.id
  AND NOT o.local_id = ANY ($3::bigint[])
RETURNING b.id

-- leave: members that the source no longer has, who leave here too
UPDATE memberships m SET left_at = $3
FROM origins o
WHERE m.tenant_id = $1 AND m.left_at IS NULL AND o.tenant_id = $1 AND o.noun = 'membership' AND o.system = $2 AND o.local_id = m.user_id
  AND NOT o.local_id = ANY ($4::bigint[])
RETURNING m.user_id
