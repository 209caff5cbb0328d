-- note_users: users of the tenant were heard of now
INSERT INTO user_presences (tenant_id, user_id, seen_at)
SELECT $1, m.user_id, $3 FROM memberships m WHERE m.tenant_id = $1 AND m.user_id = ANY ($2::bigint[]) ORDER BY m.user_id
ON CONFLICT (tenant_id, user_id) DO UPDATE SET seen_at = greatest(user_presences.seen_at, EXCLUDED.seen_at)

-- note_contacts: contacts were heard of now
INSERT INTO contact_presences (tenant_id, contact_id, seen_at)
SELECT $1, c.id, $3 FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::bigint[]) ORDER BY c.id
ON CONFLICT (tenant_id, contact_id) DO UPDATE SET seen_at = greatest(contact_presences.seen_at, EXCLUDED.seen_at)

-- list_users: who was heard of since then, and those whose availability does not follow that, with what they chose
SELECT m.user_id AS id, m.availability
FROM memberships m LEFT JOIN user_presences p ON p.tenant_id = $1 AND p.user_id = m.user_id
WHERE m.tenant_id = $1 AND m.left_at IS NULL AND m.state = 'active' AND (NOT m.auto_offline OR p.seen_at > $2)
ORDER BY m.user_id

-- list_contacts: contacts who were heard of since then
SELECT p.contact_id AS id FROM contact_presences p WHERE p.tenant_id = $1 AND p.seen_at > $2 ORDER BY p.contact_id

-- list_present: which of these users and contacts were heard of since a moment of each
SELECT 'user' AS kind, p.user_id AS id FROM user_presences p WHERE p.tenant_id = $1 AND p.user_id = ANY ($2::bigint[]) AND p.seen_at > $4
UNION ALL
SELECT 'contact', p.contact_id FROM contact_presences p WHERE p.tenant_id = $1 AND p.contact_id = ANY ($3::bigint[]) AND p.seen_at > $5

-- tell_others: who tells of themselves here, for the live connections of other processes; heard when this commits
SELECT pg_notify('parley_presence', $1)
