-- lock_fragment: a fragment's status, locked for this transaction
SELECT f.status FROM org_schedule_fragments f WHERE f.tenant_id = $1 AND f.id = $2 FOR UPDATE
