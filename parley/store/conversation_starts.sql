-- get_contact: what decides how a contact is reached
SELECT c.id, c.email, c.phone_number, c.blocked FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2 AND c.state <> 'deleted'

-- find_point: the first contact point with this source id, in one inbox or anywhere
SELECT p.id, p.contact_id, p.inbox_id FROM contact_points p
WHERE p.tenant_id = $1 AND p.source_id = $2 AND ($3::bigint IS NULL OR p.inbox_id = $3) ORDER BY p.id LIMIT 1

-- lock_point: two conversations with one contact point wait for each other
SELECT p.id FROM contact_points p WHERE p.tenant_id = $1 AND p.id = $2 FOR NO KEY UPDATE

-- find_last: the newest conversation with a contact point
SELECT max(c.number) AS number FROM conversations c WHERE c.tenant_id = $1 AND c.contact_point_id = $2
