-- list_asking: the messages of a conversation that ask for an opinion, newest first
SELECT m.id FROM messages m
WHERE m.tenant_id = $1 AND m.conversation_number = $2 AND m.content_type = 'input_csat' AND m.deleted_at IS NULL
  AND m.visibility IN ('external', 'public') AND (m.expires_at IS NULL OR m.expires_at > now())
ORDER BY m.id DESC

-- page_responses: what customers said, newest first, between two times, of some users, an inbox, a team, with some ratings
SELECT r.id, r.conversation_number, r.message_id, c.contact_id, r.assigned_user_id, r.rating, r.feedback, r.review_notes, r.reviewed_by,
       r.reviewed_at, r.created_at, r.updated_at
FROM survey_responses r JOIN conversations c ON c.tenant_id = $1 AND c.number = r.conversation_number
WHERE r.tenant_id = $1 AND ($2::timestamptz IS NULL OR r.created_at >= $2) AND ($3::timestamptz IS NULL OR r.created_at < $3)
  AND ($4::bigint[] IS NULL OR r.assigned_user_id = ANY ($4)) AND ($5::bigint IS NULL OR c.inbox_id = $5)
  AND ($6::bigint IS NULL OR c.team_id = $6) AND ($7::integer[] IS NULL OR r.rating = ANY ($7))
ORDER BY r.created_at DESC, r.id DESC LIMIT $8::bigint OFFSET $9::bigint

-- get_responses: what customers said, by the message that asked
SELECT r.id, r.conversation_number, r.message_id, c.contact_id, r.assigned_user_id, r.rating, r.feedback, r.review_notes, r.reviewed_by,
       r.reviewed_at, r.created_at, r.updated_at
FROM survey_responses r JOIN conversations c ON c.tenant_id = $1 AND c.number = r.conversation_number
WHERE r.tenant_id = $1 AND r.message_id = ANY ($2::bigint[])

-- count_ratings: how often each rating was given, by the same choice
SELECT r.rating, count(*) AS total
FROM survey_responses r JOIN conversations c ON c.tenant_id = $1 AND c.number = r.conversation_number
WHERE r.tenant_id = $1 AND ($2::timestamptz IS NULL OR r.created_at >= $2) AND ($3::timestamptz IS NULL OR r.created_at < $3)
  AND ($4::bigint[] IS NULL OR r.assigned_user_id = ANY ($4)) AND ($5::bigint IS NULL OR c.inbox_id = $5)
  AND ($6::bigint IS NULL OR c.team_id = $6) AND ($7::integer[] IS NULL OR r.rating = ANY ($7))
GROUP BY r.rating ORDER BY r.rating

-- count_asked: how many messages asked for an opinion between two times
SELECT count(*) AS total FROM messages m
WHERE m.tenant_id = $1 AND m.content_type = 'input_csat' AND ($2::timestamptz IS NULL OR m.created_at >= $2)
  AND ($3::timestamptz IS NULL OR m.created_at < $3)

-- inbox_asks: whether an inbox asks for an opinion
SELECT EXISTS (SELECT FROM inboxes i WHERE i.tenant_id = $1 AND i.id = $2 AND i.settings -> 'csat_survey_enabled' = 'true'::jsonb) AS asks

-- find_question: how the inbox of a conversation asks for an opinion, and the conversation's tags; no row where it does not ask, was asked before, or cannot reach the customer
SELECT i.settings, ARRAY(SELECT t.name FROM conversation_tags ct JOIN tags t ON t.tenant_id = $1 AND t.id = ct.tag_id
                         WHERE ct.tenant_id = $1 AND ct.conversation_number = c.number) AS labels
FROM conversations c JOIN inboxes i ON i.tenant_id = $1 AND i.id = c.inbox_id
WHERE c.tenant_id = $1 AND c.number = $2 AND i.settings -> 'csat_survey_enabled' = 'true'::jsonb
  AND (i.reply_window IS NULL OR c.last_incoming_at > $3::timestamptz - i.reply_window)
  AND NOT EXISTS (SELECT FROM messages m WHERE m.tenant_id = $1 AND m.conversation_number = c.number AND m.content_type = 'input_csat')
