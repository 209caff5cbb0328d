-- list_custom_stages_of: the stages of one state that are not stock
SELECT s.id FROM stages s WHERE s.tenant_id = $1 AND s.state_id = $2 AND s.is_custom ORDER BY s.id

-- set_status: the status of a stage's conversations, closed or opened with it; their times of change stay
UPDATE conversations SET status = $3,
       closed_at = CASE WHEN $4::boolean THEN coalesce(conversations.closed_at, $5::timestamptz) END,
       waiting_since = CASE WHEN $3 = 'resolved' THEN NULL ELSE conversations.waiting_since END,
       snoozed_until = NULL
WHERE conversations.tenant_id = $1 AND conversations.stage_id = $2
  AND (conversations.status <> $3 OR (conversations.closed_at IS NULL) = $4)
