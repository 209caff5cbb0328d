-- get_attachments: attachments of messages
SELECT a.id, a.message_id, a.file_type, a.file_name, a.content_type, a.byte_size, a.width, a.height, a.blob_key, a.external_url,
       a.fallback_title, a.extension, a.coordinates_lat, a.coordinates_long, a.meta
FROM attachments a WHERE a.tenant_id = $1 AND a.message_id = ANY ($2::bigint[]) ORDER BY a.message_id, a.id

-- get_artifacts: attachments by id
SELECT a.id, a.message_id, a.file_type, a.file_name, a.content_type, a.byte_size, a.width, a.height, a.blob_key, a.external_url,
       a.fallback_title, a.extension, a.coordinates_lat, a.coordinates_long, a.meta
FROM attachments a WHERE a.tenant_id = $1 AND a.id = ANY ($2::bigint[])

-- get_reactions: emoji counts under messages, and whether the caller (kind, id) is among them
SELECT r.message_id, r.emoji, count(*) AS total, bool_or(r.actor_kind = $3 AND r.actor_id = $4) AS reacted
FROM reactions r WHERE r.tenant_id = $1 AND r.message_id = ANY ($2::bigint[])
GROUP BY r.message_id, r.emoji ORDER BY r.message_id, min(r.created_at), r.emoji

-- list_latest_entries: the newest entries of each conversation that the caller may see, oldest first
SELECT m.id, m.conversation_number, m.kind, m.visibility, m.author_kind, m.author_id, m.modified_by_kind, m.modified_by_id,
       CASE WHEN m.deleted_at IS NULL THEN m.body END AS body, m.body_type, m.event_type, m.event, m.external_ref, m.labels, m.panels, m.references_ AS references, m.snap_kit_body,
       m.snap_widgets, m.thread_id, m.reply_count, m.attachment_count, m.reaction_count, m.is_imported, m.created_at, m.updated_at
FROM unnest($2::bigint[]) AS n (number)
CROSS JOIN LATERAL (
  SELECT * FROM messages m
  WHERE m.tenant_id = $1 AND m.conversation_number = n.number AND ($4::boolean OR m.kind <> 'activity')
    AND (m.expires_at IS NULL OR m.expires_at > now())
    AND TRUE /* visible */
  ORDER BY m.created_at DESC, m.id DESC
  LIMIT $3::integer
) m
ORDER BY m.conversation_number, m.created_at, m.id

-- list_newest: per conversation the newest entry (its own creation apart) and the newest that is no change, as the caller may see them
SELECT m.id, m.conversation_number, m.kind, m.visibility, m.author_kind, m.author_id, m.body, m.content_type, m.content_attributes,
       m.additional_attributes, m.external_source_ids, m.processed_body, m.sentiment, m.status, m.source_id, m.echo_id,
       m.attachment_count, m.created_at, m.updated_at, m.deleted_at
FROM unnest($2::bigint[]) AS n (number)
LEFT JOIN LATERAL (
  SELECT m.id FROM messages m
  WHERE m.tenant_id = $1 AND m.conversation_number = n.number AND m.event_type IS DISTINCT FROM 'created'
    AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */
  ORDER BY m.created_at DESC, m.id DESC LIMIT 1
) e ON TRUE
LEFT JOIN LATERAL (
  SELECT m.id FROM messages m
  WHERE m.tenant_id = $1 AND m.conversation_number = n.number AND m.kind <> 'activity'
    AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */
  ORDER BY m.created_at DESC, m.id DESC LIMIT 1
) k ON TRUE
-- Looked up for each, whatever the planner knows of a young table: it once read all messages first.
CROSS JOIN LATERAL (SELECT x.* FROM messages x WHERE x.tenant_id = $1 AND x.id = ANY (ARRAY[e.id, k.id]) OFFSET 0) m
ORDER BY m.conversation_number, m.created_at DESC, m.id DESC

-- list_newest_said: the newest message of each conversation that is neither a note nor a change
SELECT m.id, m.conversation_number, m.kind, m.visibility, m.author_kind, m.author_id, m.body, m.content_type, m.content_attributes,
       m.additional_attributes, m.external_source_ids, m.processed_body, m.sentiment, m.status, m.source_id, m.echo_id,
       m.attachment_count, m.created_at, m.updated_at, m.deleted_at
FROM unnest($2::bigint[]) AS n (number)
CROSS JOIN LATERAL (
  SELECT m.* FROM messages m
  WHERE m.tenant_id = $1 AND m.conversation_number = n.number AND m.kind <> 'activity' AND m.visibility IN ('external', 'public')
    AND (m.expires_at IS NULL OR m.expires_at > now())
  ORDER BY m.created_at DESC, m.id DESC LIMIT 1
) m

-- list_said: the messages of several conversations, notes and changes apart, in order; who may see them is put in
SELECT m.id, m.conversation_number, m.kind, m.visibility, m.author_kind, m.author_id, m.body, m.content_type, m.content_attributes,
       m.additional_attributes, m.external_source_ids, m.processed_body, m.sentiment, m.status, m.source_id, m.echo_id,
       m.attachment_count, m.created_at, m.updated_at, m.deleted_at
FROM unnest($2::bigint[]) AS n (number)
CROSS JOIN LATERAL (
  SELECT m.* FROM messages m
  WHERE m.tenant_id = $1 AND m.conversation_number = n.number AND m.kind <> 'activity' AND m.visibility NOT IN ('internal', 'private')
    AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */
) m
ORDER BY m.conversation_number, m.created_at, m.id

-- get_entry: one timeline entry, if the caller may see it
SELECT m.id, m.conversation_number, m.kind, m.visibility, m.author_kind, m.author_id, m.modified_by_kind, m.modified_by_id,
       CASE WHEN m.deleted_at IS NULL THEN m.body END AS body, m.body_type, m.event_type, m.event, m.external_ref, m.labels, m.panels, m.references_ AS references, m.snap_kit_body,
       m.snap_widgets, m.thread_id, m.reply_count, m.attachment_count, m.reaction_count, m.is_imported, m.created_at, m.updated_at
FROM messages m
WHERE m.tenant_id = $1 AND m.id = $2 AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */

-- count_hidden_replies: how many answers to entries the caller does not see
SELECT m.thread_id, count(*) AS hidden FROM messages m
WHERE m.tenant_id = $1 AND m.thread_id = ANY ($2::bigint[]) AND m.deleted_at IS NULL
  AND (m.expires_at <= now() OR (TRUE /* visible */) IS NOT TRUE)
GROUP BY m.thread_id

-- list_messages: messages and changes of one conversation in order, its own creation apart; who may see them and what is asked are put in
SELECT m.id, m.conversation_number, m.kind, m.visibility, m.author_kind, m.author_id, m.body, m.content_type, m.content_attributes,
       m.additional_attributes, m.external_source_ids, m.processed_body, m.sentiment, m.status, m.source_id, m.echo_id,
       m.attachment_count, m.created_at, m.updated_at, m.deleted_at
FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.event_type IS DISTINCT FROM 'created'
  AND (m.expires_at IS NULL OR m.expires_at > now()) AND TRUE /* visible */ AND TRUE /* asked */
ORDER BY m.created_at, m.id LIMIT $3::bigint

-- count_recent: how many entries, at most so many, a conversation got since a moment
SELECT count(*) AS total FROM (
  SELECT FROM messages m WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.created_at >= $3 LIMIT $4::bigint
) r

-- find_by_source: the first message of a conversation that has this id in its channel
SELECT m.id FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.source_id = $3 ORDER BY m.created_at, m.id LIMIT 1
