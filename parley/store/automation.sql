-- lock_progress: how far the tenant's rules have come, held until commit; nothing while another server goes on with them
SELECT p.position FROM automation_progress p WHERE p.tenant_id = $1 FOR UPDATE SKIP LOCKED

-- begin_progress: rules begin to look at what comes after a position; where none looked before, nothing earlier is theirs
INSERT INTO automation_progress (tenant_id, position) VALUES ($1, $2)
ON CONFLICT (tenant_id) DO UPDATE SET position = greatest(automation_progress.position, EXCLUDED.position)

-- set_progress: how far the rules have come now
UPDATE automation_progress p SET position = $2 WHERE p.tenant_id = $1

-- list_events: what rules look at, between two positions, in order; what a rule did is none of it
SELECT e.id, e.position, e.kind, e.conversation_number, e.message_id, e.data, e.created_at
FROM events e
WHERE e.tenant_id = $1 AND e.position > $2 AND e.position <= $3 AND e.rule_id IS NULL AND e.conversation_number IS NOT NULL
  AND e.kind IN ('conversation.created', 'conversation.updated', 'message.created')
ORDER BY e.position LIMIT $4::bigint

-- list_texts: what people said in a conversation, newest first, or the one message that is asked for
SELECT m.id, m.kind, m.visibility, m.body FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.kind <> 'activity' AND m.visibility <> 'private'
  AND m.deleted_at IS NULL AND ($3::bigint IS NULL OR m.id = $3)
ORDER BY m.created_at DESC, m.id DESC LIMIT 50

-- find_last_responder: the user who answered a conversation last
SELECT m.author_id FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.kind = 'outgoing' AND m.author_kind = 'user' AND m.visibility <> 'private'
ORDER BY m.created_at DESC, m.id DESC LIMIT 1

-- has_active_rules: whether any rule of the tenant looks at events, beside one
SELECT EXISTS (SELECT FROM automation_rules r WHERE r.tenant_id = $1 AND r.active AND r.id <> $2) AS found

-- mark_rule: from here to the end of the transaction its events are a rule's doing; null: somebody else's again
SELECT set_config('parley.rule_id', coalesce($1::bigint::text, ''), true) AS marked

-- tenants_with_rules: which tenants have events that their rules have not looked at
SELECT t.tenant FROM tenants_with_rules_to_run() t
