-- list_mentionable: of these users and the members of these teams those who can be called to a conversation of this inbox
SELECT u.user_id FROM memberships u
WHERE u.tenant_id = $1 AND u.left_at IS NULL
  AND (u.user_id = ANY ($3::bigint[])
       OR EXISTS (SELECT FROM team_members t WHERE t.tenant_id = $1 AND t.team_id = ANY ($4::bigint[]) AND t.user_id = u.user_id))
  AND (u.role = 'administrator'
       OR EXISTS (SELECT FROM inbox_members i WHERE i.tenant_id = $1 AND i.inbox_id = $2 AND i.user_id = u.user_id))
ORDER BY u.user_id

-- upsert_mentions: these users were mentioned in a conversation, now or again
INSERT INTO mentions (tenant_id, conversation_number, user_id, mentioned_at)
SELECT $1, $2, u.id, $4 FROM unnest($3::bigint[]) AS u (id)
ON CONFLICT (tenant_id, user_id, conversation_number) DO UPDATE SET mentioned_at = EXCLUDED.mentioned_at

-- insert_participants: these users take part in a conversation, if they do not yet
INSERT INTO conversation_members (tenant_id, conversation_number, kind, id)
SELECT $1, $2, 'user', u.id FROM unnest($3::bigint[]) AS u (id) ON CONFLICT DO NOTHING
