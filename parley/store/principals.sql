-- get_membership: a user's role, custom role and inboxes in the tenant; no row for somebody who left
SELECT m.role, CASE WHEN m.custom_role_id IS NULL THEN NULL ELSE coalesce(r.permissions, '{}') END AS permissions,
       ARRAY(SELECT i.inbox_id FROM inbox_members i WHERE i.tenant_id = $1 AND i.user_id = $2 ORDER BY i.inbox_id) AS inbox_ids
FROM memberships m
LEFT JOIN custom_roles r ON r.tenant_id = $1 AND r.id = m.custom_role_id
WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.left_at IS NULL AND m.state = 'active'

-- contact_exists: whether the tenant has this contact, active
SELECT EXISTS (SELECT FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2 AND c.state = 'active') AS found

-- bot_exists: whether the tenant has this bot, active
SELECT EXISTS (SELECT FROM bots b WHERE b.tenant_id = $1 AND b.id = $2 AND b.state = 'active') AS found
