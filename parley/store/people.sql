-- get_members: users of the tenant by id, also those who left
SELECT u.user_id AS id, u.role, u.custom_role_id, u.name, u.display_name, u.email, u.provider, u.confirmed, u.state, u.availability,
       u.auto_offline, u.custom_attributes, u.left_at,
       a.id AS picture_id, a.file_name AS picture_name, a.content_type AS picture_type, a.byte_size AS picture_size,
       u.message_signature, u.ui_settings, u.is_super_admin, u.inviter_id, u.active_at,
       r.name AS custom_role_name, r.description AS custom_role_description, r.permissions AS custom_role_permissions, s.seen_at
FROM memberships u
LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = u.avatar_id
LEFT JOIN custom_roles r ON r.tenant_id = $1 AND r.id = u.custom_role_id
LEFT JOIN user_presences s ON s.tenant_id = $1 AND s.user_id = u.user_id
WHERE u.tenant_id = $1 AND u.user_id = ANY ($2::bigint[])

-- get_contacts: contacts by id, with the names of their workspaces
SELECT c.id, c.name, c.display_name, c.email, c.phone_number, c.identifier, c.state, c.blocked, c.verified, c.workspace_id, c.company_id,
       c.additional_attributes, c.custom_fields, c.last_activity_at, c.created_at,
       a.id AS picture_id, a.file_name AS picture_name, a.content_type AS picture_type, a.byte_size AS picture_size,
       w.name AS workspace_name, s.seen_at
FROM contacts c
LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = c.avatar_id
LEFT JOIN workspaces w ON w.tenant_id = $1 AND w.id = c.workspace_id
LEFT JOIN contact_presences s ON s.tenant_id = $1 AND s.contact_id = c.id
WHERE c.tenant_id = $1 AND c.id = ANY ($2::bigint[])

-- get_bots: bots by id
SELECT b.id, b.name, b.description, b.kind, b.email, b.state, b.bot_type, b.outgoing_url,
       a.id AS picture_id, a.file_name AS picture_name, a.content_type AS picture_type, a.byte_size AS picture_size
FROM bots b
LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = b.avatar_id
WHERE b.tenant_id = $1 AND b.id = ANY ($2::bigint[])

-- get_companies: companies by id
SELECT c.id, c.name FROM companies c WHERE c.tenant_id = $1 AND c.id = ANY ($2::bigint[])

-- get_workspaces: workspaces by id
SELECT w.id, w.name, w.company_id FROM workspaces w WHERE w.tenant_id = $1 AND w.id = ANY ($2::bigint[])

-- get_teams: teams by id, with the asking user's membership and where each came from
SELECT t.id, t.name, t.description, t.member_type, t.allow_auto_assign,
       EXISTS (SELECT FROM team_members m WHERE m.tenant_id = $1 AND m.team_id = t.id AND m.user_id = $3) AS is_member,
       o.system AS origin_system, o.external_id AS origin_id
FROM teams t
LEFT JOIN origins o ON o.tenant_id = $1 AND o.noun = 'team' AND o.local_id = t.id
WHERE t.tenant_id = $1 AND t.id = ANY ($2::bigint[])

-- get_contact_points: contact points by id
SELECT p.id, p.contact_id, p.inbox_id, p.source_id, p.hmac_verified
FROM contact_points p WHERE p.tenant_id = $1 AND p.id = ANY ($2::bigint[])

-- get_inboxes: inboxes by id
SELECT i.id, coalesce(i.channel_id, i.id) AS channel_id, i.name, i.kind, extract(epoch FROM i.reply_window)::bigint AS reply_window_s
FROM inboxes i WHERE i.tenant_id = $1 AND i.id = ANY ($2::bigint[])

-- get_person_name: what to call a person in a sentence
SELECT coalesce(
  CASE WHEN $2::text = 'user' THEN (SELECT coalesce(u.display_name, u.name) FROM memberships u WHERE u.tenant_id = $1 AND u.user_id = $3) END,
  CASE WHEN $2::text = 'contact' THEN (SELECT nullif(c.name, '') FROM contacts c WHERE c.tenant_id = $1 AND c.id = $3) END,
  CASE WHEN $2::text = 'bot' THEN (SELECT b.name FROM bots b WHERE b.tenant_id = $1 AND b.id = $3) END
) AS name

-- list_existing: which of these people the tenant has, as kind:id
SELECT 'user:' || u.user_id AS ref FROM memberships u WHERE u.tenant_id = $1 AND u.user_id = ANY ($2::bigint[]) AND u.left_at IS NULL
UNION ALL SELECT 'contact:' || c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($3::bigint[]) AND c.state <> 'deleted'
UNION ALL SELECT 'bot:' || b.id FROM bots b WHERE b.tenant_id = $1 AND b.id = ANY ($4::bigint[])
