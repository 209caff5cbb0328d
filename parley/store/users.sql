-- insert_member: a user's place in the tenant with what an administrator said of them
INSERT INTO memberships (tenant_id, user_id, name, email, state, reports_to, subtype, custom_fields, created_by, modified_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $9)

-- lock_user: a user of the tenant for a change
SELECT m.role, m.state, m.left_at, m.subtype, m.custom_fields, coalesce(m.display_name, m.name) AS name
FROM memberships m WHERE m.tenant_id = $1 AND m.user_id = $2 FOR NO KEY UPDATE

-- lock_administrators: those who run the tenant; locked in one order, so that two who leave at once wait for each other
SELECT m.user_id FROM memberships m
WHERE m.tenant_id = $1 AND m.role = 'administrator' AND m.state = 'active' AND m.left_at IS NULL
ORDER BY m.user_id FOR NO KEY UPDATE

-- get_identities: who these users are elsewhere
SELECT i.user_id, i.issuer, i.external_id, i.display_name
FROM user_identities i WHERE i.tenant_id = $1 AND i.user_id = ANY ($2::bigint[]) ORDER BY i.user_id, i.issuer

-- link_identity: who a user is elsewhere; another identity of the same issuer gives way
INSERT INTO user_identities (tenant_id, user_id, issuer, external_id, display_name) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, user_id, issuer) DO UPDATE SET external_id = EXCLUDED.external_id, display_name = EXCLUDED.display_name

-- unlink_identity: takes a user's identity of an issuer away
DELETE FROM user_identities i WHERE i.tenant_id = $1 AND i.user_id = $2 AND i.issuer = $3
