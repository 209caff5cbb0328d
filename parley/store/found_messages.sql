-- list_of_conversations: per conversation up to $4 of the newest messages that match $3, or with no $3 of all its entries, as the caller may see them
SELECT m.id, m.conversation_number, m.kind, m.author_kind, m.author_id, m.body, m.content_type, m.source_id, m.attachment_count,
       m.created_at, m.deleted_at
FROM unnest($2::bigint[]) AS n (number)
CROSS JOIN LATERAL (
  SELECT * FROM messages m
  WHERE m.tenant_id = $1 AND m.conversation_number = n.number AND m.event_type IS DISTINCT FROM 'created'
    AND ($3::text IS NULL OR m.kind IN ('incoming', 'outgoing') AND m.body ILIKE $3)
    AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */
  ORDER BY m.created_at DESC, m.id DESC
  LIMIT $4::integer
) m
ORDER BY m.conversation_number, m.created_at, m.id

-- list_first: the first entry of each conversation that the caller may see
SELECT m.id, m.conversation_number, m.kind, m.author_kind, m.author_id, m.body, m.content_type, m.source_id, m.attachment_count,
       m.created_at, m.deleted_at
FROM unnest($2::bigint[]) AS n (number)
CROSS JOIN LATERAL (
  SELECT * FROM messages m
  WHERE m.tenant_id = $1 AND m.conversation_number = n.number AND m.event_type IS DISTINCT FROM 'created'
    AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */
  ORDER BY m.created_at, m.id
  LIMIT 1
) m

-- get_found: messages by id
SELECT m.id, m.conversation_number, m.kind, m.author_kind, m.author_id, m.body, m.content_type, m.source_id, m.attachment_count,
       m.created_at, m.deleted_at
FROM messages m
WHERE m.tenant_id = $1 AND m.id = ANY ($2::bigint[]) AND TRUE /* visible */
ORDER BY m.created_at DESC, m.id DESC

-- list_newest: of conversations the newest messages that match, from an author and a time, as the caller may see them
SELECT m.created_at, m.id
FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = ANY ($2::bigint[])
  AND m.kind IN ('incoming', 'outgoing') AND m.body ILIKE $3::text
  AND ($4::timestamptz IS NULL OR m.created_at >= $4) AND ($5::timestamptz IS NULL OR m.created_at <= $5)
  AND ($6::text IS NULL OR m.author_kind = $6 AND m.author_id = $7::bigint)
  AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */
ORDER BY m.created_at DESC, m.id DESC
LIMIT $8::bigint

-- get_last_activity: when anything last happened in a conversation
SELECT c.last_activity_at FROM conversations c WHERE c.tenant_id = $1 AND c.number = $2
