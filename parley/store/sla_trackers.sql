-- lock_tracker: the tracker of a conversation, locked for this transaction
SELECT t.id FROM sla_trackers t WHERE t.tenant_id = $1 AND t.conversation_number = $2 FOR UPDATE

-- remove_metric: takes a target off a tracker
UPDATE sla_metrics m SET removed_by_kind = $4, removed_by_id = $5, removed_at = $6::timestamptz
WHERE m.tenant_id = $1 AND m.tracker_id = $2 AND m.metric_id = $3 AND m.removed_at IS NULL

-- update_tracker: which target of a tracker comes next, after somebody changed it
UPDATE sla_trackers t
SET closest_metric_id = $3, stage = $4, modified_by_kind = $5, modified_by_id = $6, updated_at = $7::timestamptz
WHERE t.tenant_id = $1 AND t.id = $2
