-- lock_attachments: files by id with what they belong to: a message of a conversation, or something else as kind:id
SELECT a.id, a.message_id, m.conversation_number, a.created_by, a.blob_key IS NOT NULL OR a.external_url IS NOT NULL AS uploaded,
  coalesce(
    a.parent,
    (SELECT 'user:' || u.user_id FROM memberships u WHERE u.tenant_id = $1 AND u.avatar_id = a.id LIMIT 1),
    (SELECT 'contact:' || c.id FROM contacts c WHERE c.tenant_id = $1 AND c.avatar_id = a.id LIMIT 1),
    (SELECT 'bot:' || b.id FROM bots b WHERE b.tenant_id = $1 AND b.avatar_id = a.id LIMIT 1)) AS owner
FROM attachments a LEFT JOIN messages m ON m.tenant_id = $1 AND m.id = a.message_id
WHERE a.tenant_id = $1 AND a.id = ANY ($2::bigint[]) ORDER BY a.id FOR UPDATE OF a

-- attach: gives files to a message
UPDATE attachments a SET message_id = $2 WHERE a.tenant_id = $1 AND a.id = ANY ($3::bigint[])

-- remove: files that a message gave up
DELETE FROM attachments a WHERE a.tenant_id = $1 AND a.message_id = $2 AND a.id = ANY ($3::bigint[])

-- list_of_message: the files of a message, in order
SELECT a.id FROM attachments a WHERE a.tenant_id = $1 AND a.message_id = $2 ORDER BY a.id
