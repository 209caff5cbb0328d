-- list_measured: some of the conversations that a policy applies to or has measured, beyond a number
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.sla_policy_id = $2 AND c.number > $3
UNION SELECT t.conversation_number FROM sla_trackers t WHERE t.tenant_id = $1 AND t.sla_policy_id = $2 AND t.conversation_number > $3
ORDER BY 1 LIMIT $4::bigint

-- delete_trackers: what a policy measured of these conversations
DELETE FROM sla_trackers t WHERE t.tenant_id = $1 AND t.sla_policy_id = $2 AND t.conversation_number = ANY ($3::bigint[])

-- release_conversations: a policy applies to none of these conversations any more
UPDATE conversations c SET sla_policy_id = NULL WHERE c.tenant_id = $1 AND c.sla_policy_id = $2 AND c.number = ANY ($3::bigint[])
