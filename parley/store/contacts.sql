-- lock_contacts: contacts by id, which nobody else changes until the transaction ends; the deleted are left out
SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::bigint[]) AND c.state <> 'deleted' ORDER BY c.id FOR UPDATE

-- list_by_email: contacts with an e-mail address, in any case
SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.email_key = lower($2::text) AND c.state <> 'deleted' ORDER BY c.id

-- list_conversations: the numbers of the conversations that a contact takes part in, beyond one
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.contact_id = $2 AND c.number > $3
UNION SELECT m.conversation_number FROM conversation_members m
WHERE m.tenant_id = $1 AND m.kind = 'contact' AND m.id = $2 AND m.conversation_number > $3
ORDER BY 1 LIMIT $4::bigint

-- list_source_ids: what a contact is called in its inboxes
SELECT p.source_id FROM contact_points p WHERE p.tenant_id = $1 AND p.contact_id = $2 ORDER BY p.id

-- get_personal_data: every personal attribute of a contact, as JSON text
SELECT to_jsonb(r)::text AS data FROM (
  SELECT c.name, c.display_name, c.middle_name, c.last_name, c.email, c.phone_number, c.identifier, c.description, c.location, c.country_code,
         c.additional_attributes, c.custom_fields, c.created_at
  FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2
) r

-- delete_phone_numbers: the numbers beside the first go
DELETE FROM contact_phone_numbers p WHERE p.tenant_id = $1 AND p.contact_id = $2

-- insert_phone_numbers: numbers beside the first, in order
INSERT INTO contact_phone_numbers (tenant_id, contact_id, number, position)
SELECT $1, $2, p.number, p.position FROM unnest($3::text[]) WITH ORDINALITY AS p (number, position)

-- move_conversations: in these conversations one contact stands for another, each with an event
WITH moved AS (
  UPDATE conversations c SET
    contact_id = CASE WHEN c.contact_id = $2 THEN $3 ELSE c.contact_id END,
    created_by_id = CASE WHEN c.created_by_kind = 'contact' AND c.created_by_id = $2 THEN $3 ELSE c.created_by_id END,
    modified_by_id = CASE WHEN c.modified_by_kind = 'contact' AND c.modified_by_id = $2 THEN $3 ELSE c.modified_by_id END
  WHERE c.tenant_id = $1 AND c.number = ANY ($4::bigint[]) RETURNING c.number
)
INSERT INTO events (tenant_id, kind, conversation_number, actor_kind, actor_id, data, created_at)
SELECT $1, 'conversation.updated', m.number, $5, $6::bigint, '{"changed": ["members"]}'::jsonb, $7 FROM moved m

-- move_members: where one contact is a member of these conversations another becomes one, unless the conversation is theirs
INSERT INTO conversation_members (tenant_id, conversation_number, kind, id, created_at)
SELECT $1, m.conversation_number, m.kind, $3::bigint, m.created_at
FROM conversation_members m JOIN conversations c ON c.tenant_id = $1 AND c.number = m.conversation_number
WHERE m.tenant_id = $1 AND m.kind = 'contact' AND m.id = $2 AND c.contact_id <> $3 AND m.conversation_number = ANY ($4::bigint[])
ON CONFLICT DO NOTHING

-- delete_members: a contact is a member of these conversations no more
DELETE FROM conversation_members m WHERE m.tenant_id = $1 AND m.kind = 'contact' AND m.id = $2 AND m.conversation_number = ANY ($3::bigint[])

-- move_messages: in these conversations what one contact wrote, changed or may see becomes another's
UPDATE messages m SET
  author_id = CASE WHEN m.author_kind = 'contact' AND m.author_id = $2 THEN $3 ELSE m.author_id END,
  modified_by_id = CASE WHEN m.modified_by_kind = 'contact' AND m.modified_by_id = $2 THEN $3 ELSE m.modified_by_id END,
  private_to = array_replace(m.private_to, 'contact:' || $2, 'contact:' || $3)
WHERE m.tenant_id = $1 AND m.conversation_number = ANY ($4::bigint[])
  AND (m.author_kind = 'contact' AND m.author_id = $2 OR m.modified_by_kind = 'contact' AND m.modified_by_id = $2
       OR 'contact:' || $2 = ANY (m.private_to))

-- move_reactions: in these conversations one contact's reactions become another's
INSERT INTO reactions (tenant_id, message_id, emoji, actor_kind, actor_id, created_at)
SELECT $1, r.message_id, r.emoji, r.actor_kind, $3::bigint, r.created_at
FROM reactions r JOIN messages m ON m.tenant_id = $1 AND m.id = r.message_id
WHERE r.tenant_id = $1 AND m.conversation_number = ANY ($4::bigint[]) AND r.actor_kind = 'contact' AND r.actor_id = $2
ON CONFLICT DO NOTHING

-- delete_reactions: in these conversations a contact's reactions go
DELETE FROM reactions r USING messages m
WHERE r.tenant_id = $1 AND m.tenant_id = $1 AND m.id = r.message_id AND m.conversation_number = ANY ($3::bigint[])
  AND r.actor_kind = 'contact' AND r.actor_id = $2

-- move_points: one contact's addresses in inboxes become another's
UPDATE contact_points p SET contact_id = $3, updated_at = clock_timestamp() WHERE p.tenant_id = $1 AND p.contact_id = $2

-- fill_contact: what the primary lacks it gets from the secondary
UPDATE contacts p SET
  name = coalesce(nullif(p.name, ''), s.name), display_name = coalesce(p.display_name, s.display_name),
  middle_name = coalesce(p.middle_name, s.middle_name), last_name = coalesce(p.last_name, s.last_name),
  email = coalesce(p.email, s.email), phone_number = coalesce(p.phone_number, s.phone_number),
  identifier = coalesce(p.identifier, s.identifier), description = coalesce(p.description, s.description),
  subtype = coalesce(p.subtype, s.subtype), location = coalesce(p.location, s.location),
  country_code = coalesce(p.country_code, s.country_code), avatar_id = coalesce(p.avatar_id, s.avatar_id),
  workspace_id = CASE WHEN p.workspace_id IS NULL AND p.company_id IS NULL THEN s.workspace_id ELSE p.workspace_id END,
  company_id = CASE WHEN p.workspace_id IS NULL AND p.company_id IS NULL THEN s.company_id ELSE p.company_id END,
  verified = p.verified OR s.verified, last_activity_at = greatest(p.last_activity_at, s.last_activity_at),
  additional_attributes = s.additional_attributes || p.additional_attributes, custom_fields = $4::text::jsonb,
  updated_at = clock_timestamp(), modified_by = $5
FROM contacts s WHERE p.tenant_id = $1 AND p.id = $2 AND s.tenant_id = $1 AND s.id = $3

-- erase_contact: every personal attribute goes; a contact that is deleted leaves its workspace too
UPDATE contacts c SET
  name = '', display_name = NULL, middle_name = NULL, last_name = NULL, email = NULL, phone_number = NULL, identifier = NULL,
  description = NULL, location = NULL, country_code = NULL, avatar_id = NULL, verified = false, additional_attributes = '{}',
  custom_fields = $3::text::jsonb, state = CASE WHEN $4::boolean THEN 'deleted' ELSE c.state END,
  workspace_id = CASE WHEN NOT $4::boolean THEN c.workspace_id END, company_id = CASE WHEN NOT $4::boolean THEN c.company_id END,
  updated_at = clock_timestamp(), modified_by = $5
WHERE c.tenant_id = $1 AND c.id = $2

-- erase_points: a contact's addresses in inboxes become meaningless
UPDATE contact_points p SET source_id = gen_random_uuid()::text, hmac_verified = false, pubsub_token_hash = NULL, pubsub_token = DEFAULT, is_unproven = false, updated_at = clock_timestamp()
WHERE p.tenant_id = $1 AND p.contact_id = $2

-- list_unerased: the conversations of a contact that still tell of it, by what they hold or by one of its names in a sentence
SELECT c.number FROM conversations c
WHERE c.tenant_id = $1 AND c.number > $4 AND c.number IN (
    SELECT o.number FROM conversations o WHERE o.tenant_id = $1 AND o.contact_id = $2
    UNION SELECT m.conversation_number FROM conversation_members m WHERE m.tenant_id = $1 AND m.kind = 'contact' AND m.id = $2)
  AND (c.contact_id = $2 AND (c.url_context IS NOT NULL OR c.identifier IS NOT NULL OR c.additional_attributes <> '{}')
       OR EXISTS (SELECT FROM messages e WHERE e.tenant_id = $1 AND e.conversation_number = c.number AND e.kind = 'activity'
                  AND e.author_kind = 'contact' AND e.author_id = $2
                  AND EXISTS (SELECT FROM unnest($3::text[]) AS n (name) WHERE strpos(replace(e.body, 'The customer', ''), n.name) > 0)))
ORDER BY c.number LIMIT $5::bigint

-- erase_conversations: what these conversations of a contact tell of its browser, its page and its address
UPDATE conversations c SET url_context = NULL, identifier = NULL, additional_attributes = '{}'
WHERE c.tenant_id = $1 AND c.contact_id = $2 AND c.number = ANY ($3::bigint[])

-- erase_sentences: the name of a contact in the sentences of changes; a second time finds nothing more, whatever the name
UPDATE messages m SET body = replace(m.body, $4, 'The customer')
WHERE m.tenant_id = $1 AND m.conversation_number = ANY ($3::bigint[]) AND m.kind = 'activity' AND m.author_kind = 'contact' AND m.author_id = $2
  AND strpos(replace(m.body, 'The customer', ''), $4) > 0

-- erase_files: a contact's own files and its picture, where nobody else has them as a picture
DELETE FROM attachments a WHERE a.tenant_id = $1 AND a.message_id IS NULL
  AND (a.id = $3::bigint OR a.id IN (
    SELECT f.attachment_id FROM customer_artifacts f WHERE f.tenant_id = $1 AND f.noun = 'contact' AND f.customer_id = $2))
  AND NOT EXISTS (SELECT FROM contacts c WHERE c.tenant_id = $1 AND c.avatar_id = a.id AND c.id <> $2)
  AND NOT EXISTS (SELECT FROM memberships u WHERE u.tenant_id = $1 AND u.avatar_id = a.id)
  AND NOT EXISTS (SELECT FROM bots b WHERE b.tenant_id = $1 AND b.avatar_id = a.id)
  AND NOT EXISTS (SELECT FROM customer_artifacts o WHERE o.tenant_id = $1 AND o.attachment_id = a.id AND (o.noun, o.customer_id) <> ('contact', $2))

-- detach_files: what is left of a contact's files belongs to it no more
DELETE FROM customer_artifacts f WHERE f.tenant_id = $1 AND f.noun = 'contact' AND f.customer_id = $2

-- erase_notes: what agents noted on a contact
DELETE FROM contact_notes n WHERE n.tenant_id = $1 AND n.contact_id = $2

-- erase_events: what was handed out of a contact's personal data, and what it was before a change
UPDATE events e SET data = e.data - 'personal_data' - 'columns'
WHERE e.tenant_id = $1 AND e.kind IN ('contact.personal_data', 'contact.updated') AND e.data ->> 'id' = ($2::bigint)::text

-- touch: a contact did something; left alone while somebody else changes it, for whoever merges contacts holds them first
UPDATE contacts c SET last_activity_at = greatest(c.last_activity_at, $3)
WHERE c.tenant_id = $1 AND c.id = (SELECT o.id FROM contacts o WHERE o.tenant_id = $1 AND o.id = $2 FOR NO KEY UPDATE SKIP LOCKED)

-- delete_picture: a contact's picture, unless somebody else shows it or a message has it; what is gone
DELETE FROM attachments a WHERE a.tenant_id = $1 AND a.id = $3 AND a.message_id IS NULL AND a.parent IS NULL
  AND NOT EXISTS (SELECT FROM contacts c WHERE c.tenant_id = $1 AND c.avatar_id = a.id AND c.id <> $2)
  AND NOT EXISTS (SELECT FROM memberships u WHERE u.tenant_id = $1 AND u.avatar_id = a.id)
  AND NOT EXISTS (SELECT FROM bots b WHERE b.tenant_id = $1 AND b.avatar_id = a.id)
RETURNING a.id
