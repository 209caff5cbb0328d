-- list_notes: a contact's notes, newest first
SELECT n.id, n.contact_id, n.content, n.created_at, n.updated_at, n.created_by
FROM contact_notes n WHERE n.tenant_id = $1 AND n.contact_id = $2 ORDER BY n.created_at DESC, n.id DESC

-- move_notes: one contact's notes become another's
UPDATE contact_notes n SET contact_id = $3 WHERE n.tenant_id = $1 AND n.contact_id = $2
