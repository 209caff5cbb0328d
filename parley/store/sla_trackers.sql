-- lock_tracker: the tracker of a conversation, locked for this transaction
SELECT t.id FROM sla_trackers t WHERE t.tenant_id = $1 AND t.conversation_number = $2 FOR UPDATE

-- remove_metric: takes a target off a tracker
UPDATE sla_metrics m SET removed_by_kind = $4, removed_by_id = $5, removed_at = $6::timestamptz
WHERE m.tenant_id = $1 AND m.tracker_id = $2 AND m.metric_id = $3 AND m.removed_at IS NULL

-- update_tracker: which target of a tracker comes next, after somebody changed it
UPDATE sla_trackers t
SET closest_metric_id = $3, stage = $4, modified_by_kind = $5, modified_by_id = $6, updated_at = $7::timestamptz
WHERE t.tenant_id = $1 AND t.id = $2

-- insert_tracker: a policy begins to apply to a conversation
INSERT INTO sla_trackers (tenant_id, id, conversation_number, sla_policy_id, created_by_kind, created_by_id, modified_by_kind, modified_by_id,
  as_of, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $5, $6, $7, $7, $7)
ON CONFLICT (tenant_id, conversation_number) DO UPDATE SET sla_policy_id = EXCLUDED.sla_policy_id, updated_at = EXCLUDED.updated_at

-- get_policy_name: what a policy is called
SELECT p.name FROM sla_policies p WHERE p.tenant_id = $1 AND p.id = $2
