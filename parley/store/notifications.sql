-- list_waiting: tenants with events that nobody was told of yet
SELECT w.tenant AS tenant_id FROM tenants_to_notify() w

-- insert_head: where a tenant's reading begins
INSERT INTO notification_heads (tenant_id, position) VALUES ($1, 0) ON CONFLICT (tenant_id) DO NOTHING

-- lock_head: how far the tenant's events have been read; no row while another worker reads them
SELECT h.position FROM notification_heads h WHERE h.tenant_id = $1 FOR UPDATE SKIP LOCKED

-- set_head: read up to here
UPDATE notification_heads h SET position = $2 WHERE h.tenant_id = $1

-- list_due: whom the events of a stretch concern, one line per user and conversation: the newest, a mention before all else
WITH happened AS MATERIALIZED (
  SELECT e.position, e.kind, e.conversation_number, e.message_id, e.actor_kind, e.actor_id, e.data, e.created_at,
         c.inbox_id, c.assignee_user_id, c.status, k.blocked
  FROM events e
  JOIN conversations c ON c.tenant_id = $1 AND c.number = e.conversation_number
  JOIN contacts k ON k.tenant_id = $1 AND k.id = c.contact_id
  WHERE e.tenant_id = $1 AND e.position > $2 AND e.position <= $3
    AND e.kind IN ('conversation.created', 'conversation.updated', 'message.created')
), said AS MATERIALIZED (
  SELECT h.*, m.visibility, m.private_to, m.body, CASE WHEN m.author_kind = 'user' THEN m.author_id END AS author_user_id
  FROM happened h JOIN messages m ON m.tenant_id = $1 AND m.id = h.message_id
  WHERE h.kind = 'message.created' AND m.kind IN ('incoming', 'outgoing') AND m.deleted_at IS NULL
), named AS (
  SELECT s.position, x.word[1] AS kind, x.word[2]::bigint AS id
  FROM said s, regexp_matches(s.body, '\(mention://(user|team)/(\d{1,18})/[^)]*\)', 'g') AS x (word)
  WHERE s.visibility IN ('internal', 'private')
), told AS (
  SELECT s.position, 1 AS rank, u.user_id, 'conversation_mention' AS kind
  FROM said s JOIN named n ON n.position = s.position
  JOIN memberships u ON u.tenant_id = $1 AND (n.kind = 'user' AND u.user_id = n.id
    OR n.kind = 'team' AND EXISTS (SELECT FROM team_members t WHERE t.tenant_id = $1 AND t.team_id = n.id AND t.user_id = u.user_id))
  WHERE u.role = 'administrator'
     OR EXISTS (SELECT FROM inbox_members i WHERE i.tenant_id = $1 AND i.inbox_id = s.inbox_id AND i.user_id = u.user_id)
  UNION ALL
  SELECT s.position, 2, s.assignee_user_id, 'assigned_conversation_new_message' FROM said s
  WHERE s.assignee_user_id IS NOT NULL AND s.author_user_id IS DISTINCT FROM s.assignee_user_id AND NOT s.blocked
  UNION ALL
  SELECT s.position, 3, p.id, 'participating_conversation_new_message'
  FROM said s JOIN conversation_members p ON p.tenant_id = $1 AND p.conversation_number = s.conversation_number AND p.kind = 'user'
  WHERE s.author_user_id IS DISTINCT FROM p.id AND NOT s.blocked
  UNION ALL
  SELECT h.position, 4, h.assignee_user_id, 'conversation_assignment' FROM happened h
  WHERE h.assignee_user_id IS NOT NULL AND h.status <> 'pending' AND NOT h.blocked
    AND NOT (h.actor_kind = 'user' AND h.actor_id = h.assignee_user_id)
    AND (h.kind = 'conversation.created' OR h.kind = 'conversation.updated' AND EXISTS (
      SELECT FROM jsonb_array_elements(h.data -> 'deltas') AS d (delta)
      WHERE d.delta ->> 'field' = 'owned_by' AND d.delta -> 'new' -> 'values' ? ('user:' || h.assignee_user_id)
        AND coalesce(d.delta -> 'old' -> 'values' ->> 0, '') <> 'user:' || h.assignee_user_id))
  UNION ALL
  SELECT h.position, 5, i.user_id, 'conversation_creation'
  FROM happened h
  JOIN inbox_members i ON i.tenant_id = $1 AND i.inbox_id = h.inbox_id
  JOIN notification_settings s ON s.tenant_id = $1 AND s.user_id = i.user_id
  WHERE h.kind = 'conversation.created' AND h.status <> 'pending' AND NOT h.blocked
    AND 'conversation_creation' = ANY (s.email_kinds || s.push_kinds)
)
SELECT DISTINCT ON (t.user_id, h.conversation_number)
       t.user_id, t.kind, h.conversation_number, CASE WHEN h.kind = 'message.created' THEN h.message_id END AS message_id, h.actor_kind, h.actor_id, h.created_at
FROM told t
JOIN happened h ON h.position = t.position
JOIN memberships u ON u.tenant_id = $1 AND u.user_id = t.user_id AND u.left_at IS NULL AND u.state = 'active'
LEFT JOIN said s ON s.position = t.position
WHERE s.visibility IS DISTINCT FROM 'private' OR 'user:' || t.user_id = ANY (s.private_to)
ORDER BY t.user_id, h.conversation_number, h.position DESC, t.rank

-- put_notifications: tells users, each in place of what they were told of the conversation before, with an event each
WITH put AS (
  INSERT INTO notifications (tenant_id, id, user_id, kind, conversation_number, message_id, actor_kind, actor_id,
    last_activity_at, created_at, updated_at)
  SELECT $1, $2::bigint + n.place - 1, n.user_id, n.kind, n.number, n.message_id, n.actor_kind, n.actor_id, n.at, n.at, n.at
  FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::timestamptz[])
    WITH ORDINALITY AS n (user_id, kind, number, message_id, actor_kind, actor_id, at, place)
  ON CONFLICT (tenant_id, user_id, conversation_number) DO UPDATE SET
    id = EXCLUDED.id, kind = EXCLUDED.kind, message_id = EXCLUDED.message_id, actor_kind = EXCLUDED.actor_kind,
    actor_id = EXCLUDED.actor_id, read_at = NULL, snoozed_until = NULL, last_activity_at = EXCLUDED.last_activity_at,
    created_at = EXCLUDED.created_at, updated_at = EXCLUDED.updated_at
  RETURNING id, user_id
)
INSERT INTO events (tenant_id, kind, actor_kind, actor_id, data)
SELECT $1, 'notification.created', 'system', 0, jsonb_build_object('id', put.id, 'user', put.user_id) FROM put

-- get_notification: one of a user's
SELECT n.id, n.user_id, n.kind, n.conversation_number, n.message_id, n.actor_kind, n.actor_id, n.read_at,
       CASE WHEN n.snoozed_until > $4 THEN n.snoozed_until END AS snoozed_until, n.last_activity_at, n.created_at, n.updated_at
FROM notifications n WHERE n.tenant_id = $1 AND n.user_id = $2 AND n.id = $3

-- get_notifications: users' by id
SELECT n.id, n.user_id, n.kind, n.conversation_number, n.message_id, n.actor_kind, n.actor_id, n.read_at,
       CASE WHEN n.snoozed_until > $3 THEN n.snoozed_until END AS snoozed_until, n.last_activity_at, n.created_at, n.updated_at
FROM notifications n WHERE n.tenant_id = $1 AND n.id = ANY ($2::bigint[])

-- count_unread: how many awake ones of each user are unread
SELECT n.user_id, count(*) AS total FROM notifications n
WHERE n.tenant_id = $1 AND n.user_id = ANY ($2::bigint[]) AND n.read_at IS NULL AND (n.snoozed_until IS NULL OR n.snoozed_until <= $3)
GROUP BY n.user_id

-- set_read: whether a user has read one
UPDATE notifications n SET read_at = $4::timestamptz, updated_at = $5 WHERE n.tenant_id = $1 AND n.user_id = $2 AND n.id = $3

-- snooze: hides one until then
UPDATE notifications n SET snoozed_until = $4::timestamptz, updated_at = $5 WHERE n.tenant_id = $1 AND n.user_id = $2 AND n.id = $3

-- read_all: marks a user's as read, of one conversation or of all ($4 null)
UPDATE notifications n SET read_at = $3, updated_at = $3
WHERE n.tenant_id = $1 AND n.user_id = $2 AND n.read_at IS NULL AND ($4::bigint IS NULL OR n.conversation_number = $4) RETURNING n.id

-- delete_notification: one of a user's
DELETE FROM notifications n WHERE n.tenant_id = $1 AND n.user_id = $2 AND n.id = $3

-- delete_all: a user's, those that are read or all of them
DELETE FROM notifications n WHERE n.tenant_id = $1 AND n.user_id = $2 AND (n.read_at IS NOT NULL OR NOT $3::boolean) RETURNING n.id

-- get_messages: what notifications are about, as far as the caller may see it
SELECT m.id, m.conversation_number, m.kind, m.visibility, m.author_kind, m.author_id, m.body, m.content_type, m.content_attributes,
       m.additional_attributes, m.external_source_ids, m.processed_body, m.sentiment, m.status, m.source_id, m.echo_id,
       m.attachment_count, m.created_at, m.updated_at, m.deleted_at
FROM messages m
WHERE m.tenant_id = $1 AND m.id = ANY ($2::bigint[]) AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */

-- get_settings: what a user wants to be told, and how
SELECT s.email_kinds, s.push_kinds FROM notification_settings s WHERE s.tenant_id = $1 AND s.user_id = $2

-- put_settings: what a user wants to be told, and how
INSERT INTO notification_settings (tenant_id, user_id, email_kinds, push_kinds) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, user_id) DO UPDATE SET email_kinds = EXCLUDED.email_kinds, push_kinds = EXCLUDED.push_kinds
