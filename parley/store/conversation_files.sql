-- count_files: how many files the entries of a conversation have, as far as the caller may see them
SELECT count(*) AS counted
FROM messages m JOIN attachments a ON a.tenant_id = $1 AND a.message_id = m.id
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.attachment_count > 0 AND m.deleted_at IS NULL
  AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */

-- list_files: the newest files of a conversation with who sent them, as far as the caller may see them
SELECT a.id, m.conversation_number, m.author_kind, m.author_id, m.created_at AS sent_at
FROM messages m JOIN attachments a ON a.tenant_id = $1 AND a.message_id = m.id
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.attachment_count > 0 AND m.deleted_at IS NULL
  AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */
ORDER BY a.created_at DESC, a.id DESC LIMIT $3::bigint OFFSET $4::bigint
