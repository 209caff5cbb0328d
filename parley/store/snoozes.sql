-- tenants_to_wake: which tenants have conversations whose snooze is over
SELECT w.tenant FROM tenants_to_wake($1) w

-- lock_due: up to $3 conversations whose snooze is over, the earliest first; those that somebody else works on are left
SELECT c.number FROM conversations c
WHERE c.tenant_id = $1 AND c.status = 'snoozed' AND c.snoozed_until <= $2 AND NOT c.is_frozen
ORDER BY c.snoozed_until, c.number LIMIT $3::bigint FOR NO KEY UPDATE SKIP LOCKED
