-- get_ready: the bodies of conversations that are ready on a wire; nothing of those that are not
SELECT r.found_number, r.found_body FROM ready_renderings($1, $2, $3, $4) r

-- list_ready: which conversations have a body that is ready on a wire
SELECT r.found_number FROM ready_renderings($1, $2, $3, $4) r

-- stamp_conversations: the version of conversations, whether a message of them is not for everybody, and when the next one expires
SELECT c.number, c.version, a.is_apart, a.valid_until
FROM conversations c
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(m.visibility = 'private'), FALSE) AS is_apart, min(m.expires_at) FILTER (WHERE m.expires_at > now()) AS valid_until
  FROM messages m
  WHERE m.tenant_id = $1 AND m.conversation_number = c.number AND (m.visibility = 'private' OR m.expires_at IS NOT NULL)
) a
WHERE c.tenant_id = $1 AND c.number = ANY ($2::bigint[])

-- stamp_nouns: the version of nouns, 0 for those that are not there
SELECT v.noun, v.version FROM noun_versions($1, $2::bigint[]) v

-- keep: puts bodies beside their conversations, as far as those are still there
INSERT INTO renderings (tenant_id, conversation_number, wire, build, conversation_version, nouns, versions, valid_until, body)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
WHERE EXISTS (SELECT FROM conversations c WHERE c.tenant_id = $1 AND c.number = $2)
ON CONFLICT (tenant_id, conversation_number, wire) DO UPDATE
SET build = EXCLUDED.build, conversation_version = EXCLUDED.conversation_version, nouns = EXCLUDED.nouns, versions = EXCLUDED.versions, valid_until = EXCLUDED.valid_until, body = EXCLUDED.body

-- list_kept: the next so many bodies after a place, by conversation and wire
SELECT r.conversation_number, r.wire FROM renderings r
WHERE r.tenant_id = $1 AND (r.conversation_number, r.wire) > ($2::bigint, $3::text)
ORDER BY r.conversation_number, r.wire LIMIT $4::bigint

-- drop: bodies of conversations on a wire
DELETE FROM renderings r WHERE r.tenant_id = $1 AND r.wire = $2 AND r.conversation_number = ANY ($3::bigint[])
