-- list_said: what a conversation's contact was shown, page by page, oldest first
SELECT m.id, m.author_kind, m.author_id, m.body, m.attachment_count, m.created_at
FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.kind <> 'activity' AND m.visibility IN ('external', 'public')
  AND m.deleted_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > now()) AND (m.created_at, m.id) > ($3::timestamptz, $4::bigint)
ORDER BY m.created_at, m.id LIMIT $5::bigint
