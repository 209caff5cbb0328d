-- move_workspaces: a company's workspaces become another's, none of them its default
UPDATE workspaces w SET company_id = $3, is_default = false, updated_at = clock_timestamp() WHERE w.tenant_id = $1 AND w.company_id = $2

-- list_contacts: some of a company's contacts, beyond an id
SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.company_id = $2 AND c.id > $3 ORDER BY c.id LIMIT $4::bigint

-- move_contacts: these contacts of a company become another's
UPDATE contacts c SET company_id = $3, updated_at = clock_timestamp() WHERE c.tenant_id = $1 AND c.company_id = $2 AND c.id = ANY ($4::bigint[])

-- list_conversations: some of a company's conversations, beyond a number
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.company_id = $2 AND c.number > $3 ORDER BY c.number LIMIT $4::bigint

-- move_conversations: these conversations of a company become another's, each with an event
WITH moved AS (
  UPDATE conversations c SET company_id = $3 WHERE c.tenant_id = $1 AND c.company_id = $2 AND c.number = ANY ($7::bigint[]) RETURNING c.number
)
INSERT INTO events (tenant_id, kind, conversation_number, actor_kind, actor_id, data, created_at)
SELECT $1, 'conversation.updated', m.number, $4, $5::bigint, '{"changed": ["account"]}'::jsonb, $6 FROM moved m

-- lock_companies: companies by id, which nobody else changes until the transaction ends
SELECT c.id FROM companies c WHERE c.tenant_id = $1 AND c.id = ANY ($2::bigint[]) ORDER BY c.id FOR UPDATE
