-- list_addresses: contacts' addresses with their inboxes
SELECT p.contact_id, p.source_id, i.id AS inbox_id, coalesce(i.channel_id, i.id) AS channel_id, i.name AS inbox_name, i.kind,
       i.channel ->> 'provider' AS provider, a.id AS picture_id, a.file_name AS picture_name
FROM contact_points p
JOIN inboxes i ON i.tenant_id = $1 AND i.id = p.inbox_id
LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = i.avatar_id
WHERE p.tenant_id = $1 AND p.contact_id = ANY ($2::bigint[]) ORDER BY p.contact_id, p.id

-- get_rows: addresses by id, as their rows are
SELECT p.id, p.contact_id, p.inbox_id, p.source_id, p.hmac_verified, p.is_unproven, p.created_at, p.updated_at
FROM contact_points p WHERE p.tenant_id = $1 AND p.id = ANY ($2::bigint[])

-- list_verified: the addresses over which contacts have proved who they are
SELECT p.contact_id, p.id FROM contact_points p WHERE p.tenant_id = $1 AND p.contact_id = ANY ($2::bigint[]) AND p.hmac_verified ORDER BY p.id

-- list_newest: a contact's newest address in each inbox, and whether a conversation came over it
SELECT DISTINCT ON (p.inbox_id) p.inbox_id, p.source_id,
       EXISTS (SELECT FROM conversations c WHERE c.tenant_id = $1 AND c.contact_point_id = p.id) AS is_used
FROM contact_points p WHERE p.tenant_id = $1 AND p.contact_id = $2 ORDER BY p.inbox_id, p.id DESC

-- find_contact: whose address this is
SELECT p.contact_id FROM contact_points p WHERE p.tenant_id = $1 AND p.inbox_id = $2 AND p.source_id = $3

-- insert_point: a contact's address in an inbox, unless the source id is taken there
INSERT INTO contact_points (tenant_id, id, contact_id, inbox_id, source_id, hmac_verified) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, inbox_id, source_id) DO NOTHING RETURNING id

-- rename_point: an address gets another source id
UPDATE contact_points p SET source_id = $4, updated_at = clock_timestamp() WHERE p.tenant_id = $1 AND p.inbox_id = $2 AND p.source_id = $3

-- find_oldest: a contact's oldest address in an inbox
SELECT p.id FROM contact_points p WHERE p.tenant_id = $1 AND p.contact_id = $2 AND p.inbox_id = $3 ORDER BY p.id LIMIT 1

-- hold_contact: keeps a contact from being deleted until the end of the transaction
SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2 FOR KEY SHARE
