-- lock_bot: a bot of the tenant's own for a change
SELECT b.id FROM bots b
WHERE b.tenant_id = $1 AND b.id = $2 AND b.kind = 'service_account' AND b.state <> 'deleted' FOR NO KEY UPDATE

-- list_conversations: some of the conversations that are assigned to a bot, beyond a number
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.assignee_bot_id = $2 AND c.number > $3 ORDER BY c.number LIMIT $4::bigint

-- leave_conversations: none of these conversations is assigned to this bot any more
UPDATE conversations c SET assignee_bot_id = NULL, version = c.version + 1
WHERE c.tenant_id = $1 AND c.assignee_bot_id = $2 AND c.number = ANY ($3::bigint[])
