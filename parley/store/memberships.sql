-- list_present: the users of the tenant who have not left, by name
SELECT u.user_id FROM memberships u
WHERE u.tenant_id = $1 AND u.left_at IS NULL AND u.state <> 'deleted' ORDER BY lower(u.name), u.user_id

-- admit: a user's place in the tenant, also of one who left or had no access yet; no row for one who is in it
INSERT INTO memberships AS m (tenant_id, user_id, name, email, role, custom_role_id, availability, auto_offline, inviter_id, created_by, modified_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
ON CONFLICT (tenant_id, user_id) DO UPDATE SET
  left_at = NULL, state = 'active', name = EXCLUDED.name, role = EXCLUDED.role, custom_role_id = EXCLUDED.custom_role_id,
  availability = EXCLUDED.availability, auto_offline = EXCLUDED.auto_offline, inviter_id = EXCLUDED.inviter_id,
  modified_by = EXCLUDED.modified_by, updated_at = clock_timestamp()
WHERE m.tenant_id = $1 AND (m.left_at IS NOT NULL OR m.state = 'shadow') AND m.state <> 'deleted'
RETURNING m.user_id

-- change_membership: what an administrator says of a user
UPDATE memberships m SET name = $3, role = $4, custom_role_id = $5, availability = $6, auto_offline = $7,
  modified_by = $8, updated_at = clock_timestamp()
WHERE m.tenant_id = $1 AND m.user_id = $2

-- leave: a user has left the tenant
UPDATE memberships m SET left_at = $3, state = 'deactivated', modified_by = $4, updated_at = $3 WHERE m.tenant_id = $1 AND m.user_id = $2

-- leave_inboxes: a user works in no inbox any more
DELETE FROM inbox_members m WHERE m.tenant_id = $1 AND m.user_id = $2

-- leave_teams: a user belongs to no team any more
DELETE FROM team_members m WHERE m.tenant_id = $1 AND m.user_id = $2

-- has_custom_role: whether the tenant has this custom role
SELECT EXISTS (SELECT FROM custom_roles r WHERE r.tenant_id = $1 AND r.id = $2) AS found
