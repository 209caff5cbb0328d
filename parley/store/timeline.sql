-- list_entries: timeline entries in order; who may see them and what is asked are put in
SELECT m.id, m.conversation_number, m.kind, m.visibility, m.author_kind, m.author_id, m.modified_by_kind, m.modified_by_id,
       CASE WHEN m.deleted_at IS NULL THEN m.body END AS body, m.body_type, m.event_type, m.event, m.external_ref, m.labels, m.panels, m.references_ AS references, m.snap_kit_body,
       m.snap_widgets, m.thread_id, m.reply_count, m.attachment_count, m.reaction_count, m.is_imported, m.created_at, m.updated_at
FROM messages m
WHERE m.tenant_id = $1 AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */ AND TRUE /* asked */
ORDER BY m.created_at, m.id LIMIT $2::bigint

-- find_by_external_ref: the id of the entry of a conversation that has this reference
SELECT m.id FROM messages m WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.external_ref = $3

-- lock_message: a message that nobody else changes until this transaction ends; null bodies for one that was deleted
SELECT m.id, m.conversation_number, m.kind, m.visibility, m.private_to, m.author_kind, m.author_id, m.body, m.body_type, m.external_ref, m.labels,
       m.snap_kit_body, m.thread_id, m.deleted_at, m.status, m.content_attributes
FROM messages m
WHERE m.tenant_id = $1 AND m.id = $2 AND (m.expires_at IS NULL OR m.expires_at > now())
FOR NO KEY UPDATE OF m

-- delete_body: leaves the row of a deleted message, and nothing of what it said
UPDATE messages m SET body = NULL, processed_body = NULL, content_attributes = NULL, additional_attributes = NULL, external_ref = NULL,
  references_ = NULL, snap_kit_body = NULL, snap_widgets = NULL, sentiment = NULL, labels = NULL, content_type = 'text', deleted_at = $3, updated_at = $3,
  modified_by_kind = $4, modified_by_id = $5
WHERE m.tenant_id = $1 AND m.id = $2

-- delete_attachments: the files of a deleted message
DELETE FROM attachments a WHERE a.tenant_id = $1 AND a.message_id = $2

-- delete_reactions: the emoji under a deleted message
DELETE FROM reactions r WHERE r.tenant_id = $1 AND r.message_id = $2

-- count_replies: one answer more, or less
UPDATE messages m SET reply_count = greatest(m.reply_count + $3::integer, 0) WHERE m.tenant_id = $1 AND m.id = $2

-- insert_event: an event about a message or a conversation; its id
INSERT INTO events (tenant_id, kind, conversation_number, message_id, actor_kind, actor_id, data, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8) RETURNING id

-- delete_conversation: a conversation with all it carries; where it was and whose, as JSON text
WITH who AS MATERIALIZED (
  SELECT coalesce(jsonb_agg(m.kind || ':' || m.id), '[]') AS members
  FROM conversation_members m WHERE m.tenant_id = $1 AND m.conversation_number = $2
)
DELETE FROM conversations c USING who WHERE c.tenant_id = $1 AND c.number = $2
RETURNING jsonb_build_object('inbox_id', c.inbox_id, 'team_id', c.team_id, 'assignee_user_id', c.assignee_user_id,
  'contact_id', c.contact_id, 'members', who.members)::text AS was

-- list_first_messages: the first messages of a conversation that was just opened, oldest first
SELECT m.id FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.kind <> 'activity' ORDER BY m.created_at, m.id
