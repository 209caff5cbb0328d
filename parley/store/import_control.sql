-- raise_sequences: tenants, users and messages made from now on get ids above these
SELECT setval('tenant_ids', greatest($1::bigint, (SELECT last_value FROM tenant_ids))) AS tenant_ids,
       setval('user_ids', greatest($2::bigint, (SELECT last_value FROM user_ids))) AS user_ids,
       setval('message_ids', greatest($3::bigint, (SELECT last_value FROM message_ids))) AS message_ids

-- lock_imports: true when no other import runs in this database; held until the connection closes
SELECT pg_try_advisory_lock(hashtext('parley import')) AS locked

-- list_tenant_origins: the tenants that a system's accounts became, and whether each was left as the last import left it
SELECT o.external_id, o.tenant_id, o.sync_unit_id, o.content_hash,
       o.local_hash = sha256(convert_to(ROW(t.name, t.status, t.locale, t.domain, t.support_email, t.settings, t.custom_attributes)::text, 'UTF8'))
         AS untouched
FROM tenant_origins o JOIN tenants t ON t.id = o.tenant_id
WHERE o.system = $1

-- find_slugs: which of these names are taken by tenants
SELECT t.slug FROM tenants t WHERE t.slug = ANY ($1::text[])

-- insert_tenant: a tenant as its account was; id null takes the next free one
INSERT INTO tenants (id, slug, name, status, locale, domain, support_email, settings, custom_attributes, created_at, updated_at)
VALUES (coalesce($1::bigint, nextval('tenant_ids')), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
RETURNING id

-- update_tenant: the account's columns over the tenant's; other settings stay
UPDATE tenants SET name = $2, status = $3, locale = $4, domain = $5, support_email = $6, settings = settings || $7::jsonb,
  custom_attributes = $8, updated_at = $9
WHERE id = $1

-- record_tenant: remembers where a tenant came from and what both look like now
INSERT INTO tenant_origins (tenant_id, system, external_id, sync_unit_id, content_hash, local_hash)
SELECT t.id, $2, $3, $4, $5,
       sha256(convert_to(ROW(t.name, t.status, t.locale, t.domain, t.support_email, t.settings, t.custom_attributes)::text, 'UTF8'))
FROM tenants t WHERE t.id = $1
ON CONFLICT (tenant_id, system) DO UPDATE SET content_hash = EXCLUDED.content_hash, local_hash = EXCLUDED.local_hash

-- list_user_origins: the users that came from a system, and whether each was left as the last import left it
SELECT o.external_id, o.user_id, o.content_hash,
       o.local_hash = sha256(convert_to(ROW(u.name, u.display_name, u.email, u.provider, u.confirmed_at, u.kind, u.message_signature,
         u.custom_attributes)::text, 'UTF8')) AS untouched
FROM user_origins o JOIN users u ON u.id = o.user_id
WHERE o.system = $1

-- name_users: what users are called
SELECT u.id, u.name FROM users u WHERE u.id = ANY ($1::bigint[])

-- find_users: which of these ids and e-mails are taken
SELECT u.id, lower(u.email) AS email FROM users u WHERE u.id = ANY ($1::bigint[]) OR lower(u.email) = ANY ($2::text[])

-- insert_user: a user as it was; id null takes the next free one
INSERT INTO users (id, name, display_name, email, provider, confirmed_at, kind, availability, message_signature, ui_settings,
  custom_attributes, created_at, updated_at)
VALUES (coalesce($1::bigint, nextval('user_ids')), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
RETURNING id

-- update_user: the source's columns over the user's
UPDATE users SET name = $2, display_name = $3, email = $4, provider = $5, confirmed_at = $6, kind = $7, availability = $8,
  message_signature = $9, ui_settings = $10, custom_attributes = $11, updated_at = $12
WHERE id = $1

-- record_user: remembers where a user came from and what both look like now
INSERT INTO user_origins (system, external_id, user_id, content_hash, local_hash)
SELECT $1, $2, u.id, $4,
       sha256(convert_to(ROW(u.name, u.display_name, u.email, u.provider, u.confirmed_at, u.kind, u.message_signature,
         u.custom_attributes)::text, 'UTF8'))
FROM users u WHERE u.id = $3
ON CONFLICT (system, external_id) DO UPDATE SET content_hash = EXCLUDED.content_hash, local_hash = EXCLUDED.local_hash

-- set_imported_password: Chatwoot's bcrypt hash, unless the user has chosen a password here since
INSERT INTO credentials (user_id, password_hash) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET password_hash = EXCLUDED.password_hash, changed_at = now()
WHERE credentials.password_hash LIKE '$2%' AND credentials.password_hash <> EXCLUDED.password_hash

-- insert_tokens: existing tokens by their hashes; those already known stay as they are
INSERT INTO tokens (token_hash, tenant_id, owner_kind, owner_id, scope, name, created_at)
SELECT x.hash, x.tenant_id, $1, x.owner_id, 'write', $2, x.created_at
FROM unnest($3::bytea[], $4::bigint[], $5::bigint[], $6::timestamptz[]) AS x (hash, tenant_id, owner_id, created_at)
ON CONFLICT (token_hash) DO NOTHING

-- revoke_replaced_tokens: ends imported tokens of these owners that the source no longer has
UPDATE tokens SET revoked_at = now()
WHERE owner_kind = $1 AND name = $2 AND owner_id = ANY ($3::bigint[]) AND revoked_at IS NULL AND NOT token_hash = ANY ($4::bytea[])
  AND ($5::bigint IS NULL OR tenant_id = $5)

-- known_tokens: which of these token hashes are here already
SELECT t.token_hash FROM tokens t WHERE t.token_hash = ANY ($1::bytea[])

-- insert_platform_app: an app that makes accounts and users for others
INSERT INTO platform_apps (name) VALUES ($1) RETURNING id
