-- tenants_to_wake: which tenants have conversations whose snooze is over, or are seen for the first time
SELECT w.tenant FROM tenants_to_wake($1) w

-- insert_mark: from now on the hours pass here for the tenant
INSERT INTO wake_marks (tenant_id, started_at) VALUES ($1, $2) ON CONFLICT (tenant_id) DO NOTHING

-- lock_due: up to $3 conversations whose snooze is over, the earliest first; those that somebody else works on are left
SELECT c.number FROM conversations c JOIN wake_marks w ON w.tenant_id = $1
WHERE c.tenant_id = $1 AND c.status = 'snoozed' AND c.snoozed_until <= $2 AND NOT c.is_frozen
  AND greatest(c.snoozed_until, c.modified_at) > w.started_at - interval '1 day'
ORDER BY c.snoozed_until, c.number LIMIT $3::bigint FOR NO KEY UPDATE OF c SKIP LOCKED
