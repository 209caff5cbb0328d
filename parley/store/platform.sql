-- insert_app: a platform app
INSERT INTO platform_apps (name) VALUES ($1) RETURNING id

-- permit: an app made this, or was given it
INSERT INTO platform_permissibles (platform_app_id, kind, object_id, account_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- is_permitted: whether an app may touch this
SELECT EXISTS (SELECT FROM platform_permissibles p WHERE p.platform_app_id = $1 AND p.kind = $2 AND p.object_id = $3) AS may

-- list_permitted: what an app may touch of a kind, the page after an id
SELECT p.object_id FROM platform_permissibles p WHERE p.platform_app_id = $1 AND p.kind = $2 ORDER BY p.object_id

-- forget: nobody may touch what is gone
DELETE FROM platform_permissibles WHERE kind = $1 AND object_id = $2

-- list_bots: where the bots of an app live
SELECT p.object_id AS bot_id, p.account_id FROM platform_permissibles p
WHERE p.platform_app_id = $1 AND p.kind = 'agent_bot' AND p.account_id IS NOT NULL ORDER BY p.account_id, p.object_id

-- find_bot: where a platform bot lives, whichever app made it
SELECT p.account_id FROM platform_permissibles p WHERE p.kind = 'agent_bot' AND p.object_id = $1 AND p.account_id IS NOT NULL LIMIT 1

-- next_bot_id: an id that no bot of any tenant has
SELECT nextval('platform_bot_ids') AS id

-- insert_bot: a bot of a tenant under an id of the platform's
INSERT INTO bots (tenant_id, id, name, description, outgoing_url, created_by, modified_by) VALUES ($1, $2, $3, $4, $5, $6, $6)

-- get_bot: a bot with what its makers see
SELECT b.id, b.name, b.description, b.outgoing_url, b.bot_type, b.config, b.kind, b.avatar_id, a.file_name AS avatar_name
FROM bots b LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = b.avatar_id
WHERE b.tenant_id = $1 AND b.id = ANY ($2::bigint[]) ORDER BY b.id

-- update_bot: a bot's name, words and address
UPDATE bots b SET name = $3, description = $4, outgoing_url = $5, modified_by = $6, updated_at = clock_timestamp()
WHERE b.tenant_id = $1 AND b.id = $2

-- release_bot: no inbox is answered by this bot any more
UPDATE inboxes i SET active_bot_id = NULL WHERE i.tenant_id = $1 AND i.active_bot_id = $2

-- delete_bot: a bot
DELETE FROM bots b WHERE b.tenant_id = $1 AND b.id = $2

-- list_account_users: the users of an account as its makers see them
SELECT m.user_id, m.role, m.inviter_id, m.custom_role_id, m.availability, m.auto_offline, m.active_at, m.created_at, m.updated_at
FROM memberships m WHERE m.tenant_id = $1 AND m.left_at IS NULL AND m.state = 'active' AND ($2::bigint IS NULL OR m.user_id = $2)
ORDER BY m.user_id

-- leave_inboxes: a user who left answers no inbox
DELETE FROM inbox_members i WHERE i.tenant_id = $1 AND i.user_id = $2

-- leave_teams: a user who left is of no team
DELETE FROM team_members m WHERE m.tenant_id = $1 AND m.user_id = $2
