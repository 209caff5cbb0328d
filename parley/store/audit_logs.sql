-- list_audited: a page of what was done to how the account is set up, newest first
SELECT e.id, e.kind, e.actor_kind, e.actor_id, coalesce(m.email, m.name) AS actor_name, e.conversation_number, e.data, e.created_at
FROM (
  SELECT e.id, e.kind, e.actor_kind, e.actor_id, e.conversation_number, e.data, e.created_at
  FROM events e WHERE e.tenant_id = $1 AND is_audited(e.kind) ORDER BY e.id DESC LIMIT $2::bigint OFFSET $3::bigint
) e
LEFT JOIN memberships m ON m.tenant_id = $1 AND e.actor_kind = 'user' AND m.user_id = e.actor_id
ORDER BY e.id DESC

-- count_audited: how many there are
SELECT count(*) AS total FROM events e WHERE e.tenant_id = $1 AND is_audited(e.kind)
