-- get_account: a tenant with its settings, which are JSON text
SELECT t.id, t.name, t.locale, t.domain, t.support_email, t.status, t.timezone, t.features, t.settings, t.custom_attributes, t.created_at
FROM tenants t WHERE t.id = $1 AND t.deleted_at IS NULL

-- get_accounts: several of them, by id
SELECT t.id, t.name, t.locale, t.domain, t.support_email, t.status, t.timezone, t.features, t.settings, t.custom_attributes, t.created_at
FROM tenants t WHERE t.id = ANY ($1::bigint[]) AND t.deleted_at IS NULL ORDER BY t.id

-- get_cache_keys: when labels, inboxes and teams last changed or one of them went, in milliseconds since 1970; 0 for never
SELECT coalesce(extract(epoch FROM greatest(
         (SELECT max(n.updated_at) FROM tags n WHERE n.tenant_id = $1),
         (SELECT max(d.deleted_at) FROM tombstones d WHERE d.tenant_id = $1 AND d.noun = 'tag'))) * 1000, 0)::bigint AS label,
       coalesce(extract(epoch FROM greatest(
         (SELECT max(n.updated_at) FROM inboxes n WHERE n.tenant_id = $1),
         (SELECT max(d.deleted_at) FROM tombstones d WHERE d.tenant_id = $1 AND d.noun = 'inbox'))) * 1000, 0)::bigint AS inbox,
       coalesce(extract(epoch FROM greatest(
         (SELECT max(n.updated_at) FROM teams n WHERE n.tenant_id = $1),
         (SELECT max(d.deleted_at) FROM tombstones d WHERE d.tenant_id = $1 AND d.noun = 'team'))) * 1000, 0)::bigint AS team

-- close_tenant: shuts a tenant that was deleted; a job empties it
UPDATE tenants SET status = 'suspended', deleted_at = $2, updated_at = $2 WHERE id = $1

-- list_deleted: tenants that wait to be emptied
SELECT t.id FROM tenants t WHERE t.deleted_at IS NOT NULL ORDER BY t.id

-- delete_tenant: all that is left of a tenant that was closed
SELECT empty_tenant($1)
