-- find_token: who a token belongs to, by its hash
SELECT t.id, t.tenant_id, t.owner_kind, t.owner_id, t.scope
FROM tokens t
WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())

-- get_tenant: one tenant by id
SELECT t.id, t.slug, t.name, t.status, t.features FROM tenants t WHERE t.id = $1

-- get_tenant_times: when a tenant was made and last changed
SELECT t.created_at, t.updated_at FROM tenants t WHERE t.id = $1

-- find_tenant: one tenant by slug
SELECT t.id, t.slug, t.name, t.status, t.features FROM tenants t WHERE t.slug = $1

-- list_tenants: every tenant
SELECT t.id, t.slug, t.name, t.status, t.features FROM tenants t ORDER BY t.id

-- insert_tenant: a new tenant; id null takes the next free one
INSERT INTO tenants (id, slug, name) VALUES (coalesce($1::bigint, nextval('tenant_ids')), $2, $3)
RETURNING id, slug, name, status, features

-- insert_user: a new user; id null takes the next free one
INSERT INTO users (id, name, email, confirmed_at) VALUES (coalesce($1::bigint, nextval('user_ids')), $2, $3, now())
RETURNING id

-- raise_ids: puts the sequences above every id in use, after rows came with ids of their own
SELECT setval('tenant_ids', greatest((SELECT max(id) FROM tenants), (SELECT last_value FROM tenant_ids))) AS tenant_ids,
       setval('user_ids', greatest((SELECT max(id) FROM users), (SELECT last_value FROM user_ids))) AS user_ids,
       setval('message_ids', greatest((SELECT max(id) FROM messages), (SELECT last_value FROM message_ids))) AS message_ids

-- find_user: a user by e-mail, case-insensitive
SELECT u.id, u.name, u.email FROM users u WHERE lower(u.email) = lower($1)

-- get_user: a user by id
SELECT u.id, u.name, u.email FROM users u WHERE u.id = $1

-- set_password: stores a password's hash
INSERT INTO credentials (user_id, password_hash) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET password_hash = EXCLUDED.password_hash, changed_at = now()

-- insert_token: a new token by its hash
INSERT INTO tokens (token_hash, tenant_id, owner_kind, owner_id, scope, name) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id

-- revoke_tokens: ends every token of an owner that has this name
UPDATE tokens SET revoked_at = now() WHERE owner_kind = $1 AND owner_id = $2 AND name = $3 AND tenant_id = $4 AND revoked_at IS NULL

-- get_secret: a server secret by name
SELECT s.secret FROM server_secrets s WHERE s.name = $1

-- find_caller: who a token belongs to, the tenant it asks for, and a user's membership there; enters the tenant and sets how to plan on the way
-- Row-level security shows the membership only once the tenant is set, so the order must not be the planner's to choose: the
-- inner query needs asked.entered_id, which set_config returns, and OFFSET 0 keeps it from being joined another way (decision 0006).
WITH asked AS MATERIALIZED (
  SELECT t.id, t.tenant_id, t.owner_kind, t.owner_id, t.scope,
         n.id AS asked_id, n.slug AS asked_slug, n.name AS asked_name, n.status AS asked_status, n.features AS asked_features,
         CASE WHEN n.id IS NOT NULL THEN set_config('parley.tenant_id', n.id::text, true)::bigint END AS entered_id
  FROM tokens t
  LEFT JOIN tenants n ON n.id = coalesce($2::bigint, (SELECT s.id FROM tenants s WHERE s.slug = $3::text), CASE WHEN $3::text IS NULL THEN t.tenant_id END)
  WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
)
SELECT set_config('plan_cache_mode', $4::text, true) AS plans, asked.id, asked.tenant_id, asked.owner_kind, asked.owner_id, asked.scope,
       asked.asked_id, asked.asked_slug, asked.asked_name, asked.asked_status, asked.asked_features, m.*
FROM asked LEFT JOIN LATERAL (
  SELECT ARRAY(SELECT i.inbox_id FROM inbox_members i
               WHERE i.tenant_id = asked.entered_id AND i.user_id = asked.owner_id ORDER BY i.inbox_id) AS inbox_ids,
         ARRAY(SELECT t.team_id FROM team_members t
               WHERE t.tenant_id = asked.entered_id AND t.user_id = asked.owner_id ORDER BY t.team_id) AS team_ids,
         u.user_id AS member_id, u.role, u.custom_role_id, u.name, u.display_name, u.email, u.provider, u.confirmed, u.state,
         u.availability, u.auto_offline, u.custom_attributes, u.left_at,
         a.id AS picture_id, a.file_name AS picture_name, a.content_type AS picture_type, a.byte_size AS picture_size,
         u.message_signature, u.ui_settings, u.is_super_admin, u.inviter_id, u.active_at,
         r.name AS custom_role_name, r.description AS custom_role_description, r.permissions AS custom_role_permissions,
         s.seen_at
  FROM memberships u
  LEFT JOIN attachments a ON a.tenant_id = asked.entered_id AND a.id = u.avatar_id
  LEFT JOIN custom_roles r ON r.tenant_id = asked.entered_id AND r.id = u.custom_role_id
  LEFT JOIN user_presences s ON s.tenant_id = asked.entered_id AND s.user_id = u.user_id
  WHERE u.tenant_id = asked.entered_id AND u.user_id = asked.owner_id AND asked.owner_kind = 'user'
    AND u.left_at IS NULL AND u.state = 'active'
  OFFSET 0
) m ON true

-- ping: does the database answer
SELECT 1 AS answer

-- list_tokens: the tokens of a tenant that still work, newest first
SELECT t.id, t.owner_kind, t.owner_id, t.scope, t.name, t.created_at, t.expires_at
FROM tokens t
WHERE t.tenant_id = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
ORDER BY t.id DESC

-- revoke_token: ends one token of a tenant; no row when there is none that works
UPDATE tokens SET revoked_at = now() WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id

-- get_password: a user's password hash
SELECT c.password_hash FROM credentials c WHERE c.user_id = $1

-- find_token_end: how a token that opens nothing ended: revoked or expired; no row for one that never was
SELECT CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired' END AS ended
FROM tokens t WHERE t.token_hash = $1

-- issue_token: a new token of a tenant by its hash, with what it is for
INSERT INTO tokens (token_hash, tenant_id, owner_kind, owner_id, scope, name, kind, client_id, expires_at, created_at, created_by, modified_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING id

-- get_token: one token of a tenant, also when it ended
SELECT t.id, t.owner_kind, t.owner_id, t.scope, t.name,
       coalesce(t.kind, CASE t.owner_kind WHEN 'user' THEN 'pat' WHEN 'bot' THEN 'aat' ELSE 'session:rev' END) AS kind, t.client_id,
       t.created_at, t.updated_at, t.created_by, t.modified_by, t.expires_at,
       CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired' ELSE 'active' END AS status
FROM tokens t WHERE t.tenant_id = $1 AND t.id = $2 AND t.owner_kind <> 'platform_app'

-- get_token_times: when a token was made and when it ends
SELECT t.created_at, t.expires_at FROM tokens t WHERE t.id = $1

-- list_tokens_of: an owner's tokens of a tenant, also those that ended, oldest first; kind and client null: any
SELECT t.id, t.owner_kind, t.owner_id, t.scope, t.name,
       coalesce(t.kind, CASE t.owner_kind WHEN 'user' THEN 'pat' WHEN 'bot' THEN 'aat' ELSE 'session:rev' END) AS kind, t.client_id,
       t.created_at, t.updated_at, t.created_by, t.modified_by, t.expires_at,
       CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired' ELSE 'active' END AS status
FROM tokens t
WHERE t.tenant_id = $1 AND t.owner_kind = $2 AND t.owner_id = $3
  AND ($4::text IS NULL OR coalesce(t.kind, CASE t.owner_kind WHEN 'user' THEN 'pat' WHEN 'bot' THEN 'aat' ELSE 'session:rev' END) = $4)
  AND ($5::text IS NULL OR t.client_id = $5)
ORDER BY t.id

-- rename_token: a token's new hint
UPDATE tokens SET name = $3, modified_by = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2

-- revoke_tokens_of: ends an owner's tokens of one kind, or of all, and tells which
UPDATE tokens t SET revoked_at = $5::timestamptz, updated_at = $5, modified_by = $6
WHERE t.tenant_id = $1 AND t.owner_kind = $2 AND t.owner_id = $3 AND t.revoked_at IS NULL
  AND ($4::text IS NULL OR coalesce(t.kind, CASE t.owner_kind WHEN 'user' THEN 'pat' WHEN 'bot' THEN 'aat' ELSE 'session:rev' END) = $4)
RETURNING t.id

-- find_client: the bot that an application's tokens belong to
SELECT t.owner_id FROM tokens t WHERE t.tenant_id = $1 AND t.client_id = $2 AND t.owner_kind = 'bot' ORDER BY t.id DESC LIMIT 1

-- insert_login: a session of a user on one device, by its hash
INSERT INTO tokens (token_hash, owner_kind, owner_id, scope, name, kind, client_id, expires_at, created_at)
VALUES ($1, 'user', $2, 'write', $3, 'login', $4, $5, $6) RETURNING id

-- is_login: whether a session works and its token, device and e-mail, of then or of now, go together
SELECT EXISTS (
  SELECT FROM tokens t JOIN users u ON u.id = t.owner_id
  WHERE t.token_hash = $1 AND t.kind = 'login' AND t.client_id = $2 AND lower($3) IN (lower(u.email), lower(t.name))
    AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())) AS works

-- end_logins: ends a user's sessions but one (null: all of them)
UPDATE tokens SET revoked_at = $3, updated_at = $3
WHERE owner_kind = 'user' AND owner_id = $1 AND kind = 'login' AND revoked_at IS NULL AND id IS DISTINCT FROM $2::bigint

-- end_oldest_logins: ends a user's oldest sessions until only so many are left
UPDATE tokens SET revoked_at = $3, updated_at = $3
WHERE id IN (SELECT t.id FROM tokens t WHERE t.owner_kind = 'user' AND t.owner_id = $1 AND t.kind = 'login' AND t.revoked_at IS NULL
               AND t.expires_at > $3 ORDER BY t.id DESC OFFSET $2)

-- end_token: ends one token, whatever tenant it is of
UPDATE tokens SET revoked_at = $2, updated_at = $2 WHERE id = $1 AND revoked_at IS NULL

-- end_api_token: ends one token unless it is a session
UPDATE tokens SET revoked_at = $2, updated_at = $2 WHERE id = $1 AND revoked_at IS NULL AND kind IS DISTINCT FROM 'login'

-- end_tokens_of: ends every token of an owner, in every tenant
UPDATE tokens SET revoked_at = $3, updated_at = $3 WHERE owner_kind = $1 AND owner_id = $2 AND revoked_at IS NULL

-- end_named_tokens: ends a user's API tokens of one name, in every tenant
UPDATE tokens SET revoked_at = $3, updated_at = $3 WHERE owner_kind = 'user' AND owner_id = $1 AND name = $2 AND revoked_at IS NULL

-- list_places: the accounts that a user belongs to, the one they used last first
SELECT p.account_id, p.account_name, p.account_status, p.onboarding_step, p.role, p.custom_role_id, p.custom_role_name,
       p.custom_role_description, p.permissions, p.availability, p.auto_offline, p.active_at, p.seen_at
FROM places_of_user($1) p

-- enter_public_inbox: the tenant of the inbox that an identifier names, which the transaction enters, and the inbox
SELECT n.id, n.slug, n.name, n.status, n.features, f.inbox_id, set_config('parley.tenant_id', n.id::text, true) AS entered
FROM find_public_inbox($1) f JOIN tenants n ON n.id = f.tenant

-- enter_surveyed: the tenant of the conversation that has this uuid, which the transaction enters, and the conversation
SELECT n.id, n.slug, n.name, n.status, n.features, f.conversation_number, set_config('parley.tenant_id', n.id::text, true) AS entered
FROM find_surveyed($1) f JOIN tenants n ON n.id = f.tenant
