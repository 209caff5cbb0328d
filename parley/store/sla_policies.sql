-- delete_trackers: what a policy measured
DELETE FROM sla_trackers t WHERE t.tenant_id = $1 AND t.sla_policy_id = $2

-- release_conversations: a policy applies to no conversation any more; to how many it did
WITH released AS (
  UPDATE conversations c SET sla_policy_id = NULL WHERE c.tenant_id = $1 AND c.sla_policy_id = $2 RETURNING c.number
)
SELECT count(*) AS total FROM released
