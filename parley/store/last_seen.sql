-- find_newest: when the newest entry of a conversation was written, private ones and its creation apart
SELECT max(m.created_at) AS newest FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.visibility <> 'private' AND m.event_type IS DISTINCT FROM 'created'

-- find_last_incoming: when the contact last wrote
SELECT max(m.created_at) AS newest FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.kind = 'incoming' AND m.visibility <> 'private'

-- count_unread: messages of the contact that were written after a time, or all of them
SELECT count(*) AS unread FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.kind = 'incoming' AND m.visibility <> 'private'
  AND ($3::timestamptz IS NULL OR m.created_at > $3)
