-- list_custom_stages_of: the stages of one state that are not stock
SELECT s.id FROM stages s WHERE s.tenant_id = $1 AND s.state_id = $2 AND s.is_custom ORDER BY s.id

-- list_unsettled: some of a stage's conversations that show another status, or are closed or open otherwise, beyond a number
SELECT c.number FROM conversations c
WHERE c.tenant_id = $1 AND c.stage_id = $2 AND (c.status <> $3 OR (c.closed_at IS NULL) = $4) AND c.number > $5
ORDER BY c.number LIMIT $6::bigint

-- set_status: the status of these of a stage's conversations, closed or opened with it; their times of change stay
UPDATE conversations SET status = $3,
       closed_at = CASE WHEN $4::boolean THEN coalesce(conversations.closed_at, $5::timestamptz) END,
       waiting_since = CASE WHEN $3 = 'resolved' THEN NULL ELSE conversations.waiting_since END,
       snoozed_until = NULL
WHERE conversations.tenant_id = $1 AND conversations.stage_id = $2 AND conversations.number = ANY ($6::bigint[])
  AND (conversations.status <> $3 OR (conversations.closed_at IS NULL) = $4)
