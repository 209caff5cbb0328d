-- move_contacts: the contacts of a workspace follow it to another company
UPDATE contacts c SET company_id = $3, updated_at = clock_timestamp() WHERE c.tenant_id = $1 AND c.workspace_id = $2

-- move_conversations: the conversations of a workspace follow it to another company, each with an event
WITH moved AS (
  UPDATE conversations c SET company_id = $3 WHERE c.tenant_id = $1 AND c.workspace_id = $2 RETURNING c.number
)
INSERT INTO events (tenant_id, kind, conversation_number, actor_kind, actor_id, data, created_at)
SELECT $1, 'conversation.updated', m.number, $4, $5::bigint, '{"changed": ["account"]}'::jsonb, $6 FROM moved m
