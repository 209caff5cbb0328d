-- get_inbox: what the public API shows and needs to know of an inbox
SELECT i.id, i.name, i.identifier, i.timezone, i.hmac_token, i.hmac_mandatory, i.lock_to_single_conversation AS is_single,
       i.active_bot_id IS NOT NULL AS has_bot, i.settings, i.working_hours, a.id AS picture_id, a.file_name AS picture_name,
       (SELECT n.locale FROM tenants n WHERE n.id = $1) AS locale
FROM inboxes i LEFT JOIN attachments a ON a.tenant_id = $1 AND a.id = i.avatar_id
WHERE i.tenant_id = $1 AND i.id = $2

-- find_point: who is known in an inbox by a source id
SELECT p.id, p.contact_id, p.inbox_id, p.source_id, p.hmac_verified, p.is_unproven, p.pubsub_token
FROM contact_points p JOIN contacts c ON c.tenant_id = $1 AND c.id = p.contact_id AND c.state <> 'deleted'
WHERE p.tenant_id = $1 AND p.inbox_id = $2 AND p.source_id = $3

-- insert_point: a contact's new address in an inbox, unless the source id is taken there
INSERT INTO contact_points (tenant_id, id, contact_id, inbox_id, source_id, hmac_verified, is_unproven) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, inbox_id, source_id) DO NOTHING RETURNING id

-- verify_point: who is reached here has proved who they are
UPDATE contact_points p SET hmac_verified = true, is_unproven = false, updated_at = clock_timestamp() WHERE p.tenant_id = $1 AND p.id = $2

-- list_matches: whose an identifier, an e-mail address and a phone number are: each of them of the contact with the lowest id
SELECT m.field, min(m.id) AS id FROM (
  SELECT 'identifier' AS field, c.id FROM contacts c WHERE c.tenant_id = $1 AND c.identifier = $2::text AND c.state <> 'deleted'
  UNION ALL SELECT 'email', c.id FROM contacts c WHERE c.tenant_id = $1 AND c.email_key = lower($3::text) AND c.state <> 'deleted'
  UNION ALL SELECT 'phone_number', c.id FROM contacts c WHERE c.tenant_id = $1 AND c.phone_number = $4::text AND c.state <> 'deleted'
) m GROUP BY m.field

-- list_of_point: the conversations that came over a contact point, oldest first
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.contact_point_id = $2 AND c.inbox_id = $3 ORDER BY c.number

-- list_of_contact: the conversations of a contact in an inbox, oldest first
SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.contact_id = $2 AND c.inbox_id = $3 ORDER BY c.number

-- find_place: where a conversation belongs
SELECT c.contact_id, c.contact_point_id, c.inbox_id FROM conversations c WHERE c.tenant_id = $1 AND c.number = $2

-- get_records: contacts as rows, with the names of their tags
SELECT c.id, c.name, c.email, c.phone_number, c.created_at, c.updated_at, c.additional_attributes, c.identifier, c.custom_fields,
       c.last_activity_at, c.kind, c.middle_name, c.last_name, c.location, c.country_code, c.blocked, c.company_id,
       ARRAY(SELECT t.name FROM customer_tags ct JOIN tags t ON t.tenant_id = $1 AND t.id = ct.tag_id
             WHERE ct.tenant_id = $1 AND ct.noun = 'contact' AND ct.customer_id = c.id ORDER BY ct.position, ct.tag_id) AS labels
FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::bigint[])

-- mark_read: what was sent to the contact until now was read; how many messages
WITH read AS (
  UPDATE messages m SET status = 'read'
  WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.kind IN ('outgoing', 'template') AND m.visibility IN ('external', 'public')
    AND m.status IN ('sent', 'delivered') AND m.created_at <= $3
  RETURNING m.id
)
SELECT count(*) AS total FROM read
