-- list_addresses: where each contact writes from: the source id and inbox of every contact point
SELECT p.contact_id, p.source_id, i.id AS inbox_id, i.name AS inbox_name, i.kind AS inbox_kind
FROM contact_points p
JOIN inboxes i ON i.tenant_id = $1 AND i.id = p.inbox_id
WHERE p.tenant_id = $1 AND p.contact_id = ANY ($2::bigint[])
ORDER BY p.contact_id, p.id
