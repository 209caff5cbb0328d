-- lock_webhook: one webhook of a wire, or with null of either, held until the transaction ends
SELECT n.id, n.url, n.event_types, n.headers, n.secret, n.status, n.verified_at, n.created_at, n.updated_at, n.created_by, n.modified_by,
  n.name, n.inbox_id, n.wire, n.challenge, n.challenge_until
FROM webhooks n WHERE n.tenant_id = $1 AND n.id = $2 AND ($3::text IS NULL OR n.wire = $3) FOR UPDATE

-- list_listening: the webhooks of a wire that may be told something now: the active ones, and those that owe the answer to a challenge
SELECT n.id, n.url, n.event_types, CASE WHEN n.status = 'active' THEN n.verified_at END AS since, n.challenge, n.challenge_until
FROM webhooks n WHERE n.tenant_id = $1 AND n.wire = $2 AND (n.status = 'active' OR n.challenge IS NOT NULL) ORDER BY n.id
