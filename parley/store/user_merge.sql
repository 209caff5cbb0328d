-- list_touched: the conversations that know a user: as assignee, owner or member, by a mention, a draft, a survey or a private entry
SELECT x.number FROM (
  SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.assignee_user_id = $2
  UNION SELECT o.conversation_number FROM conversation_owners o WHERE o.tenant_id = $1 AND o.kind = 'user' AND o.id = $2
  UNION SELECT m.conversation_number FROM conversation_members m WHERE m.tenant_id = $1 AND m.kind = 'user' AND m.id = $2
  UNION SELECT n.conversation_number FROM mentions n WHERE n.tenant_id = $1 AND n.user_id = $2
  UNION SELECT d.conversation_number FROM conversation_drafts d WHERE d.tenant_id = $1 AND d.user_id = $2
  UNION SELECT r.conversation_number FROM survey_responses r WHERE r.tenant_id = $1 AND (r.assigned_user_id = $2 OR r.reviewed_by = $2)
  UNION SELECT e.conversation_number FROM messages e
        WHERE e.tenant_id = $1 AND e.visibility = 'private' AND 'user:' || $2::bigint = ANY (e.private_to)
) x WHERE x.number > $3 ORDER BY x.number LIMIT $4::bigint

-- record_merge: an entry and an event for each of these conversations that the secondary owns or takes part in; its number
WITH touched AS (
  SELECT c.number FROM conversations c WHERE c.tenant_id = $1 AND c.assignee_user_id = $2 AND c.number = ANY ($8::bigint[])
  UNION SELECT o.conversation_number FROM conversation_owners o
        WHERE o.tenant_id = $1 AND o.kind = 'user' AND o.id = $2 AND o.conversation_number = ANY ($8::bigint[])
  UNION SELECT m.conversation_number FROM conversation_members m
        WHERE m.tenant_id = $1 AND m.kind = 'user' AND m.id = $2 AND m.conversation_number = ANY ($8::bigint[])
), lists AS (
  SELECT c.number,
         array_remove(coalesce('user:' || c.assignee_user_id, 'bot:' || c.assignee_bot_id) || ARRAY(
           SELECT o.kind || ':' || o.id FROM conversation_owners o
           WHERE o.tenant_id = $1 AND o.conversation_number = c.number ORDER BY o.position, o.kind, o.id), NULL) AS owned_by,
         'contact:' || c.contact_id || ARRAY(
           SELECT m.kind || ':' || m.id FROM conversation_members m
           WHERE m.tenant_id = $1 AND m.conversation_number = c.number ORDER BY m.kind, m.id) AS members
  FROM conversations c WHERE c.tenant_id = $1 AND c.number IN (SELECT t.number FROM touched t)
), pairs AS (
  SELECT l.number, f.field, f.was, ARRAY(
           SELECT CASE WHEN u.ref = 'user:' || $2 THEN 'user:' || $3::bigint ELSE u.ref END
           FROM unnest(f.was) WITH ORDINALITY AS u (ref, place) GROUP BY 1 ORDER BY min(u.place)) AS is_now
  FROM lists l, LATERAL (VALUES ('owned_by', l.owned_by), ('members', l.members)) AS f (field, was)
), changes AS (
  SELECT p.number, jsonb_build_object('deltas', jsonb_agg(jsonb_build_object(
           'field', p.field,
           'old', jsonb_build_object('type', 'id_list', 'values', to_jsonb(p.was)),
           'new', jsonb_build_object('type', 'id_list', 'values', to_jsonb(p.is_now))) ORDER BY p.field DESC)) AS event
  FROM pairs p WHERE p.was <> p.is_now GROUP BY p.number
), noted AS (
  INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, event_type, event, body, created_at, updated_at)
  SELECT $1, x.number, 'activity', $4::text, $5::bigint, 'updated', x.event, $6::text, $7::timestamptz, $7::timestamptz FROM changes x
  RETURNING id, conversation_number, event
), recorded AS (
  INSERT INTO events (tenant_id, kind, conversation_number, message_id, actor_kind, actor_id, data, created_at)
  SELECT $1, 'conversation.updated', n.conversation_number, n.id, $4, $5, n.event, $7 FROM noted n
)
SELECT n.conversation_number FROM noted n

-- move_assignments: the conversations of a merge get their new assignee and say who changed them
UPDATE conversations c
SET assignee_user_id = CASE WHEN c.assignee_user_id = $2 THEN $3 ELSE c.assignee_user_id END,
    modified_at = $7, last_activity_at = $7, modified_by_kind = $5, modified_by_id = $6
WHERE c.tenant_id = $1 AND c.number = ANY ($4::bigint[])

-- drop_double_owners: nobody owns a conversation twice, as assignee and beside it
DELETE FROM conversation_owners o
USING conversations c
WHERE o.tenant_id = $1 AND o.kind = 'user' AND c.tenant_id = $1 AND c.number = o.conversation_number
  AND (o.id = $2 AND EXISTS (SELECT FROM conversation_owners p WHERE p.tenant_id = $1 AND p.conversation_number = o.conversation_number
                             AND p.kind = 'user' AND p.id = $3 AND p.conversation_number = ANY ($4::bigint[]))
       OR o.id IN ($2, $3) AND c.assignee_user_id = $3)
  AND o.conversation_number = ANY ($4::bigint[])

-- move_owners: the co-ownerships that are left
UPDATE conversation_owners o SET id = $3 WHERE o.tenant_id = $1 AND o.kind = 'user' AND o.id = $2 AND o.conversation_number = ANY ($4::bigint[])

-- copy_participations: the primary takes part where the secondary did
INSERT INTO conversation_members (tenant_id, conversation_number, kind, id, created_at)
SELECT $1, m.conversation_number, 'user', $3, m.created_at FROM conversation_members m
WHERE m.tenant_id = $1 AND m.kind = 'user' AND m.id = $2 AND m.conversation_number = ANY ($4::bigint[])
ON CONFLICT DO NOTHING

-- drop_participations: the secondary takes part no more
DELETE FROM conversation_members m WHERE m.tenant_id = $1 AND m.kind = 'user' AND m.id = $2 AND m.conversation_number = ANY ($3::bigint[])

-- copy_mentions: where the secondary was mentioned, the primary was
INSERT INTO mentions (tenant_id, conversation_number, user_id, mentioned_at)
SELECT $1, m.conversation_number, $3, m.mentioned_at FROM mentions m
WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.conversation_number = ANY ($4::bigint[])
ON CONFLICT DO NOTHING

-- drop_mentions: the secondary's mentions
DELETE FROM mentions m WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.conversation_number = ANY ($3::bigint[])

-- copy_teams: the primary joins the secondary's teams
INSERT INTO team_members (tenant_id, team_id, user_id)
SELECT $1, t.team_id, $3 FROM team_members t WHERE t.tenant_id = $1 AND t.user_id = $2
ON CONFLICT DO NOTHING

-- drop_teams: the secondary leaves every team
DELETE FROM team_members t WHERE t.tenant_id = $1 AND t.user_id = $2

-- copy_inboxes: the primary joins the secondary's inboxes
INSERT INTO inbox_members (tenant_id, inbox_id, user_id)
SELECT $1, i.inbox_id, $3 FROM inbox_members i WHERE i.tenant_id = $1 AND i.user_id = $2
ON CONFLICT DO NOTHING

-- drop_inboxes: the secondary leaves every inbox
DELETE FROM inbox_members i WHERE i.tenant_id = $1 AND i.user_id = $2

-- move_parts: the primary owns the secondary's parts
UPDATE parts p
SET owner_ids = CASE WHEN $3 = ANY (p.owner_ids) THEN array_remove(p.owner_ids, $2) ELSE array_replace(p.owner_ids, $2, $3) END, updated_at = now()
WHERE p.tenant_id = $1 AND $2 = ANY (p.owner_ids)

-- move_team_owners: the primary answers for the secondary's teams
UPDATE teams t SET owner = 'user:' || $3::bigint, updated_at = now() WHERE t.tenant_id = $1 AND t.owner = 'user:' || $2::bigint

-- move_reports: who reported to the secondary reports to the primary, who reports to no one else than before
UPDATE memberships m SET reports_to = CASE WHEN m.user_id = $3 THEN NULL ELSE $3 END, updated_at = now()
WHERE m.tenant_id = $1 AND m.reports_to = $2

-- move_private: private entries shown to the secondary are shown to the primary
UPDATE messages m SET private_to = array_replace(m.private_to, 'user:' || $2::bigint, 'user:' || $3::bigint)
WHERE m.tenant_id = $1 AND m.conversation_number = ANY ($4::bigint[]) AND m.visibility = 'private' AND 'user:' || $2::bigint = ANY (m.private_to)

-- move_surveys: what customers thought of the secondary's answers, and what the secondary noted on it
UPDATE survey_responses r
SET assigned_user_id = CASE WHEN r.assigned_user_id = $2 THEN $3 ELSE r.assigned_user_id END,
    reviewed_by = CASE WHEN r.reviewed_by = $2 THEN $3 ELSE r.reviewed_by END
WHERE r.tenant_id = $1 AND r.conversation_number = ANY ($4::bigint[]) AND (r.assigned_user_id = $2 OR r.reviewed_by = $2)

-- move_identities: the secondary's identities elsewhere, where the primary has none of that issuer
UPDATE user_identities i SET user_id = $3
WHERE i.tenant_id = $1 AND i.user_id = $2
  AND NOT EXISTS (SELECT FROM user_identities p WHERE p.tenant_id = $1 AND p.user_id = $3 AND p.issuer = i.issuer)

-- copy_drafts: what the secondary had begun to answer, where the primary has begun nothing
INSERT INTO conversation_drafts (tenant_id, user_id, conversation_number, message, updated_at)
SELECT $1, $3, d.conversation_number, d.message, d.updated_at FROM conversation_drafts d
WHERE d.tenant_id = $1 AND d.user_id = $2 AND d.conversation_number = ANY ($4::bigint[])
ON CONFLICT DO NOTHING

-- drop_drafts: the secondary's drafts
DELETE FROM conversation_drafts d WHERE d.tenant_id = $1 AND d.user_id = $2 AND d.conversation_number = ANY ($3::bigint[])

-- move_custom_filters: the filters that the secondary keeps
UPDATE custom_filters f SET user_id = $3 WHERE f.tenant_id = $1 AND f.user_id = $2
