-- insert_reaction: one person's emoji under a message
INSERT INTO reactions (tenant_id, message_id, emoji, actor_kind, actor_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)

-- delete_reaction: takes it away, however it was spelled
DELETE FROM reactions r WHERE r.tenant_id = $1 AND r.message_id = $2 AND r.emoji = ANY ($3::text[]) AND r.actor_kind = $4 AND r.actor_id = $5

-- find_reaction: whether a person gave this emoji
SELECT r.emoji FROM reactions r WHERE r.tenant_id = $1 AND r.message_id = $2 AND r.emoji = ANY ($3::text[]) AND r.actor_kind = $4 AND r.actor_id = $5

-- list_reactors: who gave an emoji, the first one first; place makes one number of kind and id
SELECT p.actor_kind, p.actor_id, p.created_at, p.place FROM (
  SELECT r.actor_kind, r.actor_id, min(r.created_at) AS created_at,
         r.actor_id * 4 + CASE r.actor_kind WHEN 'user' THEN 0 WHEN 'contact' THEN 1 WHEN 'bot' THEN 2 ELSE 3 END AS place
  FROM reactions r WHERE r.tenant_id = $1 AND r.message_id = $2 AND r.emoji = ANY ($3::text[])
  GROUP BY r.actor_kind, r.actor_id
) p
WHERE $4::timestamptz IS NULL OR (p.created_at, p.place) > ($4::timestamptz, $5::bigint)
ORDER BY p.created_at, p.place LIMIT $6::bigint
