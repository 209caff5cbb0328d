-- lock_link: a link, kept from others until the transaction ends
SELECT l.link_type, l.source, l.target FROM links l WHERE l.tenant_id = $1 AND l.id = $2 FOR UPDATE

-- insert_entry: a conversation's change entry that tells of a link, with its event
WITH noted AS (
  INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, event_type, event, body, created_at, updated_at)
  VALUES ($1, $2, 'activity', $3, $4, $5, $6::text::jsonb, $7, $8, $8)
  RETURNING id
), recorded AS (
  INSERT INTO events (tenant_id, kind, conversation_number, message_id, actor_kind, actor_id, data, created_at)
  SELECT $1, 'conversation.updated', $2, noted.id, $3, $4, $6::text::jsonb, $8 FROM noted
)
SELECT noted.id FROM noted
