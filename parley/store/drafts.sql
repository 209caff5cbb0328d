-- get_draft: what a user has begun to write in a conversation
SELECT d.message FROM conversation_drafts d WHERE d.tenant_id = $1 AND d.user_id = $2 AND d.conversation_number = $3

-- put_draft: keeps what a user has begun to write; no row where it is the same
INSERT INTO conversation_drafts AS d (tenant_id, user_id, conversation_number, message, updated_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, user_id, conversation_number) DO UPDATE SET message = EXCLUDED.message, updated_at = EXCLUDED.updated_at
WHERE d.message <> EXCLUDED.message

-- delete_draft: it was sent, or given up
DELETE FROM conversation_drafts d WHERE d.tenant_id = $1 AND d.user_id = $2 AND d.conversation_number = $3
