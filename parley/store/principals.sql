-- get_membership: a user's inboxes in the tenant and the columns of people.get_members; no row for somebody who left
SELECT ARRAY(SELECT i.inbox_id FROM inbox_members i WHERE i.tenant_id = $1 AND i.user_id = $2 ORDER BY i.inbox_id) AS inbox_ids,
       u.user_id AS id, u.role, u.custom_role_id, u.name, u.display_name, u.email, u.provider, u.confirmed, u.state, u.availability,
       u.auto_offline, u.custom_attributes, u.left_at,
       a.id AS picture_id, a.file_name AS picture_name, a.content_type AS picture_type, a.byte_size AS picture_size,
       u.message_signature, u.ui_settings, u.is_super_admin, u.inviter_id, u.active_at,
       r.name AS custom_role_name, r.description AS custom_role_description, r.permissions AS custom_role_permissions
FROM memberships u
LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = u.avatar_id
LEFT JOIN custom_roles r ON r.tenant_id = $1 AND r.id = u.custom_role_id
WHERE u.tenant_id = $1 AND u.user_id = $2 AND u.left_at IS NULL AND u.state = 'active'

-- contact_exists: whether the tenant has this contact, active
SELECT EXISTS (SELECT FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2 AND c.state = 'active') AS found

-- bot_exists: whether the tenant has this bot, active
SELECT EXISTS (SELECT FROM bots b WHERE b.tenant_id = $1 AND b.id = $2 AND b.state = 'active') AS found
