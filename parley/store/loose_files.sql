-- tenants_with_loose_files: which tenants have something to sweep
SELECT w.tenant AS tenant_id FROM tenants_with_loose_files($1) w

-- insert_loose_blob: a blob that no row knows yet; to be swept unless it is claimed until then
INSERT INTO loose_blobs (tenant_id, key, due_at) VALUES ($1, $2, $3)

-- claim_blob: a row knows this blob now
DELETE FROM loose_blobs b WHERE b.tenant_id = $1 AND b.key = $2

-- hasten_blob: nothing will claim this blob any more
UPDATE loose_blobs b SET due_at = $3 WHERE b.tenant_id = $1 AND b.key = $2

-- lock_due_blobs: up to $3 blobs that nothing has claimed in time, kept from being claimed
SELECT b.key FROM loose_blobs b WHERE b.tenant_id = $1 AND b.due_at <= $2 ORDER BY b.due_at LIMIT $3::bigint FOR UPDATE SKIP LOCKED

-- delete_loose_blobs: they are gone
DELETE FROM loose_blobs b WHERE b.tenant_id = $1 AND b.key = ANY ($2::text[])

-- delete_unattached: up to $3 uploads from before that belong to nothing; their ids
DELETE FROM attachments a WHERE a.tenant_id = $1 AND a.id = ANY (ARRAY(
  SELECT u.id FROM attachments u
  WHERE u.tenant_id = $1 AND u.message_id IS NULL AND u.parent IS NULL AND u.created_by IS NOT NULL AND u.created_at < $2
    AND NOT EXISTS (SELECT FROM contacts p WHERE p.tenant_id = $1 AND p.avatar_id = u.id)
    AND NOT EXISTS (SELECT FROM memberships p WHERE p.tenant_id = $1 AND p.avatar_id = u.id)
    AND NOT EXISTS (SELECT FROM bots p WHERE p.tenant_id = $1 AND p.avatar_id = u.id)
    AND NOT EXISTS (SELECT FROM inboxes p WHERE p.tenant_id = $1 AND p.avatar_id = u.id)
  ORDER BY u.created_at LIMIT $3::bigint FOR UPDATE SKIP LOCKED
)) AND a.message_id IS NULL RETURNING a.id

-- delete_awaited_versions: up to $3 versions from before whose bytes never came
DELETE FROM attachment_versions v WHERE v.tenant_id = $1 AND v.blob_key IS NULL AND (v.attachment_id, v.number) IN (
  SELECT o.attachment_id, o.number FROM attachment_versions o
  WHERE o.tenant_id = $1 AND o.blob_key IS NULL AND o.created_at < $2 ORDER BY o.created_at LIMIT $3::bigint
)

-- list_blobs: the blobs of stored versions after a place, for the doctor
SELECT v.attachment_id, v.number, v.blob_key FROM attachment_versions v
WHERE v.tenant_id = $1 AND v.blob_key IS NOT NULL AND (v.attachment_id, v.number) > ($2::bigint, $3::integer)
ORDER BY v.attachment_id, v.number LIMIT 1000
