-- lock_metric: whether a metric is a custom one, locked for this transaction
SELECT d.is_custom FROM metric_definitions d WHERE d.tenant_id = $1 AND d.id = $2 FOR UPDATE
