-- list_newest_conversations: a contact's last active conversations that the caller may see
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.contact_id = $2 AND TRUE /* visible */
ORDER BY c.last_activity_at DESC, c.number DESC LIMIT $3::bigint

-- page_files: the files of a contact's conversations that the caller may see, newest first
SELECT a.id, m.conversation_number, m.author_kind, m.author_id, m.created_at AS sent_at
FROM conversations c
JOIN messages m ON m.tenant_id = $1 AND m.conversation_number = c.number AND m.attachment_count > 0 AND m.deleted_at IS NULL
  AND (m.expires_at IS NULL OR m.expires_at > now())
JOIN attachments a ON a.tenant_id = $1 AND a.message_id = m.id
WHERE c.tenant_id = $1 AND c.contact_id = $2 AND TRUE /* visible */
ORDER BY a.created_at DESC, a.id DESC LIMIT $3::bigint OFFSET $4::bigint

-- count_files: how many files of a contact's conversations the caller may see
SELECT count(*) AS total
FROM conversations c
JOIN messages m ON m.tenant_id = $1 AND m.conversation_number = c.number AND m.attachment_count > 0 AND m.deleted_at IS NULL
  AND (m.expires_at IS NULL OR m.expires_at > now())
JOIN attachments a ON a.tenant_id = $1 AND a.message_id = m.id
WHERE c.tenant_id = $1 AND c.contact_id = $2 AND TRUE /* visible */
