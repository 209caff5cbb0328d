-- insert_attachment: a file that is to arrive
INSERT INTO attachments (tenant_id, id, state, file_type, file_name, content_type, extension, configuration, created_at, updated_at, created_by, modified_by)
VALUES ($1, $2, 'awaited', $3, $4, $5, $6, $7, $8, $8, $9, $9)

-- insert_link: a picture that lies elsewhere
INSERT INTO attachments (tenant_id, id, file_type, external_url, file_name, created_by, modified_by) VALUES ($1, $2, 'image', $3, $4, $5, $5)

-- count_version: the number of a new version of a file; locks the file
UPDATE attachments a SET version_count = a.version_count + 1 WHERE a.tenant_id = $1 AND a.id = $2 RETURNING a.version_count

-- insert_version: a version that is to arrive
INSERT INTO attachment_versions (tenant_id, attachment_id, number, created_at, created_by) VALUES ($1, $2, $3, $4, $5)

-- get_files: files by id that the caller may see
SELECT a.id, a.message_id, a.state, a.file_name, a.fallback_title, a.content_type, a.byte_size, a.current_version, a.external_url,
       a.created_at, a.updated_at, a.created_by, a.modified_by
FROM attachments a WHERE a.tenant_id = $1 AND a.id = ANY ($2::bigint[]) AND TRUE /* visible */ ORDER BY a.id

-- list_files_of_conversation: the files of its entries that the caller may see
SELECT a.id, a.message_id, a.state, a.file_name, a.fallback_title, a.content_type, a.byte_size, a.current_version, a.external_url,
       a.created_at, a.updated_at, a.created_by, a.modified_by
FROM messages e JOIN attachments a ON a.tenant_id = $1 AND a.message_id = e.id
WHERE e.tenant_id = $1 AND e.conversation_number = $2 AND e.attachment_count > 0 AND TRUE /* visible */ ORDER BY a.id

-- list_files_of_entry: the files of one entry, where the caller may see it
SELECT a.id, a.message_id, a.state, a.file_name, a.fallback_title, a.content_type, a.byte_size, a.current_version, a.external_url,
       a.created_at, a.updated_at, a.created_by, a.modified_by
FROM attachments a WHERE a.tenant_id = $1 AND a.message_id = $2 AND TRUE /* visible */ ORDER BY a.id

-- list_unattached: what somebody uploaded and nobody has attached yet
SELECT a.id, a.message_id, a.state, a.file_name, a.fallback_title, a.content_type, a.byte_size, a.current_version, a.external_url,
       a.created_at, a.updated_at, a.created_by, a.modified_by
FROM attachments a
WHERE a.tenant_id = $1 AND a.message_id IS NULL AND a.parent IS NULL AND a.created_by IS NOT NULL AND a.created_by = $2
ORDER BY a.created_at, a.id

-- get_version: one version of a file whose bytes are here
SELECT v.attachment_id, v.number, v.blob_key, v.byte_size, v.digest, v.stored_at, v.created_by
FROM attachment_versions v WHERE v.tenant_id = $1 AND v.attachment_id = $2 AND v.number = $3 AND v.blob_key IS NOT NULL

-- find_download: a file with the version that is asked for (0: the current one), empty where its bytes are not here
SELECT a.file_name, a.content_type, a.external_url, v.blob_key, v.byte_size, v.digest, v.stored_at
FROM attachments a
LEFT JOIN attachment_versions v ON v.tenant_id = $1 AND v.attachment_id = a.id AND v.blob_key IS NOT NULL
  AND v.number = coalesce(nullif($3::integer, 0), a.current_version)
WHERE a.tenant_id = $1 AND a.id = $2

-- lock_file: keeps two uploads and deletions of one file apart; who prepared it, and where its bytes are
SELECT a.created_by, a.state, a.current_version FROM attachments a WHERE a.tenant_id = $1 AND a.id = $2 FOR NO KEY UPDATE

-- is_awaited: whether a version is still to arrive
SELECT EXISTS (SELECT FROM attachment_versions v WHERE v.tenant_id = $1 AND v.attachment_id = $2 AND v.number = $3 AND v.blob_key IS NULL) AS awaited

-- store_version: the bytes of a version have arrived; who prepared it, nothing where they had arrived before
UPDATE attachment_versions v SET blob_key = $4, byte_size = $5, digest = $6, stored_at = $7
WHERE v.tenant_id = $1 AND v.attachment_id = $2 AND v.number = $3 AND v.blob_key IS NULL RETURNING v.created_by

-- delete_version: whatever it holds
DELETE FROM attachment_versions v WHERE v.tenant_id = $1 AND v.attachment_id = $2 AND v.number = $3

-- show_newest: the newest version whose bytes are here is the current one; without any the file waits again
UPDATE attachments a SET state = CASE WHEN n.number IS NULL THEN 'awaited' ELSE 'stored' END, current_version = n.number,
  byte_size = n.byte_size, blob_key = n.blob_key, updated_at = $3, modified_by = $4
FROM (SELECT 1) AS one (one)
LEFT JOIN LATERAL (
  SELECT v.number, v.byte_size, v.blob_key FROM attachment_versions v
  WHERE v.tenant_id = $1 AND v.attachment_id = $2 AND v.blob_key IS NOT NULL ORDER BY v.number DESC LIMIT 1
) n ON TRUE
WHERE a.tenant_id = $1 AND a.id = $2

-- can_see_conversation: whether the caller may see a conversation
SELECT EXISTS (SELECT FROM conversations c WHERE c.tenant_id = $1 AND c.number = $2 AND TRUE /* visible */) AS can_see

-- can_see_entry: whether the caller may see an entry
SELECT EXISTS (
  SELECT FROM messages m JOIN conversations c ON c.tenant_id = $1 AND c.number = m.conversation_number
  WHERE m.tenant_id = $1 AND m.id = $2 AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */
) AS can_see

-- set_picture: how many pixels wide and high a picture is
UPDATE attachments a SET width = $3, height = $4 WHERE a.tenant_id = $1 AND a.id = $2

-- set_meta: what else is known of a file
UPDATE attachments a SET meta = $3::text::jsonb WHERE a.tenant_id = $1 AND a.id = $2
