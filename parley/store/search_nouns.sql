-- list_matching_messages: the newest messages of each conversation that match any pattern, as the caller may see them
SELECT m.conversation_number, m.id, m.author_kind, m.author_id, m.body, m.panels, m.references_ AS references, m.created_at
FROM unnest($2::bigint[]) AS n (number)
CROSS JOIN LATERAL (
  SELECT * FROM messages m
  WHERE m.tenant_id = $1 AND m.conversation_number = n.number AND m.kind IN ('incoming', 'outgoing')
    AND (m.expires_at IS NULL OR m.expires_at > now()) AND m.body ILIKE ANY ($3::text[]) AND TRUE /* visible */
  ORDER BY m.created_at DESC, m.id DESC
  LIMIT $4::integer
) m
ORDER BY m.conversation_number, m.created_at DESC, m.id DESC
