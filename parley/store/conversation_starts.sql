-- get_inbox: what decides how a conversation starts in an inbox
SELECT i.id, i.kind, i.lock_to_single_conversation AS is_single, i.active_bot_id IS NOT NULL AS has_bot FROM inboxes i WHERE i.tenant_id = $1 AND i.id = $2

-- get_contact: what decides how a contact is reached, held so that it stays: before any id is taken, as whoever changes it does
SELECT c.id, c.email, c.phone_number, c.blocked FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2 AND c.state <> 'deleted' FOR KEY SHARE

-- find_point: the first contact point with this source id, in one inbox or anywhere
SELECT p.id, p.contact_id, p.inbox_id FROM contact_points p
WHERE p.tenant_id = $1 AND p.source_id = $2 AND ($3::bigint IS NULL OR p.inbox_id = $3) ORDER BY p.id LIMIT 1

-- insert_point: a contact's new address in an inbox; nothing where somebody was faster
INSERT INTO contact_points (tenant_id, id, contact_id, inbox_id, source_id, hmac_verified) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, inbox_id, source_id) DO NOTHING

-- lock_point: two conversations with one contact point wait for each other
SELECT p.id FROM contact_points p WHERE p.tenant_id = $1 AND p.id = $2 FOR NO KEY UPDATE

-- find_last: the newest conversation with a contact point
SELECT max(c.number) AS number FROM conversations c WHERE c.tenant_id = $1 AND c.contact_point_id = $2
