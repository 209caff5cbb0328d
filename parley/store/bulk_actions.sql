-- lock_next: the oldest bulk action with something left to do, held until commit; one that another server is at is passed over
SELECT b.id, b.type, b.change, b.created_by, cardinality(b.targets) AS total, b.seen, b.done, b.failed, b.targets[b.seen + 1 : b.seen + $2::integer] AS next
FROM bulk_actions b WHERE b.tenant_id = $1 AND b.state <> 'done' ORDER BY b.id LIMIT 1 FOR UPDATE SKIP LOCKED

-- keep_progress: how far a bulk action has come; the first thousand failures are kept
UPDATE bulk_actions b SET
  seen = b.seen + $3, done = b.done + $4, failed = b.failed + $5,
  failures = CASE WHEN jsonb_array_length(b.failures) < 1000 THEN b.failures || $6::text::jsonb ELSE b.failures END,
  state = CASE WHEN b.seen + $3 >= cardinality(b.targets) THEN 'done' ELSE 'running' END,
  finished_at = CASE WHEN b.seen + $3 >= cardinality(b.targets) THEN $7::timestamptz END,
  updated_at = $7::timestamptz
WHERE b.tenant_id = $1 AND b.id = $2

-- get_asker: what a user may do now; no row for somebody who left
SELECT u.role, r.permissions,
       ARRAY(SELECT i.inbox_id FROM inbox_members i WHERE i.tenant_id = $1 AND i.user_id = $2 ORDER BY i.inbox_id) AS inbox_ids
FROM memberships u LEFT JOIN custom_roles r ON r.tenant_id = $1 AND r.id = u.custom_role_id
WHERE u.tenant_id = $1 AND u.user_id = $2 AND u.left_at IS NULL AND u.state = 'active'

-- tenants_with_bulk_actions: which tenants have bulk actions to go on with
SELECT t.tenant FROM tenants_with_bulk_actions() t
