-- list_contacts: some of a workspace's contacts that are not a company's, beyond an id
SELECT c.id FROM contacts c
WHERE c.tenant_id = $1 AND c.workspace_id = $2 AND c.company_id IS DISTINCT FROM $3 AND c.id > $4 ORDER BY c.id LIMIT $5::bigint

-- move_contacts: these contacts of a workspace follow it to another company
UPDATE contacts c SET company_id = $3, updated_at = clock_timestamp()
WHERE c.tenant_id = $1 AND c.workspace_id = $2 AND c.company_id IS DISTINCT FROM $3 AND c.id = ANY ($4::bigint[])

-- list_conversations: some of a workspace's conversations that are not a company's, beyond a number
SELECT c.number FROM conversations c
WHERE c.tenant_id = $1 AND c.workspace_id = $2 AND c.company_id IS DISTINCT FROM $3 AND c.number > $4 ORDER BY c.number LIMIT $5::bigint

-- move_conversations: these conversations of a workspace follow it to another company, each with an event
WITH moved AS (
  UPDATE conversations c SET company_id = $3
  WHERE c.tenant_id = $1 AND c.workspace_id = $2 AND c.company_id IS DISTINCT FROM $3 AND c.number = ANY ($7::bigint[]) RETURNING c.number
)
INSERT INTO events (tenant_id, kind, conversation_number, actor_kind, actor_id, data, created_at)
SELECT $1, 'conversation.updated', m.number, $4, $5::bigint, '{"changed": ["account"]}'::jsonb, $6 FROM moved m

-- lock_workspace: a workspace, which nobody else changes until the transaction ends; its company's id
SELECT w.company_id FROM workspaces w WHERE w.tenant_id = $1 AND w.id = $2 FOR NO KEY UPDATE
