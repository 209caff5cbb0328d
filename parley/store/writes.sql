-- insert_conversation: a conversation with all it carries, its first messages, its change and its events; the number is taken here
WITH n AS (
  INSERT INTO allocators (tenant_id, kind, next_id) VALUES ($1, 'conversation', 2)
  ON CONFLICT (tenant_id, kind) DO UPDATE SET next_id = allocators.next_id + 1
  RETURNING next_id - 1 AS number
), opened AS (
  INSERT INTO conversations (tenant_id, number, title, description, stage_id, status, inbox_id, contact_id, contact_point_id, workspace_id,
    company_id, team_id, brand_id, assignee_user_id, assignee_bot_id, source_channel, is_spam, is_creator_verified, url_context,
    custom_fields, created_by_kind, created_by_id, modified_by_kind, modified_by_id, created_at, modified_at, last_activity_at,
    closed_at, waiting_since, last_incoming_at, last_external_message_at, unread_count, subtype, owner_agent_id, additional_attributes, snoozed_until)
  SELECT $1, n.number, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19::text::jsonb, $20, $21, $20, $21,
    $22::timestamptz, $22::timestamptz, $22::timestamptz, CASE WHEN $5 = 'resolved' THEN $22::timestamptz END, $22::timestamptz,
    CASE WHEN $20 = 'contact' AND cardinality($30::text[]) > 0 THEN $22::timestamptz END,
    CASE WHEN cardinality($30::text[]) > 0 THEN $22::timestamptz END,
    CASE WHEN $20 = 'contact' THEN cardinality($30::text[]) ELSE 0 END, $32, $33, $34::text::jsonb, $35::timestamptz
  FROM n
), members AS (
  INSERT INTO conversation_members (tenant_id, conversation_number, kind, id)
  SELECT $1, n.number, m.kind, m.id FROM n, unnest($23::text[], $24::bigint[]) AS m (kind, id)
), owners AS (
  INSERT INTO conversation_owners (tenant_id, conversation_number, kind, id, position)
  SELECT $1, n.number, o.kind, o.id, o.position FROM n, unnest($25::text[], $26::bigint[]) WITH ORDINALITY AS o (kind, id, position)
), tagged AS (
  INSERT INTO conversation_tags (tenant_id, conversation_number, tag_id, value, position)
  SELECT $1, n.number, t.id, t.value, t.position FROM n, unnest($27::bigint[], $28::text[]) WITH ORDINALITY AS t (id, value, position)
), channels AS (
  INSERT INTO conversation_channels (tenant_id, conversation_number, inbox_id, position)
  SELECT $1, n.number, h.id, h.position FROM n, unnest($29::bigint[]) WITH ORDINALITY AS h (id, position)
), created AS (
  INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, event_type, body, created_at, updated_at)
  SELECT $1, n.number, 'activity', $20, $21, 'created', $31, $22, $22 FROM n
), said AS (
  INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, body, processed_body, created_at, updated_at)
  SELECT $1, n.number, CASE WHEN $20 = 'contact' THEN 'incoming' ELSE 'outgoing' END, $20, $21, b.body, b.body,
    $22::timestamptz + b.position * interval '1 microsecond', $22::timestamptz + b.position * interval '1 microsecond'
  FROM n, unnest($30::text[]) WITH ORDINALITY AS b (body, position) ORDER BY b.position
  RETURNING id
), recorded AS (
  INSERT INTO events (tenant_id, kind, conversation_number, message_id, actor_kind, actor_id, created_at)
  SELECT $1, 'conversation.created', n.number, NULL::bigint, $20, $21::bigint, $22::timestamptz FROM n
  UNION ALL SELECT $1, 'message.created', n.number, said.id, $20, $21, $22 FROM n, said
)
SELECT n.number FROM n

-- insert_message: one message with its event, and what it changes of its conversation where that is put in
WITH said AS (
  INSERT INTO messages (tenant_id, conversation_number, kind, visibility, private_to, author_kind, author_id, body, processed_body,
    external_ref, labels, created_at, updated_at, body_type, collections, expires_at, snap_kit_body, thread_id, content_type,
    content_attributes, additional_attributes, source_id, echo_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $11, $12, $13, $14, $15::text::jsonb, $16, $17, $18::text::jsonb,
    $19::text::jsonb, $20, $21)
  RETURNING id, conversation_number, kind, visibility, author_kind, author_id, modified_by_kind, modified_by_id, body, body_type, event_type,
    event, external_ref, labels, panels, references_ AS references, snap_kit_body, snap_widgets, thread_id, reply_count, attachment_count,
    reaction_count, is_imported, created_at, updated_at
), recorded AS (
  INSERT INTO events (tenant_id, kind, conversation_number, message_id, actor_kind, actor_id, data, created_at)
  SELECT $1, 'message.created', $2, said.id, $6, $7, $22::text::jsonb, $11 FROM said
) /* touched */
SELECT said.* FROM said

-- insert_change: one change entry with its event, and what it changes of its conversation where that is put in
WITH noted AS (
  INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, event_type, event, body, created_at, updated_at)
  VALUES ($1, $2, 'activity', $3, $4, 'updated', $5::text::jsonb, $6, $7, $7)
  RETURNING id
), recorded AS (
  INSERT INTO events (tenant_id, kind, conversation_number, message_id, actor_kind, actor_id, data, created_at)
  SELECT $1, 'conversation.updated', $2, noted.id, $3, $4, $8::text::jsonb, $7 FROM noted
) /* touched */
SELECT noted.id FROM noted

-- delete_tags: takes tags off a conversation
DELETE FROM conversation_tags t WHERE t.tenant_id = $1 AND t.conversation_number = $2 AND t.tag_id = ANY ($3::bigint[])

-- upsert_tags: puts tags on a conversation behind those it has; a tag it has takes the new value
INSERT INTO conversation_tags (tenant_id, conversation_number, tag_id, value, position)
SELECT $1, $2, t.id, t.value, t.position + coalesce((SELECT max(p.position) FROM conversation_tags p WHERE p.tenant_id = $1 AND p.conversation_number = $2), 0)
FROM unnest($3::bigint[], $4::text[]) WITH ORDINALITY AS t (id, value, position)
ON CONFLICT (tenant_id, conversation_number, tag_id) DO UPDATE SET value = EXCLUDED.value

-- delete_owners: takes every co-owner off a conversation
DELETE FROM conversation_owners o WHERE o.tenant_id = $1 AND o.conversation_number = $2

-- insert_owners: puts co-owners on a conversation, in order
INSERT INTO conversation_owners (tenant_id, conversation_number, kind, id, position)
SELECT $1, $2, o.kind, o.id, o.position FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS o (kind, id, position)

-- set_members: exactly these people beside the contact; those who stay keep their place
WITH wanted AS (
  SELECT m.kind, m.id, m.position FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS m (kind, id, position)
), gone AS (
  DELETE FROM conversation_members m WHERE m.tenant_id = $1 AND m.conversation_number = $2
    AND NOT EXISTS (SELECT FROM wanted w WHERE w.kind = m.kind AND w.id = m.id)
)
INSERT INTO conversation_members (tenant_id, conversation_number, kind, id, created_at)
SELECT $1, $2, w.kind, w.id, clock_timestamp() + w.position * interval '1 microsecond' FROM wanted w
ON CONFLICT (tenant_id, conversation_number, kind, id) DO NOTHING

-- delete_parts: takes every part off a conversation
DELETE FROM conversation_parts p WHERE p.tenant_id = $1 AND p.conversation_number = $2

-- insert_parts: the parts that a conversation is about, in order
INSERT INTO conversation_parts (tenant_id, conversation_number, part_id, position)
SELECT $1, $2, p.id, p.position FROM unnest($3::bigint[]) WITH ORDINALITY AS p (id, position)

-- delete_channels: takes every channel beside its own off a conversation
DELETE FROM conversation_channels h WHERE h.tenant_id = $1 AND h.conversation_number = $2

-- insert_channels: the channels of a conversation beside its own, in order
INSERT INTO conversation_channels (tenant_id, conversation_number, inbox_id, position)
SELECT $1, $2, h.id, h.position FROM unnest($3::bigint[]) WITH ORDINALITY AS h (id, position)

-- get_brand_ids: those of the brands that there are
SELECT b.id FROM brands b WHERE b.tenant_id = $1 AND b.id = ANY ($2::bigint[])

-- get_tags_for_writing: tags by id with the values they allow
SELECT t.id, t.name, t.allowed_values FROM tags t WHERE t.tenant_id = $1 AND t.id = ANY ($2::bigint[])
